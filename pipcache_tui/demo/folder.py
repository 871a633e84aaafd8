"""The temporary folder of a demo, which goes with its run however that ends, unless by SIGKILL."""

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
        with signals_held():  # one that ended the removal half-way would leave the rest for ever
            folder.cleanup()


@contextmanager
def signals_held() -> Iterator[None]:
    """Signals that would end the program have their effect when the block is left."""
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
