"""The record of deletions and sizes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipcache_tui.cache.memory.packed import write_packed
from pipcache_tui.cache.memory.upkeep import (
    _FORMAT,
    _SUFFIX,
    DAY,
    KEPT_DAYS,
    RecordedRemoval,
    RecordedSizes,
    Upkeep,
    forget_upkeep,
    read_upkeep,
    record_removal,
    record_sizes,
)
from tests.support.small_caches import NOW, Cache

TODAY = int(NOW // DAY)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return os.fspath(tmp_path / "upkeep")


def _removal(days_ago: float = 0.0, freed: int = 4096) -> RecordedRemoval:
    return RecordedRemoval(NOW - days_ago * DAY, ("--prune-older 30d", "--project torch"), 1, 2, freed)


def test_removals_come_back_as_they_were_recorded(folder: str) -> None:
    for days in (3, 1):
        record_removal(folder, "/pip", _removal(days))
    assert read_upkeep(folder, "/pip") == Upkeep((_removal(3), _removal(1)))
    assert read_upkeep(folder, "/other") == Upkeep()


def test_each_store_has_one_size_a_day(tmp_path: Path, folder: str) -> None:
    (tmp_path / "pip").mkdir()
    cache = Cache(tmp_path / "pip")
    cache.pair("six")
    (wheel,) = cache.built("two", "1.0")
    before = cache.scan().entries
    sizes = {
        store: sum(file.size_on_disk for entry in before if entry.store == store for file in entry.files)
        for store in ("http-v2", "wheels")
    }
    record_sizes(folder, cache.root.path, before, NOW)
    (cache.folder / wheel).unlink()
    record_sizes(folder, cache.root.path, cache.scan().entries, NOW + 60)
    assert read_upkeep(folder, cache.root.path).sizes == (RecordedSizes(TODAY, sizes),), "the first of the day stays"
    record_sizes(folder, cache.root.path, [], NOW + DAY)
    assert read_upkeep(folder, cache.root.path).sizes == (RecordedSizes(TODAY, sizes), RecordedSizes(TODAY + 1, {}))


def test_two_years_are_kept(folder: str) -> None:
    for days in (KEPT_DAYS + 2, KEPT_DAYS - 1):
        record_removal(folder, "/pip", _removal(days))
        record_sizes(folder, "/pip", [], NOW - days * DAY)
    record_removal(folder, "/pip", _removal())
    kept = read_upkeep(folder, "/pip")
    assert kept.removals == (_removal(KEPT_DAYS - 1), _removal())
    assert [sizes.day for sizes in kept.sizes] == [TODAY - KEPT_DAYS + 1]


@pytest.mark.parametrize(
    "value",
    [5, (), ((), (), ()), ([1], []), ([(1, 2)], []), ([], [(1, 2)]), ([], [("x", {})]), ([(None, (), 1, 1, 1)], [])],
)
def test_well_formed_nonsense_is_no_record(folder: str, value: object) -> None:
    write_packed(folder, "/pip", _SUFFIX, _FORMAT, value)
    assert read_upkeep(folder, "/pip") == Upkeep()
    record_removal(folder, "/pip", _removal())
    assert read_upkeep(folder, "/pip") == Upkeep((_removal(),))


def test_what_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    record_removal(os.fspath(tmp_path / "file" / "upkeep"), "/pip", _removal())


def test_forgetting_deletes_the_record_of_every_root(folder: str) -> None:
    for root in ("/pip", "/other"):
        record_removal(folder, root, _removal())
    assert forget_upkeep(folder) == 2
    assert os.listdir(folder) == []
