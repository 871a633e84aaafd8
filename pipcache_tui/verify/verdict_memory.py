"""Verdicts of past runs, kept below the user's cache directory, so that the next run reads only what is new.

One file per root, in the format of `memory.packed`: by an entry's path its verdict, and a token of everything the
verdict depends on (device, inode, size and mtime of its files, and the hashes known of it). Only good verdicts are
kept.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import platformdirs

from pipcache_tui.cache.disk.own_files import remove_kept
from pipcache_tui.cache.memory.packed import drop_gone, read_packed, write_packed
from pipcache_tui.cache.model import Entry

if TYPE_CHECKING:
    from pipcache_tui.verify.examine import State
    from pipcache_tui.verify.known_hashes import Means

#: increase the number whenever verifying changes
_FORMAT = "pipcache-tui verdicts 2"
_SUFFIX = ".verdicts"
_STATES = ("proven", "consistent")
#: token, state, means, why, sha256, url
_Record: TypeAlias = tuple[Any, ...]


def verdicts_folder() -> str:
    """The default folder for verdicts."""
    return os.path.join(platformdirs.user_cache_dir("pipcache-tui", appauthor=False), "verdicts")


@dataclass(frozen=True, slots=True)
class RememberedVerdict:
    """A verdict as it is kept. `url` is set if the content proved it."""

    state: State
    means: tuple[Means, ...]
    why: tuple[str, ...]
    sha256: str | None
    url: str | None


class VerdictMemory:
    """The verdicts kept for each root, read when first needed. With `folder` None nothing is known or kept."""

    def __init__(self, folder: str | None) -> None:
        self._folder = folder
        self._roots: dict[str, dict[str, _Record]] = {}
        self._seen: set[tuple[str, str]] = set()
        self._changed: set[str] = set()

    def recall(self, entry: Entry, token: bytes) -> RememberedVerdict | None:
        """The kept verdict on an entry, if its token is still the same."""
        if self._folder is None:
            return None
        self._seen.add(entry.key)
        record = self._of(entry.root).get(entry.files.path)
        if record is None or record[0] != token:
            return None
        _, state, means, why, sha256, url = record
        return RememberedVerdict(state, tuple(means), tuple(why), sha256, url)

    def note(
        self,
        entry: Entry,
        token: bytes,
        state: State,
        means: tuple[Means, ...],
        why: tuple[str, ...],
        sha256: str | None,
    ) -> None:
        """Keep a verdict. A bad one is not kept: the entry is checked again each time."""
        if self._folder is None:
            return
        records = self._of(entry.root)
        path = entry.files.path
        if state in _STATES:
            url = entry.url if entry.url_proof == "content" else None
            records[path] = (token, state, means, why, sha256, url)
            self._changed.add(entry.root)
        elif records.pop(path, None) is not None:
            self._changed.add(entry.root)

    def save(self) -> None:
        """Write what is new. If that fails, the next run checks again."""
        for root in sorted(self._changed):
            assert self._folder is not None
            records = self._roots[root]
            for path in [path for path in records if (root, path) not in self._seen]:
                if not os.path.lexists(os.path.join(root, path)):
                    del records[path]
            with contextlib.suppress(OSError):
                write_packed(self._folder, root, _SUFFIX, _FORMAT, records)
                drop_gone(self._folder, _SUFFIX, _FORMAT)
        self._changed.clear()

    def _of(self, root: str) -> dict[str, _Record]:
        if root not in self._roots:
            assert self._folder is not None
            self._roots[root] = _read(self._folder, root)
        return self._roots[root]


def forget_verdicts(folder: str) -> int:
    """Delete all kept verdicts; of how many roots. Raises OSError."""
    return remove_kept(folder, _SUFFIX)


def _read(folder: str, root: str) -> dict[str, _Record]:
    records = read_packed(folder, root, _SUFFIX, _FORMAT)
    whole = isinstance(records, dict) and all(
        isinstance(record, tuple) and len(record) == 6 for record in records.values()
    )
    return records if whole else {}
