"""The review: what would be deleted, why, what it costs, what it frees. The only way to a deletion."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Button, Static

from pipcache_tui.remove.plan import Plan
from pipcache_tui.text import format_count, format_size
from pipcache_tui.tui import commands
from pipcache_tui.tui.model.answers import Answers
from pipcache_tui.tui.model.catalog import Batch, Catalog
from pipcache_tui.tui.model.columns import REVIEWING
from pipcache_tui.tui.model.listing import Group, Listing, SortKey, View
from pipcache_tui.tui.model.plan_lines import plan_lines
from pipcache_tui.tui.widgets.bars import TitleBar
from pipcache_tui.tui.widgets.key_bar import KeyBar
from pipcache_tui.tui.widgets.tree_table import TreeTable

if TYPE_CHECKING:
    from pipcache_tui.tui.model.session import Session

#: seconds for which deleting is ignored after the review is first shown: the second click of a double click, a key
#: held too long or pressed once too often must not confirm what nobody has read
DELETE_DELAY = 0.5
#: the movements that work here although the Cancel button has the focus
_FORWARDED = ("down", "up", "left", "right", "first", "last", "page_down", "page_up")


class ReviewScreen(Screen["Plan | None"]):
    """Shows a plan by project. Returns the plan to carry out, without what was unmarked, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings("review"),
        *(b for b in commands.bindings("table") if b.action in _FORWARDED),
    ]
    AUTO_FOCUS = "#cancel"

    def __init__(self, state: Session, plan: Plan, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.state = state
        self.plan = plan
        self._monotonic = monotonic
        #: when the review was first painted; None until then
        self._shown: float | None = None
        self._all = plan.entries
        self._catalog = Catalog()

    def compose(self) -> ComposeResult:
        yield TitleBar(id="title")
        yield Static("", id="costs", markup=False)
        yield TreeTable(REVIEWING, id="table")
        with Horizontal(id="buttons"):
            yield Button("Cancel", id="cancel", compact=True)
            yield Static("", id="gap")
            yield Button("Delete", id="delete", variant="error", compact=True)
        yield KeyBar("review")

    def on_mount(self) -> None:
        self._catalog.add(Batch.of([planned.entry for planned in self._all]))
        self._catalog.mark(range(len(self._all)), True)
        answers = Answers(self.state.judge, tuple(planned.reasons for planned in self._all))
        listing = Listing.build(self._catalog, range(len(self._all)), View(), answers)
        if len(listing) == 1:
            listing.toggle(0)
        self.query_one(TreeTable).show(listing, self.state.now)
        self._say()
        self.call_after_refresh(self._painted)

    def _painted(self) -> None:
        self._shown = self._monotonic()

    def _say(self) -> None:
        plan = self.plan
        projects = {planned.entry.project for planned in plan.entries if planned.entry.project}
        title = self.query_one(TitleBar)
        title.left = (
            ("Review  ", "name"),
            (f"{format_count(len(plan.entries), 'entry')}, {format_count(plan.files, 'file')}", ""),
        )
        if projects:
            title.left += ((f", {format_count(len(projects), 'project')}", "aside"),)
        title.right = (("frees ", "muted"), (format_size(plan.frees), "strong"), (" of the disk ", "muted"))
        text = Text()
        for number, (sign, line) in enumerate(plan_lines(plan)):
            text.append("\n" if number else "")
            text.append(f"{sign} ", "bold")
            text.append(line)
        self.query_one("#costs", Static).update(text)
        delete = self.query_one("#delete", Button)
        delete.label = Text(f"Delete {format_count(len(plan.entries), 'entry')} (D)")
        delete.disabled = not plan.entries

    def _replan(self) -> None:
        kept = (self._all[index] for index in self._catalog.marked_indices())
        self.plan = self.state.plan((planned.entry, planned.reasons) for planned in kept)
        self._say()
        self.query_one(TreeTable).refresh()

    def _toggle(self, row: int) -> None:
        listing = self.query_one(TreeTable).listing
        assert listing is not None
        indices = listing.indices(row)
        self._catalog.mark(indices, not all(map(self._catalog.marked.__getitem__, indices)))
        self._replan()

    @on(TreeTable.MarkWanted)
    def _mark_clicked(self, message: TreeTable.MarkWanted) -> None:
        self._toggle(message.row)

    @on(TreeTable.SortWanted)
    def _header_clicked(self, message: TreeTable.SortWanted) -> None:
        self.sort_by(message.key)

    def sort_by(self, key: SortKey) -> None:
        table = self.query_one(TreeTable)
        if table.listing is not None:
            table.listing.sort(table.listing.view.sorted_by(key))
            table.move_to(0)

    def action_drop(self) -> None:
        table = self.query_one(TreeTable)
        self._toggle(table.cursor)
        table.action_down()

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#delete")
    def action_delete_now(self) -> None:
        waited = self._shown is not None and self._monotonic() - self._shown >= DELETE_DELAY
        if waited and self.plan.entries:
            self.dismiss(self.plan)

    def action_down(self) -> None:
        self.query_one(TreeTable).action_down()

    def action_up(self) -> None:
        self.query_one(TreeTable).action_up()

    def action_left(self) -> None:
        self.query_one(TreeTable).action_left()

    def action_right(self) -> None:
        table = self.query_one(TreeTable)
        listing = table.listing
        if listing is not None and isinstance(listing.rows[table.cursor], Group):
            table.action_right()

    def action_first(self) -> None:
        self.query_one(TreeTable).action_first()

    def action_last(self) -> None:
        self.query_one(TreeTable).action_last()

    def action_page_down(self) -> None:
        self.query_one(TreeTable).action_page_down()

    def action_page_up(self) -> None:
        self.query_one(TreeTable).action_page_up()
