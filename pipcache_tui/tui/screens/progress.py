"""The progress of a deletion, and its result if not everything was deleted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, ProgressBar, Static

from pipcache_tui.remove.guard import GuardError
from pipcache_tui.remove.plan import Plan
from pipcache_tui.remove.steps import Remark, RemovalResult, RemovalStep, Waiting
from pipcache_tui.report.describe import entry_name
from pipcache_tui.text import format_count, format_size, safe_text
from pipcache_tui.tui import commands
from pipcache_tui.tui.widgets.key_bar import KeyBar

#: least seconds between two updates of the screen
_PACE = 0.05
_MOST_SHOWN = 500


class ProgressScreen(ModalScreen["RemovalResult | None"]):
    """Carries the plan out in a thread. Returns the result; None if it could not start."""

    BINDINGS: ClassVar[list[BindingType]] = list(commands.bindings("progress"))

    class Ended(Message):
        def __init__(self, steps: tuple[RemovalStep, ...], error: str | None) -> None:
            super().__init__()
            self.steps = steps
            self.error = error

    def __init__(self, plan: Plan, remover: Callable[[Plan, Callable[[], bool]], Iterator[RemovalStep]]) -> None:
        super().__init__()
        self.plan = plan
        self._remover = remover
        self.result: RemovalResult | None = None
        self.done = False
        #: the user wants to quit the program
        self.leave_afterwards = False
        self._stop = threading.Event()

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Static("Deleting …", id="heading", markup=False)
            yield ProgressBar(total=max(1, len(self.plan.entries)), id="bar", show_eta=False)
            yield Static("", id="said", markup=False)
            with VerticalScroll(id="trouble"):
                yield Static("", id="trouble-text", markup=False)
            yield Button("Stop", id="stop", compact=True)
            yield KeyBar("progress")

    def on_mount(self) -> None:
        self.query_one("#trouble").display = False
        self._carry_out()

    @work(thread=True, group="delete", exit_on_error=False)
    def _carry_out(self) -> None:
        steps: list[RemovalStep] = []
        error: str | None = None
        updated = reached = freed = 0.0
        try:
            for step in self._remover(self.plan, self._stop.is_set):
                steps.append(step)
                if isinstance(step, Waiting):
                    self.app.call_from_thread(self._show_waiting, step)
                    continue
                if isinstance(step, Remark):
                    continue
                reached += 1
                freed += step.freed
                if time.monotonic() - updated >= _PACE:
                    self.app.call_from_thread(self._show_progress, int(reached), int(freed))
                    updated = time.monotonic()
        except (GuardError, OSError) as failure:
            error = safe_text(str(failure))
        self.post_message(self.Ended(tuple(steps), error))

    def _show_waiting(self, step: Waiting) -> None:
        pips = format_count(len(step.pips), "pip")
        self.query_one("#said", Static).update(
            f"{pips} at work: waiting, at most {step.seconds_left:.0f} s more (pid {step.pips[0].pid})"
        )

    def _show_progress(self, count: int, freed: int) -> None:
        self.query_one(ProgressBar).update(progress=count)
        self.query_one("#said", Static).update(
            f"{count:,} of {format_count(len(self.plan.entries), 'entry')}, {format_size(freed)} freed"
        )

    @on(Ended)
    def _ended(self, message: Ended) -> None:
        self.done = True
        self.result = result = RemovalResult.of(message.steps)
        reached = len(result.removed) + len(result.skipped) + len(result.failed)
        missing = len(self.plan.entries) - reached
        trouble = message.error or missing or result.skipped or result.failed or result.remarks
        if self.leave_afterwards or not trouble:
            self.dismiss(result)
            return
        self._show_progress(len(result.removed), result.freed)
        heading = "Stopped" if self._stop.is_set() else "Done, but not all went"
        self.query_one("#heading", Static).update(heading)
        self.query_one("#trouble-text", Static).update(self._trouble(message, missing))
        self.query_one("#trouble").display = True
        button = self.query_one("#stop", Button)
        button.label = "Back (esc)"
        self.query_one(KeyBar).display = False  # there is nothing left to stop
        button.focus()

    def _trouble(self, message: Ended, missing: int) -> Text:
        """What was not deleted, and why, one line each."""
        assert self.result is not None
        lines = [("·", remark) for remark in self.result.remarks]
        if message.error:
            lines.append(("⚠", message.error))
        if missing and not message.error:
            lines.append(("·", f"{format_count(missing, 'entry')} not begun"))
        lines += [("✗", f"{entry_name(step.planned.entry)}: {step.error}") for step in self.result.failed]
        lines += [("·", f"{entry_name(step.planned.entry)}: {step.why}") for step in self.result.skipped]
        text = Text()
        for sign, line in lines[:_MOST_SHOWN]:
            text.append(f"{sign} ", "bold")
            text.append(f"{safe_text(line, 400)}\n")
        if len(lines) > _MOST_SHOWN:
            text.append(f"… and {len(lines) - _MOST_SHOWN:,} more\n")
        return text

    @on(Button.Pressed, "#stop")
    def action_stop(self) -> None:
        """Stop after the current file; when the deletion has ended, go back."""
        if self.done:
            self.dismiss(self.result)
        else:
            self._stop.set()
            self.query_one("#heading", Static).update("Stopping …")
