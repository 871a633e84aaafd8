"""What an earlier scan saw, asked again file by file: an entry is unchanged only while all its files are the same.

The reading of a part knows no more of its entries than the identities of their files, so that little travels to the
worker that asks; the entries themselves are put together again where they are wanted (`recall`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgpack

from pipcache_tui.cache.model import IDENTITY_BYTES, STAMP_BYTES, Entry
from pipcache_tui.cache.records import PATH, STAMPS, Reader, Record


class Unchanged(NamedTuple):
    """An entry that is as it was: its key's path, and the stamps its files have now, one after the other."""

    path: str
    stamps: bytes


class Remembered(NamedTuple):
    """What is kept of one part, packed with msgpack: identities by path (see `Known`), and the entries' records."""

    identities: bytes = b""
    records: bytes = b""


NOTHING = Remembered()


class Known:
    """The identities of one part's entries. What does not look like one is as if it were not there."""

    def __init__(self, packed: bytes = b"") -> None:
        unpacked = _unpack(packed)
        self._identities: Mapping[object, object] = unpacked if isinstance(unpacked, dict) else {}

    def __bool__(self) -> bool:
        return bool(self._identities)

    def unchanged(self, path: str, stamps: Sequence[bytes]) -> Unchanged | None:
        """Whether an entry's files had just these stamps; device, inode, size and mtime are compared."""
        joined = b"".join(stamps)
        return Unchanged(path, joined) if self._identities.get(path) == identities(joined) else None


def identities(stamps: bytes) -> bytes:
    """What of the stamps of an entry's files is compared."""
    return b"".join([stamps[start : start + IDENTITY_BYTES] for start in range(0, len(stamps), STAMP_BYTES)])


def remember(entries: Iterable[Record]) -> Remembered:
    """The records of one part's entries, packed."""
    packer = msgpack.Packer(unicode_errors="surrogatepass")
    kept = tuple(entries)
    seen = {record[PATH]: identities(record[STAMPS]) for record in kept}
    return Remembered(packer.pack(seen), packer.pack(kept))


def recall(remembered: Remembered, unchanged: Mapping[str, bytes], root: str, reader: Reader) -> list[Entry] | None:
    """The entries that are unchanged, with the stamps of now; None where what is kept does not hold together."""
    if not unchanged:
        return []
    records = _unpack(remembered.records)
    if not isinstance(records, tuple):
        return None
    entries: list[Entry] = []
    try:
        for record in records:
            stamps = unchanged.get(record[PATH])
            if stamps is not None:
                entries.append(reader.entry(root, record, stamps))
    except (TypeError, ValueError, KeyError, IndexError):
        return None
    return entries if len(entries) == len(unchanged) else None


def _unpack(packed: bytes) -> object:
    if not packed:
        return None
    try:
        value: object = msgpack.unpackb(packed, use_list=False, unicode_errors="surrogatepass")
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException):
        return None
    return value
