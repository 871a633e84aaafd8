"""Environments laid out by hand below a made home, and finding them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pipcache_tui.cache.pip.config import Place
from pipcache_tui.pythons.environments import (
    Environment,
    Environments,
    find_environments,
)

posix = pytest.mark.skipif(sys.platform == "win32", reason="lays out environments as POSIX does")


def place_of(home: Path, **environ: str) -> Place:
    return Place.of({"HOME": str(home), **environ}, home=str(home), prefix="/nowhere")


def make_environment(prefix: Path, *installed: str, version: str = "3.12.1", python: bool = True) -> Path:
    """An environment laid out by hand; `installed` are names of folders in its site-packages."""
    site = prefix / "lib/python3.12/site-packages"
    site.mkdir(parents=True)
    (prefix / "bin").mkdir()
    (prefix / "pyvenv.cfg").write_text(f"home = /opt/py/bin\nversion = {version}\n")
    os.symlink(sys.executable if python else "/nowhere/python", prefix / "bin/python")
    for name in installed:
        (site / name).mkdir()
        project, _, number = name.rpartition(".")[0].partition("-")
        if name.endswith(".dist-info"):
            (site / name / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project}\nVersion: {number}\n\n")
    return site


def find(home: Path, *below: Path, **environ: str) -> Environments:
    return find_environments(
        [str(path) for path in below], place=place_of(home, **environ), current_folder=str(home / "here")
    )


def here(found: Environments, home: Path) -> list[Environment]:
    """Those below the made home; the machine's own are found too."""
    return [each for each in found.found if each.prefix.startswith(os.path.realpath(home))]


def warnings_of(found: Environments, home: Path) -> list[str]:
    return [line for line in found.warnings if str(home) in line]
