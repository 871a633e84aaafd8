"""A cache to export from and a folder to export to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cache_root import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    root = tmp_path / "pip"
    root.mkdir()
    return Place(root)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    return tmp_path / "wheelhouse"
