"""The entries without a URL, by the key that a URL is compared with."""

from __future__ import annotations

from pipcache_tui.cache.model import STAMP_BYTES, Entry, Files, Kind
from pipcache_tui.cache.pip.cache_keys import cache_digest, cache_key
from pipcache_tui.cache.urls.unnamed import UnnamedEntries, key_of

URL = "https://files.example/lib-1.0-py3-none-any.whl"


def entry(url: str = URL, root: str = "/root", project: str | None = "lib", kind: Kind = "wheel") -> Entry:
    key = cache_key(url)
    path = "/".join(("http-v2", *key[:5], key))
    return Entry(root, "http-v2", kind, Files(path, ("/.body",), bytes(2 * STAMP_BYTES)), project=project)


def test_a_response_is_compared_by_its_hash_and_a_built_wheel_by_its_path() -> None:
    assert key_of(entry()) == cache_digest(URL)
    built = Entry("/root", "wheels", "built-wheel", Files("wheels/ab/x.whl", (), bytes(STAMP_BYTES)))
    assert key_of(built) == "wheels/ab/x.whl"
    assert key_of(entry(kind="leftover")) is None


def test_entries_of_one_key_are_taken_together_and_once() -> None:
    unnamed = UnnamedEntries()
    entries = [entry(root=root) for root in ("/a", "/b", "/c")]
    for each in entries:
        unnamed.put_for_pages(cache_digest(URL), each)
    assert len(list(unnamed)) == 1
    assert unnamed.take(cache_digest(URL)) == entries
    assert unnamed.take(cache_digest(URL)) == []
    assert unnamed.of_project("lib") == []


def test_pages_are_searched_for_their_project_or_for_any() -> None:
    unnamed = UnnamedEntries()
    urls = [f"https://files.example/{name}" for name in ("lib", "tool", "unknown", "guessed")]
    digests = [cache_digest(url) for url in urls]
    for digest, url, project in zip(digests[:3], urls, ("lib", "tool", None), strict=False):
        unnamed.put_for_pages(digest, entry(url, project=project))
    unnamed.put(digests[3], entry(urls[3], project="lib"))
    assert unnamed.of_project("lib") == digests[:1]
    assert unnamed.of_any_project(10) == digests[:2]
    assert unnamed.of_any_project(1) == digests[:1]
    assert unnamed.nameless(10) == digests[2:3]
