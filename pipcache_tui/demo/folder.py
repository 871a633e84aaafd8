"""The temporary folder of a demo, removed however the run ends, except by SIGKILL."""

from __future__ import annotations

import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def demo_folder() -> Iterator[str]:
    """A new folder for the demo, removed at the end."""
    with signals_held():
        folder = tempfile.TemporaryDirectory(prefix="pipcache-tui-demo-")
    try:
        yield folder.name
    finally:
        with signals_held():  # a signal during the removal would leave the rest behind
            folder.cleanup()


@contextmanager
def signals_held() -> Iterator[None]:
    """Signals that would end the program are delayed until the block ends."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is interrupted by signals
        return
    pending: dict[int, None] = {}

    def hold(number: int, _frame: FrameType | None) -> None:
        pending[number] = None

    before = {number: signal.getsignal(number) for number in _ENDING}
    held = [number for number, handler in before.items() if handler not in (signal.SIG_IGN, None)]
    try:
        for number in held:
            signal.signal(number, hold)
        yield
    finally:
        for number in held:
            signal.signal(number, before[number])
        for number in pending:
            signal.raise_signal(number)
