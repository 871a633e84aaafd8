"""A cache on disk for the screens that delete."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cache_root import Place
from tests.support.screen_on_disk import fill


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return fill(tmp_path)
