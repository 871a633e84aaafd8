"""A newer file supersedes only if the same Python's pip would pick it by the same name; why nothing is superseded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipcache_tui.cache.model import PIP_GOES_BY, Entry, Origin
from pipcache_tui.pep440 import read_version, requirement_covers
from pipcache_tui.select.judge import Judge
from pipcache_tui.select.sources import NOT_BY_NAME, source_of
from tests.support.entries import (
    OTHER_ROOT,
    PYTHONS,
    entry_lists,
    judges_of,
    make_entry,
    make_judge,
    rivals,
    wheel,
)

CP311 = ("cp311-cp311-manylinux_2_17_x86_64",)
CP312 = ("cp312-cp312-manylinux_2_17_x86_64",)
BOTH = ("py2-none-any", "py3-none-any")
PY3 = ("py3-none-any",)
FILES = "https://files.index.example/packages"
OLD_URL = f"{FILES}/f8/d7/{'e6' * 30}/p-1.0-py3-none-any.whl"
NEW_URL = f"{FILES}/0a/1b/{'c2' * 30}/p-2.0-py3-none-any.whl"
OLD = wheel(1, "p", "1.0", url=OLD_URL, url_proof="index-page")


def newer(**fields: Any) -> Entry:
    return wheel(2, "p", "2.0", **{"url": NEW_URL, "url_proof": "index-page", **fields})


def built(url: str, **origin: Any) -> Entry:
    return make_entry(
        2,
        "built-wheel",
        "wheels",
        project="p",
        version="2.0",
        tags=("py3-none-any",),
        filename="p-2.0-py3-none-any.whl",
        url=url,
        url_proof="origin",
        detail=Origin(url, **origin),
    )


def superseded(old: Entry, *others: Entry, **how: Any) -> str | None:
    return make_judge([old, *others], **how).superseded_by(old)


def test_a_newer_file_of_the_same_index_supersedes() -> None:
    assert superseded(OLD, newer()) == "2.0"
    assert superseded(OLD, built(f"{FILES}/77/88/{'a1' * 30}/p-2.0.tar.gz")) == "2.0"


def test_a_file_whose_name_and_content_disagree_counts_by_its_name() -> None:
    differs = (f"{PIP_GOES_BY}file name: tags py3-none-any, where its WHEEL says py2-none-any",)
    assert superseded(OLD, newer(problems=differs)) == "2.0"
    assert superseded(OLD, newer(problems=(*differs, "truncated"))) is None


@pytest.mark.parametrize(
    "other",
    [
        newer(url="https://elsewhere.example/builds/p-2.0-py3-none-any.whl"),  # a direct URL
        newer(url=None, url_proof=None),  # no index lists it
        newer(url=NEW_URL.replace("files.index.example", "mirror.example")),  # another index
        built("https://git.example/p.git", vcs="git", commit="0" * 40),
        built("file:///home/someone/p", is_folder=True),
    ],
)
def test_what_pip_would_not_pick_by_name_from_the_same_index_does_not(other: Entry) -> None:
    assert superseded(OLD, other) is None


def test_nothing_supersedes_what_was_built_from_a_checkout() -> None:
    old = built("https://git.example/p.git", vcs="git", commit="0" * 40)._replace(version="1.0")
    assert superseded(old, newer()) is None
    assert superseded(old, built("https://git.example/p.git", vcs="git", commit="1" * 40)) is None


# --- why nothing is superseded ---


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ([wheel(1, "p", "1.0")], "no project has two versions here"),
        ([wheel(1, "p", "1.0"), wheel(2, "q", "2.0")], "no project has two versions here"),
        (
            [wheel(1, "p", "1", ("py2-none-any",)), wheel(2, "p", "2", ("py3-none-any",))],
            "p: 2 versions for different Pythons, so none is superseded",
        ),
        (
            [OLD, newer(url=None, url_proof=None)],
            "p: 2 versions from different indexes, so none is superseded",
        ),
        (
            [wheel(1, "p", "1.0"), wheel(2, "p", "2.0", root=OTHER_ROOT)],
            "p: 2 versions in different caches, so none is superseded",
        ),
        (
            [wheel(1, "p", "1.0"), wheel(2, "p", "2.0", store="http")],
            "p: 2 versions of which pip won't use the newer again, so none is superseded",
        ),
        (
            [wheel(1, "p", "1.0"), wheel(2, "p", "2.0rc1")],
            "p: 2 versions of which the newer are pre-releases, so none is superseded",
        ),
        (
            [wheel(1, "p", "1.0"), wheel(2, "p", "2.0+cpu")],
            "p: 2 versions with different local labels, so none is superseded",
        ),
        (
            [wheel(1, "p", "1.0"), make_entry(2, "sdist", project="p", version="2.0")],
            "p: 2 versions of which the newer are not wheels, so none is superseded",
        ),
        (
            [wheel(1, "p", "1.0"), wheel(2, "p", "2.0", yanked="")],
            "p: 2 versions of which the newer are yanked or damaged, so none is superseded",
        ),
        (
            # of several versions, what keeps the most promising one from superseding
            [wheel(1, "p", "1.0"), wheel(2, "p", "2.0rc1"), wheel(3, "p", "3.0", ("py2-none-any",))],
            "p: 3 versions for different Pythons, so none is superseded",
        ),
    ],
)
def test_it_says_why_nothing_is_superseded(entries: list[Entry], why: str) -> None:
    judge = make_judge(entries, pythons=PYTHONS)
    assert [judge.superseded_by(entry) for entry in entries] == [None] * len(entries)
    assert judge.why_none_superseded(entries) == why


# --- the definition ---


def test_it_is_the_newest_version_that_supersedes() -> None:
    found = [wheel(number, "six", version) for number, version in enumerate(("1.1", "1.10", "1.9", "1.0"))]
    judge = make_judge(found)
    assert [judge.superseded_by(entry) for entry in found] == ["1.10", None, "1.10", "1.10"]


@pytest.mark.parametrize(
    ("older", "newer", "without_pythons", "with_pythons"),
    [
        # tags: the same, wider, narrower, others
        (("1.0", CP311, None), ("2.0", CP311, None), True, True),
        (("1.0", PY3, None), ("2.0", BOTH, None), True, True),
        (("1.0", BOTH, None), ("2.0", PY3, None), False, False),
        (("1.0", CP311, None), ("2.0", CP312, None), False, False),
        (("1.0", CP311, None), ("2.0", PY3, None), False, True),
        (("1.0", PY3, ">=3.12"), ("2.0", CP312, None), False, True),
        (("1.0", PY3, None), ("2.0", CP312, None), False, False),
        # no Python here accepts it: tags decide
        (("1.0", ("cp36-cp36m-win32",), None), ("2.0", ("cp36-cp36m-win32",), None), True, True),
        (("1.0", ("cp36-cp36m-win32",), None), ("2.0", PY3, None), False, False),
        # Requires-Python
        (("1.0", PY3, ">=3.8"), ("2.0", PY3, ">=3.8"), True, True),
        (("1.0", PY3, ">=3.8"), ("2.0", PY3, ">=3.12"), False, False),
        (("1.0", PY3, ">=3.12"), ("2.0", PY3, ">=3.8"), True, True),
        (("1.0", PY3, ">=3.5"), ("2.0", PY3, ">=3.6"), False, True),
        # versions
        (("1.0", PY3, None), ("1.0.0", PY3, None), False, False),
        (("1.0", PY3, None), ("1.0.post1", PY3, None), True, True),
        (("1.0", PY3, None), ("2.0rc1", PY3, None), False, False),
        (("2.0rc1", PY3, None), ("2.0rc2", PY3, None), True, True),
        (("2.0rc1", PY3, None), ("2.0", PY3, None), True, True),
        (("2.0+cpu", PY3, None), ("2.1+cpu", PY3, None), True, True),
        (("2.0+cpu", PY3, None), ("2.1+cu118", PY3, None), False, False),
        (("2.0", PY3, None), ("2.1+cpu", PY3, None), False, False),
        (("2.0+cpu", PY3, None), ("2.1", PY3, None), False, False),
        (("2.0", PY3, None), ("junk", PY3, None), False, False),
        (("junk", PY3, None), ("2.0", PY3, None), False, False),
    ],
)
def test_what_supersedes(
    older: tuple[str, tuple[str, ...], str | None],
    newer: tuple[str, tuple[str, ...], str | None],
    without_pythons: bool,
    with_pythons: bool,
) -> None:
    old = wheel(1, "p", older[0], older[1], requires_python=older[2])
    new = wheel(2, "p", newer[0], newer[1], requires_python=newer[2])
    assert (superseded(old, new) is not None) == without_pythons
    assert (superseded(old, new, pythons=PYTHONS) is not None) == with_pythons
    assert superseded(new, old) is None


@pytest.mark.parametrize(
    ("older", "newer", "expected"),
    [
        ("wheel", "wheel", True), ("wheel", "built-wheel", True), ("wheel", "sdist", False),
        ("wheel", "metadata", False),
        ("built-wheel", "wheel", True), ("built-wheel", "built-wheel", True), ("built-wheel", "sdist", False),
        ("sdist", "sdist", True), ("sdist", "wheel", True), ("sdist", "metadata", False),
        ("metadata", "metadata", True), ("metadata", "wheel", True), ("metadata", "sdist", False),
        ("index-page", "index-page", False), ("orphan", "wheel", False),
    ],
)  # fmt: skip
def test_which_kinds_supersede_which(older: str, newer: str, expected: bool) -> None:
    def entry(number: int, kind: str, version: str) -> Entry:
        tags = () if kind == "sdist" else BOTH
        store = "wheels" if kind == "built-wheel" else "http-v2"
        name = f"p-{version}-py2.py3-none-any.whl"
        return make_entry(number, kind, store, project="p", version=version, tags=tags, filename=name)  # type: ignore[arg-type]

    assert (superseded(entry(1, older, "1.0"), entry(2, newer, "2.0"), pythons=PYTHONS) is not None) == expected


def test_what_does_not_count_as_newer() -> None:
    old = wheel(1, "p", "1.0")
    assert superseded(old, wheel(2, "p", "2.0", yanked="")) is None
    assert superseded(old, wheel(2, "p", "2.0", problems=("truncated",))) is None
    assert superseded(old, wheel(2, "p", "2.0", tags=())) is None
    assert superseded(old, wheel(2, "q", "2.0")) is None
    assert superseded(old, wheel(2, "p", "2.0", root=OTHER_ROOT)) is None
    assert superseded(old, wheel(2, "p", "2.0", store="http")) is None  # which this pip never reads


def test_what_pip_never_reads_is_superseded_by_anything_newer() -> None:
    dead = wheel(1, "p", "1.0", store="http")
    assert superseded(dead, wheel(2, "p", "2.0")) == "2.0"
    assert superseded(dead, wheel(2, "p", "2.0", store="http", root=OTHER_ROOT)) == "2.0"


def test_a_project_made_of_ever_new_classes_takes_no_hours() -> None:
    found = [wheel(n, "p", f"{n}.0", requires_python=f"!=3.{n % 40}.{n // 40}") for n in range(1000)]
    last = wheel(1000, "p", "0.5", requires_python=">=4")
    judge = make_judge([*found, last])
    assert judge.superseded_by(last) == "999.0"
    assert {judge.superseded_by(entry) for entry in found} == {None}


def naive_superseders(entry: Entry, entries: Sequence[Entry], judge: Judge) -> list[str]:
    """The definition in `pipcache_tui.select.superseded`, line by line, over all pairs."""
    wheels = {"wheel", "built-wheel"}
    as_good = {"wheel": wheels, "built-wheel": wheels, "sdist": {*wheels, "sdist"}, "metadata": {*wheels, "metadata"}}
    found = []
    for other in entries:
        old, new = read_version(entry.version), read_version(other.version)
        if old is None or new is None or entry.project is None or entry.project != other.project:
            continue
        if entry.kind not in as_good or other.kind not in as_good[entry.kind]:
            continue
        if other.kind in wheels and not other.tags:
            continue
        if not new > old or new.local != old.local or (new.is_prerelease and not old.is_prerelease):
            continue
        if other.problems or other.yanked is not None:
            continue
        if source_of(other) != source_of(entry) or source_of(entry) == NOT_BY_NAME:
            continue
        dead = ("never-read", "download-again")
        if judge.forecast(entry).pip_will not in dead and (
            judge.forecast(other).pip_will in dead or entry.root != other.root
        ):
            continue
        accepting = [p for p in judge.pythons if p.accepts(entry.tags, entry.requires_python)]
        if accepting:
            if not all(p.accepts(other.tags, other.requires_python) for p in accepting):
                continue
        else:
            if other.tags and (not entry.tags or not set(entry.tags) <= set(other.tags)):
                continue
            if not requirement_covers(other.requires_python, entry.requires_python):
                continue
        found.append(str(new))
    return found


@given(st.data())
def test_superseded_is_what_its_definition_says(data: st.DataObject) -> None:
    given_entries = data.draw(rivals() | entry_lists(8))
    judge = data.draw(judges_of(given_entries))
    for entry in given_entries:
        newest = max(
            naive_superseders(entry, given_entries, judge), key=lambda text: read_version(text) or 0, default=None
        )
        assert judge.superseded_by(entry) == newest
