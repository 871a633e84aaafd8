"""The overview: charts of where the space is. Picking a bar filters the table."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.message import Message
from textual.screen import Screen

from pipcache_tui.text import format_count, format_size
from pipcache_tui.tui import commands
from pipcache_tui.tui.model.overview import Overview, look_over
from pipcache_tui.tui.model.session import Session
from pipcache_tui.tui.widgets.bars import TitleBar
from pipcache_tui.tui.widgets.chart import Chart
from pipcache_tui.tui.widgets.key_bar import KeyBar


class OverviewScreen(Screen["str | None"]):
    """Gives back the filter that was picked, or None."""

    BINDINGS: ClassVar[list[BindingType]] = list(commands.bindings("overview"))
    AUTO_FOCUS = "#kinds"

    class Ready(Message):
        def __init__(self, overview: Overview) -> None:
            super().__init__()
            self.overview = overview

    def __init__(self, state: Session) -> None:
        super().__init__()
        self._entries = tuple(state.catalog.entries)
        self._judge = state.sure_judge
        self._scanning = state.scanning

    def compose(self) -> ComposeResult:
        yield TitleBar(id="title")
        with VerticalScroll(id="charts", can_focus=False), Container(id="grid"):
            yield Chart("By kind", stacked=True, id="kinds")
            yield Chart("Reclaimable by rule", id="rules")
            yield Chart("Largest projects", id="projects")
            yield Chart("By age", id="ages")
        yield KeyBar("overview")

    def on_mount(self) -> None:
        title = self.query_one(TitleBar)
        title.left = (("Overview  ", "name"), ("adding up …", "muted"))
        self._work_out()

    def on_resize(self) -> None:
        self.set_class(self.size.width >= 110, "-two")

    @work(thread=True, exit_on_error=False)
    def _work_out(self) -> None:
        self.post_message(self.Ready(look_over(self._entries, self._judge)))

    @on(Ready)
    def _ready(self, message: Ready) -> None:
        overview = message.overview
        title = self.query_one(TitleBar)
        so_far = "so far, the scan goes on" if self._scanning else ""
        title.left = (("Overview  ", "name"), (so_far, "muted"))
        title.right = (
            (format_size(overview.total), "strong"),
            (f"  {format_count(overview.count, 'entry')} ", "muted"),
        )
        self.query_one("#kinds", Chart).show(overview.kinds, overview.total)
        self.query_one("#rules", Chart).show(overview.rules, overview.total)
        self.query_one("#projects", Chart).show(overview.projects, overview.total)
        self.query_one("#ages", Chart).show(overview.ages, overview.total)

    @on(Chart.Left)
    def _next_chart(self, message: Chart.Left) -> None:
        charts = list(self.query(Chart))
        to = charts.index(message.chart) + message.step
        if 0 <= to < len(charts):
            charts[to].enter_from(message.step)

    @on(Chart.Picked)
    def _picked(self, message: Chart.Picked) -> None:
        self.dismiss(message.slice.pick)

    def action_pick(self) -> None:
        if isinstance(self.focused, Chart):
            self.focused.action_pick()

    def action_close(self) -> None:
        self.dismiss(None)
