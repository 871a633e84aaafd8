"""Details of an entry on the whole screen."""

from __future__ import annotations

from pipcache_tui.tui.screens.details import DetailsScreen
from tests.support.screen import app_of, opened, text


async def test_enter_on_an_entry_shows_its_details_on_the_whole_screen() -> None:
    async with opened(size=(80, 24)) as pilot:
        app = app_of(pilot)
        await pilot.press("l", "j", "j", "enter")
        assert isinstance(app.screen, DetailsScreen)
        await pilot.pause()
        assert "torch-2.0" in text(app)
        assert "Deleting it frees" in text(app)
        await pilot.press("escape")
        assert app.screen_stack == [app.main]
