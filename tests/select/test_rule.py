"""What a rule that looks at each entry alone chooses, and what it says where it chooses nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipcache_tui.cache.model import Entry
from pipcache_tui.select.judge import Judge
from pipcache_tui.select.rule import EachRule, RuleError, day_of
from tests.support.entries import make_entry, make_judge

BIG, SMALL = make_entry(1, size=2_000), make_entry(2, size=10)


def large(entry: Entry, judge: Judge) -> str | None:
    return f"{entry.size} bytes" if entry.size > 1_000 else None


def test_an_entry_is_chosen_where_there_is_a_reason() -> None:
    assert list(EachRule(large).choose([SMALL, BIG, SMALL], make_judge())) == [(BIG, "2000 bytes")]


def test_a_rule_that_cannot_decide_chooses_nothing() -> None:
    def refuse(entries: Sequence[Entry], judge: Judge) -> None:
        raise RuleError(f"{len(entries)} entries without times")

    with pytest.raises(RuleError, match="2 entries without times"):
        EachRule(large, check=refuse).choose([BIG, SMALL], make_judge())


def test_why_nothing_is_chosen_is_said_only_of_a_cache_with_entries() -> None:
    rule = EachRule(large, explain=lambda entries, judge: f"{len(entries)} entries are small")
    assert rule.why_nothing([SMALL], make_judge()) == "1 entries are small"
    assert rule.why_nothing([], make_judge()) is None
    assert EachRule(large).why_nothing([SMALL], make_judge()) is None


@pytest.mark.parametrize(
    ("seconds", "day"), [(0.0, "1970-01-01"), (86_399.9, "1970-01-01"), (86_400.0, "1970-01-02"), (-1.0, "1969-12-31")]
)
def test_days_are_those_of_utc(seconds: float, day: str) -> None:
    assert day_of(seconds) == day
