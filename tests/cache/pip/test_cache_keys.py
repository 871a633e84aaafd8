"""URLs as the names of what pip stores."""

from __future__ import annotations

import pytest

from pipcache_tui.cache.pip.cache_keys import cache_digest, cache_key, without_credentials


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("https://user:secret@index.example:8443/simple/", "https://index.example:8443/simple/"),
        ("https://a@b:c@index.example", "https://index.example"),
        ("https://index.example/@scope/a?mail=x@y", "https://index.example/@scope/a?mail=x@y"),
        ("https://index.example?mail=x@y", "https://index.example?mail=x@y"),
        ("https://index.example#x@y", "https://index.example#x@y"),
        ("file:///home/a@b", "file:///home/a@b"),
        ("no url", "no url"),
    ],
)
def test_credentials_are_only_what_stands_before_the_host(url: str, bare: str) -> None:
    assert without_credentials(url) == bare


def test_credentials_are_no_part_of_a_key() -> None:
    url = "https://user:secret@index.example/@scope/a?mail=x@y"
    assert cache_key(url) == cache_key(without_credentials(url))
    assert cache_digest(url).hex() == cache_key(url)
