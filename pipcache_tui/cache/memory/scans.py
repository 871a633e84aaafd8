"""The last scan of each root, kept below the user's cache directory, so that the next looks only at what changed.

A file a root: one line of JSON (format, root); for each part of a store the packed identities and records of its
entries; an index of the parts, in msgpack; and where that stands, with its checksum. Parts are written and read one by
one, since all at once would take as much memory as the entries. It never lies in pip's own directory. Whatever is not
exactly what this version would have written is ignored, and replaced by the next scan.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO

import msgpack
import platformdirs

from pipcache_tui.cache.disk.own_files import close_kept, open_kept, path_of_root, remove_kept, replacing
from pipcache_tui.cache.memory import previous, records
from pipcache_tui.cache.model import LAYOUTS, UNOPENED, Entry, IndexPage

_FORMAT = f"pipcache-tui scan {records.VERSION}"
_SUFFIX = ".scan"
#: where the index begins, how long it is (bytes), its checksum
_END = struct.Struct("<QQ16s")
#: a head is one short line (bytes)
_HEAD_LIMIT = 1 << 16
_PART_DEPTH = {store: traits.part_depth for store, traits in LAYOUTS.items() if traits.part_depth is not None}


def default_folder() -> str:
    """Where scans are kept, unless the caller says otherwise."""
    return os.path.join(platformdirs.user_cache_dir("pipcache-tui", appauthor=False), "scans")


class Remembered:
    """What is kept of one root; a part is read when it is asked for. Holds a file open until it is closed."""

    def __init__(self, file: BinaryIO | None = None, size: int = 0, index: Mapping[str, Any] | None = None) -> None:
        self._file = file
        self._size = size
        parts, sources, count = (None, None, None) if index is None else map(index.get, ("parts", "sources", "entries"))
        self._places: dict[str, Any] = parts if isinstance(parts, dict) else {}
        self._loaded: dict[str, previous.Remembered] = {}
        #: where URLs were looked for then; with other places, what found none is tried again
        self.sources: tuple[str, ...] = tuple(map(str, sources)) if isinstance(sources, list) else ()
        #: how many entries
        self.count: int = count if isinstance(count, int) else 0

    @property
    def parts(self) -> frozenset[str]:
        """The names of the parts of which something is kept."""
        return frozenset(self._places)

    def of(self, part: str) -> previous.Remembered:
        """What is kept of a part, nothing where that is not whole; at hand from now on, until it is let go."""
        if part not in self._loaded:
            self._loaded[part] = self._load(part)
        return self._loaded[part]

    def discard(self, part: str) -> None:
        """A part is not asked for again."""
        self._loaded.pop(part, None)
        self._places.pop(part, None)

    def _load(self, part: str) -> previous.Remembered:
        if self._file is None or part not in self._places:
            return previous.NOTHING
        try:
            offset, identities, records, census, checksum = self._places[part]
            if not 0 <= identities + records <= self._size:
                return previous.NOTHING
            self._file.seek(offset)
            data = self._file.read(identities + records)
            if len(data) == identities + records and checksum == _checksum(data, census):
                return previous.Remembered(data[:identities], data[identities:], census)
        except (OSError, ValueError, TypeError, OverflowError):
            pass  # it is as if nothing were kept: the part is read
        return previous.NOTHING

    def close(self) -> None:
        """Read no more; what was loaded stays."""
        if self._file is not None:
            close_kept(self._file)


def recall(folder: str, root: str) -> Remembered:
    """What is kept of a root; nothing where there is none, or where it is not ours to trust."""
    file: BinaryIO | None = None
    try:
        file = open_kept(_path(folder, root))
        if file is not None:
            head = _read_head(file.readline(_HEAD_LIMIT))
            if head is not None and head.get("root") == _printable(root):
                size = os.fstat(file.fileno()).st_size
                index = _read_index(file, size)
                if index is not None:
                    return Remembered(file, size, index)
    except OSError:
        pass
    if file is not None:
        close_kept(file)
    return Remembered()


def _read_index(file: BinaryIO, size: int) -> Mapping[str, Any] | None:
    file.seek(max(0, size - _END.size))
    end = file.read(_END.size)
    if len(end) != _END.size:
        return None
    offset, length, checksum = _END.unpack(end)
    if offset + length + _END.size != size:
        return None
    file.seek(offset)
    data = file.read(length)
    if _checksum(data) != checksum:
        return None
    try:
        index = msgpack.unpackb(data, unicode_errors="surrogatepass")
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException):
        return None
    return index if isinstance(index, dict) else None


def kept_bytes(folder: str, root: str) -> int:
    """The size of what is kept of a root, 0 where there is nothing."""
    try:
        return os.stat(_path(folder, root)).st_size
    except OSError:
        return 0


def is_kept(entry: Entry) -> bool:
    """Whether an entry is worth remembering: not of a small store, not there for a moment only.

    A permission can change without a trace in what is compared: what could not be opened is read anew each time, and
    so is a page that could not be read through.
    """
    if entry.store not in _PART_DEPTH or entry.kind == "leftover":
        return False
    if isinstance(entry.detail, IndexPage) and entry.detail.files is None:
        return False
    return not any(problem.startswith(UNOPENED) for problem in entry.problems)


def keep(
    folder: str, root: str, entries: Iterable[Entry], sources: Iterable[str], censuses: Mapping[str, bytes]
) -> None:
    """Replace what is kept of a root, and drop what is kept of roots that are gone. Raises OSError.

    `censuses` are those of its parts, as far as they were taken.

    The new file takes the old one's place at once or not at all.
    """
    parts: dict[str, list[Entry]] = defaultdict(list)
    for entry in filter(is_kept, entries):
        depth = _PART_DEPTH[entry.store]
        parts["/".join(entry.files.path.split("/", depth)[:depth])].append(entry)
    for part, census in censuses.items():
        if census:  # one that holds nothing is remembered as that
            parts.setdefault(part, [])
    with replacing(_path(folder, root)) as file:
        _write(file, root, parts, list(sources), censuses)
    _drop_gone(folder)


def _write(
    file: BinaryIO,
    root: str,
    parts: Mapping[str, Sequence[Entry]],
    sources: Sequence[str],
    censuses: Mapping[str, bytes],
) -> None:
    offset = file.write(json.dumps({"format": _FORMAT, "root": _printable(root)}).encode() + b"\n")
    places: dict[str, tuple[int, int, int, bytes, bytes]] = {}
    for part, entries in parts.items():
        kept = previous.remember(map(records.to_record, entries), censuses.get(part, b""))
        data = kept.identities + kept.records
        places[part] = (offset, len(kept.identities), len(kept.records), kept.census, _checksum(data, kept.census))
        offset += file.write(data)
    count = sum(map(len, parts.values()))
    packer = msgpack.Packer(unicode_errors="surrogatepass")
    index = packer.pack({"parts": places, "sources": sources, "entries": count})
    file.write(index)
    file.write(_END.pack(offset, len(index), _checksum(index)))


def forget(folder: str) -> int:
    """Delete all that is kept; how many roots it was. Raises OSError."""
    return remove_kept(folder, _SUFFIX)


def _drop_gone(folder: str) -> None:
    for name in os.listdir(folder):
        if name.endswith(_SUFFIX):
            path = os.path.join(folder, name)
            with contextlib.suppress(OSError):
                with open(path, "rb") as file:
                    head = _read_head(file.readline(_HEAD_LIMIT))
                if head is None or not os.path.isdir(os.fsdecode(str(head.get("root")).encode("latin-1", "replace"))):
                    os.unlink(path)


def _read_head(line: bytes) -> dict[str, Any] | None:
    try:
        head = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return head if isinstance(head, dict) and head.get("format") == _FORMAT else None


def _printable(root: str) -> str:
    """A path as JSON text that loses none of its bytes."""
    return os.fsencode(root).decode("latin-1")


def _path(folder: str, root: str) -> str:
    return path_of_root(folder, root, _SUFFIX)


def _checksum(data: bytes, salt: bytes = b"") -> bytes:
    return hashlib.blake2b(data, digest_size=16, salt=salt).digest()
