"""Review, deletion, prune, purge: on a cache on disk. Nothing is deleted but what the review listed."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.widgets import Button, Input

from pipcache_tui.cache.model import Root
from pipcache_tui.cache.roots import Found
from pipcache_tui.demo.formats import built_wheel_folder, origin_json
from pipcache_tui.demo.packages import make_wheel, wheel_name
from pipcache_tui.memories import Memories
from pipcache_tui.progress import Progress
from pipcache_tui.remove.guard import GuardError
from pipcache_tui.remove.plan import Plan
from pipcache_tui.remove.running_pips import RunningPip
from pipcache_tui.remove.steps import Failed, Remark, RemovalStep, Removed, Skipped, Waiting
from pipcache_tui.tui.model.pruning import FIELDS
from pipcache_tui.tui.screens.main import MainScreen
from pipcache_tui.tui.screens.progress import ProgressScreen
from pipcache_tui.tui.screens.prune import PruneScreen, RuleRow
from pipcache_tui.tui.screens.purge import PurgeScreen
from pipcache_tui.tui.screens.review import ReviewScreen
from pipcache_tui.tui.widgets.bars import StatusBar
from pipcache_tui.tui.widgets.tick import Tick
from pipcache_tui.verify.examine import Verdict
from pipcache_tui.verify.verdict_memory import forget_verdicts
from pipcache_tui.workspace import Workspace
from tests.support.cache_root import FILES, Place
from tests.support.screen import app_of, lines, names, opened, settle, some_entries, text

PROJECTS = ("alpha", "beta", "gamma")


def fill(folder: Path) -> Place:
    """Three projects with three wheels each, a built wheel, half a pair, and a note of someone's."""
    place = Place(folder / "pip")
    for number, project in enumerate(PROJECTS, 1):
        for version in ("1.0", "2.0", "3.0"):
            content = make_wheel(project, version, padding=20_000 * number)
            place.v2(f"{FILES}{wheel_name(project, version)}", content)
    url = f"{FILES}built-1.0.tar.gz"
    leaf = built_wheel_folder(url, ("cp", "312"))
    place.write(f"{leaf}/{wheel_name('built', '1.0')}", make_wheel("built", "1.0"))
    place.write(f"{leaf}/origin.json", origin_json(url))
    place.raw("http-v2", "ab" * 28, b"half of a pair", ".body")
    place.write("http-v2/0/README", b"someone's note")
    return place


def files_of(place: Place) -> set[str]:
    return {
        os.path.relpath(os.path.join(folder, name), place.path)
        for folder, _, files in os.walk(place.path)
        for name in files
    }


def on(place: Place, **more: object) -> AbstractAsyncContextManager[Pilot[None]]:
    found = Found((Root(str(place.path), "--cache-dir", True),), (), (), ())
    return opened(None, scanner=None, found=found, **more)  # type: ignore[arg-type]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return fill(tmp_path)


async def ended(pilot: Pilot[None]) -> None:
    for _ in range(400):
        await pilot.pause(0.01)
        screen = pilot.app.screen
        if not isinstance(screen, ProgressScreen) or screen.done:
            break
    await settle(pilot)


async def test_the_review_lists_reasons_costs_and_what_frees(place: Place) -> None:
    async with on(place) as pilot:
        app = app_of(pilot)
        await pilot.press("ctrl+a", "d")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        seen = text(app)
        assert re.search(r"11 entries, \d+ files?, 4 projects", lines(app)[0])
        assert "frees" in lines(app)[0]
        assert "1 built wheel goes" in seen
        assert "must be downloaded again if wanted" in seen
        assert "marked" in seen
        assert screen.focused is screen.query_one("#cancel", Button)
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen is app.main, "enter cancels"
        assert len(files_of(place)) == 9 * 2 + 2 + 1 + 1


@pytest.mark.parametrize("key", ["escape", "n", "q"])
async def test_leaving_the_review_deletes_nothing(place: Place, key: str) -> None:
    before = files_of(place)
    async with on(place) as pilot:
        await pilot.press("ctrl+a", "d")
        await pilot.pause()
        await pilot.press(key)
        await settle(pilot)
        assert app_of(pilot).screen is app_of(pilot).main
        assert app_of(pilot).state.catalog.marked_count == 11, "the marks are still there"
    assert files_of(place) == before


async def test_the_delete_key_deletes_what_is_listed_and_says_so(place: Place) -> None:
    before = files_of(place)
    async with on(place) as pilot:
        app = app_of(pilot)
        assert names(app)[0] == "gamma"
        await pilot.press("space", "d")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        going = {file.path for planned in screen.plan.entries for file in planned.files}
        await pilot.press("D")
        await ended(pilot)
        assert app.screen is app.main
        assert "gamma" not in names(app)
        assert app.state.catalog.marked_count == 0
        assert "Freed" in app.main.query_one(StatusBar).text
        assert "this session" in app.main.query_one(StatusBar).text
        assert app.last_words is not None
        assert app.last_words.endswith("(6 files)")
        assert app.exit_code == 0
    assert before - files_of(place) == going
    assert len(going) == 6


