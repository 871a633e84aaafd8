"""The demo's odd entries: each is what a scan should take it for."""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path

import pytest

from pipcache_tui.cache.model import Origin
from pipcache_tui.demo import other_entries
from pipcache_tui.demo.http import HttpCache
from pipcache_tui.demo.writer import Writer
from tests.support.cache_root import Place

NOW = 1_795_230_000.0


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "pip").mkdir()
    return Place(tmp_path / "pip")


@pytest.fixture
def writer(place: Place) -> Writer:
    return Writer(os.fspath(place.path), NOW, random.Random(0), allocate=False)


def test_broken_entries_are_orphans_leftovers_and_unreadable(place: Place, writer: Writer) -> None:
    other_entries.add_broken_entries(writer, HttpCache(writer))
    snapshot = place.scan()
    kinds = Counter(entry.kind for entry in snapshot.entries)
    assert (kinds["orphan"], kinds["leftover"], kinds["unreadable"]) == (6, 4, 2)
    assert {entry.project for entry in snapshot.entries if entry.kind == "wheel"} == {"resumed", "bitrot"}
    assert snapshot.foreign_files == 1


def test_odd_built_wheels_say_what_they_were_built_from(place: Place, writer: Writer) -> None:
    other_entries.add_odd_built_wheels(writer, ("cp", "312"))
    origins = {entry.project: entry.detail for entry in place.scan().entries}
    assert origins.keys() == {"acme-widgets", "acme-legacy", "widgets"}
    git, archive, folder = (origins[name] for name in ("acme-widgets", "acme-legacy", "widgets"))
    assert isinstance(git, Origin)
    assert isinstance(archive, Origin)
    assert isinstance(folder, Origin)
    assert (git.vcs, len(git.commit or "")) == ("git", 40)
    assert (archive.vcs, archive.url.rpartition("/")[2]) == (None, "acme-legacy-0.7.tar.gz")
    assert folder.url.startswith("file:///")


def test_self_checks_of_both_layouts_are_read(place: Place, writer: Writer) -> None:
    other_entries.add_selfchecks(writer)
    entries = place.scan().entries
    assert {entry.kind for entry in entries} == {"selfcheck"}
    assert len(entries) == 6


@pytest.mark.parametrize(
    ("add", "store", "projects"),
    [
        (other_entries.add_download_cache, "downloads", {"fabric", "south", "ipython"}),
        (other_entries.add_pip_accel, "pip-accel", {"lxml", "numpy", "psycopg2"}),
    ],
)
def test_older_caches_are_read(place: Place, writer: Writer, add: object, store: str, projects: set[str]) -> None:
    assert callable(add)
    add(writer)
    snapshot = place.scan()
    assert {entry.store for entry in snapshot.entries} == {store}
    assert {entry.project for entry in snapshot.entries} == projects
    assert snapshot.foreign_files == 0
