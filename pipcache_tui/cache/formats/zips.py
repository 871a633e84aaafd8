"""Zip archives of which as little as possible is read: where their directory lies, and how large it is."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable
from typing import NamedTuple

from pipcache_tui.cache.formats.responses import Body

#: the most that `zipfile` may read at once (bytes): it reads a directory so, and makes an object of each of its records
READ_LIMIT = 2 << 20
#: the end record is in the last part of an archive: its 22 bytes, and a comment of up to 65,535 (APPNOTE 4.3.16)
_END_RECORD_REACH = 66_000
_END = struct.Struct("<4s4H2LH")


class ArchiveError(ValueError):
    """The archive is neither a wheel nor an sdist; the message says in a few words why."""


class DamagedError(ArchiveError):
    """It was meant to be one, and can't be read as such."""


class EndRecord(NamedTuple):
    """The end-of-central-directory record: where it was found in what was read, and what it says of the directory."""

    position: int
    #: of the directory; 0xFFFFFFFF where the zip64 record has it (bytes)
    size: int
    #: of the directory, from the start of the archive (bytes)
    offset: int


def find_end_record(tail: bytes) -> EndRecord | None:
    """The last end record in the last part of an archive; None where there is none."""
    position = tail.rfind(b"PK\x05\x06")
    if position < 0 or len(tail) - position < _END.size:
        return None
    _, _, _, _, _, size, offset, _ = _END.unpack_from(tail, position)
    return EndRecord(position, size, offset)


def directory_size(body: Body) -> int:
    """The size of a zip's directory as its end says (bytes); a huge number where a zip64 record is missing.

    Raises DamagedError where there is no end record, as in an archive that was cut short.
    """
    tail = body.read_at(max(0, body.size - _END_RECORD_REACH), _END_RECORD_REACH)
    end = find_end_record(tail)
    if end is None:
        raise DamagedError("cut short: a zip without its directory")
    if end.size != 0xFFFFFFFF:
        return end.size
    position = tail.rfind(b"PK\x06\x06")  # the zip64 record: its size field is 40 bytes in (APPNOTE 4.3.14)
    return int.from_bytes(tail[position + 40 : position + 48], "little") if position >= 0 else 1 << 62


def top_level_member(names: Iterable[str], ending: str) -> str | None:
    """The first name with this ending in a folder at the top of an archive: "demo-1.0.dist-info/METADATA"."""
    return next((name for name in names if name.endswith(ending) and name.count("/") == 1), None)


class SeekableBody(io.RawIOBase):
    """A Body as the seekable file that `zipfile` reads, at most `limit` bytes at once."""

    def __init__(self, body: Body, limit: int = READ_LIMIT) -> None:
        self._body = body
        self._limit = limit
        self._position = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._body.size}[whence]
        if base + offset < 0:
            raise OSError(22, "before the start")
        self._position = base + offset
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        count = self._body.size - self._position if size is None or size < 0 else size
        data = self._body.read_at(self._position, min(max(count, 0), self._limit))
        self._position += len(data)
        return data
