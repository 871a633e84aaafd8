"""Kills and races at random moments, of random caches: the same for the same seed.

`PIPCACHE_TRIALS` says how many of each in all; `python -m benchmarks.reliability` runs 2,000.
"""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from pipcache_tui.remove.execute import carry_out
from pipcache_tui.remove.plan import Plan
from pipcache_tui.remove.steps import RemovalResult
from tests.conftest import Figure
from tests.faults.system import watched
from tests.faults.test_errors import POLICIES, fill
from tests.faults.test_kills import check_what_is_left, killed
from tests.faults.test_races import CHANGES, Change
from tests.support.small_caches import Cache, tree

SEEDS = range(4)
TRIALS = max(1, int(os.environ.get("PIPCACHE_TRIALS", "40")) // len(SEEDS))
pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork to have a process to kill"),
    pytest.mark.timeout(3600),
]


def _cache(folder: Path, chance: random.Random) -> Cache:
    """What every fault test has, and some more."""
    cache = fill(folder)
    for number in range(chance.randrange(8)):
        chance.choice((cache.pair, cache.single, cache.page))(f"more{number}")
    for number in range(chance.randrange(3)):
        cache.built(f"built{number}", *(f"{version}.0" for version in range(1, chance.randrange(2, 4))))
    return cache


def _some(cache: Cache, chance: random.Random) -> Plan:
    """The plan of some of its entries."""
    entries = list(cache.scan().entries)
    return cache.plan(chance.sample(entries, chance.randint(1, len(entries))))


@pytest.mark.parametrize("seed", SEEDS)
def test_random_kills_lose_nothing(tmp_path: Path, seed: int, figure: Figure) -> None:
    chance = random.Random(seed)
    kills = 0
    while kills < TRIALS:
        cache = _cache(tmp_path / "pip", chance)
        moment, at = chance.choice(("before", "after")), chance.randrange(250)
        policy = chance.choice(sorted(POLICIES))
        plan = _some(cache, chance)
        before = tree(cache.folder)
        if killed(plan, POLICIES[policy], moment, at):
            check_what_is_left(cache, plan, before, f"seed {seed}, kill {kills}: {policy}, {moment} call {at}")
            kills += 1
        shutil.rmtree(cache.folder)
    figure(f"{kills} kills at random calls of random removals, nothing lost")


@pytest.mark.parametrize("seed", SEEDS)
def test_random_races_touch_nothing_outside_the_plan(tmp_path: Path, seed: int, figure: Figure) -> None:
    chance = random.Random(seed)
    for number in range(TRIALS):
        folder = tmp_path / str(number)
        folder.mkdir()
        cache = _cache(folder / "pip", chance)
        outside = folder / "outside"
        shutil.copytree(cache.folder, outside)
        plan = _some(cache, chance)
        change, at, policy = chance.choice(CHANGES), chance.randrange(60), chance.choice(sorted(POLICIES))
        theirs = tree(outside)

        def race(index: int, _name: str, at: int = at, change: Change = change, cache: Cache = cache) -> None:
            if index == at:
                change(cache.folder, cache.folder.with_name("outside"))

        with watched(race):
            result = RemovalResult.of(carry_out(plan, POLICIES[policy]))
        case = f"seed {seed}, race {number}: {change.__name__} before call {at}, {policy}"
        assert tree(outside) == theirs, f"{case}: a file outside was touched"
        assert not result.failed, case
        assert len(result.removed) + len(result.skipped) == len(plan.entries), case
        shutil.rmtree(folder)
    figure(f"{TRIALS} races at random calls of random removals, no file outside the plan touched")
