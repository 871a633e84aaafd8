from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipcache_tui.cache.disk.own_files import open_kept, remove_kept, replacing


def write(path: Path, content: bytes) -> None:
    with replacing(os.fspath(path)) as file:
        file.write(content)


def read(path: Path) -> bytes | None:
    file = open_kept(os.fspath(path))
    if file is None:
        return None
    with file:
        return file.read()


def test_a_file_is_replaced_at_once(tmp_path: Path) -> None:
    path = tmp_path / "made" / "x.scan"
    write(path, b"one")
    with replacing(os.fspath(path)) as file:
        file.write(b"two")
        file.flush()
        assert read(path) == b"one"
    assert read(path) == b"two"
    assert [each.name for each in path.parent.iterdir()] == ["x.scan"]


def test_what_fails_in_between_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "x.scan"
    write(path, b"old")
    with pytest.raises(KeyboardInterrupt), replacing(os.fspath(path)) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert read(path) == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_writer_left_goes_with_the_next_and_what_another_writes_stays(tmp_path: Path) -> None:
    path = tmp_path / "x.scan"
    write(path, b"old")
    written = path.stat().st_mtime
    names = {".pipcache-tui-left.tmp": 3700, ".pipcache-tui-at-work.tmp": 60, "notes.tmp": 99_999}
    for name, seconds in names.items():
        (tmp_path / name).write_bytes(b"half")
        os.utime(tmp_path / name, (written - seconds, written - seconds))
    write(path, b"new")
    assert sorted(each.name for each in tmp_path.iterdir()) == [".pipcache-tui-at-work.tmp", "notes.tmp", "x.scan"]


def test_what_is_kept_can_be_removed(tmp_path: Path) -> None:
    for name in ("a.scan", "b.scan", ".pipcache-tui-left.tmp", "notes"):
        (tmp_path / name).write_bytes(b"")
    assert remove_kept(os.fspath(tmp_path), ".scan") == 2
    assert [each.name for each in tmp_path.iterdir()] == ["notes"]
    assert remove_kept(os.fspath(tmp_path / "absent"), ".scan") == 0


def test_a_folder_or_nothing_is_not_read(tmp_path: Path) -> None:
    assert read(tmp_path / "absent") is None
    with pytest.raises(OSError, match=r".") if os.name == "nt" else pytest.raises(IsADirectoryError):
        read(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.scan")
    assert read(tmp_path / "x.scan") is None


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_another_users_file_is_not_trusted(tmp_path: Path) -> None:
    path = tmp_path / "x.scan"
    write(path, b"theirs")
    os.chown(path, 65534, 65534)
    assert read(path) is None
