"""How the caches grew, and the record for a program."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipcache_tui.cache.memory.upkeep import DAY, RecordedRemoval, RecordedSizes, Upkeep
from pipcache_tui.cache.model import Entry, Root
from pipcache_tui.report.history import Growth, growth, history_record
from tests.support.entries import NOW, wheel
from tests.support.schemas import validator

TODAY = int(NOW // DAY)


def _entries(stored: float) -> list[Entry]:
    return [
        wheel(1, "torch", "2.0", size=5_000_000, stored=stored),
        wheel(2, "six", "1.16", size=1_000_000, stored=stored),
    ]


ROOT = _entries(NOW)[0].root


def _sizes(**by_day: int) -> Upkeep:
    return Upkeep(sizes=tuple(RecordedSizes(TODAY - int(day[1:]), {"http-v2": size}) for day, size in by_day.items()))


def test_growth_counts_from_the_first_size_of_the_last_month() -> None:
    recorded = _sizes(d40=1_000_000, d20=2_000_000, d0=8_000_000)
    assert growth({ROOT: recorded}, _entries(NOW - DAY), NOW) == Growth(float((TODAY - 20) * DAY), 6_000_000, "torch")
    found = growth({ROOT: recorded}, _entries(NOW - 30 * DAY), NOW)
    assert found is not None
    assert found.project is None, "nothing of it came since"


def test_what_was_deleted_since_the_day_began_is_taken_off() -> None:
    removal = RecordedRemoval(TODAY * DAY + 5.0, (), 1, 2, 3_000_000)
    recorded = replace(_sizes(d10=2_000_000, d0=8_000_000), removals=(removal,))
    found = growth({ROOT: recorded}, [], NOW)
    assert found is not None
    assert found.size == 3_000_000


@pytest.mark.parametrize("recorded", [_sizes(), _sizes(d0=9_000_000), _sizes(d9=9_000_000, d0=9_500_000)])
def test_no_growth_is_reported_without_an_earlier_day_or_if_small(recorded: Upkeep) -> None:
    assert growth({ROOT: recorded}, _entries(NOW), NOW) is None


def test_growth_in_words() -> None:
    since = 1_792_540_800.0  # 2026-10-21
    assert str(Growth(since, 6_100_000_000, "torch")) == "+6.1 GB since 21 October, mostly torch"
    assert str(Growth(since, -2_000_000, None)) == "-2.0 MB since 21 October"


def test_the_record_fits_its_schema() -> None:
    removal = RecordedRemoval(NOW, ("--purge",), 3, 6, 4096)
    recorded = {ROOT: replace(_sizes(d10=2_000_000, d0=8_000_000), removals=(removal,))}
    record = history_record(recorded, [Root(ROOT, "--cache-dir", True)], growth(recorded, [], NOW), ["a warning"])
    validator("history").validate(record)
    assert record["growth"] is not None
    assert record["removals"][0]["rules"] == ["--purge"]
    assert [each["size_on_disk"] for each in record["sizes"]] == [2_000_000, 8_000_000]
