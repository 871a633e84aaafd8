from __future__ import annotations

import io

from pipcache_tui.progress import Progress, Task
from pipcache_tui.report.progress import PATIENCE, ProgressBar, shows_progress


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_long_work_shows_a_bar_and_takes_it_away() -> None:
    stream, clock = Screen(), Clock()
    bar = ProgressBar(stream, enabled=True, clock=clock)
    bar.show("Reading", 1)
    assert stream.getvalue() == ""
    clock.now = PATIENCE
    bar.show("Reading [bold]x", 5, 10, "5 entries")
    bar.close()
    shown = stream.getvalue()
    assert "Reading [bold]x" in shown  # markup is text
    assert "5 entries" in shown


def test_nothing_is_ever_drawn_off_a_terminal() -> None:
    stream, clock = io.StringIO(), Clock()
    bar = ProgressBar(stream, enabled=shows_progress(stream), clock=clock)
    bar.show("Reading", 1)
    clock.now = 10
    bar.show("Reading", 1)
    bar.watch(Progress("scan", 1))
    assert stream.getvalue() == ""
    assert shows_progress(Screen(), {})
    assert not shows_progress(Screen(), {"TERM": "dumb"})


def test_each_task_shows_its_own_bar_until_it_has_ended() -> None:
    stream, clock = Screen(), Clock()
    bar = ProgressBar(stream, enabled=True, clock=clock)
    tasks: tuple[tuple[Task, str], ...] = (("verify", "1.0 MB of 2.0 MB"), ("scan", "1,000,000 entries"))
    for task, note in tasks:
        bar.watch(Progress(task, 0, 2_000_000))
        clock.now += PATIENCE
        bar.watch(Progress(task, 1_000_000, 2_000_000))
        assert note in stream.getvalue()
        bar.watch(Progress(task, 1_000_000, 2_000_000, ended=True))
        stream.truncate(0)
        bar.watch(Progress("export", 0, 5))
        bar.watch(Progress("export", 5, 5, ended=True))
        assert stream.getvalue().strip("\0") == ""  # ended before anyone had to wait
