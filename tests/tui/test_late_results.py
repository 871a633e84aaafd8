"""Results of a scan or a judge that was replaced meanwhile never reach the screen."""

from __future__ import annotations

from pipcache_tui.tui import messages
from pipcache_tui.tui.model.catalog import Batch
from tests.support.entries import make_judge
from tests.support.screen import app_of, entry, opened, settle, some_entries


async def test_a_piece_of_an_old_scan_is_dropped() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        app.post_message(messages.Read(app._run - 1, Batch.of([entry(99, "late")])))
        await settle(pilot)
        assert len(app.state.catalog) == len(some_entries())


async def test_the_end_of_an_old_scan_ends_no_new_one() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        app.state.scanning = True
        app.post_message(messages.ScanEnded(app._run - 1, "an old error"))
        await pilot.pause()
        assert app.state.scanning
        assert "an old error" not in app.state.warnings
        app.state.scanning = False


async def test_an_old_judge_is_not_used() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        judge = app.state.judge
        app.post_message(messages.Judged(app._judge_serial - 1, make_judge([])))
        await settle(pilot)
        assert app.state.judge is judge
