"""Marking rows by key, by range and by mouse."""

from __future__ import annotations

from pipcache_tui.tui.widgets.bars import StatusBar
from tests.support.screen import app_of, lines, names, opened, settle


async def test_space_marks_a_row_and_all_it_holds() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        catalog = app.state.catalog
        await pilot.press("space")
        assert catalog.marked_count == 4
        assert app.main.table.cursor == 1
        assert "☑" in lines(app)[2]
        status = app.main.query_one(StatusBar)
        assert "4 entries marked, 2.4 GB" in status.text
        assert "2.4 GB on disk" in status.text
        await pilot.press("g", "l", "j", "space")
        assert catalog.marked_count == 2, "a marked group's subgroup is unmarked"
        assert "◪" in lines(app)[2]
        await pilot.press("asterisk")
        assert catalog.marked_count == 7
        await pilot.press("ctrl+a")
        assert catalog.marked_count == 9
        await pilot.press("u")
        assert catalog.marked_count == 0
        assert "marked" not in status.text


async def test_a_range_marks_its_rows_and_escape_ends_it() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        await pilot.press("j", "v", "j")
        assert "range of 2 rows" in app.main.query_one(StatusBar).text
        await pilot.press("v")
        assert sorted(app.state.catalog.marked_indices()) == [4, 5, 7, 8]
        await pilot.press("u", "v", "k", "escape")
        assert app.main.table.range_start is None
        assert app.state.catalog.marked_count == 0


async def test_marking_all_marks_only_the_rows_that_show() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        await pilot.press("slash", *"numpy", "enter")
        await settle(pilot)
        await pilot.press("ctrl+a")
        assert sorted(app.state.catalog.marked_indices()) == [4, 5]
        await pilot.press("escape")
        await settle(pilot)
        assert app.state.catalog.marked_count == 2


async def test_the_mouse_marks_opens_and_moves() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        table = app.main.table
        mark = lines(app)[3].index("☐")
        await pilot.click(table, offset=(mark, 2))
        assert sorted(app.state.catalog.marked_indices()) == [4, 5]
        assert table.cursor == 1
        await pilot.click(table, offset=(mark + 2, 1))
        assert len(names(app)) == 7
        await pilot.click(table, offset=(10, 3), times=2)
        assert table.cursor == 2
        await pilot.hover(table, offset=(10, 5))
        await pilot.pause()
