"""The filter bar: one line to type in, and next to it what was understood or what is wrong."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Static

from pipcache_tui.text import safe_text
from pipcache_tui.tui.messages import FilterChanged


class FilterBar(Horizontal):
    """Shown while it has text or the focus."""

    def compose(self) -> ComposeResult:
        yield Static("/", id="filter-sign", markup=False)
        yield Input(
            placeholder="words of the name, size>100MB, age>30d, kind=wheel, pip-will=reuse …",
            id="filter-input",
            select_on_focus=False,
            compact=True,
        )
        yield Static("", id="filter-note", markup=False)

    @property
    def input(self) -> Input:
        return self.query_one(Input)

    @property
    def text(self) -> str:
        return self.input.value

    def say(self, note: str, *, error: bool = False) -> None:
        """Show a note on the right of the text."""
        static = self.query_one("#filter-note", Static)
        static.update(Text(("⚠ " if error else "") + safe_text(note), overflow="ellipsis", no_wrap=True))
        self.set_class(error, "-error")

    def begin(self) -> None:
        self.display = True
        self.input.focus()

    def clear(self) -> None:
        self.input.value = ""

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        # A paste, or a name picked elsewhere, may bring what steers a terminal.
        shown = "".join(char for char in event.value if safe_text(char) == char)
        if shown != event.value:
            self.input.value = shown
        else:
            self.post_message(FilterChanged(shown))
