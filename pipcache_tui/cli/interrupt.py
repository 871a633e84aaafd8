"""Turns Ctrl-C and termination signals into a request to stop soon, for work that must not stop half-way."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

#: Ctrl-C; the signal of systemd, docker and cancelled CI jobs; the signal of a closed terminal
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Stopped(threading.Event):
    """Set when the work must stop; `code` is then the exit code: 128 plus the signal's number."""

    code: int = 128 + signal.SIGINT


@contextmanager
def stop_on_interrupt() -> Iterator[Stopped]:
    """An event that the first such signal sets; a second signal raises KeyboardInterrupt."""
    stopped = Stopped()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]

    def stop(number: int, _frame: FrameType | None) -> None:
        stopped.code = 128 + number
        stopped.set()
        for each in before:
            signal.signal(each, signal.default_int_handler)

    # nohup asks to ignore a closed terminal
    heard = [number for number in numbers if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.getsignal(number) for number in heard}
    for number in heard:
        signal.signal(number, stop)
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def exit_on_signals() -> None:
    """Make a closed terminal or a kill end the program like any exit, so that temporary folders are removed."""

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), leave)
