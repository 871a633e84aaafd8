"""A newer file supersedes only if the same Python's pip would pick it by the same name; why nothing is superseded."""

from __future__ import annotations

from typing import Any

import pytest

from pipcache_tui.cache.model import PIP_GOES_BY, Entry, Origin
from tests.support.entries import OTHER_ROOT, PYTHONS, make_entry, make_judge, wheel

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


def superseded(old: Entry, *others: Entry) -> str | None:
    return make_judge([old, *others], pythons=PYTHONS).superseded_by(old)


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
