"""The overview: sums, and what is picked becomes the filter."""

from __future__ import annotations

import pytest

from pipcache_tui.select.expression import parse_search
from pipcache_tui.tui.model.overview import look_over
from pipcache_tui.tui.model.session import Session, matching
from pipcache_tui.tui.screens.overview import OverviewScreen
from pipcache_tui.tui.widgets.chart import Chart
from tests.support.screen import app_of, launch, names, opened, settle, some_entries, text


def test_every_slice_is_what_its_filter_shows() -> None:
    from pipcache_tui.tui.model.catalog import Batch

    entries = some_entries()
    session = Session(launch())
    session.take(Batch.of(entries))
    judge = session.make_judge(entries)
    overview = look_over(entries, judge)
    assert overview.total == sum(entry.size for entry in entries)
    assert sum(part.count for part in overview.kinds) == len(entries)
    assert sum(part.count for part in overview.ages) == len(entries)
    assert [part.label for part in overview.kinds][:2] == ["wheel", "sdist"], "the largest first"
    assert [part.label for part in overview.projects] == ["torch", "numpy", "six"]
    for part in (*overview.kinds, *overview.projects, *overview.ages, *overview.rules):
        shown = matching(session.catalog, range(len(entries)), parse_search(part.pick), judge)
        assert len(shown) == part.count, part
        assert sum(entries[index].size for index in shown) == part.size, part


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (250, 70)])
async def test_it_draws_at_every_size(size: tuple[int, int]) -> None:
    async with opened(size=size) as pilot:
        await pilot.press("o")
        await settle(pilot)
        seen = text(app_of(pilot))
        assert "By kind" in seen
        assert "█" in seen
        if size[1] >= 40:
            for word in ("Reclaimable by rule", "Largest projects", "By age", "superseded", "torch", "over a year"):
                assert word in seen


async def test_enter_filters_the_table_to_it() -> None:
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


async def test_a_double_click_picks() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        await pilot.press("o")
        await settle(pilot)
        await pilot.click("#projects", offset=(4, 2), times=2)
        await settle(pilot)
        assert names(app) == ["numpy"]


async def test_an_empty_cache_has_an_overview_too() -> None:
    async with opened([]) as pilot:
        await pilot.press("o")
        await settle(pilot)
        assert "nothing" in text(app_of(pilot))
        await pilot.press("enter", "j", "k", "escape")
        assert app_of(pilot).is_running
