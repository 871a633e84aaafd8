"""The main screen: streaming a scan, grouping, empty and huge caches, quitting."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from pipcache_tui.cache import scan
from pipcache_tui.cache.model import Root
from pipcache_tui.cache.roots import Found
from pipcache_tui.cache.stores import Trouble
from pipcache_tui.tui.launch import load_settings
from pipcache_tui.tui.model.groupings import GROUPINGS
from pipcache_tui.tui.widgets.bars import StatusBar
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


async def test_the_screen_shows_before_the_scan_ends_and_can_be_used_meanwhile() -> None:
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


async def test_entries_named_later_move_to_their_project() -> None:
    nameless = entry(5, None, None, tags=(), kind="other")

    def scanned() -> Iterator[scan.ScanEvent]:
        yield scan.Found((nameless,))
        yield scan.Named((nameless._replace(project="found", version="1"),))

    async with opened(scanner=scanned) as pilot:
        assert names(app_of(pilot)) == ["found"]


async def test_t_goes_through_all_groupings() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        seen = []
        for _ in GROUPINGS:
            seen.append(app.main.view.grouping.name)
            await pilot.press("t")
            await settle(pilot)
        assert seen == [grouping.name for grouping in GROUPINGS]
        assert app.main.view.grouping.name == "project"


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


async def test_q_quits_with_exit_code_0() -> None:
    async with opened() as pilot:
        await pilot.press("q")
        await pilot.pause()
        assert app_of(pilot).exit_code == 0
        assert app_of(pilot).last_words is None
