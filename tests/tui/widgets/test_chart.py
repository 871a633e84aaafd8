"""Charts and their cursor."""

from __future__ import annotations

from pipcache_tui.tui.widgets.chart import Chart
from tests.support.screen import app_of, names, opened, settle


async def test_the_cursor_goes_from_chart_to_chart() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        await pilot.press("o")
        await settle(pilot)
        first = app.screen.query_one("#kinds", Chart)
        assert first.has_focus
        await pilot.press(*["down"] * 5)
        assert app.screen.query_one("#rules", Chart).has_focus
        await pilot.press("up")
        assert first.has_focus
        assert first.cursor == 4
        await pilot.press("up", "k", "escape")
        await settle(pilot)
        assert app.screen is app.main
        assert len(names(app)) == 4


async def test_a_double_click_picks_a_bar() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        await pilot.press("o")
        await settle(pilot)
        await pilot.click("#projects", offset=(4, 2), times=2)
        await settle(pilot)
        assert names(app) == ["numpy"]
