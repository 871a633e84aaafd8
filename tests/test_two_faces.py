"""The command line and the screen do the same: every rule, verifying and exporting, on the same cache."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from pipcache_tui.cli import main
from pipcache_tui.demo import packages
from pipcache_tui.pythons import interpreters
from pipcache_tui.remove import running_pip_policy
from pipcache_tui.remove.plan import Plan
from pipcache_tui.report.describe import verdict_reason
from pipcache_tui.report.plan import plan_record
from pipcache_tui.select.expression import parse_filter
from pipcache_tui.select.registry import RULES, RuleSpec
from pipcache_tui.tui import messages
from pipcache_tui.tui.app import PipCacheApp
from pipcache_tui.tui.launch import Launch
from pipcache_tui.tui.screens.prune import PruneScreen, RuleRow
from pipcache_tui.tui.widgets.tick import Tick
from pipcache_tui.workspace import Options, Workspace
from tests.support.report_entries import make_python
from tests.support.screen import settle
from tests.support.small_caches import NOW, Cache

#: values that select some entries of the cache below and leave others; of the disk's free space, which changes, none
VALUES = {
    "older": "60d",
    "unused": "60d",
    "larger": "100kB",
    "keep-latest": "1",
    "max-size": "100kB",
    "min-free": "1B",
    "free": "50kB",
}
IN_DIALOG = [rule for rule in RULES if rule.title]
#: reached on screen in another way: what verifying marks, what the filter shows, the command for everything
ELSEWHERE = {"corrupt", "prune", "purge"}
#: not offered on screen: it needs files that another flag names
ONLY_TYPED = {"unneeded"}
KEEP = ("kept*",)


Command = Callable[..., tuple[int, str, str]]


@dataclass(frozen=True, slots=True)
class Selected:
    """A plan as both faces know it: reasons by entry, entries left alone, the figures."""

    reasons: dict[str, list[str]]
    left_alone: dict[str, str]
    figures: dict[str, Any]

    @classmethod
    def of_plan(cls, plan: Plan) -> Selected:
        reasons = {planned.entry.id: list(planned.reasons) for planned in plan.entries}
        return cls(reasons, {protected.entry.id: protected.why for protected in plan.protected}, plan_record(plan))

    @classmethod
    def of_document(cls, document: Any) -> Selected:
        reasons = {entry["id"]: entry["reasons"] for entry in document["selected"]}
        return cls(reasons, {entry["id"]: entry["why"] for entry in document["skipped"]}, document["plan"])


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "PIP_CACHE_DIR", "VIRTUAL_ENV"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(interpreters, "find_pythons", lambda *_, **__: (make_python("3.11"),))
    monkeypatch.setattr(running_pip_policy, "PipFinder", lambda *_, **__: lambda: ())


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    (tmp_path / "pip").mkdir()
    cache = Cache(tmp_path / "pip")
    cache.fill()
    cache.pair("lib-1", packages.make_wheel("lib", "1.0"), days=200)
    cache.pair("lib-2", packages.make_wheel("lib", "2.0"), days=20)
    cache.pair("kept", days=300)
    cache.pair("large", os.urandom(200_000))
    cut = cache.pair("cut-1", packages.make_wheel("cut", "1.0"))
    body = cache.folder / f"{cut}.body"
    content = bytearray(body.read_bytes())
    content[50] ^= 0xFF  # in the first member's packed data
    body.write_bytes(content)
    cache.pair("half")
    return cache


@pytest.fixture
def command(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs the command on the cache with a home of its own; (exit code, stdout, stderr)."""

    def run(*argv: str, home: Path = tmp_path / "command") -> tuple[int, str, str]:
        monkeypatch.setenv("HOME", os.fspath(home))
        keep = [f"--keep={glob}" for glob in KEEP] if "-n" in argv else []
        capsys.readouterr()
        code = main([f"--cache-dir={cache.root.path}", *keep, *argv], clock=lambda: NOW)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def app(cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PipCacheApp:
    """The screen on the same cache, with another home."""
    monkeypatch.setenv("HOME", os.fspath(tmp_path / "screen"))
    workspace = Workspace(Options(cache_dirs=(cache.root.path,), keep=KEEP), clock=lambda: NOW)
    return PipCacheApp(Launch(workspace))


async def shown_in_dialog(app: PipCacheApp, pilot: Pilot[None], rule: RuleSpec) -> Selected | str:
    """The plan of a rule chosen in the prune dialog; what the dialog says of it where it can't be used."""
    app.main.action_prune()
    await pilot.pause()
    screen = app.screen
    assert isinstance(screen, PruneScreen)
    row = screen.query_one(f"#rule-{rule.name}", RuleRow)

    async def after(change: Callable[[], None]) -> None:
        """Make a change to a dialog at rest, and wait until it shows what came of it."""
        while not screen.settled:
            await pilot.pause(0.01)
        screen._current = False
        change()
        while not screen.settled:
            await pilot.pause(0.01)

    if rule.start and row.value != VALUES[rule.name]:
        await after(lambda: setattr(row.query_one(Input), "value", VALUES[rule.name]))
    await after(lambda: setattr(row.query_one(Tick), "value", True))
    plan, take = screen._plan, screen._takes.of(rule, row.value)
    screen.action_close()
    await pilot.pause()
    assert plan is not None
    return take.error or Selected.of_plan(plan)


def test_every_rule_is_driven_here() -> None:
    in_dialog = {rule.name for rule in IN_DIALOG}
    assert {rule.name for rule in RULES} == in_dialog | ELSEWHERE | ONLY_TYPED
    assert {rule.name for rule in IN_DIALOG if rule.start} <= VALUES.keys()


async def test_every_rule_of_the_dialog_selects_the_same(
    command: Command, app: PipCacheApp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    by_command: dict[str, Selected | str] = {}
    for rule in IN_DIALOG:
        code, out, err = command("-n", "--json", rule.flag, *([VALUES[rule.name]] if rule.start else []))
        by_command[rule.name] = Selected.of_document(json.loads(out)) if code == 0 else err.partition(": ")[2].strip()
    monkeypatch.setenv("HOME", os.fspath(tmp_path / "screen"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        on_screen = {rule.name: await shown_in_dialog(app, pilot, rule) for rule in IN_DIALOG}
    assert on_screen == by_command
    selecting = [name for name, selected in by_command.items() if isinstance(selected, Selected) and selected.reasons]
    assert {"older", "superseded", "orphans", "larger", "keep-latest", "max-size"} <= set(selecting)
    older = by_command["older"]
    assert isinstance(older, Selected)
    assert any(why.startswith("kept: ") for why in older.left_alone.values()), "--keep protects in both"


async def test_a_filter_and_everything_select_the_same(
    command: Command, app: PipCacheApp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, filtered, _ = command("-n", "--json", "--prune", "--filter", "project=lib")
    _, purged, _ = command("-n", "--json", "--purge")
    monkeypatch.setenv("HOME", os.fspath(tmp_path / "screen"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        matching = app.state.workspace.matching(parse_filter("project=lib"))
        marked = Selected.of_plan(app.state.plan((entry, ("marked",)) for entry in matching))
        everything = Selected.of_plan(app.state.plan((entry, ("everything",)) for entry in app.state.catalog.entries))
    for on_screen, document in ((marked, filtered), (everything, purged)):
        by_command = Selected.of_document(json.loads(document))
        assert on_screen.reasons.keys() == by_command.reasons.keys()
        assert on_screen.left_alone == by_command.left_alone
        assert on_screen.figures == by_command.figures


async def test_verifying_finds_and_remembers_the_same(
    command: Command, app: PipCacheApp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, verified, _ = command("--verify", "--json")
    _, corrupt, _ = command("-n", "--json", "--prune-corrupt")
    monkeypatch.setenv("HOME", os.fspath(tmp_path / "screen"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.post_message(messages.VerifyWanted(tuple(app.state.catalog.entries)))
        await settle(pilot)
        verdicts = {verdict.entry.id: verdict for verdict in app.state.verdicts.values()}
        marked = {entry.id: verdict_reason(verdicts[entry.id]) for entry in app.state.catalog.marked_entries()}
    by_command = {entry["id"]: entry for entry in json.loads(verified)["entries"]}
    assert {name: (verdict.state, list(verdict.means), list(verdict.why)) for name, verdict in verdicts.items()} == {
        name: (entry["verdict"], entry["means"], entry["why"]) for name, entry in by_command.items()
    }
    selected = Selected.of_document(json.loads(corrupt)).reasons
    assert {name: [f"corrupt: {why}"] for name, why in marked.items()} == selected
    assert selected
    assert remembered(command, tmp_path / "screen") == remembered(command, tmp_path / "command") != set()


async def test_exporting_writes_the_same_files(
    command: Command, app: PipCacheApp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code, out, _ = command("--export", os.fspath(tmp_path / "by-command"), "--json")
    assert code == 1, "the corrupt wheel is refused"
    monkeypatch.setenv("HOME", os.fspath(tmp_path / "screen"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        app.post_message(messages.ExportWanted(tuple(app.state.catalog.entries), os.fspath(tmp_path / "on-screen")))
        await settle(pilot)
        (said,) = [notification.message for notification in app._notifications]
    totals = json.loads(out)["totals"]
    assert said.startswith(f"{totals['exported']} files to ")
    assert said.endswith(f"{totals['refused']} refused")
    assert contents(tmp_path / "on-screen") == contents(tmp_path / "by-command") != {}
    assert remembered(command, tmp_path / "screen") == remembered(command, tmp_path / "command") != set()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def remembered(command: Command, home: Path) -> set[str]:
    """The entries whose verdicts a run with this home takes from memory."""
    _, out, _ = command("--verify", "--json", home=home)
    return {entry["id"] for entry in json.loads(out)["entries"] if entry["remembered"]}
