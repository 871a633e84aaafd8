"""The page on the library says what is so: its examples run, the names it promises are there, importing is cheap."""

from __future__ import annotations

import doctest
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import pipcache_tui.cache as library
from pipcache_tui.demo.make import make_demo_cache

PAGE = Path(__file__).resolve().parent.parent / "docs" / "library.md"


def test_the_examples_of_the_page_run(tmp_path: Path) -> None:
    demo = make_demo_cache(os.fspath(tmp_path / "demo"), now=time.time(), sparse=True)
    ran = doctest.testfile(os.fspath(PAGE), module_relative=False, globs={"folder": demo.root}, encoding="utf-8")
    assert ran.attempted > 15
    assert ran.failed == 0


@pytest.mark.parametrize("name", library.__all__)
def test_each_promised_name_is_there(name: str) -> None:
    assert getattr(library, name) is not None
    assert name in dir(library)


def test_the_page_uses_and_names_only_what_is_promised() -> None:
    imported = {
        name.strip()
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith(">>> from pipcache_tui.cache import ")
        for name in line.partition(" import ")[2].split(",")
    }
    assert imported
    assert imported <= set(library.__all__)


def test_a_missing_name_is_reported() -> None:
    with pytest.raises(AttributeError, match="no attribute 'scan_rots'"):
        getattr(library, "scan_rots")  # noqa: B009


def test_importing_it_loads_next_to_nothing() -> None:
    code = "import sys; import pipcache_tui.cache; print(*(m for m in sys.modules if m.startswith('pipcache_tui')))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert set(ran.stdout.split()) == {"pipcache_tui", "pipcache_tui.cache"}
