"""The main screen: the table, its filter, the details, and the way to everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.widgets import Input, Static

from pipcache_tui.cache.content import read_summary
from pipcache_tui.text import safe_text
from pipcache_tui.tui import commands, messages
from pipcache_tui.tui.model import session
from pipcache_tui.tui.model.columns import BROWSING, ColumnKey, label_of
from pipcache_tui.tui.model.details import Line, copyable, describe, summarize
from pipcache_tui.tui.model.empty import Advice, advise
from pipcache_tui.tui.model.groupings import GROUPINGS
from pipcache_tui.tui.model.listing import SORT_KEYS, Group, Listing, Path, SortKey, View
from pipcache_tui.tui.model.status import status_parts, title_parts
from pipcache_tui.tui.screens.marking import MarkingScreen
from pipcache_tui.tui.widgets.bars import StatusBar, TitleBar
from pipcache_tui.tui.widgets.details import Details
from pipcache_tui.tui.widgets.filter_bar import FilterBar
from pipcache_tui.tui.widgets.key_bar import KeyBar
from pipcache_tui.tui.widgets.tree_table import TreeTable

if TYPE_CHECKING:
    from pipcache_tui.cache.model import Entry
    from pipcache_tui.progress import Progress
    from pipcache_tui.select.expression import Expression
    from pipcache_tui.tui.model.session import Session

#: more entries than this are filtered, grouped and sorted outside the event loop
_INLINE = 4000
#: new entries added per turn of the event loop
_AT_ONCE = 1000
#: sort keys of groups that need no computation first
_QUICK = frozenset(("name", "size", "count", "age", "used"))
_TICK = 0.1
_SIDE_BY_SIDE_WIDTH = 140
_BELOW_HEIGHT = 34


class MainScreen(MarkingScreen):
    """Browse, filter, mark; deleting goes through the review."""

    BINDINGS: ClassVar[list[BindingType]] = list(commands.bindings("main"))
    AUTO_FOCUS = "#table"

    def __init__(self, state: Session, keymap: Mapping[str, str]) -> None:
        super().__init__(state)
        self._keymap = keymap
        self.view = View()
        self.expanded: set[Path] = set()
        self.expression: Expression | None = None
        #: indices that pass the filter, and how much of the catalog has been checked
        self._passing: list[int] = []
        self._seen = 0
        #: the rows must be built again (other filter, grouping or names), not only extended by new entries
        self._stale = False
        self._arranging = False
        #: during a scan, rows are not rebuilt before this time
        self._rest_until = 0.0
        self._details_wanted: bool | None = None
        self._ticks = 0
        self._shown_progress: Progress | None = None

    def compose(self) -> ComposeResult:
        yield TitleBar(id="title")
        yield FilterBar(id="filter")
        with Container(id="body"):
            yield TreeTable(self._columns(), id="table")
            yield Static("", id="advice", markup=False)
            yield Details(id="details")
        yield StatusBar(id="status")
        yield KeyBar("main")

    def _columns(self) -> tuple[ColumnKey, ...]:
        wanted = self.state.launch.columns
        return tuple(key for name in wanted for key in BROWSING if key == name) or BROWSING

    def on_mount(self) -> None:
        wanted = self.state.launch.group
        self.view = next((View(grouping) for grouping in GROUPINGS if grouping.name == wanted), View())
        bar = self.query_one(FilterBar)
        bar.display = False
        self.query_one("#advice").display = False
        text = self.state.launch.filter
        if text:
            bar.display = True
            bar.input.value = text
        self.set_interval(_TICK, self._tick)
        self._draw_bars()

    def on_resize(self) -> None:
        self._place_details()

    @property
    def busy(self) -> bool:
        """The rows are not built yet."""
        return self._arranging or self._stale or self._seen < len(self.state.catalog)

    # ------------------------------------------------------------------ the scan

    def begin_scan(self) -> None:
        """A scan begins: remove all rows. The app restores the marks at the end."""
        self._passing, self._seen, self._stale = [], 0, False
        self._show(Listing.build(self.state.catalog, (), self.view, self.state.answers, self.expanded))
        self._draw_bars()

    def renamed(self) -> None:
        """Some entries have more details, and may belong to other groups now."""
        self._stale = True

    def scan_ended(self) -> None:
        """All entries are known; late names may change what the filter matches."""
        self._stale = self._stale or self.expression is not None
        if self.table.listing is not None and not len(self.state.catalog):
            self._show_advice(self.table.listing)
        self._draw_bars()
        self._tick()

    def judged(self) -> None:
        """There is a new judge: columns may change, and so may a filter or an order that uses the judge."""
        listing = self.table.listing
        if self.expression is not None or self.view.sort not in _QUICK or listing is None:
            self._stale = True
            self._tick()
        else:
            listing.answers = self.state.answers
            self.table.refresh()
        self._draw_bars()
        self._show_details()

    def removed(self) -> None:
        """Entries have left the catalog and indices have changed, so build all rows before the next key."""
        table, catalog = self.table, self.state.catalog
        wanted = table.identity
        if isinstance(wanted, int) and table.listing is not None:
            wanted = catalog.index_of(table.listing.catalog.entries[wanted].key)
        everything = range(len(catalog))
        self._passing = session.matching(catalog, everything, self.expression, self.state.judge)
        self._seen = len(catalog)
        listing = Listing.build(catalog, self._passing, self.view, self.state.answers, self.expanded)
        self._show(listing, wanted)
        self._draw_bars()

    def _tick(self) -> None:
        self._ticks += 1
        if self.state.progress is not self._shown_progress:
            self._shown_progress = self.state.progress
            self._draw_status()
        if self._arranging or self.table.range_start is not None:
            return
        catalog = self.state.catalog
        if self._stale and monotonic() >= self._rest_until:
            self._stale = False
            self._arranging = True
            self.run_worker(self._arrange(), group="arrange")
        elif self._seen < len(catalog) and not self._stale:
            end = min(len(catalog), self._seen + _AT_ONCE)
            new = session.matching(catalog, range(self._seen, end), self.expression, self.state.judge)
            self._seen = end
            if end < len(catalog):
                self.set_timer(0.005, self._tick)
            self._passing.extend(new)
            listing = self.table.listing
            if listing is not None and new:
                before = listing.identity(self.table.cursor)
                listing.extend(new)
                self.table.follow(before)
        if self.state.scanning:
            self._draw_bars()

    async def _arrange(self) -> None:
        """Filter, group and sort everything; many entries in a thread."""
        began = monotonic()
        try:
            catalog, view, answers = self.state.catalog, self.view, self.state.answers
            expression, judge, count = self.expression, self.state.judge, len(self.state.catalog)
            expanded = set(self.expanded)

            def work() -> tuple[list[int], Listing]:
                passing = session.matching(catalog, range(count), expression, judge)
                return passing, Listing.build(catalog, passing, view, answers, expanded)

            passing, listing = work() if count <= _INLINE else await asyncio.to_thread(work)
            if catalog is not self.state.catalog or view != self.view or expression is not self.expression:
                self._stale = True
                return
            # Groups opened or closed while the thread worked.
            if expanded != self.expanded:
                listing.expanded = self.expanded
                listing.lay_out()
            listing.expanded = self.expanded
            self._passing, self._seen = passing, count
            self._show(listing)
        finally:
            self._arranging = False
            if self.state.scanning:
                self._rest_until = monotonic() + 3 * (monotonic() - began)
        self._draw_bars()

    def _show(self, listing: Listing, wanted: Path | int | None = None) -> None:
        self._show_advice(listing)
        self.table.show(listing, self.state.now, wanted)
        self._show_details()

    def _show_advice(self, listing: Listing) -> None:
        """In place of an empty table: why it is empty, and what to do."""
        empty = not len(listing) and not self.state.scanning
        advice: Advice | None = None
        if empty:
            advice = advise(
                self.state.workspace.found,
                warnings=self.state.warnings,
                filtered=bool(len(self.state.catalog)) and self.expression is not None,
                odd=self.state.odd_folders(),
            )
        static = self.query_one("#advice", Static)
        static.display = empty
        had_focus = self.focused is None or self.focused is self.table
        self.table.display = not empty
        if had_focus and not empty:
            self.table.focus()
        if advice is not None:
            static.update(advice.text())
        self._place_details()

    # ------------------------------------------------------------------ around the table

    def _draw_bars(self) -> None:
        title = self.query_one(TitleBar)
        passing = self._passing if self.expression is not None else None
        title.left, title.right = title_parts(self.state, passing, self._ticks)
        self._draw_status()

    def _draw_status(self) -> None:
        in_range = None if self.table.range_start is None else len(list(self.table.chosen_rows()))
        status = self.query_one(StatusBar)
        status.left, status.right = status_parts(self.state, self.view, in_range)

    @on(TreeTable.CursorMoved)
    def _cursor_moved(self) -> None:
        self._show_details()
        if self.table.range_start is not None:
            self._draw_status()

    def _place_details(self) -> None:
        """Place the details next to a wide table or below a tall one; hide them if neither fits, unless wanted."""
        width, height = self.size
        beside = width >= _SIDE_BY_SIDE_WIDTH
        shown = beside or height >= _BELOW_HEIGHT if self._details_wanted is None else self._details_wanted
        details = self.query_one(Details)
        details.display = shown and self.table.display
        self.set_class(beside, "-beside")

    def _show_details(self) -> None:
        details = self.query_one(Details)
        listing, row = self.table.listing, self.table.cursor
        if not details.display or listing is None or row >= len(listing):
            return
        state, item = self.state, listing.rows[row]
        indices = listing.indices(row)
        entries = state.catalog.entries
        if isinstance(item, Group) and len(indices) > 1:
            members = [entries[index] for index in indices]
            details.show(summarize(label_of(listing, row), members, state.judge, state.now, state.catalog.total))
        else:
            details.show(self._described(entries[indices[0]]))

    # ------------------------------------------------------------------ filter

    def action_filter(self) -> None:
        self.query_one(FilterBar).begin()

    @on(messages.FilterChanged)
    def _filter_changed(self, message: messages.FilterChanged) -> None:
        self._search(message.text, typing=True)

    def _search(self, text: str, *, typing: bool) -> None:
        bar = self.query_one(FilterBar)
        self.expression, wrong = session.search(text, typing=typing and bar.input.has_focus)
        bar.say(wrong or (self.expression.words if self.expression else ""), error=bool(wrong))
        self._stale = True
        self._tick()

    @on(Input.Submitted, "#filter-input")
    def _filter_done(self) -> None:
        self._search(self.query_one(FilterBar).text, typing=False)
        self.query_one(FilterBar).display = bool(self.query_one(FilterBar).text.strip())
        self.table.focus()

    def set_filter(self, text: str) -> None:
        """Show only what matches, as if typed."""
        bar = self.query_one(FilterBar)
        bar.display = bool(text)
        bar.input.value = text
        self.table.focus()

    def action_back(self) -> None:
        """Close the range first, then clear the filter, then leave it; never quit."""
        bar = self.query_one(FilterBar)
        if self.table.range_start is not None:
            self.table.range_start = None
            self.table.refresh()
            self._draw_status()
        elif bar.text:
            bar.clear()
        elif bar.display:
            bar.display = False
            self.table.focus()

    # ------------------------------------------------------------------ order

    def _look(self, view: View) -> None:
        regroup = view.grouping is not self.view.grouping
        self.view = view
        if regroup:
            self.expanded.clear()
        listing = self.table.listing
        quick = view.sort in _QUICK and (bool(view.grouping.levels) or len(self._passing) <= _INLINE)
        if quick and not regroup and listing is not None and not self.busy:
            before = listing.identity(self.table.cursor)
            listing.sort(view)
            self.table.follow(before)
        else:
            self._stale = True
            self._tick()
        self._draw_status()

    def action_sort(self) -> None:
        keys = [key for key in SORT_KEYS if key in self.table.sort_keys()]
        if not keys:
            return
        position = keys.index(self.view.sort) if self.view.sort in keys else -1
        self._look(self.view.sorted_by(keys[(position + 1) % len(keys)]))

    def action_apparent_size(self) -> None:
        self.state.measure(apparent=not self.state.apparent)
        self._stale = True
        self._draw_bars()
        self._tick()

    def action_reverse(self) -> None:
        self._look(self.view.sorted_by(self.view.sort))

    def sort_by(self, key: SortKey) -> None:
        self._look(self.view.sorted_by(key))

    @on(TreeTable.SortWanted)
    def _header_clicked(self, message: TreeTable.SortWanted) -> None:
        self.sort_by(message.key)

    def action_group(self) -> None:
        position = next(n for n, g in enumerate(GROUPINGS) if g is self.view.grouping)
        self._look(replace(self.view, grouping=GROUPINGS[(position + 1) % len(GROUPINGS)]))

    # ------------------------------------------------------------------ the rest

    def action_details(self) -> None:
        details = self.query_one(Details)
        self._details_wanted = not details.display
        self._place_details()
        self._show_details()

    @on(TreeTable.Opened)
    def _entry_opened(self) -> None:
        from pipcache_tui.tui.screens.details import DetailsScreen

        entry = self._entry_under_cursor()
        if entry is not None:
            self.app.push_screen(DetailsScreen(self._described(entry)))

    def action_details_down(self) -> None:
        self.query_one(Details).scroll_relative(y=3, animate=False)

    def action_details_up(self) -> None:
        self.query_one(Details).scroll_relative(y=-3, animate=False)

    def _entry_under_cursor(self) -> Entry | None:
        """The entry of the row, the first one of a group; None without rows."""
        listing = self.table.listing
        if listing is None or not len(listing):
            return None
        return self.state.catalog.entries[listing.indices(self.table.cursor)[0]]

    def _described(self, entry: Entry) -> tuple[Line, ...]:
        state = self.state
        verdict, summary = state.verdicts.get(entry.key), read_summary(entry)
        return tuple(describe(entry, state.judge, state.now, state.plan_alone(entry), verdict, summary))

    def action_copy(self) -> None:
        entry = self._entry_under_cursor()
        if entry is None:
            return
        from pipcache_tui.tui.screens.copying import CopyScreen

        def chosen(text: str | None) -> None:
            if text is not None:
                self.app.copy_to_clipboard(text)
                self.notify(safe_text(text, 200), title="Copied", markup=False)

        self.app.push_screen(CopyScreen(copyable(entry, self.state.verdicts.get(entry.key))), chosen)

    def verified(self) -> None:
        """Verdicts are known: show them in the details; corrupt entries are marked."""
        self._marks_changed()
        self._show_details()

    def action_overview(self) -> None:
        from pipcache_tui.tui.screens.overview import OverviewScreen

        def picked(text: str | None) -> None:
            if text is not None:
                self.set_filter(text)

        self.app.push_screen(OverviewScreen(self.state), picked)

    def action_stop_work(self) -> None:
        self.post_message(messages.StopWanted())

    def action_rescan(self) -> None:
        self.post_message(messages.RescanWanted())

    def action_theme(self) -> None:
        self.app.search_themes()

    def action_help(self) -> None:
        from pipcache_tui.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self._keymap))

    def action_quit_program(self) -> None:
        self.app.exit()
