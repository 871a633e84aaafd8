"""Where a zip's directory lies and how large it is, from the end of the archive alone."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

import pytest

from pipcache_tui.cache.formats.zips import (
    DamagedError,
    SeekableBody,
    directory_size,
    find_end_record,
    top_level_member,
)


@dataclass(frozen=True)
class Bytes:
    """A body in memory."""

    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def read_at(self, offset: int, count: int) -> bytes:
        return self.data[offset : offset + count]


def make_zip(comment: bytes = b"") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("demo-1.0.dist-info/METADATA", "Name: demo\n")
        archive.comment = comment
    return stream.getvalue()


@pytest.mark.parametrize("comment", [b"", b"x" * 65_000])
def test_the_end_record_tells_where_the_directory_is_and_its_size(comment: bytes) -> None:
    data = make_zip(comment)
    end = find_end_record(data)
    assert end is not None
    assert data[end.offset : end.offset + 4] == b"PK\x01\x02"
    assert end.offset + end.size == end.position
    assert directory_size(Bytes(data)) == end.size


def test_a_zip64_archive_has_the_size_in_a_record_of_its_own() -> None:
    zip64 = b"PK\x06\x06" + bytes(36) + (5_000_000_000).to_bytes(8, "little") + bytes(8)
    end = b"PK\x05\x06" + bytes(8) + b"\xff" * 8 + bytes(2)
    assert directory_size(Bytes(zip64 + end)) == 5_000_000_000
    assert directory_size(Bytes(end)) > 1 << 60


@pytest.mark.parametrize("data", [b"", make_zip()[:-22], b"PK\x05\x06short"])
def test_an_archive_that_was_cut_short_has_no_directory(data: bytes) -> None:
    with pytest.raises(DamagedError, match="cut short"):
        directory_size(Bytes(data))


def test_only_members_of_folders_at_the_top_count() -> None:
    names = ["a/b.dist-info/METADATA", "METADATA", "demo-1.0.dist-info/METADATA"]
    assert top_level_member(names, ".dist-info/METADATA") == "demo-1.0.dist-info/METADATA"
    assert top_level_member(names[:2], ".dist-info/METADATA") is None


def test_a_body_can_be_read_as_a_file() -> None:
    with zipfile.ZipFile(SeekableBody(Bytes(make_zip()))) as archive:
        assert archive.read("demo-1.0.dist-info/METADATA") == b"Name: demo\n"
    with pytest.raises(OSError, match="before the start"):
        SeekableBody(Bytes(b"")).seek(-1, io.SEEK_END)
