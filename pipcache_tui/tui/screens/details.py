"""The details of an entry on the whole screen, where the pane next to the table is too small."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from pipcache_tui.tui import commands
from pipcache_tui.tui.model.details import Line
from pipcache_tui.tui.widgets.details import Details
from pipcache_tui.tui.widgets.key_bar import KeyBar


class DetailsScreen(Screen[None]):
    """Scrolls with the usual keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings("dialog"),
        Binding("enter", "close", "Close", show=False),
        Binding("j,J,down", "scroll(1)", "Down", show=False),
        Binding("k,K,up", "scroll(-1)", "Up", show=False),
        Binding("pagedown", "scroll(15)", "Page down", show=False),
        Binding("pageup", "scroll(-15)", "Page up", show=False),
    ]

    def __init__(self, lines: Sequence[Line]) -> None:
        super().__init__()
        self._lines = lines

    def compose(self) -> ComposeResult:
        yield Details(id="whole")
        yield KeyBar("dialog")

    def on_mount(self) -> None:
        self.query_one(Details).show(self._lines)

    def action_scroll(self, rows: int) -> None:
        self.query_one(Details).scroll_relative(y=rows, animate=False)

    def action_close(self) -> None:
        self.dismiss(None)
