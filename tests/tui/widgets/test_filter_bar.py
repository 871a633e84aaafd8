"""The filter bar."""

from __future__ import annotations

from pipcache_tui.tui.widgets.bars import TitleBar
from pipcache_tui.tui.widgets.filter_bar import FilterBar
from tests.support.screen import app_of, lines, names, opened, settle, text


async def test_rows_are_filtered_while_someone_types() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        await pilot.press("slash", *"torch")
        await settle(pilot)
        assert names(app) == ["torch"]
        assert "2.4 GB of 2.4 GB" in app.main.query_one(TitleBar).text
        await pilot.press(*" size>750MB")
        await settle(pilot)
        assert app.main.table.listing is not None
        assert len(app.main.table.listing.indices(0)) == 2
        await pilot.press("escape")
        await settle(pilot)
        assert len(names(app)) == 4
        assert app.main.query_one(FilterBar).display
        await pilot.press("escape")
        assert not app.main.query_one(FilterBar).display
        assert app.main.table.has_focus
        await pilot.press("escape", "escape")
        assert app.is_running, "escape never quits"


async def test_a_wrong_filter_is_explained_and_the_rows_stay() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        await pilot.press("slash", *"torch siz")
        await pilot.press(*"e>")
        await settle(pilot)
        bar = app.main.query_one(FilterBar)
        assert bar.has_class("-error")
        assert "⚠" in lines(app)[1]
        assert names(app) == ["torch"]
        await pilot.press(*"1GB")
        await settle(pilot)
        assert not bar.has_class("-error")
        assert "Nothing matches" in text(app)
        await pilot.press("enter")
        assert bar.display, "a filter in force stays in sight"


async def test_the_screen_starts_with_the_given_filter() -> None:
    async with opened(filter="kind=sdist") as pilot:
        assert names(app_of(pilot)) == ["numpy"]
        assert "kind=sdist" in lines(app_of(pilot))[1]
