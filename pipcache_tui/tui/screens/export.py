"""Export: the folder that wheels and sdists are copied to."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from pipcache_tui.text import format_count, format_size
from pipcache_tui.tui import commands
from pipcache_tui.tui.widgets.key_bar import KeyBar


class ExportScreen(ModalScreen["str | None"]):
    """Gives back the folder, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [b for b in commands.bindings("prune") if b.action == "close"]
    AUTO_FOCUS = "#folder"

    def __init__(self, count: int, size: int) -> None:
        super().__init__()
        self._what = f"{format_count(count, 'entry')}, {format_size(size)}"

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Static("Export", id="heading", markup=False)
            yield Static(
                f"The wheels and sdists of {self._what}, each verified, into a folder that pip can install from "
                "(--find-links). The cache stays as it is.",
                markup=False,
            )
            yield Input(id="folder", compact=True, placeholder="a folder, such as ~/wheels")
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Export", id="export", variant="primary", compact=True)
            yield KeyBar("dialog")

    @on(Input.Submitted)
    @on(Button.Pressed, "#export")
    def _chosen(self) -> None:
        folder = self.query_one(Input).value.strip()
        if folder:
            self.dismiss(folder)

    @on(Button.Pressed, "#cancel")
    def action_close(self) -> None:
        self.dismiss(None)
