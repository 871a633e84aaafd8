"""Where indexes may have their pages, from what URLs show."""

from __future__ import annotations

import pytest

from pipcache_tui.cache.urls.index_bases import IndexBaseUrls


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://files.example/packages/ab/cd/lib-1.0.tar.gz", "https://files.example/simple/"),
        ("https://h.example/root/dev/+f/ab/lib-1.0.tar.gz", "https://h.example/root/dev/+simple/"),
        (
            "https://h.example/api/v4/projects/1/packages/pypi/files/ab/lib-1.0.tar.gz",
            "https://h.example/api/v4/projects/1/packages/pypi/simple/",
        ),
        ("https://h.example/pypi/all/simple/my-lib/1.0/my_lib-1.0.tar.gz", "https://h.example/pypi/all/simple/"),
        ("https://h.example/corp/-/ver_1/lib-1.0.tar.gz", "https://h.example/corp/"),
        ("https://user:secret@H.example/a/packages/lib-1.0.tar.gz?x=/files/", "https://h.example/a/simple/"),
    ],
)
def test_an_index_is_looked_for_above_its_files(url: str, base: str) -> None:
    places = IndexBaseUrls([])
    places.learn(url)
    assert base in places
    assert not any("secret" in place for place in places)


@pytest.mark.parametrize("url", ["file:///packages/lib-1.0.tar.gz", "no url", f"https://h.example/{'x' * 9000}"])
def test_nothing_is_learned_from_what_no_index_has(url: str) -> None:
    places = IndexBaseUrls(["https://index.example/simple"])
    places.learn(url)
    assert list(places) == ["https://index.example/simple/"]


def test_many_urls_are_learned_up_to_a_bound() -> None:
    places = IndexBaseUrls([])
    for number in range(1000):
        places.learn(f"https://code.example/team{number}/project/archive/v1.tar.gz")
    assert len(list(places)) <= 40
    for number in range(1000):
        places.learn(f"https://files{number}.example/packages/lib-1.0.tar.gz", listed=True)
    assert 40 < len(list(places)) <= 240
