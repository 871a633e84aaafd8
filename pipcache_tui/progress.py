"""Progress of long work: reported by the code that does it, shown by the command line and the screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Literal, TypeAlias

Task = Literal["scan", "read index pages", "verify", "export"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a task is done: entries for `scan`, bytes for the others. `total` None: not known.

    `ended` is set in the last report of a task, also if it was stopped or failed.
    """

    task: Task
    done: int
    total: int | None = None
    ended: bool = False


#: called with progress, from any thread, many times a second
Watch: TypeAlias = Callable[[Progress], None]
#: called often; true ends the work early
Stop: TypeAlias = Callable[[], bool]


class Meter:
    """Adds up the progress of one task and reports each sum to `watch`: `with Meter(watch, "scan") as meter: …`."""

    def __init__(self, watch: Watch | None, task: Task, total: int | None = None) -> None:
        self._watch = watch
        self._task = task
        self._total = total
        self._done = 0
        self._lock = Lock()

    def __enter__(self) -> Meter:
        self.add(0)
        return self

    def __exit__(self, *error: object) -> None:
        if self._watch is not None:
            self._watch(Progress(self._task, self._done, self._total, ended=True))

    def add(self, count: int) -> None:
        """Add to what is done; may be called from any thread."""
        if self._watch is None:
            return
        with self._lock:
            done = self._done + count
            # compressed files are larger when read than on disk
            self._done = done if self._total is None else min(self._total, done)
            self._watch(Progress(self._task, self._done, self._total))
