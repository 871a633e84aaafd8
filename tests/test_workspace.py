"""The workspace as both faces use it: read at once or piece by piece; plan, remove, verify, export, check."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from pipcache_tui.cache.scan import Found, fold_events
from pipcache_tui.export.copies import Exported
from pipcache_tui.progress import Progress
from pipcache_tui.pythons import interpreters
from pipcache_tui.remove import running_pip_policy
from pipcache_tui.remove.guard import GuardError
from pipcache_tui.remove.steps import RemovalResult, Removed
from pipcache_tui.select import rules
from pipcache_tui.workspace import OptionError, Options, Workspace
from tests.support.report_entries import make_python
from tests.support.small_caches import DAY, NOW, Cache, tree


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", os.fspath(tmp_path / "home"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for name in ("XDG_CACHE_HOME", "PIP_CACHE_DIR", "VIRTUAL_ENV"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(interpreters, "find_pythons", lambda *_, **__: (make_python("3.11"),))
    monkeypatch.setattr(running_pip_policy, "PipFinder", lambda *_, **__: lambda: ())


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    (tmp_path / "pip").mkdir()
    cache = Cache(tmp_path / "pip")
    cache.pair("old", days=90)
    cache.pair("young", days=1)
    return cache


def workspace_of(cache: Cache, **options: object) -> Workspace:
    chosen = Options(cache_dirs=(cache.root.path,), **options)  # type: ignore[arg-type]
    return Workspace(chosen, clock=lambda: NOW)


def test_a_plan_reads_and_judges_and_is_carried_out(cache: Cache) -> None:
    workspace = workspace_of(cache)
    plan = workspace.plan([rules.older(30 * DAY)])
    (choice,) = plan.entries
    assert choice.reasons == ("older than 30 days (stored 2026-10-17)",)
    result = RemovalResult.of(workspace.remove(plan))
    assert [removed.planned for removed in result.removed] == [choice]
    assert [entry.stored for entry in Cache(cache.folder).scan().entries] == [NOW - DAY]


def test_events_taken_piece_by_piece_give_the_same_plan(cache: Cache) -> None:
    at_once, by_pieces = workspace_of(cache), workspace_of(cache)
    events = list(by_pieces.scan())
    assert any(isinstance(event, Found) for event in events)
    by_pieces.snapshot = fold_events(by_pieces.roots, events)
    assert by_pieces.snapshot.entries == at_once.snapshot.entries
    by_pieces.judge = by_pieces.make_judge(by_pieces.snapshot.entries, by_pieces.pythons)
    assert by_pieces.plan([rules.everything()]) == at_once.plan([rules.everything()])
    marked = [(entry, ("marked",)) for entry in by_pieces.snapshot.entries]
    assert by_pieces.plan_entries(marked).frees == at_once.plan([rules.everything()]).frees


def test_dropped_entries_are_in_no_later_plan(cache: Cache) -> None:
    workspace = workspace_of(cache)
    plan = workspace.plan([rules.older(30 * DAY)])
    gone = [step.planned.entry for step in workspace.remove(plan) if isinstance(step, Removed)]
    workspace.drop(gone)
    assert len(workspace.judge.entries) == 1
    assert not workspace.plan([rules.older(30 * DAY)]).entries


def test_a_refreshed_workspace_reads_again_as_of_now(cache: Cache) -> None:
    times = iter((NOW, NOW + DAY))
    workspace = Workspace(Options(cache_dirs=(cache.root.path,)), clock=lambda: next(times))
    assert len(workspace.snapshot.entries) == 2
    cache.pair("new", days=0)
    assert len(workspace.snapshot.entries) == 2
    workspace.refresh()
    assert len(workspace.snapshot.entries) == 3
    assert workspace.judge.now == NOW + DAY


def test_kept_projects_are_in_no_plan(cache: Cache) -> None:
    workspace = workspace_of(cache, keep=("ol*",))
    named = {entry.project for entry in workspace.snapshot.entries}
    assert named == {"old", "young"}
    by_rule = workspace.plan([rules.everything()])
    by_mark = workspace.plan_entries((entry, ()) for entry in workspace.snapshot.entries)
    for plan in (by_rule, by_mark):
        assert [choice.entry.project for choice in plan.entries] == ["young"]
        assert [protected.entry.project for protected in plan.protected] == ["old"]


def test_no_delete_refuses_every_plan(cache: Cache) -> None:
    before = tree(cache.folder)
    workspace = workspace_of(cache, no_delete=True)
    with pytest.raises(GuardError, match="no-delete"):
        workspace.remove(workspace.plan([rules.everything()]))
    assert tree(cache.folder) == before


def test_verdicts_are_remembered_and_progress_is_reported(cache: Cache) -> None:
    seen: list[Progress] = []
    workspace = workspace_of(cache)
    workspace.watch = seen.append
    entries = workspace.snapshot.entries
    first = list(workspace.verify(entries))
    again = list(workspace_of(cache).verify(entries))
    assert [verdict.remembered for verdict in first] == [False, False]
    assert [verdict.remembered for verdict in again] == [True, True]
    assert [(progress.task, progress.ended) for progress in seen if progress.ended] == [
        ("scan", True),
        ("read index pages", True),
        ("verify", True),
    ]
    size = sum(entry.size for entry in entries)
    assert seen[-1] == Progress("verify", size, size, ended=True)


def test_stopped_work_reports_its_end(cache: Cache) -> None:
    seen: list[Progress] = []
    stop = threading.Event()
    workspace = workspace_of(cache)
    workspace.watch = seen.append
    entries = workspace.snapshot.entries
    stop.set()
    assert list(workspace.verify(entries, stop=stop.is_set)) == []
    assert seen[-1].ended
    assert seen[-1].done == 0


def test_without_memory_nothing_is_left_behind(cache: Cache, tmp_path: Path) -> None:
    workspace = workspace_of(cache, remember=False)
    list(workspace.verify(workspace.snapshot.entries))
    assert not any(path.is_file() for path in (tmp_path / "home").rglob("*"))
    with_memory = workspace_of(cache)
    list(with_memory.verify(with_memory.snapshot.entries))
    assert {path.suffix for path in (tmp_path / "home").rglob("*") if path.is_file()} == {
        ".scan",
        ".verdicts",
        ".upkeep",
    }


def test_an_export_takes_wheels_and_leaves_the_rest(cache: Cache, tmp_path: Path) -> None:
    cache.page("six")
    workspace = workspace_of(cache)
    steps = list(workspace.export(workspace.snapshot.entries, os.fspath(tmp_path / "wheels")))
    assert sorted(step.name for step in steps if isinstance(step, Exported)) == [
        "old-1.0-py3-none-any.whl",
        "young-1.0-py3-none-any.whl",
    ]


def test_a_check_is_made_for_the_python_here(cache: Cache) -> None:
    (report,) = workspace_of(cache).check(["nothing-of-this-name"])
    assert report.python.name == "3.11"
    assert not report.ready


def test_a_check_without_any_python_says_so(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreters, "find_pythons", lambda *_, **__: ())
    with pytest.raises(OptionError, match="no Python was found; name one with --python PATH"):
        workspace_of(cache).check(["old"])


def test_a_named_python_that_is_none_is_an_option_error(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise interpreters.PythonError("--python nope: no such Python")

    monkeypatch.setattr(interpreters, "find_pythons", refuse)
    with pytest.raises(OptionError, match="nope"):
        workspace_of(cache, pythons=("nope",)).judge  # noqa: B018


def test_a_removal_is_recorded_with_its_rules(cache: Cache) -> None:
    workspace = workspace_of(cache)
    result = RemovalResult.of(workspace.remove(workspace.plan([rules.older(30 * DAY)]), rules=["--prune-older 30d"]))
    (removal,) = workspace.upkeep()[cache.root.path].removals
    assert (removal.time, removal.rules) == (NOW, ("--prune-older 30d",))
    assert (removal.entries, removal.files, removal.freed) == (1, result.files_removed, result.freed)


def test_what_was_removed_is_recorded_when_nobody_listens_any_more(cache: Cache) -> None:
    workspace = workspace_of(cache)
    steps = workspace.remove(workspace.plan_entries([(entry, ("marked",)) for entry in workspace.snapshot.entries]))
    next(steps)
    del steps
    (removal,) = workspace.upkeep()[cache.root.path].removals
    assert (removal.entries, removal.rules) == (1, ())


def test_where_nothing_was_removed_nothing_is_recorded(cache: Cache) -> None:
    workspace = workspace_of(cache)
    plan = workspace.plan([rules.older(30 * DAY)])
    list(workspace.remove(plan, stop=lambda: True))
    list(workspace_of(cache, remember=False).remove(plan))
    assert workspace.upkeep()[cache.root.path].removals == ()
