"""Which columns the table draws."""

from __future__ import annotations

from tests.support.screen import app_of, lines, opened


async def test_the_chosen_columns_and_grouping_are_drawn_first() -> None:
    async with opened(group="kind", columns=("age", "size"), size=(80, 24)) as pilot:
        app = app_of(pilot)
        assert app.main.view.grouping.name == "kind"
        head = lines(app)[1]
        assert head.index("On disk") < head.index("Age"), "in the usual order"
        assert "pip will" not in head
    async with opened(columns=("pip", "size"), size=(60, 20)) as pilot:
        assert "pip will" in lines(app_of(pilot))[1]
