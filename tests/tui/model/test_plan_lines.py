"""The lines of the review that sum up a plan."""

from __future__ import annotations

from pipcache_tui.remove.plan import plan_of
from pipcache_tui.tui.model.plan_lines import plan_lines
from tests.support.report_entries import NOW, make_judge, make_snapshot, wheel

ENTRIES = [wheel(1, "six", "1.16"), wheel(2, "torch", "2.0"), wheel(3, "torch", "2.1")]


def lines(*keep: str) -> list[tuple[str, str]]:
    chosen = [(entry, ("chosen",)) for entry in ENTRIES]
    judge = make_judge(ENTRIES)
    return list(plan_lines(plan_of(make_snapshot(ENTRIES), chosen, judge=judge, keep=keep, now=NOW)))


def test_the_first_line_says_what_is_freed_and_each_line_has_a_sign() -> None:
    assert lines()[0][1].startswith("3 entries in 6 files: frees ")
    assert {sign for sign, _ in lines()} <= {"✓", "⚠", "·"}


def test_protected_entries_are_counted_by_their_reason() -> None:
    left_alone = [line for _, line in lines("torch*") if "left alone" in line]
    assert left_alone == ["2 entries left alone: kept: its project matches torch*"]
    assert not any("left alone" in line for _, line in lines())