async def test_without_marks_the_row_under_the_cursor_is_reviewed(place: Place) -> None:
    async with on(place) as pilot:
        await pilot.press("l", "j", "d")
        await pilot.pause()
        screen = app_of(pilot).screen
        assert isinstance(screen, ReviewScreen)
        assert len(screen.plan.entries) == 1


async def test_what_is_unmarked_in_the_review_stays(place: Place) -> None:
    async with on(place) as pilot:
        app = app_of(pilot)
        await pilot.press("ctrl+a", "d")
        await pilot.pause()
        review = app.screen
        assert isinstance(review, ReviewScreen)
        frees = review.plan.frees
        await pilot.press("space")
        await pilot.pause()
        assert review.plan.frees < frees
        assert "8 entries" in lines(app)[0]
        kept = {c.entry.project for c in review.plan.entries}
        assert kept == {"alpha", "beta", "built", None}
        await pilot.press("g", "space", "g", "space")
        assert "8 entries" in lines(app)[0], "put back and taken off again"
        await pilot.press("D")
        await ended(pilot)
        assert names(app) == ["gamma"]
    assert any("README" in path for path in files_of(place)), "files that are not pip's stay"


async def test_taking_all_off_leaves_nothing_to_delete(place: Place) -> None:
    before = files_of(place)
    async with on(place) as pilot:
        await pilot.press("space", "d")
        await pilot.pause()
        await pilot.press("space", "D")
        await pilot.pause()
        screen = app_of(pilot).screen
        assert isinstance(screen, ReviewScreen)
        assert screen.query_one("#delete", Button).disabled
    assert files_of(place) == before


async def test_the_review_by_mouse(place: Place) -> None:
    async with on(place) as pilot:
        app = app_of(pilot)
        await pilot.press("space", "d")
        await pilot.pause()
        await pilot.click("#delete")
        await ended(pilot)
        assert "gamma" not in names(app)
        await pilot.press("space", "d")
        await pilot.pause()
        await pilot.click("#cancel")
        await pilot.pause()
        assert app.screen is app.main


@settings(max_examples=8, deadline=None)
@given(st.sets(st.integers(0, 10)), st.sets(st.integers(0, 10)))
def test_the_deletion_is_the_review(marks: set[int], dropped: set[int]) -> None:
    """Whatever is marked, and whatever is taken off in the review: what is listed then goes, and nothing else."""
    import asyncio

    async def scenario(folder: Path) -> None:
        place = fill(folder)
        before = files_of(place)
        async with on(place) as pilot:
            app = app_of(pilot)
            app.state.catalog.mark(sorted(marks), True)
            if not marks:
                return
            app.main.action_delete()
            await pilot.pause()
            review = app.screen
            assert isinstance(review, ReviewScreen)
            review._catalog.mark([n for n in dropped if n < len(review._all)], False)
            review._replan()
            listed = {file.path for planned in review.plan.entries for file in planned.files}
            shown = review.plan
            await pilot.press("D" if shown.entries else "escape")
            await ended(pilot)
            gone = before - files_of(place)
            assert gone == listed
            assert app.state.freed.files == len(listed)
            assert app.state.freed.size == shown.frees
            assert {e.key for e in app.state.catalog.entries}.isdisjoint(c.entry.key for c in shown.entries)
            assert "http-v2/0/README" in files_of(place)

    with TemporaryDirectory() as folder:
        asyncio.run(scenario(Path(folder)))


async def test_a_file_changed_since_the_review_is_kept_and_reported(place: Place) -> None:
    async with on(place) as pilot:
        app = app_of(pilot)
        await pilot.press("space", "d")
        await pilot.pause()
        review = app.screen
        assert isinstance(review, ReviewScreen)
        path = place.path / review.plan.entries[0].files[-1].path
        path.write_bytes(b"another pip was here")
        await pilot.press("D")
        await ended(pilot)
        assert isinstance(app.screen, ProgressScreen)
        assert "not all went" in text(app)
        assert path.exists()
        await pilot.press("escape")
        await settle(pilot)
        assert "gamma" in names(app), "what is left is still shown"
        assert app.exit_code == 0


async def test_an_entry_removed_by_another_program_leaves_the_table(place: Place) -> None:
    async with on(place) as pilot:
        app = app_of(pilot)
        await pilot.press("space", "d")
        await pilot.pause()
        review = app.screen
        assert isinstance(review, ReviewScreen)
        entry = review.plan.entries[0].entry
        for file in review.plan.entries[0].files:
            (place.path / file.path).unlink()
        await pilot.press("D")
        await ended(pilot)
        assert "already gone" in text(app)
        assert "Back (esc)" in text(app)
        assert "esc Stop" not in text(app)
        await pilot.press("escape")
        await settle(pilot)
        assert entry.key not in {shown.key for shown in app.state.catalog.entries}


