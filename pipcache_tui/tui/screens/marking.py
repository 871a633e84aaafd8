"""The part of the main screen that marks rows and opens the review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.screen import Screen

from pipcache_tui.tui import messages
from pipcache_tui.tui.model.listing import Group
from pipcache_tui.tui.widgets.tree_table import TreeTable

if TYPE_CHECKING:
    from pipcache_tui.cache.model import Entry
    from pipcache_tui.remove.plan import Plan
    from pipcache_tui.select.expression import Expression
    from pipcache_tui.tui.model.session import Session


class MarkingScreen(Screen[None]):
    """Marks, ranges, and the ways to delete. A subclass decides what is shown."""

    #: indices of the entries that pass the filter
    _passing: list[int]
    #: the filter; None: everything passes
    expression: Expression | None

    def __init__(self, state: Session) -> None:
        super().__init__()
        self.state = state

    @property
    def table(self) -> TreeTable:
        return self.query_one(TreeTable)

    def _draw_status(self) -> None:
        raise NotImplementedError

    def _marks_changed(self) -> None:
        self.table.refresh()
        self._draw_status()

    def _toggle_mark(self, row: int) -> None:
        listing = self.table.listing
        assert listing is not None
        indices = listing.indices(row)
        marked = self.state.catalog.marked
        self.state.catalog.mark(indices, not all(map(marked.__getitem__, indices)))

    def action_mark(self) -> None:
        table = self.table
        if table.listing is None or not len(table.listing):
            return
        if table.range_start is not None:
            self.action_range()
            return
        self._toggle_mark(table.cursor)
        table.action_down()
        self._marks_changed()

    @on(TreeTable.MarkWanted)
    def _mark_clicked(self, message: TreeTable.MarkWanted) -> None:
        self._toggle_mark(message.row)
        self._marks_changed()

    def action_range(self) -> None:
        table = self.table
        if table.listing is None or not len(table.listing):
            return
        if table.range_start is None:
            table.range_start = table.cursor
        else:
            for row in table.chosen_rows():
                item = table.listing.rows[row]
                # An open group counts as its rows below, which may be outside the range.
                if not (isinstance(item, Group) and table.listing.is_open(item)):
                    self.state.catalog.mark(table.listing.indices(row), True)
            table.range_start = None
        self._marks_changed()

    def action_mark_all(self) -> None:
        self.state.catalog.mark(self._passing, True)
        self._marks_changed()

    def action_invert(self) -> None:
        marked = self.state.catalog.marked
        on_now = [index for index in self._passing if not marked[index]]
        off_now = [index for index in self._passing if marked[index]]
        self.state.catalog.mark(on_now, True)
        self.state.catalog.mark(off_now, False)
        self._marks_changed()

    def action_unmark_all(self) -> None:
        self.state.catalog.mark(list(self.state.catalog.marked_indices()), False)
        self._marks_changed()

    def _may_delete(self) -> bool:
        if self.state.workspace.options.no_delete:
            self.notify("It was started with --no-delete.", title="Nothing is deleted here", markup=False)
            return False
        if self.state.scanning:
            self.notify("Deleting waits until all is read.", title="Still reading", markup=False)
            return False
        return True

    def action_delete(self) -> None:
        listing = self.table.listing
        if not self._may_delete() or listing is None or not len(listing):
            return
        catalog = self.state.catalog
        if catalog.marked_count:
            plan: Plan = self.state.plan_marked()
        else:
            entries = [catalog.entries[index] for index in listing.indices(self.table.cursor)]
            plan = self.state.plan((entry, ("chosen",)) for entry in entries)
        self.post_message(messages.ReviewWanted(plan))

    def action_prune(self) -> None:
        if self._may_delete():
            from pipcache_tui.tui.screens.prune import PruneScreen

            self.app.push_screen(PruneScreen(self.state, self.expression))

    def action_purge(self) -> None:
        if not self._may_delete():
            return
        from pipcache_tui.tui.screens.purge import PurgeScreen

        plan = self.state.plan((entry, ("everything",)) for entry in self.state.catalog.entries)
        if plan.entries:
            self.app.push_screen(PurgeScreen(plan))
        else:
            self.notify("The cache is empty.", markup=False)

    def _chosen(self) -> list[Entry]:
        """What is marked, else the row under the cursor; nothing while the cache is being read."""
        listing, catalog = self.table.listing, self.state.catalog
        if self.state.scanning or listing is None or not len(listing):
            return []
        return catalog.marked_entries() or [catalog.entries[index] for index in listing.indices(self.table.cursor)]

    def action_verify(self) -> None:
        """The corrupt ones are marked afterwards."""
        if chosen := self._chosen():
            self.post_message(messages.VerifyWanted(chosen))

    def action_export(self) -> None:
        if not (chosen := self._chosen()):
            return
        from pipcache_tui.tui.screens.export import ExportScreen

        def named(folder: str | None) -> None:
            if folder is not None:
                self.post_message(messages.ExportWanted(chosen, folder))

        self.app.push_screen(ExportScreen(len(chosen), sum(entry.size for entry in chosen)), named)
