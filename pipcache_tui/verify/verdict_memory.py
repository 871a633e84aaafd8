"""Verdicts of past runs, kept below the user's cache directory, so that the next run reads only what is new.

One file per root: one line of JSON (format, checksum), then msgpack: by an entry's path its verdict, and a token of
everything the verdict depends on (device, inode, size and mtime of its files, and the hashes known of it). Only good
verdicts are kept. A file that is not exactly what this version writes is ignored and replaced.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgpack
import platformdirs

from pipcache_tui.cache.disk.own_files import open_kept, path_of_root, remove_kept, replacing
from pipcache_tui.cache.model import Entry

if TYPE_CHECKING:
    from pipcache_tui.verify.examine import State
    from pipcache_tui.verify.known_hashes import Means

#: increase this whenever verifying changes
_VERSION = 1
_SUFFIX = ".verdicts"
_STATES = ("proven", "consistent")


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
        self._roots: dict[str, dict[str, list[Any]]] = {}
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
            records[path] = [token, state, list(means), list(why), sha256, url]
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
                _write(self._folder, root, records)
        self._changed.clear()

    def _of(self, root: str) -> dict[str, list[Any]]:
        if root not in self._roots:
            assert self._folder is not None
            self._roots[root] = _read(_path(self._folder, root))
        return self._roots[root]


def forget_verdicts(folder: str) -> int:
    """Delete all kept verdicts; of how many roots. Raises OSError."""
    return remove_kept(folder, _SUFFIX)


def _read(path: str) -> dict[str, list[Any]]:
    try:
        file = open_kept(path)
        if file is None:
            return {}
        with file:
            head = json.loads(file.readline(1 << 12))
            data = file.read()
        if head != _head(data):
            return {}
        records = msgpack.unpackb(data, unicode_errors="surrogatepass")
    except (OSError, ValueError, TypeError, RecursionError, msgpack.UnpackException):
        return {}
    whole = isinstance(records, dict) and all(isinstance(each, list) and len(each) == 6 for each in records.values())
    return records if whole else {}


def _write(folder: str, root: str, records: dict[str, list[Any]]) -> None:
    """Replace the file in one step. Raises OSError."""
    data = msgpack.Packer(unicode_errors="surrogatepass").pack(records)
    with replacing(_path(folder, root)) as file:
        file.write(json.dumps(_head(data)).encode() + b"\n")
        file.write(data)


def _head(data: bytes) -> dict[str, str]:
    checksum = hashlib.blake2b(data, digest_size=16).hexdigest()
    return {"format": f"pipcache-tui verdicts {_VERSION}", "checksum": checksum}


def _path(folder: str, root: str) -> str:
    return path_of_root(folder, root, _SUFFIX)
