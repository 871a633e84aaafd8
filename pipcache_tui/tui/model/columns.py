"""The columns of the table: which ones fit a width, and the text of a row in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipcache_tui.cache.model import Entry
from pipcache_tui.report.describe import entry_name
from pipcache_tui.text import format_age, format_size, safe_text
from pipcache_tui.tui.glyphs import PIP_WILL
from pipcache_tui.tui.model.listing import Group, Listing, SortKey
from pipcache_tui.tui.model.tag_text import platform_texts, python_texts

ColumnKey = Literal[
    "pip",
    "name",
    "version",
    "python",
    "platform",
    "size",
    "share",
    "bar",
    "used",
    "age",
    "pythons",
    "count",
    "kind",
    "reason",
]


@dataclass(frozen=True, slots=True)
class Column:
    key: ColumnKey
    title: str
    width: int
    #: the sort key of a click on its header
    sort: SortKey
    to_right: bool = False


#: in order from left to right
COLUMNS: tuple[Column, ...] = (
    Column("pip", "pip will", 1, "pip"),
    Column("name", "Name", 24, "name"),
    Column("version", "Version", 11, "name"),
    Column("python", "Python", 5, "name"),
    Column("platform", "Platform", 12, "name"),
    Column("size", "Size", 9, "size", to_right=True),
    Column("share", "%", 4, "size", to_right=True),
    Column("bar", "", 8, "size"),
    Column("used", "Used", 6, "used", to_right=True),
    Column("age", "Age", 6, "age", to_right=True),
    Column("pythons", "Pythons", 10, "pythons"),
    Column("count", "Entries", 8, "count", to_right=True),
    Column("kind", "Kind", 13, "kind"),
    Column("reason", "Because", 24, "reason"),
)
#: the columns of the main table after the name, the most important first; the glyph for what pip will do is always
#: shown, "pip" stands for the word after it
BROWSING: tuple[ColumnKey, ...] = (
    *("size", "version", "python", "platform", "used", "pip", "bar", "age", "share", "pythons", "count", "kind"),
)
#: the columns that distinguish files of a project; if all are shown, the name need not be the file name
DISTINGUISHING: tuple[ColumnKey, ...] = ("version", "python", "platform")
#: those of the review
REVIEWING: tuple[ColumnKey, ...] = ("size", "version", "reason", "python", "platform", "kind", "bar")
GAP = 1
#: how the remaining width is distributed, in this order: one part in so many, up to so many cells
_GROWTH: tuple[tuple[ColumnKey, int, int], ...] = (
    ("name", 1, 24),
    ("reason", 2, 90),
    ("python", 1, 9),
    ("platform", 1, 22),
    ("version", 2, 16),
    ("name", 2, 40),
    ("bar", 4, 28),
    ("pythons", 3, 24),
    ("name", 1, 90),
    ("reason", 1, 90),
    ("bar", 1, 28),
)
#: cells for the glyph and the longest word for what pip will do
_WORD = 17
_BY_KEY = {column.key: column for column in COLUMNS}


@dataclass(frozen=True, slots=True)
class Placed:
    """A column with the cells it has been given, from `start` to `start + width`."""

    column: Column
    start: int
    width: int


def place_columns(width: int, priority: tuple[ColumnKey, ...] = BROWSING) -> tuple[Placed, ...]:
    """The columns for a table of that many cells: as many as leave the name readable."""
    reviewing = "reason" in priority
    least_name = min(44, max(16, width * 35 // 100)) if reviewing else min(24, max(15, width * 22 // 100))
    chosen: set[ColumnKey] = {"name", "pip"}
    left = width - least_name - _BY_KEY["pip"].width - GAP
    word = 0
    for key in priority:
        if key == "pip":
            word = _WORD - 1 if left >= _WORD - 1 else 0
            left -= word
            continue
        needed = _BY_KEY[key].width + GAP
        if needed > left:
            break
        chosen.add(key)
        left -= needed
    widths = {column.key: column.width for column in COLUMNS if column.key in chosen}
    widths["pip"] += word
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
        return entry_name(listing.catalog.entries[item])
    if not item.path[-1]:
        return listing.view.grouping.missing
    return safe_text(item.path[-1], 512)


def short_label(listing: Listing, row: int) -> str:
    """The name of a row if its version and tags have their own columns."""
    item = listing.rows[row]
    if isinstance(item, Group) or not _is_versioned(entry := listing.catalog.entries[item]):
        return label_of(listing, row)
    name = entry.project or ""
    return safe_text(name if entry.kind in ("wheel", "sdist") else f"{name} {entry.kind.replace('-', ' ')}", 512)


def _is_versioned(entry: Entry) -> bool:
    """Whether version and tags identify the file within its project."""
    return bool(entry.project and entry.version) and entry.kind in ("wheel", "built-wheel", "sdist", "metadata")


def has_distinction(listing: Listing, row: int) -> bool:
    """Whether a row has text in the columns for version, Python and platform."""
    item = listing.rows[row]
    if isinstance(item, Group):
        return bool(item.versions(listing.catalog))
    return _is_versioned(listing.catalog.entries[item])


def _distinguishing_text(entry: Entry, key: ColumnKey, cells: int) -> str:
    if not _is_versioned(entry):
        return ""
    if key == "version":
        return safe_text(entry.version or "", 80)
    if entry.kind == "sdist":
        return "source" if key == "platform" else ""
    if key == "python":
        short, full = python_texts(entry.tags)
        return safe_text(full if len(full) <= cells else short, 80)
    short, full = platform_texts(entry.tags)
    return safe_text(full if len(full) <= cells else short, 80)


def cell_text(listing: Listing, row: int, key: ColumnKey, now: float, cells: int = 80) -> str:
    """The text of a row in a column of this many `cells`, other than name and bar."""
    item = listing.rows[row]
    catalog, answers = listing.catalog, listing.answers
    group = item if isinstance(item, Group) else None
    indices = listing.indices(row)
    if key == "size":
        return format_size(size_of(listing, row))
    if key in DISTINGUISHING:
        if not group:
            return _distinguishing_text(catalog.entries[indices[0]], key, cells)
        return safe_text(group.versions(catalog), 80) if key == "version" else ""
    if key == "share":
        whole = listing.root.size
        return format_share(size_of(listing, row), whole)
    if key == "count":
        return f"{len(indices):,}" if group else ""
    if key == "kind":
        return group.kind(catalog) if group else catalog.entries[indices[0]].kind
    if key == "age":
        return format_age(max(0.0, now - (group.newest if group else catalog.stored[indices[0]])))
    if key == "used":
        return answers.unused(catalog, indices, now - (group.used if group else catalog.used[indices[0]]))
    if key == "pip":
        answer, stale = group.pip_will(catalog, answers) if group else answers.pip_will(catalog, indices)
        if cells < _WORD:
            return PIP_WILL[answer] if answer else ""
        more = f" · {stale:,} stale" if group and 0 < stale < len(indices) else ""
        return f"{PIP_WILL[answer]} {answer.replace('-', ' ')}{more}" if answer else ""
    if key == "reason":
        return safe_text(answers.reasons_of(indices))
    if key == "pythons":
        return safe_text(group.pythons(catalog, answers) if group else answers.pythons(catalog, indices))
    return ""


def format_share(part: int, whole: int) -> str:
    """In percent; something that rounds to nothing is "<1%"."""
    if not whole:
        return ""
    percent = round(100 * part / whole)
    return "<1%" if part and not percent else f"{percent}%"


def size_of(listing: Listing, row: int) -> int:
    item = listing.rows[row]
    return listing.catalog.sizes[item] if isinstance(item, int) else item.size


def bar_fraction(listing: Listing, row: int) -> float:
    """The size of a row relative to the largest row of all, 0 to 1: one scale for all rows."""
    largest = listing.root.largest
    return size_of(listing, row) / largest if largest else 0.0
