"""A deletion under way: what it reports, refuses and leaves, and how it is stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from pipcache_tui.remove.guard import GuardError
from pipcache_tui.remove.plan import Plan
from pipcache_tui.remove.running_pips import RunningPip
from pipcache_tui.remove.steps import Failed, Remark, RemovalStep, Removed, Skipped, Waiting
from pipcache_tui.tui.screens.progress import ProgressScreen
from pipcache_tui.tui.screens.review import ReviewScreen
from tests.support.cache_root import Place
from tests.support.screen import app_of, names, opened, settle, some_entries, text
from tests.support.screen_on_disk import ended, on


async def test_a_file_changed_since_the_review_is_kept_and_reported(place: Place) -> None:
    async with on(place) as pilot:
        app = app_of(pilot)
        await pilot.press("space", "d")
        await pilot.pause()
        review = app.screen
        assert isinstance(review, ReviewScreen)
        path = place.path / review.plan.entries[0].files[-1].path
        path.write_bytes(b"another pip was here")
        await pilot.press("D")
        await ended(pilot)
        assert isinstance(app.screen, ProgressScreen)
        assert "not all went" in text(app)
        assert path.exists()
        await pilot.press("escape")
        await settle(pilot)
        assert "gamma" in names(app), "what is left is still shown"
        assert app.exit_code == 0


async def test_an_entry_removed_by_another_program_leaves_the_table(place: Place) -> None:
    async with on(place) as pilot:
        app = app_of(pilot)
        await pilot.press("space", "d")
        await pilot.pause()
        review = app.screen
        assert isinstance(review, ReviewScreen)
        entry = review.plan.entries[0].entry
        for file in review.plan.entries[0].files:
            (place.path / file.path).unlink()
        await pilot.press("D")
        await ended(pilot)
        assert "already gone" in text(app)
        assert "Back (esc)" in text(app)
        assert "esc Stop" not in text(app)
        await pilot.press("escape")
        await settle(pilot)
        assert entry.key not in {shown.key for shown in app.state.catalog.entries}


def steps_then(*steps: Callable[[Plan], RemovalStep]) -> Callable[[Plan, Callable[[], bool]], Iterator[RemovalStep]]:
    def remover(plan: Plan, stop: Callable[[], bool]) -> Iterator[RemovalStep]:
        for step in steps:
            yield step(plan)

    return remover


async def test_errors_are_shown_per_entry_and_set_the_exit_code() -> None:
    remover = steps_then(
        lambda plan: Waiting((RunningPip(4242, "pip install x"),), 30.0),
        lambda plan: Removed(plan.entries[0], 2, 1000),
        lambda plan: Failed(plan.entries[1], "Permission denied"),
        lambda plan: Skipped(plan.entries[2], "changed since"),
        lambda plan: Remark("a folder stays"),
    )
    async with opened(some_entries(), remover=remover) as pilot:
        app = app_of(pilot)
        await pilot.press("space", "d")
        await pilot.pause()
        await pilot.press("D")
        await ended(pilot)
        seen = text(app)
        assert "Permission denied" in seen
        assert "changed since" in seen
        assert "a folder stays" in seen
        assert "1 entry not begun" in seen
        await pilot.press("escape")
        await settle(pilot)
        assert app.exit_code == 1
        assert app.last_words == "Freed 1.0 kB (2 files)"


async def test_a_root_that_is_not_a_cache_is_refused_with_a_message() -> None:
    def refuse(plan: Plan, stop: Callable[[], bool]) -> Iterator[RemovalStep]:
        raise GuardError("/home/sam does not look like a pip cache")
        yield

    async with opened(some_entries(), remover=refuse) as pilot:
        await pilot.press("space", "d")
        await pilot.pause()
        await pilot.press("D")
        await ended(pilot)
        assert "does not look like a pip cache" in text(app_of(pilot))
        await pilot.press("escape")
        await settle(pilot)
        assert app_of(pilot).last_words is None


@pytest.mark.parametrize("key", ["escape", "ctrl+q"])
async def test_a_deletion_can_be_stopped(key: str) -> None:
    begun, may_go_on = threading.Event(), threading.Event()

    def slow(plan: Plan, stop: Callable[[], bool]) -> Iterator[RemovalStep]:
        for planned in plan.entries:
            if stop():
                return
            yield Removed(planned, 2, 1000)
            begun.set()
            may_go_on.wait(20)

    async with opened(some_entries(), remover=slow) as pilot:
        app = app_of(pilot)
        await pilot.press("ctrl+a", "d")
        await pilot.pause()
        await pilot.press("D")
        while not begun.is_set():
            await pilot.pause(0.01)
        await pilot.press(key)
        while "Stopping" not in text(app):
            await pilot.pause(0.01)
        may_go_on.set()
        while not (app._exit or (isinstance(app.screen, ProgressScreen) and app.screen.done)):
            await pilot.pause(0.01)
        if key == "escape":
            assert "8 entries not begun" in text(app)
            await pilot.press("escape")
            await settle(pilot)
            assert len(app.state.catalog) == 8
        assert app.last_words == "Freed 1.0 kB (2 files)"
