"""The menu that chooses what to copy from a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static

from pipcache_tui.text import shorten_middle
from pipcache_tui.tui import commands
from pipcache_tui.tui.widgets.key_bar import KeyBar


class CopyScreen(ModalScreen["str | None"]):
    """Gives the chosen text, or None."""

    BINDINGS: ClassVar[list[BindingType]] = list(commands.bindings("dialog"))

    def __init__(self, choices: Sequence[tuple[str, str]]) -> None:
        """`choices`: a label and the text to copy, safe to show."""
        super().__init__()
        self._choices = choices

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Static("Copy", id="heading", markup=False)
            room = max(20, min(84, self.app.size.width) - 20)
            yield OptionList(*(Text(f"{label:<12}{shorten_middle(text, room)}") for label, text in self._choices))
            yield KeyBar("dialog")

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._choices[event.option_index][1])

    def action_close(self) -> None:
        self.dismiss(None)
