"""A bar for long work, on stderr, for a person at a terminal only; short work never shows it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from pipcache_tui.report.terminal import is_terminal

if TYPE_CHECKING:
    import rich.progress

#: seconds of work before the bar appears
PATIENCE = 0.5


def shows_progress(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a bar can be drawn on `stream`."""
    return is_terminal(stream) and environ.get("TERM") != "dumb"


class Progress:
    """`with Progress(sys.stderr) as progress: … progress.show("Removing", done, total, note)`, as often as liked."""

    def __init__(self, stream: TextIO, *, enabled: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self.enabled = enabled
        self._clock = clock
        self._start = clock()
        self._bar: rich.progress.Progress | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def show(self, task: str, done: int, total: int | None = None, note: str = "") -> None:
        """What is being done, how far it is (`total` None: not known), and a few words on it."""
        if not self.enabled:
            return
        if self._bar is None:
            if self._clock() - self._start < PATIENCE:
                return
            self._bar = self._open()
            self._bar.add_task(task, total=total, note=note)
        self._bar.update(self._bar.task_ids[0], description=task, completed=done, total=total, note=note)

    def close(self) -> None:
        """Take the bar away; the stream is as if it had never been."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _open(self) -> rich.progress.Progress:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

        bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[note]}", markup=False),
            console=Console(file=self._stream),
            transient=True,
        )
        bar.start()
        return bar
