"""Killed before and after every call of a removal: what is left is whole or half of what was planned, and known."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from pathlib import Path

import pytest

from pipcache_tui.remove.execute import carry_out
from pipcache_tui.remove.plan import Plan
from pipcache_tui.remove.running_pip_policy import RunningPipPolicy
from pipcache_tui.remove.steps import RemovalResult
from tests.conftest import Figure
from tests.faults.system import watched
from tests.faults.test_errors import POLICIES, fill
from tests.support.small_caches import ALONE, Cache, files, planned_files, tree

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork to have a process to kill")
THEIRS = {"mine.txt", "http-v2/notes.txt"}


def killed(plan: Plan, policy: RunningPipPolicy, moment: str, at: int) -> bool:
    """Carry a plan out in a process that is killed at one call; whether it came that far."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:

        def kill(index: int, name: str) -> None:
            if index == at:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            with watched(**{moment: kill}):
                list(carry_out(plan, policy))
        finally:
            os._exit(0)
    status = os.waitpid(pid, 0)[1]
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_killed_at_every_call(tmp_path: Path, policy: RunningPipPolicy, figure: Figure) -> None:
    kills = 0
    for moment in ("before", "after"):
        for at in itertools.count():
            cache = fill(tmp_path / f"{moment}-{at}")
            plan = cache.plan()
            before = tree(cache.folder)
            if not killed(plan, policy, moment, at):
                assert at > 40, "every call was reached"
                break
            check_what_is_left(cache, plan, before, f"killed {moment} call {at}")
            kills += 1
    figure(f"{kills} kills: nothing lost that was not planned, every next scan true")


def check_what_is_left(cache: Cache, plan: Plan, before: dict[str, tuple[str, bytes]], case: str) -> None:
    after = tree(cache.folder)
    left = files(cache.folder)
    gone = {path for path, (kind, _) in before.items() if kind == "file"} - left
    assert gone <= planned_files(plan), case
    for path, (kind, content) in after.items():
        assert path not in before or before[path] == (kind, content) or not content, case
    for path in left & planned_files(plan):
        if path.startswith("http-v2/") and not path.endswith(".body") and after[path][1]:
            assert f"{path}.body" in left, f"{case}: no pip finds a body gone behind its metadata"
        if path.endswith(".whl"):
            assert path.rpartition("/")[0] + "/origin.json" in left, case
    snapshot = cache.scan()
    owned = [file.path for entry in snapshot.entries for file in entry.files]
    assert sorted(owned) == sorted(left - THEIRS), f"{case}: the next scan knows every file"
    assert not snapshot.warnings, case
    again = cache.plan()
    result = RemovalResult.of(carry_out(again, ALONE))
    assert len(result.removed) == len(again.entries), case
    assert files(cache.folder) - THEIRS <= {path for path in left if path.endswith(".tmp")}, case
