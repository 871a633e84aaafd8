"""Exporting from the screen."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input

from pipcache_tui.demo.packages import wheel_name
from tests.support.cache_root import Place
from tests.support.screen import app_of, settle
from tests.support.screen_on_disk import files_of, on


async def test_exporting_copies_wheels_to_a_folder(place: Place, tmp_path: Path) -> None:
    before = files_of(place)
    target = tmp_path / "out"
    async with on(place) as pilot:
        app = app_of(pilot)
        await pilot.press("g", "e")
        await pilot.pause()
        field = app.screen.query_one("#folder", Input)
        field.value = str(target)
        await pilot.press("enter")
        for _ in range(500):
            await pilot.pause(0.02)
            if target.exists() and len(list(target.iterdir())) == 3:
                break
        await settle(pilot)
    assert sorted(path.name for path in target.iterdir()) == [wheel_name("gamma", f"{n}.0") for n in (1, 2, 3)]
    assert files_of(place) == before
