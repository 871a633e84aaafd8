"""The file format of what is kept about a root: it comes back as it was written, and anything else is ignored."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipcache_tui.cache.disk.own_files import path_of_root
from pipcache_tui.cache.memory.packed import drop_gone, read_packed, write_packed

VALUE = {"paths": ("a", "b\udcff"), "stamps": b"\0\1", "n": 3}


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return os.fspath(tmp_path / "kept")


def test_a_value_comes_back_as_it_was_written(folder: str) -> None:
    write_packed(folder, "/pip\udcff", ".x", "form 1", VALUE)
    assert read_packed(folder, "/pip\udcff", ".x", "form 1") == VALUE


def test_another_root_format_or_suffix_has_no_value(folder: str) -> None:
    write_packed(folder, "/pip", ".x", "form 1", VALUE)
    assert read_packed(folder, "/other", ".x", "form 1") is None
    assert read_packed(folder, "/pip", ".x", "form 2") is None
    assert read_packed(folder, "/pip", ".y", "form 1") is None


def test_a_file_of_another_root_under_this_name_is_ignored(folder: str) -> None:
    write_packed(folder, "/other", ".x", "form 1", VALUE)
    os.replace(path_of_root(folder, "/other", ".x"), path_of_root(folder, "/pip", ".x"))
    assert read_packed(folder, "/pip", ".x", "form 1") is None


def test_a_file_with_any_byte_changed_gives_its_value_or_none(folder: str) -> None:
    write_packed(folder, "/pip", ".x", "form 1", VALUE)
    path = Path(path_of_root(folder, "/pip", ".x"))
    content = path.read_bytes()
    data_starts = content.index(b"\n") + 1
    for at in range(len(content)):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        found = read_packed(folder, "/pip", ".x", "form 1")
        assert found is None or (at < data_starts and found == VALUE), at


def test_files_of_deleted_roots_and_of_other_formats_are_dropped(folder: str, tmp_path: Path) -> None:
    kept, gone = tmp_path / "pip", tmp_path / "gone"
    kept.mkdir()
    for root, suffix, form in ((kept, ".x", "form 1"), (gone, ".x", "form 1"), (gone, ".y", "form 1")):
        write_packed(folder, os.fspath(root), suffix, form, VALUE)
    drop_gone(folder, ".x", "form 1")
    assert read_packed(folder, os.fspath(kept), ".x", "form 1") == VALUE
    assert read_packed(folder, os.fspath(gone), ".x", "form 1") is None
    assert read_packed(folder, os.fspath(gone), ".y", "form 1") == VALUE
    drop_gone(folder, ".x", "form 2")
    assert read_packed(folder, os.fspath(kept), ".x", "form 1") is None
