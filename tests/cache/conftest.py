from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipcache_tui.cache import roots
from pipcache_tui.cache.pip import config
from tests.support.cache_root import Place
from tests.support.pip_settings import Machine


@pytest.fixture
def place(tmp_path: Path) -> Place:
    root = tmp_path / "pip"
    root.mkdir()
    return Place(root)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(Path(os.path.realpath(tmp_path)))
    made.folder("home")
    monkeypatch.setattr(config, "_ETC", str(made.top / "etc"))
    monkeypatch.setattr(roots, "_PIP_ACCEL_OF_ROOT", str(made.top / "var" / "cache" / "pip-accel"))
    monkeypatch.chdir(made.folder("work"))
    return made
