"""The table: rows of a `Listing`. Only visible lines are drawn, so a million rows cost no more than a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message

from pipcache_tui.tui import commands
from pipcache_tui.tui.model.columns import (
    BROWSING,
    ColumnKey,
)
from pipcache_tui.tui.model.listing import Group, Listing, Path, SortKey
from pipcache_tui.tui.widgets.row_drawing import INDENT, MARK_WIDTH, SIGN_WIDTH, DrawnRows


class TreeTable(DrawnRows, can_focus=True):
    """Shows a listing; keeps the cursor, the range being chosen, and the position of the mouse. Changes no marks."""

    BINDINGS: ClassVar[list[BindingType]] = list(commands.bindings("table"))

    @dataclass
    class CursorMoved(Message):
        """The cursor has moved, or a different row is under it."""

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
        super().__init__(columns, id=id)
        self._touched = False

    # ------------------------------------------------------------------ what it shows

    def show(self, listing: Listing, now: float, wanted: Path | int | None = None) -> None:
        """Show these rows; the cursor stays on what it was on (now `wanted`), at the same height of the screen."""
        previous, offset = self.listing, self.cursor - self.scroll_offset.y
        if wanted is None and previous is not None and previous.catalog is listing.catalog:
            wanted = previous.identity(self.cursor)
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
        """The rows were laid out again: put the cursor back on the same thing, at the same height."""
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

    def on_resize(self) -> None:
        self._placed = ()
        self._fit_height()
        self.move_to(self.cursor, touched=False)

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
        x = offset.x - next(placed.start for placed in self._placed if placed.column.key == "name")
        sign = MARK_WIDTH + INDENT * self.listing.depth(row)
        if 0 <= x < MARK_WIDTH:
            self.post_message(self.MarkWanted(row))
        elif event.chain == 2 or sign <= x < sign + SIGN_WIDTH:
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
