from __future__ import annotations

from pathlib import Path

import pytest

from pipcache_tui.remove import folders
from tests.support.small_caches import Cache


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    folder = tmp_path / "pip"
    folder.mkdir()
    return Cache(folder)


@pytest.fixture(params=["by descriptor", "by path"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How folders are reached: as here, or as on a system that has no descriptors of folders."""
    way = str(request.param)
    if way == "by path":
        monkeypatch.setattr(folders, "BY_DESCRIPTOR", False)
    return way
