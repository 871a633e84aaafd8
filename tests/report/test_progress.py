from __future__ import annotations

import io

from pipcache_tui.report.progress import PATIENCE, Progress, shows_progress


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_long_work_shows_a_bar_and_takes_it_away() -> None:
    stream, clock = Screen(), Clock()
    with Progress(stream, enabled=True, clock=clock) as progress:
        progress.show("Reading", 1)
        assert stream.getvalue() == ""
        clock.now = PATIENCE
        progress.show("Reading [bold]x", 5, 10, "5 entries")
    shown = stream.getvalue()
    assert "Reading [bold]x" in shown  # markup is text
    assert "5 entries" in shown


def test_nothing_is_ever_drawn_off_a_terminal() -> None:
    stream, clock = io.StringIO(), Clock()
    with Progress(stream, enabled=shows_progress(stream), clock=clock) as progress:
        clock.now = 10
        progress.show("Reading", 1)
    assert stream.getvalue() == ""
    assert shows_progress(Screen(), {})
    assert not shows_progress(Screen(), {"TERM": "dumb"})
