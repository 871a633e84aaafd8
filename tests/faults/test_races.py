"""Another program changes the cache between any two calls of a removal: nothing outside the plan is ever touched.

Every change leads to files that look the same by name, size and time, the worst that can be done: links to them,
moves of them, folders of them. What stands under a planned name in the folder that was planned may go; nothing else.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipcache_tui.remove.execute import carry_out
from pipcache_tui.remove.guard import GuardError
from pipcache_tui.remove.plan import Plan
from pipcache_tui.remove.running_pip_policy import RunningPipPolicy
from pipcache_tui.remove.steps import RemovalResult
from tests.conftest import Figure
from tests.faults.system import watched
from tests.faults.test_errors import POLICIES, fill
from tests.support.small_caches import ALONE, Cache, files, planned_files, tree

#: takes the root and a folder outside, which holds a copy of it, times included
Change = Callable[[Path, Path], None]


def leaves(root: Path) -> Iterator[Path]:
    """The planned files that are still there."""
    return (
        path for path in sorted(root.rglob("*")) if path.is_file() and path.suffix != ".txt" and not path.is_symlink()
    )


def files_become_links(root: Path, outside: Path) -> None:
    for path in list(leaves(root)):
        path.unlink()
        path.symlink_to(outside / path.relative_to(root))


def files_become_hard_links(root: Path, outside: Path) -> None:
    for path in list(leaves(root)):
        path.unlink()
        os.link(outside / path.relative_to(root), path)


def files_become_others(root: Path, outside: Path) -> None:
    for path in list(leaves(root)):
        new = path.with_name("new.txt")
        shutil.copy2(outside / path.relative_to(root), new)
        new.replace(path)


def files_become_folders(root: Path, outside: Path) -> None:
    for path in list(leaves(root)):
        path.unlink()
        path.mkdir()
        (path / "theirs").write_bytes(b"")


def _folders_at(root: Path, depth: int) -> list[Path]:
    return [path for path in sorted(root.glob("/".join("*" * depth))) if path.is_dir() and not path.is_symlink()]


def _swap_for_links(root: Path, outside: Path, depth: int) -> None:
    for number, path in enumerate(_folders_at(root, depth)):
        path.rename(root.parent / f"moved-{depth}-{number}-{path.name}")
        path.symlink_to(outside / path.relative_to(root))


def stores_become_links(root: Path, outside: Path) -> None:
    _swap_for_links(root, outside, 1)


def folders_become_links(root: Path, outside: Path) -> None:
    _swap_for_links(root, outside, 4)


def last_folders_become_links(root: Path, outside: Path) -> None:
    _swap_for_links(root, outside, 6)
    _swap_for_links(root, outside, 5)


def root_becomes_a_link(root: Path, outside: Path) -> None:
    if not root.is_symlink():
        root.rename(root.with_name("moved"))
        root.symlink_to(outside)


def folders_become_others(root: Path, outside: Path) -> None:
    for number, path in enumerate(_folders_at(root, 3)):
        path.rename(root.parent / f"moved-{number}-{path.name}")
        shutil.copytree(outside / path.relative_to(root), path)


def all_is_gone(root: Path, outside: Path) -> None:
    for name in ("http", "http-v2", "wheels", "selfcheck"):
        shutil.rmtree(root / name, ignore_errors=True)


CHANGES: tuple[Change, ...] = (
    files_become_links,
    files_become_hard_links,
    files_become_others,
    files_become_folders,
    stores_become_links,
    folders_become_links,
    last_folders_become_links,
    root_becomes_a_link,
    folders_become_others,
    all_is_gone,
)
#: changes after which the very file that was planned may stand in the folder that was moved away
MOVES = (
    stores_become_links,
    folders_become_links,
    last_folders_become_links,
    root_becomes_a_link,
    folders_become_others,
)


def prepared(folder: Path) -> tuple[Cache, Path]:
    folder.mkdir()
    cache = fill(folder / "pip")
    outside = folder / "outside"
    shutil.copytree(cache.folder, outside)
    return cache, outside


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_changed_between_any_two_calls(tmp_path: Path, policy: RunningPipPolicy, figure: Figure) -> None:
    tried = 0
    for change in CHANGES:
        at, calls = 0, 1
        while at < calls:
            calls = max(calls, _changed_before_call(tmp_path / f"{change.__name__}-{at}", change, policy, at))
            at += 1
        assert at > 40, "every call was reached"
        tried += at
    figure(f"{tried} races, no file outside the plan touched")


def _changed_before_call(folder: Path, change: Change, policy: RunningPipPolicy, at: int) -> int:
    """How many calls were made in all."""
    cache, outside = prepared(folder)
    plan = cache.plan()
    theirs = tree(outside)

    def race(index: int, name: str) -> None:
        if index == at:
            change(cache.folder, outside)

    with watched(race) as system:
        result = RemovalResult.of(carry_out(plan, policy))
    case = f"{change.__name__} before call {at}, {system.made[at]}"
    assert tree(outside) == theirs, f"{case}: a file outside was touched"
    for name in ("mine.txt", "notes.txt"):
        left = [path for path in folder.rglob(name) if not path.is_symlink()]
        assert len(left) == 2 or (name == "notes.txt" and change is all_is_gone), case
    assert not result.failed, case
    assert len(result.removed) + len(result.skipped) == len(plan.entries), case
    return len(system.made)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_changed_between_plan_and_deed(tmp_path: Path, way: str, change: Change) -> None:
    cache, outside = prepared(tmp_path / "it")
    plan = cache.plan()
    change(cache.folder, outside)
    before = tree(tmp_path)
    try:
        result = RemovalResult.of(carry_out(plan, ALONE))
    except GuardError:
        assert tree(tmp_path) == before
        return
    gone = before.keys() - tree(tmp_path).keys()
    gone_files = {name for name in gone if before[name][0] != "folder"}
    assert len(gone_files) == result.files_removed
    assert {name.removeprefix("it/pip/") for name in gone_files} <= planned_files(plan)
    assert not result.failed
    if change not in MOVES:
        assert not gone


def test_two_removals_at_once(tmp_path: Path, figure: Figure) -> None:
    """The second does all its work between two calls of the first: together they remove everything, once."""
    at = 0
    while True:
        cache = fill(tmp_path / str(at))
        plan = cache.plan()
        second = Second(plan, at)
        with watched(second):
            first = RemovalResult.of(carry_out(plan, ALONE))
        if second.result is None:
            break
        assert first.files_removed + second.result.files_removed == plan.files, at
        assert not first.failed
        assert not second.result.failed
        assert files(cache.folder) == {"mine.txt", "http-v2/notes.txt"}
        at += 1
    assert at > 40
    figure(f"{at} pairs of removals, each file removed once")


class Second:
    """Another removal of the same plan, all of it before one call of the first."""

    def __init__(self, plan: Plan, at: int) -> None:
        self.result: RemovalResult | None = None
        self._plan = plan
        self._at = at

    def __call__(self, index: int, name: str) -> None:
        if index == self._at:
            try:
                self.result = RemovalResult.of(carry_out(self._plan, ALONE))
            except GuardError:  # the first has removed all that proved it a cache
                self.result = RemovalResult.of(())
