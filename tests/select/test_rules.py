"""Each rule against its definition, written again naively; the reasons it gives; when it refuses."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipcache_tui.cache.model import Entry
from pipcache_tui.quantities import parse_size, parse_span
from pipcache_tui.select import rules
from pipcache_tui.select.expression import parse_filter
from pipcache_tui.select.judge import Judge
from pipcache_tui.select.rule import Rule, RuleError
from tests.support.entries import (
    ALWAYS,
    DAILY,
    DAY,
    NEVER,
    NOW,
    OTHER_ROOT,
    PYTHONS,
    ages,
    entry_lists,
    judges_of,
    make_entry,
    make_judge,
    sizes,
    wheel,
)


def chosen(rule: Rule, entries: Sequence[Entry], judge: Judge | None = None) -> list[Entry]:
    return [entry for entry, _ in rule.choose(entries, judge or make_judge(entries))]


def reason(rule: Rule, entry: Entry, *others: Entry, judge: Judge | None = None) -> str:
    found = rule.choose([entry, *others], judge or make_judge([entry, *others]))
    return next(why for chosen_entry, why in found if chosen_entry is entry)


# --- the words -------------------------------------------------------------------------------------------


def test_reasons_hold_the_fact_they_rest_on() -> None:
    old = make_entry(1, stored=NOW - 40 * DAY, used=NOW - 35 * DAY, size=2_000_000)
    assert reason(rules.older(30 * DAY), old) == "older than 30 days (stored 2026-12-06)"
    assert reason(rules.older(parse_span("2027-01-01", NOW)), old) == "older than 2027-01-01 (stored 2026-12-06)"
    asked_again = make_entry(1, stored=NOW - 400 * DAY, validated=NOW - 40 * DAY)
    assert reason(rules.older(30 * DAY), asked_again) == "older than 30 days (last validated 2026-12-06)"
    assert reason(rules.unused(parse_span("30d", NOW)), old) == "unused for 30 days (last read 2026-12-11)"
    assert reason(rules.unused(parse_span("2027-01-01", NOW)), old) == "unused since 2027-01-01 (last read 2026-12-11)"
    assert reason(rules.larger(parse_size("1.5MB")), old) == "larger than 1.5 MB (2.0 MB)"
    leftover = make_entry(1, "leftover")
    assert reason(rules.stale(), leftover) == f"stale: {make_judge().forecast(leftover).why}"
    assert reason(rules.superseded(), wheel(1, "six", "1.0"), wheel(2, "six", "1.1")) == "superseded by six 1.1"
    assert reason(rules.orphans(), make_entry(1, "orphan")) == "half of a pair, whose other half is missing"
    assert reason(rules.orphans(), make_entry(1, "leftover")) == "left behind by a pip that was stopped"
    assert reason(rules.everything(), old) == "everything goes"
    assert (
        reason(rules.matching(parse_filter("kind=wheel size>1MB")), old) == "matches: kind is wheel and size over 1 MB"
    )
    assert reason(rules.corrupt({old.key: "sha256 differs"}), old) == "sha256 differs"
    nowhere = wheel(1, "p", "1", ("cp36-cp36m-win32",))
    assert "accepts cp36-cp36m-win32" in reason(
        rules.incompatible(), nowhere, judge=make_judge([nowhere], pythons=PYTHONS)
    )


# --- refusals --------------------------------------------------------------------------------------------


def test_unused_refuses_where_the_mount_keeps_no_times_of_use() -> None:
    entries = [make_entry(1), make_entry(2, root=OTHER_ROOT)]
    judge = make_judge(entries, atimes=lambda root: NEVER if root == OTHER_ROOT else ALWAYS)
    with pytest.raises(RuleError, match=r"not known in /srv/pip cache: / is mounted noatime.*--prune-older"):
        rules.unused(DAY).choose(entries, judge)
    assert list(rules.unused(DAY).choose(entries[:1], judge)) == []


def test_unused_adds_a_day_where_the_mount_blurs_it() -> None:
    entry = make_entry(1, used=NOW - 30.5 * DAY)
    assert chosen(rules.unused(30 * DAY), [entry], make_judge([entry])) == [entry]
    assert chosen(rules.unused(30 * DAY), [entry], make_judge([entry], atimes=DAILY)) == []
    older = make_entry(1, used=NOW - 31.5 * DAY)
    assert chosen(rules.unused(30 * DAY), [older], make_judge([older], atimes=DAILY)) == [older]


def test_incompatible_refuses_without_pythons() -> None:
    with pytest.raises(RuleError, match="name one: --python PATH"):
        rules.incompatible().choose([], make_judge())


@pytest.mark.parametrize("make", [rules.older, rules.unused])
def test_a_time_to_come_is_refused(make: Callable[[object], Rule]) -> None:
    with pytest.raises(RuleError, match="2099-01-01 is still to come"):
        make(parse_span("2099-01-01", NOW))
    with pytest.raises(RuleError, match="in 1d is still to come"):
        make(-DAY)


def test_keeping_none_is_refused() -> None:
    for count in (0, -1):
        with pytest.raises(RuleError, match="--purge"):
            rules.keep_latest(count)


# --- the definitions -------------------------------------------------------------------------------------


@given(st.data(), ages.filter(lambda age: age >= 0))
def test_older(data: st.DataObject, bound: float) -> None:
    entries = data.draw(entry_lists(6))
    expected = [entry for entry in entries if NOW - max(file.mtime_ns for file in entry.files) / 1e9 > bound]
    assert chosen(rules.older(bound), entries) == expected


@given(st.data(), ages.filter(lambda age: age >= 0), st.sampled_from([ALWAYS, DAILY]))
def test_unused(data: st.DataObject, bound: float, keeping: object) -> None:
    entries = data.draw(entry_lists(6))
    judge = make_judge(entries, atimes=keeping)  # type: ignore[arg-type]
    blur = DAY if keeping is DAILY else 0
    expected = [entry for entry in entries if NOW - max(file.atime_ns for file in entry.files) / 1e9 > bound + blur]
    assert chosen(rules.unused(bound), entries, judge) == expected


@given(st.data(), sizes)
def test_larger(data: st.DataObject, bound: int) -> None:
    entries = data.draw(entry_lists(6))
    expected = [entry for entry in entries if sum(file.size for file in entry.files) > bound]
    assert chosen(rules.larger(bound), entries) == expected


@given(st.data())
def test_the_rules_that_ask_the_judge(data: st.DataObject) -> None:
    entries = data.draw(entry_lists())
    judge = data.draw(judges_of(entries))
    assert chosen(rules.stale(), entries, judge) == [e for e in entries if judge.stale(e) is not None]
    assert chosen(rules.superseded(), entries, judge) == [e for e in entries if judge.superseded_by(e) is not None]
    if judge.pythons:
        nobody = [e for e in entries if judge.compatible_with(e) == ()]
        assert chosen(rules.incompatible(), entries, judge) == nobody


@given(st.data())
def test_orphans_everything_and_matching(data: st.DataObject) -> None:
    entries = data.draw(entry_lists())
    assert chosen(rules.orphans(), entries) == [e for e in entries if e.kind in ("orphan", "leftover")]
    assert chosen(rules.everything(), entries) == entries
    expression = parse_filter("kind=wheel,sdist size<1MB")
    expected = [e for e in entries if e.kind in ("wheel", "sdist") and e.size < 1_000_000]
    assert chosen(rules.matching(expression), entries) == expected
    bad = {entry.key: "bad" for entry in entries[::2]}
    assert chosen(rules.corrupt(bad), entries) == entries[::2]
