"""Which files come from the same index, by their URLs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipcache_tui.cache.model import Origin
from pipcache_tui.select.sources import NOT_BY_NAME, source_of
from tests.support.entries import make_entry, wheel

HASH, OTHER_HASH = "e6bebb37798cac6b6950f581b438de6e" * 2, "0123456789abcdef0123456789abcdef" * 2
SAME = [
    (f"https://files.example/packages/f8/d7/{HASH}/P", f"https://FILES.example/packages/0a/1b/{OTHER_HASH}/P"),
    (
        "https://devpi.example/root/pypi/+f/abc/0123456789abc/P",
        "https://devpi.example/root/pypi/+f/1f4/fe3c25b0a99aa/P",
    ),
    (
        "https://nexus.example/repository/pypi/packages/my-project/1.0/P",
        "https://nexus.example/repository/pypi/packages/my-project/2.0/P",
    ),
    ("https://old.example/packages/source/m/my_project/P", "https://old.example/packages/source/m/my_project/P"),
    (
        f"https://me:secret@git.example/api/v4/projects/12/packages/pypi/files/{HASH}/P#sha256=1",
        f"https://git.example/api/v4/projects/12/packages/pypi/files/{OTHER_HASH}/P?x=1",
    ),
    ("https://flat.example/wheels/P", "https://flat.example/wheels/P"),
]
DIFFERENT = [
    ("https://a.example/wheels/P", "https://b.example/wheels/P"),
    ("https://a.example:8443/wheels/P", "https://a.example/wheels/P"),
    ("https://devpi.example/root/pypi/+f/abc/0123456789abc/P", "https://devpi.example/me/dev/+f/1f4/fe3c25b0a99aa/P"),
    (
        f"https://git.example/api/v4/projects/12/packages/pypi/files/{HASH}/P",
        f"https://git.example/api/v4/projects/34/packages/pypi/files/{OTHER_HASH}/P",
    ),
    ("https://a.example/team-a/P", "https://a.example/team-b/P"),
]


def sources(old: str, new: str) -> tuple[str | None, str | None]:
    first = wheel(1, "my-project", "1.0", url=old.replace("/P", "/my_project-1.0-py3-none-any.whl"))
    second = wheel(2, "my-project", "2.0", url=new.replace("/P", "/my_project-2.0-py3-none-any.whl"))
    return source_of(first), source_of(second)


@pytest.mark.parametrize(("old", "new"), SAME)
def test_files_of_one_index_have_the_same_source(old: str, new: str) -> None:
    first, second = sources(old, new)
    assert first == second is not None


@pytest.mark.parametrize(("old", "new"), DIFFERENT)
def test_files_of_two_indexes_have_different_sources(old: str, new: str) -> None:
    first, second = sources(old, new)
    assert first != second


def test_a_checkout_and_a_folder_are_not_picked_by_name() -> None:
    for origin in (Origin("https://git.example/p", vcs="git"), Origin("file:///p", is_folder=True)):
        assert source_of(make_entry(1, "built-wheel", "wheels", detail=origin, url=origin.url)) == NOT_BY_NAME
    assert source_of(wheel(1, "p", "1.0")) is None


@given(st.text(max_size=40), st.none() | st.text(max_size=5), st.none() | st.text(max_size=5))
def test_no_url_is_too_odd(rest: str, project: str | None, version: str | None) -> None:
    for url in (rest, f"https://[{rest}", f"https://{rest}"):
        entry = make_entry(1, url=url, project=project, version=version)
        assert isinstance(source_of(entry), str)
