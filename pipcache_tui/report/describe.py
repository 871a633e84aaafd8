"""Entries, costs, proofs, verdicts and plans in words: written once, used by the command line and the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipcache_tui.text import format_age

if TYPE_CHECKING:
    from pipcache_tui.cache.disk.access_times import AtimeKeeping


def unused_age(keeping: AtimeKeeping, seconds: float) -> str:
    """How long ago something was read, in a table: "3d"; "?" where the mount keeps no times of last use."""
    return "?" if keeping.kept == "never" else format_age(max(0.0, seconds))
