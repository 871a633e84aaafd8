"""A pip cache with an entry that is proven, one that is consistent and one that is neither."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipcache_tui.demo import formats, packages
from tests.support.cache_root import FILE_HEADERS, Place

WHEEL = packages.make_wheel("pure", "1.0")
NAME = "pure-1.0-py3-none-any.whl"
PRIVATE = "https://private.example/"
TOLD = {**FILE_HEADERS, "X-Checksum-Sha256": hashlib.sha256(WHEEL).hexdigest()}


def mixed_cache(folder: Path) -> Place:
    """A sound entry that is proven, one that is consistent, and half of a pair."""
    root = folder / "pip"
    root.mkdir()
    place = Place(root)
    place.v2(PRIVATE + NAME, WHEEL, TOLD)
    place.v1(f"{PRIVATE}x", packages.make_sdist("pure", "1.0"))
    half = place.v2(f"{PRIVATE}half", b"x")
    (root / formats.http_path("http-v2", half)).unlink()
    return place


def spoil(place: Place) -> str:
    """One more entry, which is corrupt; gives its id."""
    return f"http-v2:{place.v2(PRIVATE + 'spoilt', WHEEL[:-1] + b'?', TOLD)}"


def flag(place: Place) -> str:
    return f"--cache-dir={place.path}"
