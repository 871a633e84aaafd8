from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.demo import formats
from pipcache_tui.remove import execute
from pipcache_tui.remove.execute import carry_out
from pipcache_tui.remove.running_pip_policy import YOUNG, RunningPipPolicy, why_left_to_pips
from pipcache_tui.remove.running_pips import RunningPip
from pipcache_tui.remove.steps import RemovalResult, RemovalStep, Waiting
from tests.faults.system import watched
from tests.support.small_caches import DAY, IMMUTABLE, NOW, Cache, files

PIP = RunningPip(7, "pip install six")
OTHER = RunningPip(8, "pip install numpy")
LEFT = "; left alone for the running pip (pid 7: pip install six)"


@dataclass
class World:
    """A clock that only sleeping moves, and pips that run for a while."""

    ends: dict[RunningPip, float] = field(default_factory=dict)
    starts: dict[RunningPip, float] = field(default_factory=dict)
    time: float = 0.0
    looks: int = 0

    def look(self) -> Sequence[RunningPip]:
        self.looks += 1
        return [pip for pip, end in self.ends.items() if self.starts.get(pip, 0) <= self.time < end]

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def policy(self, *, wait: float = 0.0, force: bool = False) -> RunningPipPolicy:
        return RunningPipPolicy(wait, force, self.look, now=lambda: NOW, clock=lambda: self.time, sleep=self.sleep)


def busy() -> World:
    """A pip that never ends."""
    return World({PIP: float("inf")})


def carried_out(cache: Cache, policy: RunningPipPolicy) -> tuple[list[RemovalStep], RemovalResult]:
    steps = list(carry_out(cache.plan(), policy))
    return steps, RemovalResult.of(steps)


# --- waiting ---------------------------------------------------------------------------------------------


def test_waits_until_pip_ends(cache: Cache) -> None:
    cache.fill()
    world = World({PIP: 20.2, OTHER: 5.0})
    steps, result = carried_out(cache, world.policy(wait=60))
    waits = [step for step in steps if isinstance(step, Waiting)]
    assert waits[0] == Waiting((PIP, OTHER), 60.0)
    assert waits[-1].pips == (PIP,)
    assert 20 <= world.time <= 21
    assert not result.skipped
    assert steps[len(waits) :] == [step for step in steps if not isinstance(step, Waiting)], "waits come first"


def test_goes_on_around_a_pip_that_does_not_end(cache: Cache) -> None:
    page, wheel = cache.page("six"), cache.pair("seven")
    world = busy()
    _, result = carried_out(cache, world.policy(wait=60))
    assert 60 <= world.time <= 62
    assert [removed.planned.files[0].path for removed in result.removed] == [wheel]
    assert files(cache.folder) == {page, f"{page}.body"}


def test_force_neither_waits_nor_looks(cache: Cache) -> None:
    cache.page("six", days=0)
    world = busy()
    steps, result = carried_out(cache, world.policy(wait=60, force=True))
    assert (world.time, world.looks) == (0.0, 0)
    assert len(steps) == len(result.removed) == 1


def test_stopped_while_waiting(cache: Cache) -> None:
    cache.pair("six")
    world = busy()
    steps = list(carry_out(cache.plan(), world.policy(wait=60), stop=lambda: world.time > 3))
    assert world.time < 5
    assert not RemovalResult.of(steps).removed
    assert len(files(cache.folder)) == 2


def test_nothing_planned_waits_for_nobody(cache: Cache) -> None:
    cache.temporary("young", days=0)
    assert list(carry_out(cache.plan(), busy().policy(wait=60))) == []


# --- what is left to a pip at work -----------------------------------------------------------------------


def test_left_alone_while_a_pip_is_at_work(cache: Cache) -> None:
    left = {
        cache.page("six"): f"pip may be asking the server about this page{LEFT}",
        cache.pair("young", days=(YOUNG - 30) / DAY): f"written in the last 10 minutes{LEFT}",
        cache.built("built", "1.0")[0]: f"pip may have chosen it already{LEFT}",
        cache.download("fabric"): f"pip may have chosen it already{LEFT}",
        cache.pair("asked", headers={**IMMUTABLE, "Cache-Control": "max-age=60"}): (
            f"pip may be asking the server about it{LEFT}"
        ),
        cache.single("asked", headers={**IMMUTABLE, "Cache-Control": "max-age=60"}): (
            f"pip may be asking the server about it{LEFT}"
        ),
    }
    goes = {
        cache.pair("fresh", days=YOUNG / DAY),
        cache.single("old"),
        cache.selfcheck("/usr"),
        cache.temporary("cut"),
        cache.pair("useless", headers={"Date": IMMUTABLE["Date"]}),
    }
    _, result = carried_out(cache, busy().policy())
    assert {skipped.planned.files[0].path: skipped.why for skipped in result.skipped} == left
    assert {removed.planned.files[0].path for removed in result.removed} == goes


