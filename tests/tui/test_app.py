"""The app's long work: verifying, exporting, and results that arrive too late."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from pipcache_tui.memories import Memories
from pipcache_tui.progress import Progress
from pipcache_tui.tui import messages
from pipcache_tui.tui.model.catalog import Batch
from pipcache_tui.tui.widgets.bars import StatusBar
from pipcache_tui.verify.examine import Verdict
from pipcache_tui.verify.verdict_memory import forget_verdicts
from pipcache_tui.workspace import Workspace
from tests.support.cache_root import Place
from tests.support.entries import make_judge
from tests.support.screen import app_of, entry, opened, settle, some_entries, text
from tests.support.screen_on_disk import files_of, on


async def test_verifying_reports_and_marks_corrupt_entries(place: Place) -> None:
    sound = place.path / next(name for name in sorted(files_of(place)) if name.endswith(".body"))
    async with on(place) as pilot:
        app = app_of(pilot)
        bad = next(e for e in app.state.catalog.entries if e.project == "gamma" and e.version == "2.0")
        path = place.path / bad.files[-1].path
        content = bytearray(path.read_bytes())
        content[200] ^= 0xFF
        path.write_bytes(content)
        assert sound.exists()
        await pilot.press("r")
        await settle(pilot)
        await pilot.press("g", "V")
        await verified(pilot, 3)
        marked = app.state.catalog.marked_entries()
        assert [entry.version for entry in marked] == ["2.0"]
        states = {
            entry.version: app.state.verdicts[entry.key].state
            for entry in app.state.catalog.entries
            if entry.project == "gamma"
        }
        assert states["2.0"] == "corrupt"
        assert states["1.0"] in ("proven", "consistent")


async def verified(pilot: Pilot[None], count: int) -> None:
    app = app_of(pilot)
    for _ in range(500):
        await pilot.pause(0.02)
        if len(app.state.verdicts) == count and not app._verifying:
            break
    await settle(pilot)


async def test_verifying_and_exporting_remember_verdicts_as_the_command_does(place: Place, tmp_path: Path) -> None:
    async with on(place) as pilot:
        app = app_of(pilot)
        app.state.workspace.memories = Memories(verdicts=str(tmp_path / "verdicts"))
        await pilot.press("g", "V")
        await verified(pilot, 3)
        assert forget_verdicts(str(tmp_path / "verdicts")) == 1, "the verdicts on one root were kept"
        await pilot.press("e")
        await pilot.pause()
        app.screen.query_one("#folder", Input).value = str(tmp_path / "out")
        await pilot.press("enter")
        await settle(pilot)
        assert len(list((tmp_path / "out").iterdir())) == 3
        assert forget_verdicts(str(tmp_path / "verdicts")) == 1


async def test_long_work_is_shown_in_the_status_line_until_it_ends() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        assert app.state.workspace.watch is not None
        app.state.workspace.watch(Progress("verify", 5_000_000, 10_000_000))
        app.main._tick()
        assert "Verifying … 5.0 MB of 10.0 MB  x stops" in app.main.query_one(StatusBar).text
        app.state.workspace.watch(Progress("verify", 10_000_000, 10_000_000, ended=True))
        app.main._tick()
        assert "Verifying" not in app.main.query_one(StatusBar).text


async def test_x_stops_verifying(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def verify(self: Workspace, entries: object, *, stop: Callable[[], bool]) -> Iterator[Verdict]:
        while not stop():
            ended.wait(0.001)
        ended.set()
        return iter(())

    monkeypatch.setattr(Workspace, "verify", verify)
    async with opened() as pilot:
        await pilot.press("V", "x")
        await settle(pilot)
        assert ended.is_set()
        assert "Verifying stopped" in text(app_of(pilot))


async def test_entries_of_an_old_scan_are_dropped() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        app.post_message(messages.Read(app._run - 1, Batch.of([entry(99, "late")])))
        await settle(pilot)
        assert len(app.state.catalog) == len(some_entries())


async def test_the_end_of_an_old_scan_does_not_end_a_new_one() -> None:
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
