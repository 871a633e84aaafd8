"""How far long work is: what the code that does it reports, and what both faces show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Literal, TypeAlias

Task = Literal["scan", "read index pages", "verify", "export"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task is: entries for `scan`, bytes for the others. `total` None: not known.

    `ended` is set in the last report of a task, also where it was stopped or failed.
    """

    task: Task
    done: int
    total: int | None = None
    ended: bool = False


#: called with progress, from any thread, many times a second
Watch: TypeAlias = Callable[[Progress], None]
#: asked often; true ends the work early
Stop: TypeAlias = Callable[[], bool]


class Meter:
    """Adds up what is done of one task and reports each sum to `watch`: `with Meter(watch, "scan") as meter: …`."""

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
        """So much more is done; any thread may say so."""
        if self._watch is None:
            return
        with self._lock:
            done = self._done + count
            # what is compressed on disk is more when it is read
            self._done = done if self._total is None else min(self._total, done)
            self._watch(Progress(self._task, self._done, self._total))