def test_what_was_not_read_is_left_while_a_pip_is_at_work(cache: Cache) -> None:
    """A pip may start after the scan: what is known by its name alone may be a page that it asks about."""
    cache.page("six")
    cache.single("old")
    cache.pair("fresh", days=YOUNG / DAY)
    entries = take_snapshot([cache.root], names_only=True).entries
    assert len(entries) == 3
    for entry in entries:
        assert why_left_to_pips(entry, [PIP], NOW) == f"pip may be asking the server about it{LEFT}"


def test_fresh_for_less_than_it_takes_is_left(cache: Cache) -> None:
    """It turns stale while pip runs, and then pip asks the server about it."""
    date = formats.http_date(NOW - 3000)
    left = cache.pair("soon", headers={**IMMUTABLE, "Date": date, "Cache-Control": "max-age=3300"})
    goes = cache.pair("later", headers={**IMMUTABLE, "Date": date, "Cache-Control": "max-age=7000"})
    _, result = carried_out(cache, busy().policy())
    assert [skipped.planned.files[0].path for skipped in result.skipped] == [left]
    assert [removed.planned.files[0].path for removed in result.removed] == [goes]


def test_two_pips_are_named_as_one_and_a_number(cache: Cache) -> None:
    cache.page("six")
    _, result = carried_out(cache, World({PIP: 1e9, OTHER: 1e9}).policy())
    assert result.skipped[0].why.endswith("(pid 7: pip install six and 1 other)")


def test_all_goes_where_no_pip_runs(cache: Cache) -> None:
    cache.fill()
    cache.pair("young", days=0)
    cache.page("young", days=0)
    cache.built("young", "1.0", days=0)
    _, result = carried_out(cache, World().policy())
    assert not result.skipped


def test_pip_that_starts_meanwhile_is_seen(cache: Cache) -> None:
    """Looked for a few times a second; here each look takes time as an entry's removal does."""
    for number in range(8):
        cache.page(f"page{number}")
    world = World({PIP: 1e9}, starts={PIP: 1.0})
    steps = []
    for step in carry_out(cache.plan(), world.policy()):
        steps.append(step)
        world.time += 0.25
    result = RemovalResult.of(steps)
    assert len(result.removed) == 4
    assert len(result.skipped) == 4


def test_folders_of_wheels_stay_for_a_pip_that_may_build(cache: Cache) -> None:
    """A pip makes the folder first and moves its wheel there when it is built."""
    (wheel,) = cache.built("six", "1.0")
    world = World({PIP: 1e9}, starts={PIP: 1.0})
    steps = carry_out(cache.plan(), world.policy())
    next(steps)
    world.time = 2.0
    assert list(steps) == []
    assert (cache.folder / wheel).parent.is_dir()
    assert not files(cache.folder)


def test_folder_in_which_a_pip_builds_stays(cache: Cache) -> None:
    (wheel,) = cache.built("six", "1.0")
    plan = cache.plan()
    build = (cache.folder / wheel).parent / "tmpab12_xyz"
    build.mkdir()
    assert len(RemovalResult.of(carry_out(plan, World().policy())).removed) == 1
    assert build.is_dir()


# --- pairs, from under a pip that reads them -------------------------------------------------------------


def test_reader_finds_its_body_until_no_reader_can_be_left(cache: Cache, way: str) -> None:
    """pip reads the metadata, then asks whether both files are there, then opens the body."""
    path = cache.pair("six")
    metadata, body = cache.folder / path, cache.folder / f"{path}.body"
    content = body.read_bytes()
    world, seen = busy(), []

    def reader(seconds: float) -> None:
        seen.append((metadata.read_bytes(), body.read_bytes()))
        world.time += seconds

    policy = RunningPipPolicy(0, False, world.look, now=lambda: NOW, clock=lambda: world.time, sleep=reader)
    blocks = metadata.stat().st_blocks * 512 + body.stat().st_blocks * 512
    result = RemovalResult.of(carry_out(cache.plan(), policy))
    assert seen == [(b"", content)], "empty metadata is a miss for every pip, and the body is still there"
    assert (result.files_removed, result.freed) == (2, blocks)
    assert not files(cache.folder)


def test_many_pairs_wait_together(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "_BLANKED_AT_ONCE", 4)
    for number in range(10):
        cache.pair(f"wheel{number}")
    world = busy()
    _, result = carried_out(cache, world.policy())
    assert len(result.removed) == 10
    assert world.time == 3.0, "ten pairs, four at a time, a second each"
    assert not files(cache.folder)


@pytest.mark.parametrize("half", ["", ".body"])
def test_a_pair_that_pip_stores_again_meanwhile_stays(cache: Cache, way: str, half: str) -> None:
    path = cache.pair("six")
    world = busy()

    def pip_writes(seconds: float) -> None:
        target = cache.folder / f"{path}{half}"
        target.with_suffix(".new").write_bytes(b"anew")
        target.with_suffix(".new").replace(target)

    policy = RunningPipPolicy(0, False, world.look, now=lambda: NOW, clock=lambda: world.time, sleep=pip_writes)
    result = RemovalResult.of(carry_out(cache.plan(), policy))
    (skipped,) = result.skipped
    assert skipped.why.startswith("changed since: ")
    assert (cache.folder / f"{path}{half}").read_bytes() == b"anew"


