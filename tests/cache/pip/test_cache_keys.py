"""URLs as the names of what pip stores."""

from __future__ import annotations

import pytest

from pipcache_tui.cache.pip.cache_keys import cache_digest, cache_key, url_host, without_credentials


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


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://index.example/simple/", "index.example"),
        ("https://Index.Example", "index.example"),
        ("https://me:secret@index.example:8443/x", "index.example:8443"),
        ("http://localhost:8080?page=1", "localhost:8080"),
        ("http://[::1]:8080/simple/", "[::1]:8080"),
        ("file:///x", None),
        (None, None),
        ("nonsense", None),
    ],
)
def test_a_host_has_its_port_and_no_credentials(url: str | None, host: str | None) -> None:
    assert url_host(url) == host
