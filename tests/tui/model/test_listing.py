"""Rows: grouping, sorting, opening, summing, and taking in more."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipcache_tui.cache.disk.access_times import AtimeKeeping
from pipcache_tui.cache.model import Entry
from pipcache_tui.report.table import UNUSED
from pipcache_tui.select.fields import FIELDS
from pipcache_tui.tui.model.answers import Answers
from pipcache_tui.tui.model.catalog import Batch, Catalog
from pipcache_tui.tui.model.columns import cell_text
from pipcache_tui.tui.model.groupings import GROUPINGS, Grouping
from pipcache_tui.tui.model.listing import SORT_KEYS, Group, Listing, View
from tests.support.report_entries import DAILY, NEVER, make_judge
from tests.support.screen import DAY, entry, some_entries


def listed(entries: list[Entry], view: View | None = None) -> Listing:
    catalog = Catalog()
    catalog.add(Batch.of(entries))
    return Listing.build(catalog, range(len(entries)), view or View(), Answers())


def grouping(name: str) -> Grouping:
    return next(grouping for grouping in GROUPINGS if grouping.name == name)


def tops(listing: Listing) -> list[str]:
    return [row.path[0] for row in listing.rows if isinstance(row, Group)]


def test_projects_stand_by_size_and_sum_their_entries() -> None:
    listing = listed(some_entries())
    assert tops(listing) == ["torch", "numpy", "", "six"]
    torch = listing.rows[0]
    assert isinstance(torch, Group)
    assert torch.size == 900_000_000 + 800_000_000 + 700_000_000 + 50_000
    assert len(torch.members) == 4
    assert listing.root.largest == torch.size


def test_a_subgroup_of_one_is_that_one_and_versions_with_several_stay_groups() -> None:
    listing = listed(some_entries())
    listing.toggle(0)
    assert listing.rows[1:4] == [listing.rows[1], 0, 3]
    version = listing.rows[1]
    assert isinstance(version, Group)
    assert version.path == ("torch", "2.1")
    assert [listing.depth(row) for row in range(4)] == [0, 1, 1, 1]
    listing.toggle(1)
    assert listing.rows[2:4] == [1, 2], "the two tags of 2.1 are one entry each"
    assert listing.depth(2) == 2


def test_levels_that_tell_nothing_apart_are_left_out() -> None:
    listing = listed([entry(n, "ruff", "0.9", tags=(f"cp3{n}-cp3{n}-linux_x86_64",)) for n in range(3)])
    listing.toggle(0)
    assert sorted(row for row in listing.rows if isinstance(row, int)) == [0, 1, 2]


def test_closing_takes_all_rows_below_away() -> None:
    listing = listed(some_entries())
    closed = list(listing.rows)
    listing.toggle(0)
    listing.toggle(1)
    assert len(listing) == len(closed) + 5
    listing.toggle(0)
    assert listing.rows == closed
    assert len(listing.parents) == len(listing.rows)
    listing.toggle(0)
    assert len(listing) == len(closed) + 5, "what was open below is open again"


def test_no_project_is_grouped_by_kind() -> None:
    listing = listed([entry(n, None, None, kind="other" if n % 2 else "orphan", tags=()) for n in range(4)])
    listing.toggle(0)
    kinds = {row.path for row in listing.rows[1:] if isinstance(row, Group)}
    assert kinds == {("", "other"), ("", "orphan")}


@pytest.mark.parametrize(
    ("name", "outermost"),
    [
        ("kind", {"wheel", "sdist", "index-page", "orphan", "other"}),
        ("store", {"http-v2"}),
        ("python", {"cp311", "cp312", "py3", ""}),
        ("host", {"index.example", ""}),
    ],
)
def test_other_groupings(name: str, outermost: set[str]) -> None:
    assert set(tops(listed(some_entries(), View(grouping(name))))) == outermost


def test_flat_has_entries_only() -> None:
    listing = listed(some_entries(), View(grouping("flat")))
    assert listing.rows[:3] == [0, 1, 2]
    assert all(isinstance(row, int) for row in listing.rows)
    assert all(parent is listing.root for parent in listing.parents)


@pytest.mark.parametrize("key", SORT_KEYS)
@pytest.mark.parametrize("name", [grouping.name for grouping in GROUPINGS])
def test_every_order_goes_both_ways_and_keeps_every_row(name: str, key: str) -> None:
    view = View(grouping(name)).sorted_by(key)  # type: ignore[arg-type]
    forward = listed(some_entries(), view)
    backward = listed(some_entries(), view.sorted_by(view.sort))
    assert sorted(map(str, map(forward.identity, range(len(forward))))) == sorted(
        map(str, map(backward.identity, range(len(backward))))
    )
    assert forward.view.descending != backward.view.descending


def test_age_sorts_the_oldest_first() -> None:
    listing = listed(
        [entry(1, "new", age=DAY), entry(2, "old", age=90 * DAY), entry(3, "mid", age=9 * DAY)], View(sort="age")
    )
    assert tops(listing) == ["old", "mid", "new"]


def test_sorting_open_groups_sorts_their_children_too() -> None:
    listing = listed(some_entries())
    listing.toggle(0)
    listing.sort(replace(listing.view, descending=False))
    at = tops(listing).index("torch")
    children = listing.rows[at + 1 :]
    assert children[0] == 3, "the index page is the smallest"


def test_find_gives_the_row_or_the_closed_group_it_is_in() -> None:
    listing = listed(some_entries())
    assert listing.find(("numpy",)) == 1
    assert listing.find(4) == 1, "the entry's group, as it is closed"
    listing.toggle(1)
    at = listing.find(4)
    assert at is not None
    assert listing.rows[at] == 4
    assert listing.find(("gone",)) is None


def test_marks_of_groups_follow_their_members() -> None:
    listing = listed(some_entries())
    torch = listing.rows[0]
    assert isinstance(torch, Group)
    catalog = listing.catalog
    assert torch.marked(catalog) == 0
    catalog.mark([0, 1], True)
    assert torch.marked(catalog) == 2
    catalog.mark(listing.indices(0), True)
    assert torch.marked(catalog) == 4
    catalog.mark([0], False)
    assert torch.marked(catalog) == 3
    assert catalog.marked_size == torch.size - 900_000_000


_projects = st.sampled_from(["a", "b", "c", None])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(_projects, st.sampled_from(["1", "2"]), st.integers(0, 50)), max_size=30),
    st.integers(0, 30),
    st.sampled_from(GROUPINGS),
    st.sampled_from(SORT_KEYS),
)
def test_taking_in_more_is_the_same_as_all_at_once(
    made: list[tuple[str | None, str, int]], cut: int, by: Grouping, key: str
) -> None:
    entries = [entry(n, project, version, size=size) for n, (project, version, size) in enumerate(made)]
    catalog = Catalog()
    catalog.add(Batch.of(entries))
    view = View(by).sorted_by(key)  # type: ignore[arg-type]
    whole = Listing.build(catalog, range(len(entries)), view, Answers())
    parts = Listing.build(catalog, range(min(cut, len(entries))), view, Answers())
    parts.extend(range(min(cut, len(entries)), len(entries)))

    def shape(listing: Listing) -> list[object]:
        for row in range(len(listing) - 1, -1, -1):
            listing.toggle(row)
        return [(row.path, row.size, sorted(row.members)) if isinstance(row, Group) else row for row in listing.rows]

    assert sorted(map(str, shape(parts))) == sorted(map(str, shape(whole)))
    assert parts.root.size == sum(e.size for e in entries)


@pytest.mark.parametrize("host", ["localhost:8080", "[::1]:8080", "index.example"])
def test_a_host_is_the_same_as_a_group_and_in_a_filter(host: str) -> None:
    one = entry(1, "torch", "2.0", url=f"http://{host}/torch.whl", url_proof="index-page")
    listing = listed([one], View(grouping("host")))
    assert tops(listing) == [host]
    assert FIELDS["host"].value(one, make_judge([one])) == host


@pytest.mark.parametrize("keeping", [NEVER, DAILY])
def test_last_use_is_the_same_in_both_tables(keeping: AtimeKeeping) -> None:
    one = entry(1, "torch", "2.0", unused=3 * DAY)
    judge = make_judge([one], atimes=keeping)
    catalog = Catalog()
    catalog.add(Batch.of([one]))
    listing = Listing.build(catalog, range(1), View(), Answers(judge))
    assert cell_text(listing, 0, "used", judge.now) == UNUSED.value(one, judge)
