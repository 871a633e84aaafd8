"""`--keep-latest`: which versions count, against the definition written again naively, and why nothing goes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import InvalidVersion, Version

from pipcache_tui.cache.model import Entry
from pipcache_tui.select import rules
from pipcache_tui.select.judge import Judge
from pipcache_tui.select.latest import KeepLatest
from tests.support.entries import OTHER_ROOT, judges_of, make_entry, make_judge, rivals, wheel

LINUX, MAC = ("cp311-cp311-manylinux_2_17_x86_64",), ("cp312-cp312-macosx_11_0_arm64",)


def going(count: int, entries: Sequence[Entry], judge: Judge | None = None) -> list[Entry]:
    return [entry for entry, _ in KeepLatest(count).choose(entries, judge or make_judge(entries))]


def test_the_newest_versions_stay_whatever_their_tags() -> None:
    entries = [wheel(1, "p", "1.0", LINUX), wheel(2, "p", "1.0", MAC), wheel(3, "p", "2.0", MAC)]
    assert going(1, entries) == entries[:2]
    assert going(2, entries) == []


def test_it_says_how_many_newer_versions_are_here() -> None:
    entries = [wheel(1, "six", "1.0"), wheel(2, "six", "1.1"), wheel(3, "six", "1.2")]
    assert [why for _, why in rules.keep_latest(1).choose(entries, make_judge(entries))] == [
        "not among the latest 1 (2 newer versions here, up to 1.2)",
        "not among the latest 1 (1 newer version here, up to 1.2)",
    ]


def test_source_distributions_and_metadata_go_with_their_version() -> None:
    old = [make_entry(1, "sdist", project="p", version="1.0"), make_entry(2, "metadata", project="p", version="1.0")]
    new = make_entry(3, "sdist", project="p", version="1.1")
    assert going(1, [*old, new]) == old


def test_pre_releases_count_only_without_a_release() -> None:
    with_release = [wheel(1, "p", "1.0"), wheel(2, "p", "2.0rc1")]
    assert going(1, with_release) == []
    only_previews = [wheel(1, "p", "2.0rc1"), wheel(2, "p", "2.0rc2")]
    assert going(1, only_previews) == only_previews[:1]
    overtaken = [wheel(1, "p", "2.0rc1"), wheel(2, "p", "2.0")]
    assert going(1, overtaken) == overtaken[:1]


def test_variants_of_a_version_are_one_version() -> None:
    entries = [wheel(1, "torch", "2.0+cpu"), wheel(2, "torch", "2.0+cu118"), wheel(3, "torch", "1.0+cpu")]
    assert going(1, entries) == entries[2:]


@pytest.mark.parametrize(
    "newer",
    [
        wheel(2, "p", "2.0", root=OTHER_ROOT),
        wheel(2, "p", "2.0", store="http"),  # which this pip never reads
        wheel(2, "p", "2.0", yanked=""),
        wheel(2, "p", "2.0", problems=("truncated",)),
        wheel(2, "p", "1.0.0"),
        wheel(2, "q", "2.0"),
        wheel(2, "p", "junk"),
        make_entry(2, "metadata", project="p", version="2.0", tags=("py3-none-any",)),
    ],
)
def test_what_does_not_count_as_a_newer_version(newer: Entry) -> None:
    assert going(1, [wheel(1, "p", "1.0"), newer]) == []


@pytest.mark.parametrize("count", [1, 2])
def test_the_last_versions_of_a_project_never_go(count: int) -> None:
    entries = [wheel(number, "p", f"1.{number}") for number in range(5)]
    assert [e.version for e in entries if e not in going(count, entries)] == [
        f"1.{number}" for number in range(5 - count, 5)
    ]


def test_it_says_why_nothing_goes() -> None:
    def why(count: int, *entries: Entry) -> str | None:
        assert going(count, entries) == []
        return KeepLatest(count).why_nothing(entries, make_judge(entries))

    two = [wheel(1, "p", "1.0"), wheel(2, "p", "1.1")]
    assert why(2, *two) == "no project has more than 2 versions here"
    assert why(1, make_entry(1, "index-page")) == "no entry has a project and a version"
    assert str(why(1, two[0], two[1]._replace(yanked=""))).startswith("p: 2 versions, of which at most 1 count: yanked")


def naive(count: int, entries: Sequence[Entry], judge: Judge) -> list[Entry]:
    """The definition in `latest`, entry by entry over all others."""

    def version_of(entry: Entry) -> Version | None:
        try:
            return Version(Version(entry.version or "").public)
        except InvalidVersion:
            return None

    found = []
    for entry in entries:
        own = version_of(entry)
        if own is None or entry.kind not in ("wheel", "built-wheel", "sdist", "metadata"):
            continue
        counting = set()
        for other in entries:
            its = version_of(other)
            same = (other.project, other.root) == (entry.project, entry.root)
            sound = not other.problems and other.yanked is None
            is_file = other.kind == "sdist" or (other.kind in ("wheel", "built-wheel") and bool(other.tags))
            useful = judge.usable(other) or not judge.usable(entry)
            if its is not None and same and sound and is_file and useful:
                counting.add(its)
        finals = {version for version in counting if not version.is_prerelease}
        if sum(version > own for version in finals or counting) >= count:
            found.append(entry)
    return found


@given(st.data(), st.integers(1, 3))
def test_keep_latest_is_its_definition(data: st.DataObject, count: int) -> None:
    entries = data.draw(rivals(14))
    judge = data.draw(judges_of(entries))
    assert sorted(e.key for e in going(count, entries, judge)) == sorted(e.key for e in naive(count, entries, judge))
