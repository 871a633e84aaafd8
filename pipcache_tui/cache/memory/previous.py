"""What an earlier scan saw, asked again file by file: an entry is unchanged only while all its files are the same.

The reading of a part knows no more of its entries than the identities of their files, so that little travels to the
worker that asks; the entries themselves are put together again where they are wanted (`recall`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgpack

from pipcache_tui.cache.memory.records import PATH, STAMPS, Reader, Record
from pipcache_tui.cache.model import STAMP_BYTES, UNTOUCHED_BYTES, Entry


class Unchanged(NamedTuple):
    """An entry that is as it was: its key's path, and the stamps its files have now, one after the other."""

    path: str
    stamps: bytes


@dataclass(frozen=True, slots=True)
class PartFingerprint:
    """The census of a part (see `pipcache_tui.cache.memory.fingerprints`): b"" where it tells nothing."""

    root: str
    part: str
    census: bytes


class Remembered(NamedTuple):
    """What is kept of one part: its census, and packed with msgpack identities by path and the entries' records.

    Records stand in the order of the identities, and without what those tell: paths and stamps.
    """

    identities: bytes = b""
    records: bytes = b""
    census: bytes = b""


NOTHING = Remembered()


class PreviousIdentities:
    """The identities of one part's entries. What does not look like one is as if it were not there."""

    def __init__(self, packed: bytes = b"", census: bytes = b"", *, counts: bool = False) -> None:
        unpacked = _unpack(packed)
        self._identities: Mapping[object, object] = unpacked if isinstance(unpacked, dict) else {}
        #: of the part as it was
        self.census = census
        #: whether a census is wanted, to be kept
        self.counts = counts

    def __bool__(self) -> bool:
        return bool(self._identities)

    def files(self) -> Iterator[tuple[str, int]]:
        """(path of the first file, how many files) of each entry, by path."""
        for path in sorted(path for path in self._identities if isinstance(path, str)):
            identity = self._identities[path]
            yield path, len(identity) // UNTOUCHED_BYTES if isinstance(identity, bytes) else 0

    def unchanged(self, path: str, stamps: Sequence[bytes]) -> Unchanged | None:
        """Whether an entry's files had just these stamps; device, inode, size, mtime and ctime are compared."""
        joined = b"".join(stamps)
        return Unchanged(path, joined) if self._identities.get(path) == identities(joined) else None


def identities(stamps: bytes) -> bytes:
    """What of the stamps of an entry's files is compared."""
    return b"".join([stamps[start : start + UNTOUCHED_BYTES] for start in range(0, len(stamps), STAMP_BYTES)])


def remember(entries: Iterable[Record], census: bytes = b"") -> Remembered:
    """The records of one part's entries, packed, and its census."""
    packer = msgpack.Packer(unicode_errors="surrogatepass")
    seen: dict[str, bytes] = {}
    kept: list[Record] = []
    for record in entries:
        seen[record[PATH]] = identities(record[STAMPS])
        kept.append((*record[:PATH], None, record[PATH + 1], None, *record[STAMPS + 1 :]))
    return Remembered(packer.pack(seen), packer.pack(kept), census)


def recall(remembered: Remembered, unchanged: Mapping[str, bytes], root: str, reader: Reader) -> list[Entry] | None:
    """The entries that are unchanged, with the stamps of now; None where what is kept does not hold together."""
    if not unchanged:
        return []
    paths, records = _unpack(remembered.identities), _unpack(remembered.records)
    if not isinstance(paths, dict) or not isinstance(records, tuple):
        return None
    entries: list[Entry] = []
    try:
        for path, record in zip(paths, records, strict=True):
            stamps = unchanged.get(path)
            if stamps is not None:
                entries.append(reader.recalled(root, record, path, stamps))
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
