"""Sums of files that count an inode once."""

from __future__ import annotations

import os
from pathlib import Path

from pipcache_tui.cache.disk_usage import DiskUsage, disk_usage
from pipcache_tui.cache.model import Files, OwnedFile, pack_stamp


def _file(path: Path) -> OwnedFile:
    return OwnedFile(path.name, pack_stamp(path.lstat()))


def test_two_names_of_one_inode_take_room_once_and_free_it_together(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"x" * 5000)
    os.link(first, second)
    blocks = _file(first).size_on_disk
    assert disk_usage([[_file(first)]]) == DiskUsage(1, 5000, blocks, 0), "the other name keeps the blocks"
    assert disk_usage([[_file(first)], Files.of(_file(second))]) == DiskUsage(2, 10_000, blocks, blocks)


def test_files_with_one_name_each_count_each(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"x" * 5000)
    files = [_file(tmp_path / name) for name in ("a", "b")]
    both = 2 * files[0].size_on_disk
    assert disk_usage([files]) == DiskUsage(2, 10_000, both, both)


def test_no_files_take_nothing() -> None:
    assert disk_usage([]) == DiskUsage(0, 0, 0, 0)
