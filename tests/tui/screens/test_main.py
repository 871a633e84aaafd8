"""The main screen: streaming, moving, filtering, sorting, grouping, marking."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipcache_tui.cache import scan
from pipcache_tui.cache.model import Root
from pipcache_tui.cache.roots import Found
from pipcache_tui.cache.stores import Trouble
from pipcache_tui.tui.launch import load_settings
from pipcache_tui.tui.model.groupings import GROUPINGS
from pipcache_tui.tui.screens.details import DetailsScreen
from pipcache_tui.tui.widgets.bars import StatusBar, TitleBar
from pipcache_tui.tui.widgets.details import Details
from pipcache_tui.tui.widgets.filter_bar import FilterBar
from tests.support.screen import DAY, app_of, entry, lines, make_app, names, opened, settle, some_entries, text


async def test_it_shows_projects_by_size() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        assert names(app) == ["torch", "numpy", "(no project)", "six"]
        shown = lines(app)
        assert "2.4 GB" in shown[0]
        assert "9 entries" in shown[0]
        assert "torch" in shown[2]
        assert "━━━" in shown[2]
        assert app.main.table.has_focus


async def test_it_paints_before_it_scans_and_can_be_used_meanwhile() -> None:
    go_on = threading.Event()
    entries = [entry(n, f"p{n:03}", size=1000 + n) for n in range(60)]

    def slow() -> Iterator[scan.ScanEvent]:
        yield scan.Found(tuple(entries[:40]))
        yield Trouble("one folder could not be read")
        go_on.wait(20)
        yield scan.Found(tuple(entries[40:]))

    app = make_app(scanner=slow)
    async with app.run_test(size=(120, 40)) as pilot:
        for _ in range(200):
            await pilot.pause(0.01)
            if len(app.main.table.listing or ()) == 40:
                break
        assert app.state.scanning
        assert "reading" in lines(app)[0]
        assert "40 entries" in lines(app)[0]
        await pilot.press("j", "j", "space", "s")
        await pilot.press("d")
        await pilot.pause()
        assert app.screen is app.main, "deleting waits for the end of the scan"
        assert app.state.catalog.marked_count == 1
        await pilot.press("slash", *"p00")
        go_on.set()
        await settle(pilot)
        assert not app.state.scanning
        assert len(app.state.catalog) == 60
        assert len(names(app)) == 10
        assert "60 entries" in lines(app)[0]
        assert "1 warning" in app.main.query_one(StatusBar).text


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


async def test_entries_named_later_move_to_their_project() -> None:
    nameless = entry(5, None, None, tags=(), kind="other")

    def scanned() -> Iterator[scan.ScanEvent]:
        yield scan.Found((nameless,))
        yield scan.Named((nameless._replace(project="found", version="1"),))

    async with opened(scanner=scanned) as pilot:
        assert names(app_of(pilot)) == ["found"]


async def test_opening_and_closing() -> None:
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


async def test_moving() -> None:
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


async def test_filter_as_one_types() -> None:
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


async def test_a_filter_that_is_wrong_is_said_and_the_rows_stay() -> None:
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


async def test_the_filter_it_is_started_with() -> None:
    async with opened(filter="kind=sdist") as pilot:
        assert names(app_of(pilot)) == ["numpy"]
        assert "kind=sdist" in lines(app_of(pilot))[1]


async def test_sorting_by_keys_and_by_the_header() -> None:
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


async def test_grouping_goes_round() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        seen = []
        for _ in GROUPINGS:
            seen.append(app.main.view.grouping.name)
            await pilot.press("t")
            await settle(pilot)
        assert seen == [grouping.name for grouping in GROUPINGS]
        assert app.main.view.grouping.name == "project"


async def test_a_switches_between_size_on_disk_and_in_files() -> None:
    """A thousand bytes take one block of 4,096; the header, the rows and the marks all follow."""
    async with opened([entry(1, "six", size=1000)]) as pilot:
        app = app_of(pilot)
        title, status = app.main.query_one(TitleBar), app.main.query_one(StatusBar)
        await pilot.press("space")
        assert "on disk 4.1 kB" in title.text
        assert "1 entry marked, 4.1 kB on disk" in status.text
        assert "On disk ▼" in lines(app)[1]
        await pilot.press("a")
        await settle(pilot)
        assert "in files 1.0 kB" in title.text
        assert "1 entry marked, 1.0 kB in files, 4.1 kB on disk" in status.text
        assert "Size ▼" in lines(app)[1]
        assert "1.0 kB" in lines(app)[2]


async def test_the_title_says_what_is_free_and_what_can_be_had_at_no_cost(tmp_path: Path) -> None:
    orphan = entry(8, None, None, size=5_000, kind="orphan", tags=(), response=None)
    found = Found((Root(str(tmp_path), "default", True),), (), (), ())
    async with opened([orphan], found=found, size=(200, 30)) as pilot:
        shown = app_of(pilot).main.query_one(TitleBar).text
        assert "8.2 kB reclaimable at no cost" in shown
        assert " free  " in shown


async def test_marking() -> None:
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


async def test_a_range() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        await pilot.press("j", "v", "j")
        assert "range of 2 rows" in app.main.query_one(StatusBar).text
        await pilot.press("v")
        assert sorted(app.state.catalog.marked_indices()) == [4, 5, 7, 8]
        await pilot.press("u", "v", "k", "escape")
        assert app.main.table.range_start is None
        assert app.state.catalog.marked_count == 0


async def test_marking_all_means_what_is_shown() -> None:
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


@pytest.mark.parametrize(("size", "shown"), [((80, 24), False), ((120, 40), True), ((250, 70), True)])
async def test_details_have_their_place(size: tuple[int, int], shown: bool) -> None:
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


async def test_copying() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        await pilot.press("l", "j", "j", "y")
        await pilot.pause()
        assert "path" in text(app)
        assert "torch==2.0" in text(app)
        await pilot.press("enter")
        assert app.clipboard.endswith(".body"), "its URL is not known"
        await pilot.press("slash", *"robots", "enter")
        await settle(pilot)
        await pilot.press("y")
        await pilot.pause()
        await pilot.press("enter")
        assert app.clipboard == "https://index.example/robots.txt"


async def test_a_rescan_keeps_marks_and_finds_what_is_new() -> None:
    entries = some_entries()
    async with opened(scanner=lambda: iter([scan.Found(tuple(entries))])) as pilot:
        app = app_of(pilot)
        await pilot.press("space")
        entries.append(entry(50, "new", age=DAY))
        del entries[0]
        await pilot.press("r")
        await settle(pilot)
        assert app.state.catalog.marked_count == 3
        assert "new" in names(app)


async def test_nothing_is_deleted_with_no_delete() -> None:
    async with opened(no_delete=True) as pilot:
        app = app_of(pilot)
        for key in ("d", "p", "P"):
            await pilot.press("space", key)
            await pilot.pause()
            assert app.screen is app.main
        assert "deleting is off" in app.main.query_one(StatusBar).text
        assert "Delete" not in lines(app)[-1]
        assert not [c for c in app.get_system_commands(app.screen) if c.title.startswith(("Delete", "Prune", "Purge"))]


def places(exists: bool, *notes: str) -> Found:
    return Found((Root("/home/sam/.cache/pip", "default", exists),), notes, (), ())


async def test_a_missing_cache_says_so() -> None:
    async with opened([], found=places(False, "pip keeps no cache: PIP_NO_CACHE_DIR is set"), size=(80, 24)) as pilot:
        seen = text(app_of(pilot))
        assert "There is no pip cache here" in seen
        assert "PIP_NO_CACHE_DIR" in seen
        assert app_of(pilot).exit_code == 0
        for key in (
            "space",
            "v",
            "ctrl+a",
            "a",
            "*",
            "d",
            "y",
            "i",
            "enter",
            "l",
            "h",
            "G",
            "s",
            "t",
            "p",
            "P",
            "escape",
        ):
            await pilot.press(key)
            await pilot.pause()
            if app_of(pilot).screen is not app_of(pilot).main:
                await pilot.press("escape")
        assert app_of(pilot).is_running


async def test_an_empty_cache_says_so() -> None:
    async with opened([], size=(60, 20)) as pilot:
        assert "The cache is empty" in text(app_of(pilot))


async def test_an_unreadable_cache_says_so_and_ends_with_3() -> None:
    def denied() -> Iterator[scan.ScanEvent]:
        yield Trouble("/home/sam/.cache/pip/http-v2: Permission denied")

    async with opened(scanner=denied) as pilot:
        assert "Permission denied" in text(app_of(pilot))
        assert app_of(pilot).exit_code == 3


async def test_a_huge_cache_stays_usable() -> None:
    entries = [entry(n, f"p{n % 3000:04}", size=n) for n in range(30_000)]
    async with opened(entries, size=(120, 40)) as pilot:
        app = app_of(pilot)
        assert len(names(app)) == 3000
        await pilot.press("slash", *"p0001", "enter")
        await settle(pilot)
        assert names(app) == ["p0001"]
        for _ in range(5):
            await pilot.press("t")
            await settle(pilot)
        assert app.main.view.grouping.name == "flat"
        await pilot.press("escape", "G")
        await settle(pilot)
        assert len(names(app)) == 30_000


async def test_the_theme_is_kept(tmp_path: Path) -> None:
    path = str(tmp_path / "settings.json")
    async with opened(settings_path=path) as pilot:
        assert pilot.app.theme == "pipcache-dark"
        pilot.app.theme = "pipcache-light"
        await pilot.pause()
    assert load_settings(path).theme == "pipcache-light"
    async with opened(settings_path=path) as pilot:
        assert pilot.app.theme == "pipcache-light"
    async with opened(settings_path=path, theme="nord") as pilot:
        assert pilot.app.theme == "nord"
    assert load_settings(path).theme == "pipcache-light", "a theme for one run is not kept"


async def test_quitting() -> None:
    async with opened() as pilot:
        await pilot.press("q")
        await pilot.pause()
        assert app_of(pilot).exit_code == 0
        assert app_of(pilot).last_words is None
