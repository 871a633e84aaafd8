"""Every call of a removal made to fail, with every error a file system has: the rest is done, nothing else is lost."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pipcache_tui.cache.model import Root
from pipcache_tui.remove.execute import carry_out
from pipcache_tui.remove.guard import GuardError, check_root
from pipcache_tui.remove.running_pip_policy import RunningPipPolicy
from pipcache_tui.remove.running_pips import RunningPip
from pipcache_tui.remove.steps import RemovalResult
from pipcache_tui.remove.unlink import words_for
from tests.conftest import Figure
from tests.faults.system import watched, watched_guard
from tests.support.small_caches import ALONE, NOW, Cache, files, planned_files, tree

ERRORS = (
    errno.EACCES,
    errno.EIO,
    errno.ENOSPC,
    errno.ENOENT,
    errno.EBUSY,
    errno.ESTALE,
    errno.EMFILE,
    errno.EROFS,
    errno.ENOTDIR,
)
#: enough for the way that systems without descriptors of folders take: each kind of answer once
BY_PATH = (errno.EACCES, errno.EIO, errno.ENOENT, errno.ENOTDIR)
#: as though a pip were at work for ever, and time cost nothing
AROUND_PIPS = RunningPipPolicy(
    0, False, lambda: (RunningPip(7, "pip install six"),), now=lambda: NOW, clock=lambda: 0.0, sleep=lambda _: None
)
POLICIES = {"alone": ALONE, "around pips": AROUND_PIPS}


def fill(folder: Path) -> Cache:
    """Some of each layout, all of which may go while a pip is at work, but for the built wheels."""
    cache = Cache(folder)
    cache.folder.mkdir()
    cache.pair("six")
    cache.lock("locked", "host.1-23")
    cache.built("two", "1.0", "2.0")
    cache.selfcheck("/usr")
    cache.write("mine.txt", b"someone's own")
    cache.write("http-v2/notes.txt", b"someone's own")
    return cache


def check_line(line: str, root: Path) -> None:
    """One line that says where and what, in words."""
    assert line.startswith(f"{root}"), line
    assert "\n" not in line
    assert "Errno" not in line
    assert line.rpartition(": ")[2] in {words_for(OSError(number, "")) for number in ERRORS}, line


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_one_call_fails(tmp_path: Path, way: str, policy: RunningPipPolicy, figure: Figure) -> None:
    tried = 0
    for number in ERRORS if way == "by descriptor" else BY_PATH:
        at, calls = 0, 1
        while at < calls:
            cache = fill(tmp_path / f"{number}-{at}")
            calls = max(calls, _one_call_fails(cache, policy, number, at))
            at += 1
        assert at > 40, "every call was reached"
        tried += at
    figure(f"{tried} calls failed in turn: one entry not removed at the most, with its line, and nothing else lost")


def _one_call_fails(cache: Cache, policy: RunningPipPolicy, number: int, at: int) -> int:
    """How many calls were made in all."""
    plan = cache.plan()
    before = tree(cache.folder)

    def fail(index: int, name: str) -> None:
        if index == at:
            raise OSError(number, os.strerror(number))

    with watched(fail) as system:
        result = RemovalResult.of(carry_out(plan, policy))
    case = f"{errno.errorcode[number]} from call {at}, {system.made[at]}"
    after = tree(cache.folder)
    gone = {path for path, (kind, _) in before.items() if kind == "file"} - after.keys()
    assert gone <= planned_files(plan), case
    assert 0 <= result.files_removed - len(gone) <= emptied(cache), case
    assert all(before[path] == content for path, content in after.items() if path in before and content[1]), case
    outcomes = len(result.removed) + len(result.skipped) + len(result.failed)
    assert outcomes == len(plan.entries), case
    unhurt = [skipped for skipped in result.skipped if "running pip" in skipped.why]
    assert len(result.failed) + len(result.skipped) - len(unhurt) <= 1, f"{case}: the rest is done"
    for failed in result.failed:
        check_line(failed.error, cache.folder)
        assert number != errno.ENOENT, f"{case}: what is not there is no failure"
    for remark in result.remarks:
        check_line(remark, cache.folder)
    again = RemovalResult.of(carry_out(cache.plan(), ALONE))
    assert not again.failed, case
    assert files(cache.folder) <= {"mine.txt", "http-v2/notes.txt"} | young(cache), f"{case}: what is left can go"
    return len(system.made)


def emptied(cache: Cache) -> int:
    """Metadata emptied under a running pip that could not be taken away then: no pip reads it, a scan shows it."""
    return sum(
        not (cache.folder / path).stat().st_size
        for path in files(cache.folder)
        if path.startswith("http-v2/") and len(path) == len("http-v2/0/1/2/3/4/") + 56
    )


def young(cache: Cache) -> set[str]:
    """Temporary names this left: they go when they are hours old."""
    return {path for path in files(cache.folder) if path.endswith(".tmp")}


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EIO], ids=lambda number: errno.errorcode[number])
@pytest.mark.parametrize("call", ["open", "stat", "unlink", "rmdir"])
def test_every_such_call_fails(tmp_path: Path, call: str, number: int) -> None:
    """As on a file system mounted read-only, or a disk that is dying."""
    cache = fill(tmp_path / "pip")
    plan = cache.plan()
    before = files(cache.folder)

    def fail(_: int, name: str) -> None:
        if name == call:
            raise OSError(number, os.strerror(number))

    with watched(fail):
        result = RemovalResult.of(carry_out(plan, ALONE))
    if call == "rmdir":
        assert len(result.removed) == len(plan.entries)
        (remark,) = result.remarks
        check_line(remark, cache.folder)
    else:
        assert len(result.failed) == len(plan.entries)
        assert files(cache.folder) == before
        for failed in result.failed:
            check_line(failed.error, cache.folder)


@pytest.mark.parametrize("number", ERRORS, ids=lambda number: errno.errorcode[number])
def test_guard_whose_call_fails_lets_nothing_pass_that_it_did_not_see(tmp_path: Path, number: int) -> None:
    cache = fill(tmp_path / "pip")
    stranger = tmp_path / "stranger"
    (stranger / "http").mkdir(parents=True)
    (stranger / "http" / "client.py").write_bytes(b"")
    with watched_guard(lambda index, name: None) as system:
        whole = check_root(cache.root)
    assert len(system.made) > 20
    for at in range(len(system.made)):

        def fail(index: int, name: str, wanted: int = at) -> None:
            if index == wanted:
                raise OSError(number, os.strerror(number))

        with watched_guard(fail):
            try:
                assert check_root(cache.root) <= whole
            except GuardError as error:
                assert "\n" not in str(error)
        with watched_guard(fail), pytest.raises(GuardError):
            check_root(Root(str(stranger), "--cache-dir", True))


def test_full_disk_under_a_running_pip(tmp_path: Path) -> None:
    """No room for the empty file that goes in the metadata's place: the pair stays as it is."""
    cache = fill(tmp_path / "pip")
    before = tree(cache.folder)
    pair = [path for path in files(cache.folder) if path.startswith("http-v2/") and len(path) > 60]

    def fail(_: int, name: str) -> None:
        if name == "rename":
            raise OSError(errno.ENOSPC, "full")

    with watched(fail):
        result = RemovalResult.of(carry_out(cache.plan(), AROUND_PIPS))
    (failed,) = result.failed
    assert failed.error.endswith(": no space left, not even to delete")
    after = tree(cache.folder)
    assert all(after[path] == before[path] for path in pair)
    assert not young(cache)
