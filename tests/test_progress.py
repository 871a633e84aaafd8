from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pipcache_tui.progress import Meter, Progress


def test_a_meter_adds_up_what_threads_do_and_says_when_it_has_ended() -> None:
    seen: list[Progress] = []
    with Meter(seen.append, "verify", 1000) as meter, ThreadPoolExecutor(4) as pool:
        list(pool.map(meter.add, [1] * 1000))
    assert [progress.done for progress in seen] == [*range(1001), 1000]
    assert seen[-1] == Progress("verify", 1000, 1000, ended=True)
    assert not any(progress.ended for progress in seen[:-1])


def test_no_more_is_done_than_there_is() -> None:
    seen: list[Progress] = []
    with Meter(seen.append, "export", 10) as meter:
        meter.add(8)
        meter.add(8)
    assert [progress.done for progress in seen] == [0, 8, 10, 10]


def test_a_task_that_fails_has_ended_too() -> None:
    seen: list[Progress] = []
    with pytest.raises(ZeroDivisionError), Meter(seen.append, "scan") as meter:
        meter.add(3)
        raise ZeroDivisionError
    assert seen[-1] == Progress("scan", 3, None, ended=True)


def test_nobody_has_to_watch() -> None:
    with Meter(None, "scan") as meter:
        meter.add(1)
