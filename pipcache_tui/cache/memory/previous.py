"""What an earlier scan saw of a part, compared file by file: an entry is unchanged only while all its files are.

Whoever reads a part knows no more of its entries than paths and stamps, so that little travels to the worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipcache_tui.cache.model import STAMP_BYTES, UNTOUCHED_BYTES


class Unchanged(NamedTuple):
    """An entry that is as it was: its key's path, and the stamps its files have now, one after the other."""

    path: str
    stamps: bytes


@dataclass(frozen=True, slots=True)
class AllUnchanged:
    """Every entry of the part is as it was; the stamps of each entry now, in the order of `PreviousIdentities`."""

    stamps: list[bytes]


@dataclass(frozen=True, slots=True)
class PartFingerprint:
    """The fingerprint of a part's folders (see `memory.fingerprints`): b"" if it proves nothing."""

    fingerprint: bytes


class PreviousIdentities:
    """The stamps that one part's entries had, by the paths of their first files."""

    def __init__(
        self,
        paths: Iterable[str] = (),
        stamps: Iterable[bytes] = (),
        fingerprint: bytes = b"",
        *,
        counts: bool = False,
        names_only: bool = False,
    ) -> None:
        self.stamps: Mapping[str, bytes] = dict(zip(paths, stamps, strict=True))
        #: of the part's folders as they were
        self.fingerprint = fingerprint
        #: whether to take a fingerprint of the folders
        self.counts = counts
        #: whether names and stats are enough: no file need be opened
        self.names_only = names_only

    def __bool__(self) -> bool:
        return bool(self.stamps)

    def unchanged(self, path: str, stamps: Sequence[bytes]) -> Unchanged | None:
        """Whether an entry's files had just these stamps; device, inode, size, mtime and ctime are compared."""
        now = b"".join(stamps)
        before = self.stamps.get(path)
        return Unchanged(path, now) if before is not None and are_same(before, now) else None


def are_same(before: bytes, now: bytes) -> bool:
    """Whether two lists of stamps are of the same files, with the same content."""
    return before == now or _identities(before) == _identities(now)


def _identities(stamps: bytes) -> bytes:
    """What of the stamps of an entry's files is compared."""
    return b"".join([stamps[start : start + UNTOUCHED_BYTES] for start in range(0, len(stamps), STAMP_BYTES)])
