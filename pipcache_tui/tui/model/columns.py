"""The columns of the table: which fit a width, and what a row says in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipcache_tui.text import format_age, format_size, safe_text
from pipcache_tui.tui.glyphs import PIP_WILL
from pipcache_tui.tui.model.groupings import entry_label
from pipcache_tui.tui.model.listing import Group, Listing, SortKey

ColumnKey = Literal["name", "size", "bar", "share", "count", "kind", "age", "used", "pip", "pythons", "reason"]


@dataclass(frozen=True, slots=True)
class Column:
    key: ColumnKey
    title: str
    width: int
    #: what a click on its header sorts by
    sort: SortKey
    to_right: bool = False


#: as they stand from left to right
COLUMNS: tuple[Column, ...] = (
    Column("name", "Name", 24, "name"),
    Column("size", "Size", 9, "size", to_right=True),
    Column("bar", "", 8, "size"),
    Column("share", "%", 4, "size", to_right=True),
    Column("count", "Entries", 8, "count", to_right=True),
    Column("kind", "Kind", 13, "kind"),
    Column("age", "Age", 6, "age", to_right=True),
    Column("used", "Used", 6, "used", to_right=True),
    Column("pip", "pip will", 16, "pip"),
    Column("pythons", "Pythons", 10, "pythons"),
    Column("reason", "Because", 24, "reason"),
)
#: the columns of the main table besides the name, the most important first
BROWSING: tuple[ColumnKey, ...] = ("size", "bar", "kind", "age", "pip", "used", "pythons", "count", "share")
#: those of the review
REVIEWING: tuple[ColumnKey, ...] = ("size", "reason", "kind", "bar")
GAP = 1
#: who gets what is left of the width, in this order: one part of so many of it, up to so many cells
_GROWTH: tuple[tuple[ColumnKey, int, int], ...] = (
    ("name", 1, 36),
    ("reason", 2, 90),
    ("pip", 1, 19),
    ("bar", 4, 28),
    ("pythons", 3, 36),
    ("name", 1, 90),
    ("reason", 1, 90),
    ("bar", 1, 28),
)
_BY_KEY = {column.key: column for column in COLUMNS}


@dataclass(frozen=True, slots=True)
class Placed:
    """A column with the cells it has been given, from `start` to `start + width`."""

    column: Column
    start: int
    width: int


def place_columns(width: int, priority: tuple[ColumnKey, ...] = BROWSING) -> tuple[Placed, ...]:
    """The columns for a table of that many cells: as many as leave the name readable."""
    least_name = min(44, max(16, width * 35 // 100))
    chosen: set[ColumnKey] = {"name"}
    left = width - least_name
    for key in priority:
        needed = _BY_KEY[key].width + GAP
        if needed > left:
            break
        chosen.add(key)
        left -= needed
    widths = {column.key: column.width for column in COLUMNS if column.key in chosen}
    widths["name"] = least_name
    for key, part, most in _GROWTH:
        if key in widths and left > 0:
            grown = max(0, min(most - widths[key], left // part))
            widths[key] += grown
            left -= grown
    widths["name"] += left
    placed, start = [], 0
    for column in COLUMNS:
        if column.key in chosen:
            placed.append(Placed(column, start, widths[column.key]))
            start += widths[column.key] + GAP
    return tuple(placed)


def label_of(listing: Listing, row: int) -> str:
    """The name of a row, safe to show."""
    item = listing.rows[row]
    if isinstance(item, int):
        return safe_text(entry_label(listing.catalog.entries[item]), 512)
    if not item.path[-1]:
        return listing.view.grouping.missing
    return safe_text(item.path[-1], 512)


def cell_text(listing: Listing, row: int, key: ColumnKey, now: float) -> str:
    """What a row says in a column other than name and bar."""
    item = listing.rows[row]
    catalog, answers = listing.catalog, listing.answers
    group = item if isinstance(item, Group) else None
    indices = listing.indices(row)
    if key == "size":
        return format_size(size_of(listing, row))
    if key == "share":
        whole = listing.parents[row].size
        return f"{100 * size_of(listing, row) / whole:.0f}%" if whole else ""
    if key == "count":
        return f"{len(indices):,}" if group else ""
    if key == "kind":
        return group.kind(catalog) if group else catalog.entries[indices[0]].kind
    if key == "age":
        return format_age(max(0.0, now - (group.newest if group else catalog.stored[indices[0]])))
    if key == "used":
        return answers.unused(catalog, indices, now - (group.used if group else catalog.used[indices[0]]))
    if key == "pip":
        answer, others = group.pip_will(catalog, answers) if group else answers.pip_will(catalog, indices)
        more = f" +{others}" if others else ""
        return f"{PIP_WILL[answer]} {answer.replace('-', ' ')}{more}" if answer else ""
    if key == "reason":
        return safe_text(answers.reasons_of(indices))
    if key == "pythons":
        return safe_text(group.pythons(catalog, answers) if group else answers.pythons(catalog, indices))
    return ""


def size_of(listing: Listing, row: int) -> int:
    item = listing.rows[row]
    return listing.catalog.sizes[item] if isinstance(item, int) else item.size


def bar_fraction(listing: Listing, row: int) -> float:
    """The size of a row relative to its largest sibling, 0 to 1."""
    largest = listing.parents[row].largest
    return size_of(listing, row) / largest if largest else 0.0
