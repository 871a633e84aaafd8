"""The text of the lines above and below the table."""

from __future__ import annotations

import os
from collections.abc import Sequence

from pipcache_tui.text import format_count, format_size, safe_text
from pipcache_tui.tui.model.listing import View
from pipcache_tui.tui.model.session import Session

#: (text safe to show, name of its style: "", "strong", "muted", "good", "warning" or "name")
Part = tuple[str, str]
_SPINNER = "|/-\\"


def title_parts(state: Session, passing: Sequence[int] | None, turn: int) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Left and right of the title: which cache, how much is in it; `passing`: what a filter leaves of it."""
    catalog = state.catalog
    roots = state.workspace.roots
    paths = [root.path for root in roots if root.exists] or [root.path for root in roots]
    shown = safe_text(short_path(paths[0])) if paths else "no cache"
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    left: list[Part] = [("pipcache-tui", "name"), ("  ", "")]
    if state.scanning:
        left.append((f"{_SPINNER[turn % 4]} reading  ", "good"))
    left.append((f"{shown}{more}", "muted"))
    right: list[Part] = []
    # if there is not enough room, the first ones are dropped first
    if state.free_space is not None:
        right.append((f"{format_size(state.free_space)} free  ", "muted"))
    if state.reclaimable:
        right.append((f"{format_size(state.reclaimable)} reclaimable at no cost  ", "good"))
    right.append(("in files " if catalog.apparent else "on disk ", "muted"))
    shown_size = "" if passing is None else f"{format_size(sum(map(catalog.sizes.__getitem__, passing)))} of "
    right.append((f"{shown_size}{format_size(catalog.total)}", "strong"))
    right.append((f"  {format_count(len(catalog), 'entry')} ", "muted"))
    return tuple(left), tuple(right)


def status_parts(state: Session, view: View, in_range: int | None) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Left and right of the status line; `in_range`: how many rows the range holds that is being chosen."""
    catalog = state.catalog
    left: list[Part]
    if in_range is not None:
        left = [(f"range of {format_count(in_range, 'row')}", "warning"), ("  v or space marks, esc ends", "muted")]
    elif state.progress is not None:
        from pipcache_tui.report.progress import describe_progress

        task, how_far = describe_progress(state.progress)
        left = [(f"{task} … ", "good"), (how_far, "strong"), ("  x stops", "muted")]
    elif catalog.marked_count:
        marked = f"{format_count(catalog.marked_count, 'entry')} marked, {format_size(catalog.marked_size)}"
        left = [("☑ ", "good"), (marked, "strong")]
        if catalog.apparent:
            on_disk = sum(map(catalog.on_disk.__getitem__, catalog.marked_indices()))
            left.append((f" in files, {format_size(on_disk)} on disk", "muted"))
        else:
            left.append((" on disk", "muted"))
    else:
        order = "largest first" if view.sort == "size" and view.descending else f"by {view.sort}"
        grouped = f"grouped by {view.grouping.title}" if view.grouping.levels else "not grouped"
        left = [(f"{grouped}, {order}", "muted")]
        if state.pip_version:
            left.append((f", as pip {safe_text(state.pip_version, 40)} sees it", "muted"))
    right: list[Part] = []
    if state.workspace.options.no_delete:
        right.append(("deleting is off ", "warning"))
    if state.warnings:
        right.append((f"⚠ {format_count(len(state.warnings), 'warning')}  ", "warning"))
    if state.freed.files:
        right.append((f"✓ Freed {format_size(state.freed.size)} this session ", "good"))
    return tuple(left), tuple(right)


def short_path(path: str) -> str:
    """A path with the home folder as "~"."""
    home = os.path.expanduser("~")
    return "~" + path[len(home) :] if path == home or path.startswith(home + os.sep) else path
