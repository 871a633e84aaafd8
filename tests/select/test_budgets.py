"""Budgets: what goes first, when it is enough, what counts; and all rules together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipcache_tui.cache.disk.machine import DiskSpace
from pipcache_tui.cache.model import Entry
from pipcache_tui.quantities import Share, parse_share
from pipcache_tui.select import rules
from pipcache_tui.select.budgets import MaxSize, MinFree, choose_all, free, max_size, min_free
from pipcache_tui.select.judge import Judge
from pipcache_tui.select.rule import Rule, RuleError
from tests.support.entries import (
    ALWAYS,
    DAILY,
    DAY,
    NEVER,
    NOW,
    OTHER_ROOT,
    entry_lists,
    judges_of,
    make_entry,
    make_judge,
    make_python,
    wheel,
)

BLOCK = 4096


def aged(number: int, days: float, blocks: int = 1, **fields: Any) -> Entry:
    """A fresh wheel last read so many days ago, which takes so many blocks of 4096 bytes."""
    used = NOW - days * DAY
    return wheel(number, f"p{number}", "1.0", size=blocks * BLOCK, stored=NOW - 500 * DAY, used=used, **fields)


def built(number: int, days: float, blocks: int = 1) -> Entry:
    return aged(number, days, blocks, kind="built-wheel", store="wheels")


def chosen(rule: Rule, entries: Sequence[Entry], judge: Judge | None = None) -> list[Entry]:
    return [entry for entry, _ in rule.choose(entries, judge or make_judge(entries))]


def judge_with(entries: Sequence[Entry], total: int, free: int) -> Judge:
    """A judge of a machine whose disks have so many bytes in all and free."""
    return make_judge(entries, disk_space=lambda _: DiskSpace(total, free))


def test_the_least_recently_used_goes_first_and_no_more_than_needed() -> None:
    entries = [aged(1, 10, 2), aged(2, 30, 2), aged(3, 20, 2)]
    assert chosen(max_size(6 * BLOCK), entries) == []
    assert chosen(max_size(6 * BLOCK - 1), entries) == [entries[1]]
    assert chosen(max_size(4 * BLOCK), entries) == [entries[1]]
    assert chosen(max_size(2 * BLOCK), entries) == [entries[1], entries[2]]
    assert chosen(max_size(0), entries) == [entries[1], entries[2], entries[0]]


def test_what_is_of_no_use_goes_first_and_what_must_be_compiled_last() -> None:
    dead = aged(1, 1, store="http")
    half = make_entry(2, "orphan", response=None, size=BLOCK, used=NOW)
    entries = [built(3, 900), aged(4, 5), aged(5, 400), half, dead, built(6, 2)]
    assert chosen(max_size(0), entries) == [dead, half, entries[2], entries[1], entries[0], entries[5]]


def test_what_a_python_not_found_here_built_goes_in_its_turn() -> None:
    """As cron finds few Pythons: a compile is no less than a download, and nobody knows that it will be wanted."""
    entries = [aged(1, 5), built(2, 9)._replace(tags=("cp312-cp312-linux_x86_64",)), aged(3, 20)]
    judge = make_judge(entries, pythons=[make_python("3.11.7", ["cp311-cp311-linux_x86_64"])])
    assert chosen(max_size(0), entries, judge) == [entries[2], entries[1], entries[0]]
    why = [why for entry, why in max_size(0).choose(entries, judge) if entry is entries[1]]
    assert "no Python here uses it; another would build it again" in why[0]


def test_reasons_say_what_is_lost() -> None:
    entries = [aged(1, 1, store="http"), aged(2, 5), built(3, 9)]
    assert [why for _, why in max_size(1).choose(entries, make_judge(entries))] == [
        "the cache is over 1 byte in all; pip won't use it again (last read 2027-01-14)",
        "the cache is over 1 byte in all; pip can download it again (last read 2027-01-10)",
        "the cache is over 1 byte in all; pip must build it again (last read 2027-01-06)",
    ]


def test_where_no_use_is_kept_the_time_of_storing_counts() -> None:
    entries = [
        wheel(1, "a", "1", size=BLOCK, stored=NOW - 10 * DAY, used=NOW - 90 * DAY),
        wheel(2, "b", "1", size=BLOCK, stored=NOW - 50 * DAY, used=NOW),
    ]
    judge = make_judge(entries, atimes=NEVER)
    assert list(max_size(BLOCK).choose(entries, judge)) == [
        (
            entries[1],
            "the cache is over 4.1 kB in all; pip can download it again (stored 2026-11-26)".replace("4.1 kB", "4 KiB"),
        )
    ]
    assert chosen(max_size(BLOCK), entries, make_judge(entries, atimes=DAILY)) == [entries[0]]


def test_what_takes_no_space_stays() -> None:
    empty = aged(1, 900, 0)
    entries = [empty, aged(2, 1, 3)]
    assert chosen(max_size(0), entries) == [entries[1]]


def test_a_file_with_several_names_counts_once_and_goes_with_the_last() -> None:
    twin = {"inode": 77, "links": 2}
    entries = [aged(1, 30, 5, **twin), aged(2, 10, 5, **twin), aged(3, 20, 5)]
    assert chosen(max_size(10 * BLOCK), entries) == []
    assert chosen(max_size(9 * BLOCK), entries) == [entries[0], entries[2]]
    assert chosen(max_size(4 * BLOCK), entries) == [entries[0], entries[2], entries[1]]


def test_what_must_stay_counts_but_does_not_go() -> None:
    entries, kept = [aged(1, 30, 2), aged(2, 20, 2)], [aged(3, 900, 2)]
    rule = MaxSize(4 * BLOCK)
    judge = make_judge(entries)
    assert [entry for entry, _ in rule.choose(entries, judge, staying=kept)] == [entries[0]]


@pytest.mark.parametrize(
    ("share", "count"),
    [("4096B", 0), ("4097B", 1), ("8KiB", 1), ("12KiB", 2), ("1%", 0), ("2%", 1), ("4%", 3), ("100%", 3), ("1TB", 3)],
)
def test_enough_goes_for_the_disk_to_have_so_much_free(share: str, count: int) -> None:
    entries = [aged(number, 100 - number) for number in range(3)]
    assert chosen(min_free(parse_share(share)), entries, judge_with(entries, 100 * BLOCK, BLOCK)) == entries[:count]


def test_each_disk_on_its_own() -> None:
    entries = [aged(1, 9), aged(2, 8), aged(3, 7, root=OTHER_ROOT, device=2), aged(4, 6, root=OTHER_ROOT, device=2)]
    asked = []

    def full(path: str) -> DiskSpace:
        asked.append(path)
        return DiskSpace(10**6, 0 if path == OTHER_ROOT else 10**6)

    rule = min_free(Share("1 block", size=BLOCK))
    assert chosen(rule, entries, make_judge(entries, disk_space=full)) == [entries[2]]
    assert sorted(asked) == sorted({entries[0].root, OTHER_ROOT})


def test_a_file_with_a_link_elsewhere_frees_nothing() -> None:
    entries = [aged(1, 90, 5, inode=7, links=2), aged(2, 10, 5)]
    rule = min_free(Share("", size=5 * BLOCK))
    assert chosen(rule, entries, judge_with(entries, 10**6, 0)) == [entries[1]]
    both = [aged(1, 90, 5, inode=7, links=2), aged(3, 80, 5, inode=7, links=2), aged(2, 10, 5)]
    assert chosen(rule, both, judge_with(both, 10**6, 0)) == both[:2]


def test_min_free_says_why_and_counts_what_goes_already() -> None:
    entries, going = [aged(1, 30, 2)], [aged(2, 20, 2)]
    rule = MinFree(parse_share("10%"))
    judge = judge_with(entries, 20 * BLOCK, 0)
    assert [why for _, why in rule.choose(entries, judge)] == [
        "0 B of the disk are free, not 10 %; pip can download it again (last read 2026-12-16)"
    ]
    assert list(rule.choose(entries, judge, going=going)) == []
    elsewhere = [aged(2, 20, 2, device=9)]
    assert len(list(rule.choose(entries, judge, going=elsewhere))) == 1


def test_free_takes_no_more_than_it_takes_to_give_back_that_much() -> None:
    entries = [aged(1, 10, 2), aged(2, 30, 2), aged(3, 20, 2)]
    assert chosen(free(0), entries) == []
    assert chosen(free(1), entries) == [entries[1]]
    assert chosen(free(2 * BLOCK), entries) == [entries[1]]
    assert chosen(free(2 * BLOCK + 1), entries) == [entries[1], entries[2]]
    assert chosen(free(10**12), entries) == [entries[1], entries[2], entries[0]]
    why = next(why for _, why in free(1_000_000).choose(entries, make_judge(entries)))
    assert why == "to free 1 MB; pip can download it again (last read 2026-12-16)"


def test_free_counts_what_really_comes_back() -> None:
    linked = {"inode": 7, "links": 2}
    entries = [aged(1, 90, 5, **linked), aged(2, 10, 5)]
    assert chosen(free(5 * BLOCK), entries) == [entries[1]], "the other has a link elsewhere"
    both = [aged(1, 90, 5, **linked), aged(3, 80, 5, **linked), aged(2, 10, 5)]
    assert chosen(free(5 * BLOCK), both) == both[:2]
    judge = make_judge(both)
    assert [entry for entry, _ in free(5 * BLOCK).choose(both[1:], judge, going=both[:1])] == [both[1]]
    assert list(free(5 * BLOCK).choose(both[2:], judge, going=both[:2])) == []
    assert free(1).why_nothing([aged(1, 9, 0)], judge) == "no entry gives space back"


def test_a_disk_that_says_nothing_is_a_one_line_error() -> None:
    def broken(path: str) -> DiskSpace:
        raise FileNotFoundError(2, "No such file or directory")

    with pytest.raises(RuleError, match=r"free space of the disk of /home/\S+ is not known: no such file or directory"):
        list(min_free(parse_share("1GB")).choose([aged(1, 1)], make_judge(disk_space=broken)))


# --- the definitions -------------------------------------------------------------------------------------


def naive_order(entries: Sequence[Entry], judge: Judge) -> list[Entry]:
    """Of no use, then downloads, then builds; in each the least recently used first."""
    useless = [e for e in entries if judge.forecast(e).pip_will in ("never-read", "download-again")]
    downloads = [e for e in entries if e not in useless and e.kind != "built-wheel"]
    builds = [e for e in entries if e not in useless and e.kind == "built-wheel"]
    return [e for part in (useless, downloads, builds) for e in sorted(part, key=lambda e: (e.used, e.key))]


@given(st.data(), st.integers(0, 10**10) | st.sampled_from([0, BLOCK, 10 * BLOCK]))
def test_max_size_takes_the_shortest_start_of_the_order_that_fits(data: st.DataObject, budget: int) -> None:
    entries = data.draw(entry_lists())
    judge = data.draw(judges_of(entries))
    going: list[Entry] = []
    for entry in naive_order(entries, judge):
        if sum(e.size_on_disk for e in entries if e not in going) <= budget:
            break
        if entry.size_on_disk:
            going.append(entry)
    assert chosen(max_size(budget), entries, judge) == going


@given(st.data(), st.integers(0, 10**10), st.integers(0, 10**10))
def test_min_free_takes_the_shortest_start_that_frees_enough(data: st.DataObject, wanted: int, free: int) -> None:
    entries = data.draw(entry_lists())
    judge = data.draw(judges_of(entries, disk_space=lambda _: DiskSpace(10**11, free)))
    going: list[Entry] = []
    for entry in naive_order(entries, judge):
        if free + sum(e.size_on_disk for e in going) >= wanted:
            break
        if entry.size_on_disk:
            going.append(entry)
    assert chosen(min_free(Share("", size=wanted)), entries, judge) == going


@given(st.data(), st.integers(0, 10**10) | st.sampled_from([0, BLOCK, 10 * BLOCK]))
def test_free_takes_the_shortest_start_of_the_order_that_frees_enough(data: st.DataObject, wanted: int) -> None:
    entries = data.draw(entry_lists())
    judge = data.draw(judges_of(entries))
    already = entries[::4]
    open_ = [entry for entry in entries if entry not in already]
    going: list[Entry] = []
    for entry in naive_order(open_, judge):
        if sum(e.size_on_disk for e in (*already, *going)) >= wanted:
            break
        if entry.size_on_disk:
            going.append(entry)
    assert [entry for entry, _ in free(wanted).choose(open_, judge, going=already)] == going


# --- together --------------------------------------------------------------------------------------------


def test_an_entry_chosen_twice_has_both_reasons() -> None:
    entry = aged(1, 90, 3)
    found = choose_all([rules.larger(1), rules.older(DAY), rules.larger(1)], [entry], make_judge([entry]))
    assert found == {
        entry.key: (entry, ["larger than 1 byte (12.3 kB)", "older than 1 day (stored 2025-09-02)"]),
    }


def test_a_budget_counts_what_other_rules_take() -> None:
    entries = [aged(1, 30, 1), aged(2, 20, 1), aged(3, 10, 8)]
    for order in (1, -1):
        asked = [max_size(2 * BLOCK), rules.larger(5 * BLOCK)][::order]
        assert list(choose_all(asked, entries, make_judge(entries))) == [entries[2].key]
    asked = [min_free(Share("", size=8 * BLOCK)), rules.larger(5 * BLOCK)]
    assert list(choose_all(asked, entries, judge_with(entries, 10**9, 0))) == [entries[2].key]


def test_free_counts_what_other_rules_free() -> None:
    entries = [aged(1, 30, 1), aged(2, 20, 1), aged(3, 10, 8)]
    together = choose_all([free(9 * BLOCK), rules.larger(5 * BLOCK)], entries, make_judge(entries))
    assert list(together) == [entries[2].key, entries[0].key]


def test_a_budget_does_not_count_on_what_may_not_go() -> None:
    entries = [aged(1, 30, 4), aged(2, 20, 4), aged(3, 10, 4)]
    found = choose_all(
        [rules.larger(1), max_size(8 * BLOCK)], entries[:1], make_judge(entries), may_go=lambda e: e is not entries[0]
    )
    assert list(found) == [entries[0].key]  # chosen, so that it can be said why it stays
    left = choose_all([max_size(8 * BLOCK)], entries, make_judge(entries), may_go=lambda e: e is not entries[0])
    assert list(left) == [entries[1].key]


@given(st.data(), st.integers(0, 10**9))
def test_after_all_rules_the_budget_holds_for_what_may_go(data: st.DataObject, budget: int) -> None:
    entries = data.draw(entry_lists())
    judge = make_judge(entries, atimes=ALWAYS)
    kept = {entry.key for entry in entries[::3]}
    found = choose_all(
        [max_size(budget), rules.older(30 * DAY)], entries, judge, may_go=lambda entry: entry.key not in kept
    )
    going = {key for key in found if key not in kept}
    stays = sum(entry.size_on_disk for entry in entries if entry.key not in going)
    unavoidable = sum(entry.size_on_disk for entry in entries if entry.key in kept)
    assert stays <= max(budget, unavoidable)
    old = {entry.key for entry in entries if judge.age(entry) > 30 * DAY}
    assert old <= set(found)
    # nothing goes for the budget once it holds: without the last choice it would not
    for_budget = [entry for entry, why in found.values() if entry.key not in old]
    if for_budget:
        assert stays + for_budget[-1].size_on_disk > budget
