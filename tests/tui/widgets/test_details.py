"""The details pane."""

from __future__ import annotations

import pytest

from pipcache_tui.tui.widgets.details import Details
from tests.support.screen import app_of, opened


@pytest.mark.parametrize(("size", "shown"), [((80, 24), False), ((120, 40), True), ((250, 70), True)])
async def test_details_open_by_themselves_where_there_is_room(size: tuple[int, int], shown: bool) -> None:
    async with opened(size=size) as pilot:
        details = app_of(pilot).main.query_one(Details)
        assert details.display is shown
        await pilot.press("i")
        assert details.display is not shown
        await pilot.press("i")
        assert details.display is shown


async def test_details_follow_the_cursor() -> None:
    async with opened() as pilot:
        details = app_of(pilot).main.query_one(Details)
        assert "holds\t4 entries" in details.text
        await pilot.press("j", "j", "j")
        assert "what\twheel, six 1.16" in details.text