def steps_then(*steps: Callable[[Plan], RemovalStep]) -> Callable[[Plan, Callable[[], bool]], Iterator[RemovalStep]]:
    def remover(plan: Plan, stop: Callable[[], bool]) -> Iterator[RemovalStep]:
        for step in steps:
            yield step(plan)

    return remover


async def test_errors_are_shown_per_entry_and_set_the_exit_code() -> None:
    remover = steps_then(
        lambda plan: Waiting((RunningPip(4242, "pip install x"),), 30.0),
        lambda plan: Removed(plan.entries[0], 2, 1000),
        lambda plan: Failed(plan.entries[1], "Permission denied"),
        lambda plan: Skipped(plan.entries[2], "changed since"),
        lambda plan: Remark("a folder stays"),
    )
    async with opened(some_entries(), remover=remover) as pilot:
        app = app_of(pilot)
        await pilot.press("space", "d")
        await pilot.pause()
        await pilot.press("D")
        await ended(pilot)
        seen = text(app)
        assert "Permission denied" in seen
        assert "changed since" in seen
        assert "a folder stays" in seen
        assert "1 entry not begun" in seen
        await pilot.press("escape")
        await settle(pilot)
        assert app.exit_code == 1
        assert app.last_words == "Freed 1.0 kB (2 files)"


async def test_a_root_that_is_not_a_cache_is_refused_with_a_message() -> None:
    def refuse(plan: Plan, stop: Callable[[], bool]) -> Iterator[RemovalStep]:
        raise GuardError("/home/sam does not look like a pip cache")
        yield

    async with opened(some_entries(), remover=refuse) as pilot:
        await pilot.press("space", "d")
        await pilot.pause()
        await pilot.press("D")
        await ended(pilot)
        assert "does not look like a pip cache" in text(app_of(pilot))
        await pilot.press("escape")
        await settle(pilot)
        assert app_of(pilot).last_words is None


@pytest.mark.parametrize("key", ["escape", "ctrl+q"])
async def test_a_deletion_can_be_stopped(key: str) -> None:
    begun, may_go_on = threading.Event(), threading.Event()

    def slow(plan: Plan, stop: Callable[[], bool]) -> Iterator[RemovalStep]:
        for planned in plan.entries:
            if stop():
                return
            yield Removed(planned, 2, 1000)
            begun.set()
            may_go_on.wait(20)

    async with opened(some_entries(), remover=slow) as pilot:
        app = app_of(pilot)
        await pilot.press("ctrl+a", "d")
        await pilot.pause()
        await pilot.press("D")
        while not begun.is_set():
            await pilot.pause(0.01)
        await pilot.press(key)
        while "Stopping" not in text(app):
            await pilot.pause(0.01)
        may_go_on.set()
        while not (app._exit or (isinstance(app.screen, ProgressScreen) and app.screen.done)):
            await pilot.pause(0.01)
        if key == "escape":
            assert "8 entries not begun" in text(app)
            await pilot.press("escape")
            await settle(pilot)
            assert len(app.state.catalog) == 8
        assert app.last_words == "Freed 1.0 kB (2 files)"


# ---------------------------------------------------------------------- prune and purge


async def worked_out(pilot: Pilot[None]) -> PruneScreen:
    screen = pilot.app.screen
    assert isinstance(screen, PruneScreen)
    for _ in range(300):
        await pilot.pause(0.01)
        if screen.settled:
            return screen
    raise AssertionError("the rules were not worked out")


def taken(screen: PruneScreen, name: str) -> str:
    from textual.widgets import Static

    return str(screen.query_one(f"#rule-{name}", RuleRow).query_one(".take", Static).render())


async def test_prune_counts_as_one_edits_and_goes_to_the_same_review(place: Place) -> None:
    async with on(place) as pilot:
        app = app_of(pilot)
        await pilot.press("p")
        screen = await worked_out(pilot)
        assert "1 entry" in taken(screen, "orphans")
        assert "0 entries" in taken(screen, "larger")
        row = screen.query_one("#rule-larger", RuleRow)
        field = row.query_one(Input)
        field.focus()
        await pilot.pause()
        field.value = "50kB"
        screen = await worked_out(pilot)
        assert "3 entries" in taken(screen, "larger")
        assert row.query_one(Tick).value, "who edits a value wants the rule"
        assert "together 3 entries" in screen.query_one(StatusBar).text
        screen.query_one("#rule-orphans", RuleRow).query_one(Tick).focus()
        await pilot.press("space")
        screen = await worked_out(pilot)
        assert "together 4 entries" in screen.query_one(StatusBar).text
        await pilot.press("enter")
        await pilot.pause()
        review = app.screen
        assert isinstance(review, ReviewScreen)
        assert len(review.plan.entries) == 4
        assert {c.entry.project for c in review.plan.entries} == {"gamma", None}
        reasons = {reason for planned in review.plan.entries for reason in planned.reasons}
        assert any(reason.startswith("larger than 50 kB") for reason in reasons)
        await pilot.press("D")
        await ended(pilot)
        assert names(app) == ["beta", "alpha", "built"]


