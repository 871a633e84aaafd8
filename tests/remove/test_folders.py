"""Folders files are removed from: what they refuse, and the files they make."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipcache_tui.remove.folders import PathFolder, open_root


@pytest.fixture
def open_umask() -> Iterator[None]:
    """A user whose umask takes no permission away, so that the program's own modes show."""
    before = os.umask(0)
    yield
    os.umask(before)


def _other(status: os.stat_result, *, device: int = 0, inode: int = 0) -> os.stat_result:
    return os.stat_result((status.st_mode, status.st_ino + inode, status.st_dev + device, *status[3:]))


@pytest.mark.parametrize("change", [{"device": 1}, {"inode": 1}], ids=["device", "inode"])
def test_a_folder_with_another_identity_is_refused(tmp_path: Path, change: dict[str, int]) -> None:
    (tmp_path / "file").write_bytes(b"x")
    assert PathFolder(str(tmp_path), os.lstat(tmp_path)).names() == ["file"]
    replaced = PathFolder(str(tmp_path), _other(os.lstat(tmp_path), **change))
    for call in (lambda: replaced.unlink("file"), replaced.names, lambda: replaced.status("file")):
        with pytest.raises(NotADirectoryError):
            call()
    assert (tmp_path / "file").exists()


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(NotADirectoryError):
        open_root(str(tmp_path)).folder("file")
    with pytest.raises(NotADirectoryError):
        PathFolder(str(tmp_path / "file"), os.lstat(tmp_path / "file"))


def test_blanking_never_writes_over_a_file_with_the_temporary_name(
    tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = tmp_path / "abc"
    metadata.write_bytes(b"metadata")
    monkeypatch.setattr(os, "urandom", bytes)
    other = tmp_path / "abc00000000.tmp"
    other.write_bytes(b"of a pip that is storing it")
    folder = open_root(str(tmp_path))
    with pytest.raises(FileExistsError):
        folder.blank("abc", os.lstat(metadata))
    folder.close()
    assert other.read_bytes() == b"of a pip that is storing it"
    assert metadata.read_bytes() == b"metadata"


def test_blanking_makes_an_empty_file_that_only_its_owner_may_use(tmp_path: Path, way: str, open_umask: None) -> None:
    metadata = tmp_path / "abc"
    metadata.write_bytes(b"metadata")
    folder = open_root(str(tmp_path))
    status = folder.blank("abc", os.lstat(metadata))
    folder.close()
    assert [path.name for path in tmp_path.iterdir()] == ["abc"]
    assert metadata.read_bytes() == b""
    assert stat.S_IMODE(metadata.stat().st_mode) == stat.S_IMODE(status.st_mode) == 0o600
    assert status.st_ino == metadata.stat().st_ino
