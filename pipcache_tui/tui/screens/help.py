"""The help: how to free space in a minute, and every key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.console import Group as Lines
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from pipcache_tui.tui import commands, glyphs
from pipcache_tui.tui.widgets.key_bar import KeyBar

_STEPS = (
    ("p", "choose rules (old, stale, superseded …); each shows what it would free"),
    ("d", "or mark rows with space, then d"),
    ("D", "in the review deletes; esc goes back. Nothing is deleted anywhere else"),
)
_SIGNS = (
    (glyphs.MARKED, "marked"),
    (glyphs.PARTLY, "some of it is marked"),
    (glyphs.PIP_WILL["reuse"], "pip will reuse it without asking the server"),
    (glyphs.PIP_WILL["revalidate"], "pip will ask the server, and reuse it if nothing changed"),
    (glyphs.PIP_WILL["download-again"], "pip will download it again, so the copy here is of no use"),
    (glyphs.PIP_WILL["never-read"], "pip never reads it"),
    ("· 1 stale", "in a group: one entry is stale; the sign is for most of the group"),
    ("ages", "in colours: under a month green, under six yellow, over a year red"),
)
_FILTERS = (
    ("numpy", "the name has this word"),
    ("size>100MB age>1y", "both: larger, and stored longer ago"),
    ("kind=wheel,sdist", "one of these kinds"),
    ("project=num*", "a name with a wildcard"),
)


class HelpScreen(ModalScreen[None]):
    """The help; its rows are made from the commands."""

    BINDINGS: ClassVar[list[BindingType]] = list(commands.bindings("dialog"))

    def __init__(self, keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            with VerticalScroll(id="help"):
                yield Static(self._text(), markup=False)
            yield KeyBar("dialog")

    def action_close(self) -> None:
        self.dismiss()

    def _text(self) -> Lines:
        parts: list[Text | Table] = [_heading("Free space in a minute"), _rows(_STEPS)]
        for section in commands.SECTIONS:
            rows = [
                (" ".join(command.keys(self._keymap)), command.help())
                for command in commands.COMMANDS
                if command.section == section and command.scope in ("main", "table")
            ]
            parts += [_heading(section), _rows(rows)]
        parts += [_heading("Filter"), _rows(_FILTERS), _heading("Signs"), _rows(_SIGNS)]
        palette = ("^p", "The command palette: every command by name")
        parts += [_heading("And"), _rows((palette,))]
        return Lines(*parts)


def _heading(text: str) -> Text:
    return Text(f"\n{text}" if text != "Free space in a minute" else text, "bold underline")


def _rows(rows: object) -> Table:
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(no_wrap=True, min_width=10)
    table.add_column(ratio=1)
    for left, right in rows:  # type: ignore[attr-defined]
        table.add_row(Text(left, "bold"), Text(right))
    return table
