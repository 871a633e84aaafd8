"""The lines above and below the table."""

from __future__ import annotations

from pathlib import Path

from pipcache_tui.cache.model import Root
from pipcache_tui.cache.roots import Found
from pipcache_tui.tui.widgets.bars import StatusBar, TitleBar
from tests.support.screen import app_of, entry, lines, opened, settle


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


async def test_the_title_says_what_is_free_and_what_is_reclaimable_at_no_cost(tmp_path: Path) -> None:
    orphan = entry(8, None, None, size=5_000, kind="orphan", tags=(), response=None)
    found = Found((Root(str(tmp_path), "default", True),), (), (), ())
    async with opened([orphan], found=found, size=(200, 30)) as pilot:
        shown = app_of(pilot).main.query_one(TitleBar).text
        assert "8.2 kB reclaimable at no cost" in shown
        assert " free  " in shown
