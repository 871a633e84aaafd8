"""What is on disk: knows pip's formats; deletes nothing, prints nothing.

The names below are stable, for programs that want to know what a pip cache holds; docs/library.md shows them at work.
Each is imported when it is first asked for, so that importing one module of this package costs no other.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipcache_tui.cache.content import open_content, read_headers
    from pipcache_tui.cache.model import KINDS, STORES, Entry, Files, OwnedFile, Response, Root, Snapshot
    from pipcache_tui.cache.pip.freshness import Forecast, forecast
    from pipcache_tui.cache.roots import RootError, find_roots
    from pipcache_tui.cache.scan import (
        Foreign,
        Found,
        Named,
        ScanEvent,
        Trouble,
        fold_events,
        scan_roots,
        take_snapshot,
    )

__all__ = [
    "KINDS",
    "STORES",
    "Entry",
    "Files",
    "Foreign",
    "Found",
    "Named",
    "Forecast",
    "OwnedFile",
    "Response",
    "Root",
    "RootError",
    "ScanEvent",
    "Snapshot",
    "Trouble",
    "find_roots",
    "fold_events",
    "open_content",
    "forecast",
    "read_headers",
    "scan_roots",
    "take_snapshot",
]

_MODULES = {
    "content": ("open_content", "read_headers"),
    "pip.freshness": ("Forecast", "forecast"),
    "model": ("KINDS", "STORES", "Entry", "Files", "OwnedFile", "Response", "Root", "Snapshot"),
    "roots": ("RootError", "find_roots"),
    "scan": ("Foreign", "Found", "Named", "ScanEvent", "Trouble", "fold_events", "scan_roots", "take_snapshot"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
