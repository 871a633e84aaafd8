"""The footer: keys that fit, which are buttons too."""

from __future__ import annotations

import pytest

from pipcache_tui.tui.widgets.key_bar import KeyBar
from tests.support.screen import app_of, lines, names, opened, settle


@pytest.mark.parametrize("width", [40, 60, 80, 120, 250])
async def test_the_footer_shows_what_fits_and_always_help_and_quit(width: int) -> None:
    async with opened(size=(width, 24)) as pilot:
        bar = lines(app_of(pilot))[-1]
        assert "? Help" in bar
        assert "q Quit" in bar
        assert ("r Rescan" in bar) == (width >= 250)


async def test_keys_in_the_footer_are_buttons() -> None:
    async with opened() as pilot:
        bar = pilot.app.screen.query_one(KeyBar)
        at = lines(app_of(pilot))[-1].index("Group")
        await pilot.click(bar, offset=(at, 0))
        await settle(pilot)
        assert app_of(pilot).main.view.grouping.name == "kind"
        assert "wheel" in names(app_of(pilot))
