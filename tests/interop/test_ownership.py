"""Every file that a real pip left in its cache belongs to exactly one entry, and each entry is what was served."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Iterator

import pytest

from pipcache_tui.cache.model import Entry, IndexPage, Origin, Root, SelfCheck, Snapshot
from pipcache_tui.cache.scan import take_snapshot
from tests.interop.conftest import FilledBy, PipOf
from tests.interop.fill import Filled, rounds
from tests.interop.groups import files_below, groups
from tests.interop.index_server import IndexServer
from tests.interop.pages import Served
from tests.interop.pips import GENERATIONS, NEWEST, Generation

#: pips 6.0 and 6.1 log to a folder beside their stores
LOG = "log/debug.log"


@pytest.mark.parametrize("generation", GENERATIONS, ids=str)
def test_each_file_is_owned_once_and_rightly(generation: Generation, filled_by: FilledBy) -> None:
    filled = filled_by(generation)
    snapshot = scan(filled)
    assert snapshot.warnings == ()
    assert (snapshot.foreign_files, snapshot.foreign_size) == (0, 0)
    owned = Counter(file.path for entry in snapshot.entries for file in entry.files)
    assert owned == Counter(path for path in files_below(filled.cache_dir) if path != LOG)
    assert sorted(map(seen_of, snapshot.entries), key=repr) == sorted(expected(filled), key=repr)
    assert [entry for entry in snapshot.entries if entry.problems] == []


@pytest.mark.parametrize("generation", GENERATIONS, ids=str)
def test_each_url_is_recovered_and_proven(generation: Generation, filled_by: FilledBy) -> None:
    filled = filled_by(generation)
    entries = [entry for entry in scan(filled).entries if entry.store == filled.store]
    named = {entry.url: entry for entry in entries if entry.url is not None}
    assert set(named) == {url for url, served in filled.served.items() if not beyond_recovery(filled, served)}
    assert len(entries) == len(filled.served)
    assert all(entry.url_proof is not None for entry in named.values())
    for url, entry in named.items():
        served = filled.served[url]
        assert (entry.kind, entry.filename) == (served.kind, served.filename)
        if served.kind in ("wheel", "sdist"):
            # Only a page tells that a file is yanked, and the flat store keeps no pages.
            assert entry.yanked == (None if entry.store == "downloads" else served.yanked)
        if served.kind == "index-page":
            assert entry.detail == IndexPage(served.links, served.form or "html")
        if entry.store != "downloads":
            assert entry.response is not None
            assert entry.response.status == served.status


@pytest.mark.parametrize("generation", GENERATIONS, ids=str)
def test_built_wheels_tell_their_source(generation: Generation, filled_by: FilledBy) -> None:
    filled = filled_by(generation)
    built = {entry.filename: entry for entry in scan(filled).entries if entry.kind == "built-wheel"}
    assert set(built) == {one.filename for one in filled.built}
    # Wheels were kept from pip 7 on, their origin from 22.2 on.
    assert bool(built) == filled.at_least("7.0")
    for one in filled.built:
        entry = built[one.filename]
        if filled.at_least("22.2"):
            assert (entry.url, entry.url_proof) == (one.source_url, "origin")
            assert isinstance(entry.detail, Origin)
            assert ("sha256", one.source_sha256) in entry.detail.hashes
            assert sorted(os.path.basename(file.path) for file in entry.files) == sorted([one.filename, "origin.json"])
        else:
            assert entry.url in (None, one.source_url)
            assert len(entry.files) == 1


@pytest.mark.parametrize("generation", [each for each in GENERATIONS if each.pip != "1.5.6"], ids=str)
def test_self_check_tells_its_python(generation: Generation, filled_by: FilledBy) -> None:
    filled = filled_by(generation)
    entries = [entry for entry in scan(filled).entries if entry.kind == "selfcheck"]
    assert tuple(entry.files[0].path for entry in entries) == filled.selfcheck
    assert len(entries) == 1
    detail = entries[0].detail
    assert isinstance(detail, SelfCheck)
    assert (detail.prefix, detail.pypi_version) == (filled.prefix, "99.0")
    assert detail.last_check is not None


def test_a_cache_of_many_pips_is_owned_whole(copy_by: FilledBy, pip_of: PipOf, index: IndexServer) -> None:
    first, *later = (Generation("9.0.3", "2.7"), Generation("22.3.1", "3.7"), Generation(NEWEST, "3.13"))
    filled = copy_by(first)
    for generation in later:
        pip = pip_of(generation)
        for requirements in rounds(pip):
            pip.install(*requirements, cache_dir=filled.cache_dir, server=index, selfcheck=True).check()
    snapshot = scan(filled)
    assert (snapshot.warnings, snapshot.foreign_files) == ((), 0)
    together = {tuple(sorted(file.path for file in entry.files)) for entry in snapshot.entries}
    assert together == {tuple(paths) for paths in groups(filled.cache_dir).values()}
    assert len(together) == len(snapshot.entries)
    assert {entry.store for entry in snapshot.entries} == {"http", "http-v2", "wheels", "selfcheck"}
    unnamed = [entry for entry in snapshot.entries if entry.url is None and entry.store in ("http", "http-v2")]
    assert [entry.kind for entry in unnamed] == ["other"]  # at the address built into pip 9
    assert [entry for entry in snapshot.entries if entry.problems] == []


def scan(filled: Filled) -> Snapshot:
    return take_snapshot([Root(filled.cache_dir, "--cache-dir", True)], index_urls=[filled.index_url])


@dataclasses.dataclass(frozen=True, slots=True)
class Said:
    """What an entry says of itself that does not need its URL."""

    store: str
    kind: str
    project: str | None
    version: str | None
    tags: tuple[str, ...]
    requires_python: str | None


def seen_of(entry: Entry) -> Said:
    return Said(entry.store, entry.kind, entry.project, entry.version, entry.tags, entry.requires_python)


def expected(filled: Filled) -> Iterator[Said]:
    for served in filled.served.values():
        version = "99.0" if served.kind == "other" else served.version  # the JSON of pip's own project names one
        requires_python = served.requires_python if served.kind in ("wheel", "metadata") else None
        yield Said(filled.store, served.kind, served.project, version, served.tags, requires_python)
    for built in filled.built:
        yield Said("wheels", "built-wheel", built.project, built.version, built.tags, None)
    for _ in filled.selfcheck:
        yield Said("selfcheck", "selfcheck", "pip", None, (), None)


def beyond_recovery(filled: Filled, served: Served) -> bool:
    """Whether nothing in this cache leads to the address.

    That is so for the address built into old pips, and for what lies behind a redirect that was not stored (pip 6.0
    stores none). Hashing the body would prove the latter, but a scan reads no bodies.
    """
    targets = {other.location for other in filled.served.values()}
    moved = served.project == "movedpkg" and served.kind in ("wheel", "metadata")
    return served.kind == "other" or (filled.store != "downloads" and moved and served.url not in targets)
