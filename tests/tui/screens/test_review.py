"""The review lists what goes and what it costs. Nothing is deleted but what it listed."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.widgets import Button

from pipcache_tui.tui.screens.main import MainScreen
from pipcache_tui.tui.screens.review import ReviewScreen
from pipcache_tui.tui.widgets.bars import StatusBar
from tests.support.cache_root import Place
from tests.support.screen import app_of, lines, names, opened, settle, text
from tests.support.screen_on_disk import ended, files_of, fill, on


async def test_the_review_lists_reasons_costs_and_freed_space(place: Place) -> None:
    async with on(place) as pilot:
        app = app_of(pilot)
        await pilot.press("ctrl+a", "d")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        seen = text(app)
        assert re.search(r"11 entries, \d+ files?, 4 projects", lines(app)[0])
        assert "frees" in lines(app)[0]
        assert "1 built wheel goes" in seen
        assert "must be downloaded again if wanted" in seen
        assert "marked" in seen
        assert screen.focused is screen.query_one("#cancel", Button)
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen is app.main, "enter cancels"
        assert len(files_of(place)) == 9 * 2 + 2 + 1 + 1


@pytest.mark.parametrize("key", ["escape", "n", "q"])
async def test_leaving_the_review_deletes_nothing(place: Place, key: str) -> None:
    before = files_of(place)
    async with on(place) as pilot:
        await pilot.press("ctrl+a", "d")
        await pilot.pause()
        await pilot.press(key)
        await settle(pilot)
        assert app_of(pilot).screen is app_of(pilot).main
        assert app_of(pilot).state.catalog.marked_count == 11, "the marks are still there"
    assert files_of(place) == before


async def test_the_delete_key_deletes_what_is_listed_and_says_so(place: Place) -> None:
    before = files_of(place)
    async with on(place) as pilot:
        app = app_of(pilot)
        assert names(app)[0] == "gamma"
        await pilot.press("space", "d")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        going = {file.path for planned in screen.plan.entries for file in planned.files}
        await pilot.press("D")
        await ended(pilot)
        assert app.screen is app.main
        assert "gamma" not in names(app)
        assert app.state.catalog.marked_count == 0
        assert "Freed" in app.main.query_one(StatusBar).text
        assert "this session" in app.main.query_one(StatusBar).text
        assert app.last_words is not None
        assert app.last_words.endswith("(6 files)")
        assert app.exit_code == 0
    assert before - files_of(place) == going
    assert len(going) == 6


async def test_without_marks_the_row_under_the_cursor_is_reviewed(place: Place) -> None:
    async with on(place) as pilot:
        await pilot.press("l", "j", "d")
        await pilot.pause()
        screen = app_of(pilot).screen
        assert isinstance(screen, ReviewScreen)
        assert len(screen.plan.entries) == 1


async def test_what_is_unmarked_in_the_review_stays(place: Place) -> None:
    async with on(place) as pilot:
        app = app_of(pilot)
        await pilot.press("ctrl+a", "d")
        await pilot.pause()
        review = app.screen
        assert isinstance(review, ReviewScreen)
        frees = review.plan.frees
        await pilot.press("space")
        await pilot.pause()
        assert review.plan.frees < frees
        assert "8 entries" in lines(app)[0]
        kept = {c.entry.project for c in review.plan.entries}
        assert kept == {"alpha", "beta", "built", None}
        await pilot.press("g", "space", "g", "space")
        assert "8 entries" in lines(app)[0], "put back and taken off again"
        await pilot.press("D")
        await ended(pilot)
        assert names(app) == ["gamma"]
    assert any("README" in path for path in files_of(place)), "files that are not pip's stay"


async def test_unmarking_everything_leaves_nothing_to_delete(place: Place) -> None:
    before = files_of(place)
    async with on(place) as pilot:
        await pilot.press("space", "d")
        await pilot.pause()
        await pilot.press("space", "D")
        await pilot.pause()
        screen = app_of(pilot).screen
        assert isinstance(screen, ReviewScreen)
        assert screen.query_one("#delete", Button).disabled
    assert files_of(place) == before


async def test_the_review_works_by_mouse(place: Place) -> None:
    async with on(place) as pilot:
        app = app_of(pilot)
        await pilot.press("space", "d")
        await pilot.pause()
        await pilot.click("#delete")
        await ended(pilot)
        assert "gamma" not in names(app)
        await pilot.press("space", "d")
        await pilot.pause()
        await pilot.click("#cancel")
        await pilot.pause()
        assert app.screen is app.main


@settings(max_examples=8, deadline=None)
@given(st.sets(st.integers(0, 10)), st.sets(st.integers(0, 10)))
def test_exactly_what_the_review_lists_is_deleted(marks: set[int], dropped: set[int]) -> None:
    """Whatever is marked, and whatever is taken off in the review: what is listed then goes, and nothing else."""
    import asyncio

    async def scenario(folder: Path) -> None:
        place = fill(folder)
        before = files_of(place)
        async with on(place) as pilot:
            app = app_of(pilot)
            app.state.catalog.mark(sorted(marks), True)
            if not marks:
                return
            app.main.action_delete()
            await pilot.pause()
            review = app.screen
            assert isinstance(review, ReviewScreen)
            review._catalog.mark([n for n in dropped if n < len(review._all)], False)
            review._replan()
            listed = {file.path for planned in review.plan.entries for file in planned.files}
            shown = review.plan
            await pilot.press("D" if shown.entries else "escape")
            await ended(pilot)
            gone = before - files_of(place)
            assert gone == listed
            assert app.state.freed.files == len(listed)
            assert app.state.freed.size == shown.frees
            assert {e.key for e in app.state.catalog.entries}.isdisjoint(c.entry.key for c in shown.entries)
            assert "http-v2/0/README" in files_of(place)

    with TemporaryDirectory() as folder:
        asyncio.run(scenario(Path(folder)))


async def test_neither_marks_nor_a_purge_take_kept_projects() -> None:
    async with opened(keep=("Torch*",)) as pilot:
        app = app_of(pilot)
        await pilot.press("d")
        await pilot.pause()
        assert "kept: its project matches Torch*" in text(app)
        assert isinstance(app.screen, MainScreen), "nothing is left to review"
        plan = app.state.plan((entry, ("everything",)) for entry in app.state.catalog.entries)
        assert {planned.entry.project for planned in plan.entries} == {"numpy", "six", None}
        assert {protected.entry.project for protected in plan.protected} == {"torch"}
