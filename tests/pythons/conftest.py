"""Made and real Pythons, and a made home for environments."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pipcache_tui.pythons.interpreters import Python, find_pythons
from tests.support.made_pythons import Machine


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr("findpython.providers.macos.MacOSProvider.create", lambda: None)
    monkeypatch.setattr("pipcache_tui.pythons.locations.own_python", lambda: None)
    (tmp_path / "home").mkdir()
    return Machine(tmp_path, {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path / "home")})


@pytest.fixture(scope="module")
def this() -> Python:
    (python,) = find_pythons([sys.executable], memory="")
    return python


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home
