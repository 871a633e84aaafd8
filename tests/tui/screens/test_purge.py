"""Deleting everything asks for a word before the review."""

from __future__ import annotations

from pipcache_tui.tui.screens.purge import PurgeScreen
from pipcache_tui.tui.screens.review import ReviewScreen
from tests.support.cache_root import Place
from tests.support.screen import app_of, text
from tests.support.screen_on_disk import ended, files_of, on


async def test_purge_asks_for_its_word_before_the_review(place: Place) -> None:
    async with on(place) as pilot:
        app = app_of(pilot)
        await pilot.press("P")
        await pilot.pause()
        assert isinstance(app.screen, PurgeScreen)
        assert "All 11 entries" in text(app)
        await pilot.press(*"yes", "enter")
        assert isinstance(app.screen, PurgeScreen)
        await pilot.press("backspace", "backspace", "backspace", *"purge", "enter")
        await pilot.pause()
        assert isinstance(app.screen, ReviewScreen)
        await pilot.press("D")
        await ended(pilot)
        assert len(app.state.catalog) == 0
        assert "The cache is empty" in text(app)
    assert files_of(place) == {"http-v2/0/README"}


async def test_escape_leaves_the_purge_and_deletes_nothing(place: Place) -> None:
    before = files_of(place)
    async with on(place) as pilot:
        await pilot.press("P")
        await pilot.pause()
        await pilot.press("p", "escape")
        await pilot.pause()
        assert app_of(pilot).screen is app_of(pilot).main
    assert files_of(place) == before
