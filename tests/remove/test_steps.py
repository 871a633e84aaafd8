"""Steps of a removal summed up."""

from __future__ import annotations

from pipcache_tui.remove.steps import Failed, Remark, RemovalResult, RemovalStep, Removed, Skipped, Waiting
from tests.support.small_caches import Cache


def test_every_step_counts_whatever_comes_between(cache: Cache) -> None:
    cache.pair("six")
    (planned,) = cache.plan().entries
    steps: list[RemovalStep] = [
        Waiting((), 1.0),
        Removed(planned, 2, 100),
        Remark("a folder stayed"),
        Skipped(planned, "changed", files=1, freed=10),
        Waiting((), 1.0),
        Failed(planned, "denied", files=1, freed=1),
    ]
    result = RemovalResult.of(steps)
    assert (result.files_removed, result.freed) == (4, 111)
    assert (result.removed, result.skipped, result.failed) == ((steps[1],), (steps[3],), (steps[5],))
    assert result.remarks == ("a folder stayed",)


def test_a_step_removed_no_file_unless_it_says_so(cache: Cache) -> None:
    cache.pair("six")
    (planned,) = cache.plan().entries
    result = RemovalResult.of([Failed(planned, "denied"), Skipped(planned, "changed")])
    assert (result.files_removed, result.freed) == (0, 0)
    assert not result.skipped[0].gone
    assert not result.skipped[0].to_pips
