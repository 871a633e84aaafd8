"""Worker processes for big trees. Each is a fresh interpreter that imports only what reading needs."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from types import TracebackType

from pipcache_tui.cache import work

_START = "import sys; sys.path[:] = {path!r}; from pipcache_tui.cache.work import main; main()"
_MOST = 4


def usable_cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Pool:
    """Some workers. `run` gives results as they come; leaving the block ends the workers at once.

    A worker that dies (killed, or no memory) costs nothing but time: its job is done here instead.
    """

    def __init__(self, workers: int | None = None) -> None:
        self._count = min(workers or usable_cores(), _MOST)
        self._workers: list[subprocess.Popen[bytes]] = []
        self._reader = work.Reader()

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

    def run(self, jobs: Sequence[work.Job]) -> Iterator[tuple[int, work.Result]]:
        """(index of the job, its result), in the order they are done."""
        waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        done: queue.Queue[tuple[int, work.Result | None] | None] = queue.Queue(maxsize=64)
        for index in range(len(jobs)):
            waiting.put(index)
        stop = threading.Event()
        threads = [
            threading.Thread(target=self._drive, args=(worker, jobs, waiting, done, stop), daemon=True)
            for worker in self._workers
        ]
        for thread in threads:
            thread.start()
        try:
            left, running = len(jobs), len(threads)
            while left and running:
                answer = done.get()
                if answer is None:
                    running -= 1
                    continue
                index, result = answer
                left -= 1
                yield index, work.do(jobs[index], self._reader) if result is None else result
            while left:  # no worker is left: the rest is done here
                index = waiting.get()
                left -= 1
                yield index, work.do(jobs[index], self._reader)
        finally:
            stop.set()

    @staticmethod
    def _drive(
        worker: subprocess.Popen[bytes],
        jobs: Sequence[work.Job],
        waiting: queue.SimpleQueue[int],
        done: queue.Queue[tuple[int, work.Result | None] | None],
        stop: threading.Event,
    ) -> None:
        assert worker.stdin is not None
        assert worker.stdout is not None
        alive = worker.poll() is None
        while alive and not stop.is_set():
            try:
                index = waiting.get_nowait()
            except queue.Empty:
                break
            try:
                work.send(worker.stdin, jobs[index])
                result = work.receive(worker.stdout)
            except (OSError, ValueError, EOFError):
                result = None
            alive = result is not None
            _put(done, (index, result), stop)
        _put(done, None, stop)


def _put(
    done: queue.Queue[tuple[int, work.Result | None] | None],
    value: tuple[int, work.Result | None] | None,
    stop: threading.Event,
) -> None:
    while not stop.is_set():
        try:
            done.put(value, timeout=0.2)
        except queue.Full:
            continue
        return
