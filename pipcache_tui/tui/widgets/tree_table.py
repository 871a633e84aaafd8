"""The table: rows of a `Listing`, drawn a line at a time, so that a million of them cost what a page costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pipcache_tui.cache.model import KINDS
from pipcache_tui.tui import commands, glyphs
from pipcache_tui.tui.model.columns import (
    BROWSING,
    ColumnKey,
    Placed,
    bar_fraction,
    cell_text,
    label_of,
    place_columns,
)
from pipcache_tui.tui.model.listing import Group, Listing, Path, SortKey
from pipcache_tui.tui.widgets.fit import left, right
from pipcache_tui.tui.widgets.styling import component

_INDENT = 2
#: a space, the mark, a space
_MARK_WIDTH = 3
#: the sign for open or closed, a space
_WIDE_INDENT = 2


class TreeTable(ScrollView, can_focus=True):
    """Shows a listing; keeps the cursor, the range being chosen, and where the mouse is. Changes no mark itself."""

    BINDINGS: ClassVar[list[BindingType]] = list(commands.bindings("table"))
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
        "table--revalidate",
    }

    cursor = reactive(0, repaint=False)

    @dataclass
    class CursorMoved(Message):
        """The cursor is on another row now, or the row under it is another."""

        table: TreeTable

    @dataclass
    class SortWanted(Message):
        """Someone clicked on the header of a column."""

        key: SortKey

    @dataclass
    class MarkWanted(Message):
        """Someone clicked on the mark of a row."""

        row: int

    @dataclass
    class Opened(Message):
        """Enter or a double click on an entry."""

        row: int

    def __init__(
        self,
        columns: tuple[ColumnKey, ...] = BROWSING,
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
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
        self._touched = False

    # ------------------------------------------------------------------ what it shows

    def show(self, listing: Listing, now: float) -> None:
        """Show these rows; the cursor stays on what it was on, at the same height of the screen."""
        previous, offset = self.listing, self.cursor - self.scroll_offset.y
        wanted = previous.identity(self.cursor) if previous is not None and self._touched else None
        self.listing, self.now, self.range_start = listing, now, None
        self._fit_height()
        if not self._touched:
            row = 0
        else:
            found = listing.find(wanted, near=self.cursor)
            row = min(self.cursor, len(listing) - 1) if found is None else found
        self.move_to(max(0, row), touched=self._touched, offset=offset)
        self.refresh()
        self.post_message(self.CursorMoved(self))

    def follow(self, identity: Path | int | None) -> None:
        """The rows were laid out anew: put the cursor back on what it was on, at the same height of the screen."""
        if self.listing is None:
            return
        offset = self.cursor - self.scroll_offset.y
        self._fit_height()
        if self._touched:
            found = self.listing.find(identity, near=self.cursor)
            self.move_to(self.cursor if found is None else found, offset=offset)
        self.refresh()

    def sort_keys(self) -> set[SortKey]:
        """The keys of the columns that show."""
        return {placed.column.sort for placed in self._placed}

    def refresh_rows(self) -> None:
        """Draw again after rows were opened or closed, or marks changed."""
        self._fit_height()
        self.refresh()

    def _fit_height(self) -> None:
        height = (len(self.listing) if self.listing else 0) + 1
        self.virtual_size = Size(self.scrollable_content_region.width, height)

    @property
    def page(self) -> int:
        """Rows that fit, without the header."""
        return max(1, self.scrollable_content_region.height - 1)

    @property
    def identity(self) -> Path | int | None:
        return self.listing.identity(self.cursor) if self.listing else None

    def move_to(self, row: int, *, touched: bool = True, offset: int | None = None) -> None:
        """Put the cursor on a row and bring it into sight; with `offset`, that many rows below the first."""
        if self.listing is None or not len(self.listing):
            self.cursor = 0
            return
        row = max(0, min(row, len(self.listing) - 1))
        self._touched = self._touched or touched
        moved = row != self.cursor
        self.cursor = row
        top = self.scroll_offset.y
        if offset is not None:
            top = row - max(0, min(offset, self.page - 1))
        elif row < top:
            top = row
        elif row > top + self.page - 1:
            top = row - self.page + 1
        if top != self.scroll_offset.y:
            self.scroll_to(y=max(0, top), animate=False, force=True)
        self.refresh()
        if moved:
            self.post_message(self.CursorMoved(self))

    def chosen_rows(self) -> Iterable[int]:
        """The rows of the range, or the one under the cursor."""
        if self.listing is None or not len(self.listing):
            return ()
        if self.range_start is None:
            return (self.cursor,)
        first, last = sorted((self.range_start, self.cursor))
        return range(first, last + 1)

    # ------------------------------------------------------------------ drawing

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()

    def on_resize(self) -> None:
        self._placed = ()
        self._fit_height()
        self.move_to(self.cursor, touched=False)

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
            if view is not None and column.sort == view.sort and column.key not in ("bar", "share"):
                arrow = glyphs.DESCENDING if view.descending else glyphs.ASCENDING
                title = f"{title} {arrow}"
                named = style + self.style_of("sorted")
            if column.key == "name":
                title = " " * (_MARK_WIDTH + _WIDE_INDENT) + title
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
        for placed in self._placed:
            column, cells = placed.column, placed.width
            if column.key == "name":
                self._put_name(put, listing, row, cells)
            elif column.key == "bar":
                text = glyphs.line(bar_fraction(listing, row), cells)
                name = "bar" if isinstance(item, Group) else kind
                segments.append(Segment(text, base + cursor + self.style_of(name)))
                put((" " if on_cursor else glyphs.LINE) * (cells - len(text)), "track")
            elif column.key == "kind":
                text = cell_text(listing, row, "kind", self.now)
                known = text in KINDS
                put(f"{glyphs.DOT} " if known else "  ", *((text,) if known else ()))
                put(left(text, cells - 2), *(() if known else ("muted",)))
            else:
                text = cell_text(listing, row, column.key, self.now)
                text = right(text, cells) if column.to_right else left(text, cells)
                put(text, *self._names_of(column.key, text))
            put(" ")
        return Strip(segments).adjust_cell_length(width, base + cursor)

    def _put_name(self, put: Callable[..., None], listing: Listing, row: int, cells: int) -> None:
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
        indent = min(_INDENT * listing.depth(row), cells // 2)
        put(" " * indent)
        put(f"{sign} ", "muted")
        room = max(1, cells - _MARK_WIDTH - _WIDE_INDENT - indent)
        names = ("group",) if group else ()
        put(left(label_of(listing, row), room), *names, *(("mark",) if mark == glyphs.MARKED else ()))

    @staticmethod
    def _names_of(key: str, text: str) -> tuple[str, ...]:
        if key == "pip":
            for name in ("never-read", "download-again", "revalidate", "reuse"):
                if name.replace("-", " ") in text:
                    return (name,)
            return ("muted",)
        if key == "pythons" and text.startswith("none"):
            return ("never-read",)
        return () if key == "size" else ("muted",)

    # ------------------------------------------------------------------ the mouse

    def _row_at(self, event: events.MouseEvent) -> int | None:
        offset = event.get_content_offset(self)
        if offset is None or offset.y < 1 or self.listing is None:
            return None
        row = offset.y - 1 + self.scroll_offset.y
        return row if row < len(self.listing) else None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        row = self._row_at(event)
        if row != self._hovered:
            for changed in (self._hovered, row):
                if changed is not None:
                    self.refresh(Region(0, changed - self.scroll_offset.y + 1, self.size.width, 1))
            self._hovered = row

    def on_leave(self) -> None:
        self._hovered = None
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or self.listing is None:
            return
        if offset.y == 0:
            for placed in self._placed:
                if placed.start <= offset.x < placed.start + placed.width + 1:
                    self.post_message(self.SortWanted(placed.column.sort))
            return
        row = self._row_at(event)
        if row is None:
            return
        self.move_to(row)
        sign = _MARK_WIDTH + _INDENT * self.listing.depth(row)
        if offset.x < _MARK_WIDTH:
            self.post_message(self.MarkWanted(row))
        elif event.chain == 2 or sign <= offset.x < sign + _WIDE_INDENT:
            self.action_open()

    # ------------------------------------------------------------------ the keys

    def action_down(self) -> None:
        self.move_to(self.cursor + 1)

    def action_up(self) -> None:
        self.move_to(self.cursor - 1)

    def action_page_down(self) -> None:
        self.move_to(self.cursor + self.page)

    def action_page_up(self) -> None:
        self.move_to(self.cursor - self.page)

    def action_first(self) -> None:
        self.move_to(0)

    def action_last(self) -> None:
        self.move_to(len(self.listing) - 1 if self.listing else 0)

    def action_open(self) -> None:
        """Open or close a group; show an entry's details."""
        if self.listing is None or not len(self.listing):
            return
        self._touched = True
        if isinstance(self.listing.rows[self.cursor], Group):
            self.listing.toggle(self.cursor)
            self.range_start = None
            self.refresh_rows()
        else:
            self.post_message(self.Opened(self.cursor))

    def action_right(self) -> None:
        """Open the group, or go to its first row."""
        if self.listing is None or not len(self.listing):
            return
        item = self.listing.rows[self.cursor]
        if isinstance(item, Group):
            if self.listing.is_open(item):
                self.move_to(self.cursor + 1)
            else:
                self.action_open()

    def action_left(self) -> None:
        """Close the group, or go to the group this row is in."""
        if self.listing is None or not len(self.listing):
            return
        item = self.listing.rows[self.cursor]
        if isinstance(item, Group) and self.listing.is_open(item):
            self.action_open()
            return
        parent = self.listing.parents[self.cursor]
        row = self.cursor
        while row > 0 and self.listing.rows[row] is not parent:
            row -= 1
        if parent is not self.listing.root:
            self.move_to(row)


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