async def test_a_wrong_value_is_explained_next_to_its_rule(place: Place) -> None:
    async with on(place) as pilot:
        await pilot.press("p")
        screen = await worked_out(pilot)
        field = screen.query_one("#rule-older", RuleRow).query_one(Input)
        field.focus()
        await pilot.pause()
        field.value = "soon"
        screen = await worked_out(pilot)
        assert "⚠" in taken(screen, "older")
        assert screen.query_one("#review", Button).disabled
        await pilot.press("enter")
        await pilot.pause()
        assert app_of(pilot).screen is screen
        await pilot.press("escape")
        await pilot.pause()
        assert app_of(pilot).screen is app_of(pilot).main


async def test_prune_stays_within_the_filter(place: Place) -> None:
    async with on(place) as pilot:
        await pilot.press("slash", *"beta", "enter")
        await settle(pilot)
        await pilot.press("p")
        screen = await worked_out(pilot)
        field = screen.query_one("#rule-larger", RuleRow).query_one(Input)
        field.focus()
        await pilot.pause()
        field.value = "1kB"
        screen = await worked_out(pilot)
        assert "3 entries" in taken(screen, "larger")
        assert "named like beta" in lines(app_of(pilot))[0]
        await pilot.press("ctrl+r")
        await pilot.pause()
        review = app_of(pilot).screen
        assert isinstance(review, ReviewScreen)
        assert {c.entry.project for c in review.plan.entries} == {"beta"}


async def test_every_rule_of_the_dialog_works_out() -> None:
    async with opened(some_entries()) as pilot:
        await pilot.press("p")
        screen = await worked_out(pilot)
        assert "1 entry" in taken(screen, "orphans")
        assert "no Python is known" in taken(screen, "incompatible")
        assert "2.4 GB" in taken(screen, "larger")
        assert "1 entry" in taken(screen, "older"), "torch 2.0 is 400 days old"


async def test_purge_asks_for_its_word_before_the_review(place: Place) -> None:
    async with on(place) as pilot:
        app = app_of(pilot)
        await pilot.press("P")
        await pilot.pause()
        assert isinstance(app.screen, PurgeScreen)
        assert "All 11 entries" in text(app)
        await pilot.press(*"yes", "enter")
        assert isinstance(app.screen, PurgeScreen)
        await pilot.press("backspace", "backspace", "backspace", *"purge", "enter")
        await pilot.pause()
        assert isinstance(app.screen, ReviewScreen)
        await pilot.press("D")
        await ended(pilot)
        assert len(app.state.catalog) == 0
        assert "The cache is empty" in text(app)
    assert files_of(place) == {"http-v2/0/README"}


async def test_purge_can_be_left(place: Place) -> None:
    before = files_of(place)
    async with on(place) as pilot:
        await pilot.press("P")
        await pilot.pause()
        await pilot.press("p", "escape")
        await pilot.pause()
        assert app_of(pilot).screen is app_of(pilot).main
    assert files_of(place) == before


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


class TestKept:
    """Projects that the settings protect."""

    async def test_neither_marks_nor_a_purge_take_them(self) -> None:
        async with opened(keep=("Torch*",)) as pilot:
            app = app_of(pilot)
            await pilot.press("d")
            await pilot.pause()
            assert "kept: its project matches Torch*" in text(app)
            assert isinstance(app.screen, MainScreen), "nothing is left to review"
            plan = app.state.plan((entry, ("everything",)) for entry in app.state.catalog.entries)
            assert {planned.entry.project for planned in plan.entries} == {"numpy", "six", None}
            assert {protected.entry.project for protected in plan.protected} == {"torch"}

    async def test_the_rules_do_not_count_kept_projects(self) -> None:
        """The one thing older than 180 days is torch."""
        shown = []
        for keep in ((), ("torch",)):
            async with opened(keep=keep) as pilot:
                await pilot.press("p")
                screen = pilot.app.screen
                assert isinstance(screen, PruneScreen)
                for _ in range(200):
                    await pilot.pause(0.01)
                    if screen.settled:
                        break
                shown.append(screen._takes.of(next(field for field in FIELDS if field.name == "older"), "180d"))
        assert [(take.count, take.size) for take in shown] == [(1, 900_000_000), (0, 0)]
