"""Responses of the demo, stored as the pip of their day did and read back by a scan."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from pipcache_tui.cache.model import Entry, IndexPage
from pipcache_tui.demo.formats import Stored, http_date
from pipcache_tui.demo.http import FILES, INDEX, HttpCache
from pipcache_tui.demo.projects import Project, Release
from pipcache_tui.demo.writer import DAY, Writer
from tests.support.cache_root import Place

NOW = 1_795_230_000.0


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "pip").mkdir()
    return Place(tmp_path / "pip")


@pytest.fixture
def cache(place: Place) -> HttpCache:
    return HttpCache(Writer(os.fspath(place.path), NOW, random.Random(0), allocate=False))


@pytest.mark.parametrize(("days", "store"), [(10, "http-v2"), (3000, "http"), (4000, "http")])
def test_an_old_response_is_stored_as_old_pips_did(place: Place, cache: HttpCache, days: int, store: str) -> None:
    stored = NOW - days * DAY
    paths = cache.put(f"{INDEX}/x", Stored({"Date": http_date(stored)}, b"body"), stored)
    entry = place.only()
    assert (entry.store, [file.path for file in entry.files]) == (store, paths)
    assert entry.stored == pytest.approx(stored)
    assert entry.response is not None


def test_a_validated_response_keeps_the_date_of_its_body(place: Place, cache: HttpCache) -> None:
    stored, validated = NOW - 40 * DAY, NOW - 2 * DAY
    cache.put(f"{INDEX}/x", Stored({"Date": http_date(stored)}, b"body"), stored, validated=validated)
    entry = place.only()
    assert entry.stored == pytest.approx(stored)
    assert entry.validated == pytest.approx(validated)


def test_a_page_lists_what_was_fetched_and_more(place: Place, cache: HttpCache) -> None:
    wheel = Release("1.0", 20, ("py3-none-any",), ())
    cache.add_public(Project("lib", 30_000, ">=3.8", (wheel,)))
    cache.add_pages()
    entries: dict[str, Entry] = {
        entry.kind: entry for entry in place.scan(index_urls=[f"{INDEX}/simple/"], file_hosts=[FILES]).entries
    }
    assert {"wheel", "index-page"} <= entries.keys()
    assert entries["wheel"].url_proof == "index-page"
    assert (entries["wheel"].project, entries["wheel"].version) == ("lib", "1.0")
    detail = entries["index-page"].detail
    assert isinstance(detail, IndexPage)
    assert detail.files is not None
    assert detail.files > 1
