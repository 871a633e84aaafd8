"""The overview: sums, and what is picked becomes the filter."""

from __future__ import annotations

import pytest

from pipcache_tui.tui.screens.overview import OverviewScreen
from tests.support.screen import app_of, names, opened, settle, text


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (250, 70)])
async def test_the_overview_fits_every_size(size: tuple[int, int]) -> None:
    async with opened(size=size) as pilot:
        await pilot.press("o")
        await settle(pilot)
        seen = text(app_of(pilot))
        assert "By kind" in seen
        assert "█" in seen
        if size[1] >= 40:
            for word in ("Reclaimable by rule", "Largest projects", "By age", "superseded", "torch", "over a year"):
                assert word in seen


async def test_enter_filters_the_table_to_the_chosen_bar() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        await pilot.press("o")
        await settle(pilot)
        assert isinstance(app.screen, OverviewScreen)
        await pilot.press("j", "enter")
        await settle(pilot)
        assert names(app) == ["numpy"]
        assert app.main.expression is not None
        assert app.main.expression.text == "kind=sdist"
        assert app.main.table.has_focus


async def test_an_empty_cache_has_an_overview_too() -> None:
    async with opened([]) as pilot:
        await pilot.press("o")
        await settle(pilot)
        assert "nothing" in text(app_of(pilot))
        await pilot.press("enter", "j", "k", "escape")
        assert app_of(pilot).is_running
