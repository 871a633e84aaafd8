"""The table: its cursor, groups and header."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from pipcache_tui.cache import scan
from tests.support.screen import app_of, entry, lines, make_app, names, opened, settle, text


async def test_the_cursor_stays_on_its_row_while_rows_come_in() -> None:
    go_on = threading.Event()

    def slow() -> Iterator[scan.ScanEvent]:
        yield scan.Found(tuple(entry(n, f"small{n}", size=10 + n) for n in range(5)))
        go_on.wait(20)
        yield scan.Found(tuple(entry(100 + n, f"big{n}", size=10_000 + n) for n in range(5)))

    app = make_app(scanner=slow)
    async with app.run_test(size=(100, 30)) as pilot:
        for _ in range(200):
            await pilot.pause(0.01)
            if len(app.main.table.listing or ()) == 5:
                break
        await pilot.press("j")
        wanted = app.main.table.identity
        go_on.set()
        await settle(pilot)
        assert len(names(app)) == 10
        assert app.main.table.identity == wanted
        assert app.main.table.cursor == 6


async def test_groups_open_and_close() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        await pilot.press("l")
        assert names(app)[1].strip() == "2.1"
        await pilot.press("l", "enter")
        assert len(names(app)) == 4 + 3 + 2
        await pilot.press("h")
        assert len(names(app)) == 4 + 3
        await pilot.press("h")
        assert app.main.table.cursor == 0
        await pilot.press("left")
        assert names(app) == ["torch", "numpy", "(no project)", "six"]


async def test_keys_move_by_row_by_page_and_to_the_ends() -> None:
    async with opened([entry(n, f"p{n:03}", size=1000 - n) for n in range(200)], size=(80, 24)) as pilot:
        table = app_of(pilot).main.table
        page = table.page
        await pilot.press("G")
        assert table.cursor == 199
        assert "p199" in text(app_of(pilot))
        await pilot.press("g")
        assert table.cursor == 0
        await pilot.press("pagedown")
        assert table.cursor == page
        await pilot.press("pageup", "down", "j", "k")
        assert table.cursor == 1
        await pilot.press("end", "home", "up")
        assert table.cursor == 0


async def test_rows_are_sorted_by_key_and_by_a_click_on_the_header() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        await pilot.press("S")
        assert names(app) == ["six", "(no project)", "numpy", "torch"]
        header = lines(app)[1]
        await pilot.click(app.main.table, offset=(header.index("Name"), 0))
        await settle(pilot)
        assert names(app) == ["(no project)", "numpy", "six", "torch"]
        await pilot.click(app.main.table, offset=(header.index("Name"), 0))
        await settle(pilot)
        assert names(app)[0] == "torch"
        seen = set()
        for _ in range(9):
            await pilot.press("s")
            await settle(pilot)
            seen.add(app.main.view.sort)
            assert sorted(names(app)) == sorted(["torch", "numpy", "six", "(no project)"])
        assert seen == {"size", "name", "age", "used", "pip"}, "those of the columns that are shown"
