"""Signals ask for work to stop, and what handled them before handles them again afterwards."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from pipcache_tui.cli.interrupt import exit_on_signals, stop_on_interrupt

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize("number", NUMBERS)
def test_the_first_signal_asks_to_stop_and_gives_the_exit_code(number: signal.Signals) -> None:
    before = [signal.getsignal(each) for each in NUMBERS]
    with stop_on_interrupt() as stopped:
        assert not stopped.is_set()
        os.kill(os.getpid(), number)
        assert stopped.is_set()
        assert stopped.code == 128 + number
    assert [signal.getsignal(each) for each in NUMBERS] == before


def test_the_second_signal_interrupts_at_once() -> None:
    with pytest.raises(KeyboardInterrupt), stop_on_interrupt() as stopped:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stopped.is_set()
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_thread_leaves_the_handlers_alone() -> None:
    seen = []

    def work() -> None:
        with stop_on_interrupt() as stopped:
            seen.append((stopped.is_set(), signal.getsignal(signal.SIGTERM)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(False, signal.getsignal(signal.SIGTERM))]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_kill_becomes_an_exit(number: signal.Signals) -> None:
    before = {each: signal.getsignal(each) for each in NUMBERS}
    try:
        exit_on_signals()
        with pytest.raises(SystemExit) as exited:
            os.kill(os.getpid(), number)
        assert exited.value.code == 128 + number
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
