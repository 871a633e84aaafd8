"""Purge: a word to type before everything goes to the review."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from pipcache_tui.remove.plan import Plan
from pipcache_tui.text import format_count, format_size
from pipcache_tui.tui import commands, messages
from pipcache_tui.tui.model.plan_lines import plan_lines
from pipcache_tui.tui.widgets.key_bar import KeyBar

WORD = "purge"


class PurgeScreen(ModalScreen[None]):
    """Opens the review once the word is typed, and stays open below it."""

    BINDINGS: ClassVar[list[BindingType]] = [b for b in commands.bindings("prune") if b.action == "close"]
    AUTO_FOCUS = "#word"

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan

    def compose(self) -> ComposeResult:
        costs = "\n".join(f"{sign} {line}" for sign, line in plan_lines(self.plan))
        with Vertical(id="box"):
            yield Static("Purge the whole cache", id="heading", markup=False)
            yield Static(
                f"All {format_count(len(self.plan.entries), 'entry')}, {format_size(self.plan.size)}.\n{costs}\n\n"
                f"Type {WORD} and press enter to go on to the review.",
                markup=False,
            )
            yield Input(id="word", compact=True, placeholder=WORD)
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Review", id="review", variant="error", compact=True, disabled=True)
            yield KeyBar("dialog")

    def on_input_changed(self, event: Input.Changed) -> None:
        self.query_one("#review", Button).disabled = event.value != WORD

    @on(Input.Submitted)
    @on(Button.Pressed, "#review")
    def _confirmed(self) -> None:
        if self.query_one(Input).value == WORD:
            self.post_message(messages.ReviewWanted(self.plan))

    @on(Button.Pressed, "#cancel")
    def action_close(self) -> None:
        self.dismiss(None)
