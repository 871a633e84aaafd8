from __future__ import annotations

import os
import sys
from pathlib import Path

from benchmarks import programs
from benchmarks.caches import make_big_cache
from benchmarks.measure import NewestPip, Side, in_turn


def test_every_command_runs_and_leaves_the_cache_as_it_is(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    make_big_cache(os.fspath(root), 50, processes=1)
    before = sorted(path for path in root.rglob("*"))
    pip = NewestPip(folder="", version="")
    times = programs.measure_programs(os.fspath(root), 1, pip)
    assert times.seconds.keys() >= {programs.YARDSTICK, *programs.TARGETS}
    assert all(seconds > 0 for each in times.seconds.values() for seconds in each)
    assert sorted(path for path in root.rglob("*")) == before


def test_processor_time_counts_that_of_commands() -> None:
    def work() -> None:
        os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-c", "sum(range(10**6))"], os.environ), 0)

    times = in_turn([Side("work", work)], 2)
    assert len(times.of_processor().seconds["work"]) == 2
    assert times.of_processor().median("work") > 0
