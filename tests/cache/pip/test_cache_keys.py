"""URLs as the names of what pip stores."""

from __future__ import annotations

import pytest

from pipcache_tui.cache.pip.cache_keys import cache_digest, cache_key, url_host, url_variants, without_credentials


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


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://localhost:8443/simple/wheelpkg/", "82c6dbbed8f2f78b040876f3ea49c010a9e436f2aec3e1b0899ca627"),
        (
            "https://localhost:8443/packages/f8/d7/e6bebb37798cac6b6950f581b438de6efac5431e53cfe584576fdb49e41d/"
            "wheelpkg-1.0-py2.py3-none-any.whl",
            "163a43c9b023b6c4d18f9175e7b497ef6c3fb6f68c1062ae1ddfe2d3",
        ),
        (
            "https://localhost:8443/packages/f8/d7/e6bebb37798cac6b6950f581b438de6efac5431e53cfe584576fdb49e41d/"
            "wheelpkg-1.0-py2.py3-none-any.whl.metadata",
            "c62dd849d9d4567f799281624a8252c354dd0e2c97a432a0dac1e0b5",
        ),
    ],
)
def test_the_key_of_a_url(url: str, key: str) -> None:
    assert cache_key(url) == key


def test_the_key_is_of_the_normalised_url() -> None:
    plain = cache_key("https://index.example/a/B?c=D")
    assert cache_key("HTTPS://user:secret@Index.Example/a/B?c=D#fragment") == plain
    assert cache_key("https://index.example") == cache_key("https://index.example/")
    assert cache_key("https://index.example?q") == cache_key("https://index.example/?q")


@pytest.mark.parametrize(
    ("link", "requested"),
    [
        ("https://files.example/a/lib-1.0.tar.gz", "https://files.example/a/lib-1.0.tar.gz"),
        ("https://files.example/lib-1.0+cpu.whl", "https://files.example/lib-1.0%2Bcpu.whl"),
        ("https://files.example/a%2fb/lib-1.0+cpu.whl", "https://files.example/a%2Fb/lib-1.0%2Bcpu.whl"),
        ("https://u:p@Files.example/a/./b/../lib.whl", "https://files.example/a/lib.whl"),
        ("https://files.example/lib.whl?a=b c", "https://files.example/lib.whl?a=b%20c"),
    ],
)
def test_the_url_that_pip_requests_is_among_the_variants_of_a_link(link: str, requested: str) -> None:
    variants = url_variants(link)
    assert requested in variants
    assert len(variants) == len(set(variants)) <= 4
