"""Worker processes for big trees. Each is a fresh interpreter that imports only what reading needs."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from types import TracebackType
from typing import TypeVar

from pipcache_tui.cache import jobs

_START = "import sys; sys.path[:] = {path!r}; from pipcache_tui.cache.jobs import main; main()"
_MOST = 4
#: jobs queued or running per worker: enough that no worker is idle, few enough to cost little memory
_AHEAD = 3
_Token = TypeVar("_Token")


def usable_cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Pool:
    """A pool of workers. `run` gives results as they come; leaving the block ends the workers at once.

    If a worker dies (killed, or out of memory), its job is done in this process instead.
    """

    def __init__(self, workers: int | None = None) -> None:
        self._count = min(workers or usable_cores(), _MOST)
        self._workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Pool:
        code = _START.format(path=[path for path in sys.path if path])
        for _ in range(self._count):
            try:
                worker = subprocess.Popen(
                    [sys.executable, "-S", "-E", "-c", code],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    # a terminal's Ctrl-C is for the program, which then ends its workers
                    start_new_session=True,
                )
            except OSError:
                break
            self._workers.append(worker)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.kill()
        for worker in self._workers:
            worker.wait()
            for stream in (worker.stdin, worker.stdout):
                try:
                    if stream is not None:
                        stream.close()
                except OSError:
                    pass  # what was still to be written to a dead worker

    def run(self, numbered: Iterable[tuple[_Token, jobs.Job]]) -> Iterator[tuple[_Token, jobs.Result]]:
        """Yields (token of the job, its result) in the order of completion. Jobs are taken as needed."""
        source = enumerate(numbered)
        pending: dict[int, tuple[_Token, jobs.Job]] = {}
        waiting: queue.SimpleQueue[tuple[int, jobs.Job] | None] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[int, jobs.Result | None] | None] = queue.SimpleQueue()

        def feed(count: int) -> None:
            for index, (token, job) in islice(source, count):
                pending[index] = (token, job)
                waiting.put((index, job))

        feed(_AHEAD * max(1, len(self._workers)))
        threads = [
            threading.Thread(target=_drive, args=(worker, waiting, done), daemon=True) for worker in self._workers
        ]
        for thread in threads:
            thread.start()
        running = len(threads)
        try:
            while pending:
                if not running:  # no worker is left: the rest is done here
                    index, (token, job) = next(iter(pending.items()))
                    result = None
                else:
                    answer = done.get()
                    if answer is None:
                        running -= 1
                        continue
                    index, result = answer
                    token, job = pending[index]
                del pending[index]
                feed(1)
                yield token, jobs.do(job) if result is None else result
        finally:
            for _ in threads:
                waiting.put(None)


def _drive(
    worker: subprocess.Popen[bytes],
    waiting: queue.SimpleQueue[tuple[int, jobs.Job] | None],
    done: queue.SimpleQueue[tuple[int, jobs.Result | None] | None],
) -> None:
    """Send one worker job after job; a job during which it died is returned without a result."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    alive = worker.poll() is None
    while alive and (next_job := waiting.get()) is not None:
        index, job = next_job
        try:
            jobs.send(worker.stdin, job)
            result = jobs.receive(worker.stdout)
        except (OSError, ValueError, EOFError):
            result = None
        alive = result is not None
        done.put((index, result))
    done.put(None)
