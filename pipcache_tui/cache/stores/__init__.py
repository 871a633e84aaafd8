"""One module for each layout on disk, and their registry. `model.LAYOUTS` has what other modules need to know."""

from __future__ import annotations

from pipcache_tui.cache.model import Store
from pipcache_tui.cache.stores import (
    downloads,
    http,
    http_v2,
    pip_accel,
    selfcheck,
    wheels,
)
from pipcache_tui.cache.stores.base import Evidence, Foreign, Item, StoreModule, Trouble

#: in the order they are read
MODULES: tuple[StoreModule, ...] = (
    http_v2,
    http,
    wheels,
    selfcheck,
    downloads,
    pip_accel,
)
BY_NAME: dict[Store, StoreModule] = {module.NAME: module for module in MODULES}


def recognises(store: Store, path: str) -> bool:
    """Whether pip (or pip-accel) would have written a file at this path, relative to the root, in this store."""
    return BY_NAME[store].recognises(path)


__all__ = ["BY_NAME", "MODULES", "Evidence", "Foreign", "Item", "StoreModule", "Trouble", "recognises"]
