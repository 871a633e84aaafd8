"""A bar for long work, on stderr, for a person at a terminal only; short work doesn't show one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TextIO

from pipcache_tui.progress import Progress, Task
from pipcache_tui.report.terminal import is_terminal
from pipcache_tui.text import format_count, format_size

if TYPE_CHECKING:
    import rich.progress

#: seconds of work before the bar appears
PATIENCE = 0.5
_TASKS: Mapping[Task, str] = {
    "scan": "Reading the cache",
    "read index pages": "Reading index pages",
    "verify": "Verifying",
    "export": "Exporting",
}


def shows_progress(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a bar can be drawn on `stream`."""
    return is_terminal(stream) and environ.get("TERM") != "dumb"


def describe_progress(progress: Progress) -> tuple[str, str]:
    """What is being done, and the progress in words ("": not known)."""
    done, total = progress.done, progress.total
    if progress.task == "scan":
        how_far = format_count(done, "entry")
    else:
        how_far = "" if total is None else f"{format_size(done)} of {format_size(total)}"
    return _TASKS[progress.task], how_far


class ProgressBar:
    """One bar for all tasks of a run, one after the other; `close` after each that ends."""

    def __init__(self, stream: TextIO, *, enabled: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self.enabled = enabled
        self._clock = clock
        self._start: float | None = None
        self._bar: rich.progress.Progress | None = None

    def watch(self, progress: Progress) -> None:
        """Show how far a task is, from any thread; the bar disappears when the task has ended."""
        if not self.enabled:
            return
        if progress.ended:
            self.close()
            return
        task, note = describe_progress(progress)
        self.show(task, progress.done, progress.total, note)

    def show(self, task: str, done: int, total: int | None = None, note: str = "") -> None:
        """What is being done, how far it is (`total` None: not known), and a short note."""
        if not self.enabled:
            return
        if self._bar is None:
            if self._start is None:
                self._start = self._clock()
            if self._clock() - self._start < PATIENCE:
                return
            self._bar = self._open()
            self._bar.add_task(task, total=total, note=note)
        self._bar.update(self._bar.task_ids[0], description=task, completed=done, total=total, note=note)

    def close(self) -> None:
        """Remove the bar and every trace of it; a later task may show it again."""
        self._start = None
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _open(self) -> rich.progress.Progress:
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TextColumn
        from rich.progress import Progress as RichProgress

        bar = RichProgress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[note]}", markup=False),
            console=Console(file=self._stream),
            transient=True,
        )
        bar.start()
        return bar
