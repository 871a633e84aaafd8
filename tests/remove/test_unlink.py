"""The last check before a file is removed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from pipcache_tui.cache.model import OwnedFile, pack_stamp
from pipcache_tui.remove.plan import PlannedEntry
from pipcache_tui.remove.steps import Skipped
from pipcache_tui.remove.unlink import EntryRemoval, Remover
from tests.support.small_caches import Cache

needs_fifos = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")


def _planned(cache: Cache, path: str) -> PlannedEntry:
    (planned,) = cache.plan([cache.entry(path)]).entries
    return planned


@needs_fifos
def test_a_pipe_stays_even_with_the_planned_identity(cache: Cache, way: str) -> None:
    """An inode number is used again after a file is deleted, and times can be set."""
    path = cache.temporary("cut")
    planned = _planned(cache, path)
    target = cache.folder / path
    target.unlink()
    os.mkfifo(target)
    same = replace(planned, files=(OwnedFile(path, pack_stamp(target.lstat())),))
    outcome = Remover(str(cache.folder)).remove(EntryRemoval(same))
    assert outcome == Skipped(same, "changed since: it is not a regular file now")
    assert target.exists()


@pytest.mark.parametrize("part", ["device", "inode", "size", "mtime"])
def test_each_part_of_the_identity_must_match(cache: Cache, way: str, part: str) -> None:
    path = cache.temporary("cut")
    planned = _planned(cache, path)
    start = ("device", "inode", "size", "mtime").index(part) * 8
    stamp = bytearray(planned.files[0].stamp)
    stamp[start] ^= 1
    other = replace(planned, files=(OwnedFile(path, bytes(stamp)),))
    outcome = Remover(str(cache.folder)).remove(EntryRemoval(other))
    assert isinstance(outcome, Skipped)
    assert outcome.why.startswith("changed since: ")
    assert (cache.folder / path).exists()


def test_the_times_of_reading_and_of_the_inode_may_change(cache: Cache, way: str) -> None:
    path = cache.temporary("cut")
    planned = _planned(cache, path)
    target: Path = cache.folder / path
    os.utime(target, ns=(1, target.stat().st_mtime_ns))
    target.chmod(0o400)
    Remover(str(cache.folder)).remove(EntryRemoval(planned))
    assert not target.exists()
