"""Entries and their files: what is packed comes back, and sizes, times and ids are those of the files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipcache_tui.cache.model import Entry, Files, Kind, OwnedFile, Store, compress_tags, pack_stamp

KEY = "0123456789" * 5 + "abcdef"
PATH = f"http-v2/0/1/2/3/4/{KEY}"


def owned(path: str, *, size: int = 1, mtime: int = 2, atime: int = 3) -> OwnedFile:
    times = {"st_atime_ns": atime * 10**9, "st_mtime_ns": mtime * 10**9, "st_ctime_ns": 0, "st_blocks": 1}
    return OwnedFile(path, pack_stamp(os.stat_result((0o100600, 7, 8, 1, 0, 0, size, atime, mtime, 0), times)))


def test_a_stamp_has_the_numbers_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"12345")
    os.link(path, tmp_path / "y")
    status = path.stat()
    file = OwnedFile("x", pack_stamp(status))
    assert (file.device, file.inode, file.size) == (status.st_dev, status.st_ino, 5)
    assert (file.mtime_ns, file.atime_ns, file.links) == (status.st_mtime_ns, status.st_atime_ns, 2)
    assert file.size_on_disk == status.st_blocks * 512


def test_the_identity_changes_with_content_and_not_with_reading(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"1")
    before = OwnedFile("x", pack_stamp(path.stat())).identity
    os.utime(path, ns=(1, path.stat().st_mtime_ns))
    assert OwnedFile("x", pack_stamp(path.stat())).identity == before
    os.utime(path, ns=(1, 1))
    assert OwnedFile("x", pack_stamp(path.stat())).identity != before


@pytest.mark.parametrize("others", [(), (".body",), (".body", ".lock")])
def test_files_come_back_as_they_were_packed(others: tuple[str, ...]) -> None:
    given = [owned(PATH + name, size=number) for number, name in enumerate(("", *others))]
    files = Files.of(*given)
    assert list(files) == given == [files[number] for number in range(len(given))]
    assert files[-1] == given[-1]
    assert files[1:] == tuple(given[1:])
    assert files.paths() == [file.path for file in given]
    assert files == Files.of(*given)
    assert len({files, Files.of(*given), Files.of(owned("other"))}) == 2


def test_files_in_one_folder_need_not_begin_alike() -> None:
    files = Files.of(owned("wheels/ab/x.whl"), owned("wheels/ab/origin.json"))
    assert files.paths() == ["wheels/ab/x.whl", "wheels/ab/origin.json"]
    with pytest.raises(ValueError, match="not in the folder"):
        Files.of(owned("wheels/ab/x.whl"), owned("wheels/cd/origin.json"))


def test_sizes_and_times_of_an_entry_are_those_of_its_files() -> None:
    metadata, body = owned(PATH, size=10, mtime=500, atime=600), owned(PATH + ".body", size=32, mtime=400, atime=700)
    entry = Entry("/pip", "http-v2", "wheel", Files.of(metadata, body))
    assert (entry.size, entry.size_on_disk) == (42, 1024)
    assert (entry.stored, entry.validated, entry.used) == (400, 500, 700)
    assert entry.body == body
    whole = Entry("/pip", "wheels", "built-wheel", Files.of(body))
    assert (whole.body, whole.stored) == (body, 400)


@pytest.mark.parametrize(
    ("store", "kind", "path", "expected"),
    [
        ("http-v2", "wheel", f"{PATH}.body", f"http-v2:{KEY}"),
        ("http-v2", "leftover", f"{PATH}.bodyab12cd34.tmp", f"http-v2:{KEY}.bodyab12cd34.tmp"),
        ("http", "wheel", f"http/0/1/2/3/4/{KEY}", f"http:{KEY}"),
        ("http", "leftover", f"http/0/1/2/3/4/{KEY}.lock/host-1", f"http:{KEY}.lock/host-1"),
        ("wheels", "built-wheel", "wheels/ab/cd/x-1.0.whl", "wheels:ab/cd/x-1.0.whl"),
    ],
)
def test_an_id_is_the_store_and_the_name_in_it(store: Store, kind: Kind, path: str, expected: str) -> None:
    assert Entry("/pip", store, kind, Files.of(owned(path))).id == expected


@pytest.mark.parametrize(
    ("tags", "label"),
    [
        ((), ""),
        (("py2-none-any", "py3-none-any"), "py2.py3-none-any"),
        (("cp311-abi3-a_b", "cp311-abi3-c"), "cp311-abi3-a_b.c"),
    ],
)
def test_tags_are_compressed_as_in_file_names(tags: tuple[str, ...], label: str) -> None:
    assert compress_tags(tags) == label