def test_pair_that_is_gone_meanwhile(cache: Cache, way: str) -> None:
    path = cache.pair("six")
    world = busy()

    def another_removes(seconds: float) -> None:
        (cache.folder / path).unlink()
        (cache.folder / f"{path}.body").unlink()

    policy = RunningPipPolicy(0, False, world.look, now=lambda: NOW, clock=lambda: world.time, sleep=another_removes)
    assert len(RemovalResult.of(carry_out(cache.plan(), policy)).removed) == 1


def test_keyboard_interrupt_at_every_call_leaves_no_half(tmp_path: Path, way: str) -> None:
    for moment in ("before", "after"):
        number, calls = 0, 1
        while number < calls:
            cache = Cache(tmp_path / f"{moment}{number}")
            cache.pair("six")
            cache.pair("seven")

            def interrupt(at: int, name: str, wanted: int = number) -> None:
                if at == wanted:
                    raise KeyboardInterrupt

            plan = cache.plan()
            steps: list[RemovalStep] = []
            with watched(**{moment: interrupt}) as system:
                try:
                    for step in carry_out(plan, busy().policy()):
                        steps.append(step)
                except KeyboardInterrupt:
                    pass
            result = RemovalResult.of(steps)
            left = files(cache.folder)
            assert len(left) + result.files_removed == 4, (moment, number, system.made)
            assert len(left) % 2 == 0
            assert not any(os.path.getsize(cache.folder / path) == 0 for path in left)
            calls = max(calls, len(system.made) + 1)
            number += 1
        assert number > 30


def test_listener_that_leaves_leaves_no_half(cache: Cache) -> None:
    for number in range(3):
        cache.pair(f"wheel{number}")
    world = busy()
    waits = 0

    def sleep(seconds: float) -> None:
        nonlocal waits
        waits += 1

    policy = RunningPipPolicy(0, False, world.look, now=lambda: NOW, clock=lambda: world.time, sleep=sleep)
    steps = carry_out(cache.plan(), policy)
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert not files(cache.folder), "all three had been begun"


def test_empty_file_belongs_to_the_owner_of_the_cache(cache: Cache) -> None:
    """Under sudo nothing of root's is left behind, even when this is killed at the worst moment."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a cache that is another's")
    path = cache.pair("six")
    for name in files(cache.folder):
        os.chown(cache.folder / name, 4242, 4243)
    owners = []

    def look(seconds: float) -> None:
        status = (cache.folder / path).stat()
        owners.append((status.st_uid, status.st_gid))

    carried_out(cache, RunningPipPolicy(0, False, busy().look, now=lambda: NOW, clock=lambda: 0.0, sleep=look))
    assert owners == [(4242, 4243)]


def test_a_pip_that_starts_during_the_last_entry_keeps_the_folders_of_wheels(cache: Cache) -> None:
    """The last look is never one from a moment ago."""
    (wheel,) = cache.built("six", "1.0")
    world = World({PIP: 1e9})
    looks: list[Sequence[RunningPip]] = [()]  # at first there is no pip

    def look() -> Sequence[RunningPip]:
        return looks.pop() if looks else world.look()

    policy = RunningPipPolicy(0, False, look, now=lambda: NOW, clock=lambda: 0.0, sleep=world.sleep)
    assert len(RemovalResult.of(carry_out(cache.plan(), policy)).removed) == 1
    assert not files(cache.folder)
    assert (cache.folder / wheel).parent.is_dir()


def test_a_pip_that_starts_between_two_looks_at_one_entry_keeps_its_body_readable(cache: Cache) -> None:
    cache.pair("six")
    time = 0.0
    looks: list[Sequence[RunningPip]] = [(), ()]
    slept: list[float] = []

    def look() -> Sequence[RunningPip]:
        return looks.pop() if looks else (PIP,)

    def clock() -> float:
        nonlocal time
        time += 0.3  # so that each question is a new look
        return time

    policy = RunningPipPolicy(0, False, look, now=lambda: NOW, clock=clock, sleep=slept.append)
    result = RemovalResult.of(carry_out(cache.plan(), policy))
    assert (len(result.removed), slept) == (1, [1.0]), "its readers got a second"


def test_a_pair_whose_body_changed_keeps_its_metadata_under_a_running_pip(cache: Cache, way: str) -> None:
    path = cache.pair("six")
    plan = cache.plan()
    (cache.folder / f"{path}.body").write_bytes(b"another")
    before = (cache.folder / path).read_bytes()
    result = RemovalResult.of(carry_out(plan, busy().policy()))
    assert [skipped.why for skipped in result.skipped] == ["changed since: it was written to"]
    assert (cache.folder / path).read_bytes() == before
