"""Draws the visible rows of a listing, a line at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pipcache_tui.cache.model import KINDS
from pipcache_tui.tui import glyphs
from pipcache_tui.tui.model.columns import (
    BROWSING,
    DISTINGUISHING,
    GAP,
    ColumnKey,
    Placed,
    bar_fraction,
    cell_text,
    has_distinction,
    label_of,
    place_columns,
    short_label,
)
from pipcache_tui.tui.model.listing import Group, Listing
from pipcache_tui.tui.widgets.fit import fit_start, left, right
from pipcache_tui.tui.widgets.styling import component

INDENT = 2
#: a space, the mark, a space
MARK_WIDTH = 3
#: the sign for open or closed, a space
SIGN_WIDTH = 2

_PLAIN = {
    "track": Style(dim=True),
    "header": Style(bold=True),
    "sorted": Style(bold=True, reverse=True),
    "cursor": Style(reverse=True, bold=True),
    "cursor-blurred": Style(reverse=True, dim=True),
    "range": Style(reverse=True, dim=True),
    "group": Style(bold=True),
    "muted": Style(dim=True),
    "mark": Style(bold=True),
}


_SHORT_TITLES = {"pip": "", "python": "Tag"}
_BY_GLYPH = {glyph: answer for answer, glyph in glyphs.PIP_WILL.items()}
#: the columns that show what the rows are sorted by
_SORTED_BY = frozenset(("pip", "name", "size", "used", "age", "pythons", "count", "kind", "reason"))


class DrawnRows(ScrollView):
    """Draws a listing, its header, the cursor, the range being chosen, and the row under the mouse."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
        "table--sorted",
        "table--cursor",
        "table--cursor-blurred",
        "table--hover",
        "table--range",
        "table--group",
        "table--muted",
        "table--bar",
        "table--track",
        "table--mark",
        *(f"table--{kind}" for kind in KINDS),
        "table--never-read",
        "table--download-again",
        "table--reuse",
        "table--recent",
        "table--ageing",
        "table--old",
        "table--revalidate",
    }

    cursor = reactive(0, repaint=False)

    def __init__(self, columns: tuple[ColumnKey, ...] = BROWSING, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        #: which columns it may show, the most important first
        self.columns = columns
        self.listing: Listing | None = None
        self.now = 0.0
        #: the row where a range was begun
        self.range_start: int | None = None
        self._hovered: int | None = None
        self._placed: tuple[Placed, ...] = ()
        self._styles: dict[str, Style] = {}

    def chosen_rows(self) -> Iterable[int]:
        """The rows of the range, or the one under the cursor."""
        if self.listing is None or not len(self.listing):
            return ()
        if self.range_start is None:
            return (self.cursor,)
        first, last = sorted((self.range_start, self.cursor))
        return range(first, last + 1)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()

    def style_of(self, name: str) -> Style:
        """The style of a component; kept until the style sheet or the theme changes."""
        style = self._styles.get(name)
        if style is None:
            style = component(self, f"table--{name}", _PLAIN.get(name))
            self._styles[name] = style
        return style

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if not self._placed or self._placed[-1].start + self._placed[-1].width != width - 1:
            self._placed = place_columns(max(20, width - 1), self.columns)
        if y == 0:
            return self._header(width)
        row = self.scroll_offset.y + y - 1
        if self.listing is None or row >= len(self.listing):
            return Strip.blank(width, self.rich_style)
        return self._row(self.listing, row, width)

    def _header(self, width: int) -> Strip:
        style = self.rich_style + self.style_of("header")
        segments = []
        view = self.listing.view if self.listing else None
        for placed in self._placed:
            column = placed.column
            title, named = column.title, style
            if column.key == "size" and self.listing is not None and not self.listing.catalog.apparent:
                title = "On disk"
            if placed.width < len(title):
                title = _SHORT_TITLES.get(column.key, title)
            if view is not None and column.sort == view.sort and column.key in _SORTED_BY:
                arrow = glyphs.DESCENDING if view.descending else glyphs.ASCENDING
                title = f"{title} {arrow}".strip()
                named = style + self.style_of("sorted")
            if column.key == "name":
                title = " " * (MARK_WIDTH + SIGN_WIDTH) + title
            text = right(title, placed.width) if column.to_right else left(title, placed.width)
            segments += [Segment(text, named), Segment(" ", style)]
        return Strip(segments).adjust_cell_length(width, style)

    def _row(self, listing: Listing, row: int, width: int) -> Strip:
        item = listing.rows[row]
        on_cursor = row == self.cursor
        base = self.rich_style
        in_range = self.range_start is not None and row in self.chosen_rows()
        if in_range:
            base += self.style_of("range")
        elif row == self._hovered and not on_cursor:
            base += self.style_of("hover")
        cursor = Style.null()
        if on_cursor:
            cursor = self.style_of("cursor" if self.has_focus else "cursor-blurred")
        segments: list[Segment] = []

        def put(text: str, *names: str) -> None:
            style = base
            for name in names:
                style += self.style_of(name)
            segments.append(Segment(text, style + cursor))

        kind = item.kind(listing.catalog) if isinstance(item, Group) else listing.catalog.entries[item].kind
        apart = set(DISTINGUISHING) <= {placed.column.key for placed in self._placed}
        spread = apart and not has_distinction(listing, row)
        for placed in self._placed:
            column, cells = placed.column, placed.width
            if column.key == "name":
                if spread:  # its name may use the columns in which it has nothing to say
                    cells += sum(p.width + GAP for p in self._placed if p.column.key in DISTINGUISHING)
                self._put_name(put, listing, row, cells, short_label if apart else label_of)
            elif spread and column.key in DISTINGUISHING:
                continue
            elif column.key == "bar":
                text = glyphs.line(bar_fraction(listing, row), cells)
                name = "bar" if isinstance(item, Group) else kind
                segments.append(Segment(text, base + cursor + self.style_of(name)))
                put((" " if on_cursor else glyphs.TRACK) * (cells - len(text)), "track")
            elif column.key == "kind":
                text = cell_text(listing, row, "kind", self.now)
                known = text in KINDS
                put(f"{glyphs.DOT} " if known else "  ", *((text,) if known else ()))
                put(left(text, cells - 2), *(() if known else ("muted",)))
            else:
                text = cell_text(listing, row, column.key, self.now, cells)
                names = self._names_of(column.key, text)
                if column.key in ("age", "used"):
                    names = (self._heat(listing, row, column.key),) if text.strip("?") else ("muted",)
                if column.key == "reason":
                    text = fit_start(text, cells)
                put(right(text, cells) if column.to_right else left(text, cells), *names)
            put(" ")
        return Strip(segments).adjust_cell_length(width, base + cursor)

    def _heat(self, listing: Listing, row: int, key: str) -> str:
        """The style of an age: recent, a while ago, or over a year ago."""
        item = listing.rows[row]
        if isinstance(item, Group):
            since = item.used if key == "used" else item.newest
        else:
            since = (listing.catalog.used if key == "used" else listing.catalog.stored)[item]
        days = (self.now - since) / 86400
        return "recent" if days < 30 else "ageing" if days < 182 else "muted" if days < 365 else "old"

    def _put_name(
        self, put: Callable[..., None], listing: Listing, row: int, cells: int, label: Callable[[Listing, int], str]
    ) -> None:
        item, catalog = listing.rows[row], listing.catalog
        group = item if isinstance(item, Group) else None
        if group:
            count = group.marked(catalog)
            mark = glyphs.MARKED if count == len(group.members) else glyphs.PARTLY if count else glyphs.UNMARKED
            sign = glyphs.OPEN if listing.is_open(group) else glyphs.CLOSED
        else:
            mark = glyphs.MARKED if catalog.marked[listing.indices(row)[0]] else glyphs.UNMARKED
            sign = " "
        put(f" {mark} ", "muted" if mark == glyphs.UNMARKED else "mark")
        indent = min(INDENT * listing.depth(row), cells // 2)
        put(" " * indent)
        put(f"{sign} ", "muted")
        room = max(1, cells - MARK_WIDTH - SIGN_WIDTH - indent)
        names = ("group",) if group else ()
        put(left(label(listing, row), room), *names, *(("mark",) if mark == glyphs.MARKED else ()))

    @staticmethod
    def _names_of(key: str, text: str) -> tuple[str, ...]:
        if key == "pip":
            return (_BY_GLYPH.get(text[:1], "muted"),)
        if key == "pythons" and text.startswith("none"):
            return ("never-read",)
        return () if key in ("size", *DISTINGUISHING) else ("muted",)
