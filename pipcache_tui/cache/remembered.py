"""The last scan of each root, kept below the user's cache directory, so that the next looks only at what changed.

A file a root: one line of JSON (format, root, checksum), then msgpack: for each part of a store the packed records of
its entries, and its census. It never lies in pip's own directory. Whatever is not exactly what this version would have
written is ignored, and replaced by the next scan.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgpack
import platformdirs

from pipcache_tui.cache import known, records
from pipcache_tui.cache.model import TRAITS, UNOPENED, Entry

_FORMAT = f"pipcache-tui scan {records.VERSION}"
_SUFFIX = ".scan"
#: a head is one short line (bytes)
_HEAD_LIMIT = 1 << 16
_PART_DEPTH = {store: traits.part_depth for store, traits in TRAITS.items() if traits.part_depth is not None}


def default_folder() -> str:
    """Where scans are kept, unless the caller says otherwise."""
    return os.path.join(platformdirs.user_cache_dir("pipcache-tui", appauthor=False), "scans")


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is kept of one root, by part, not unpacked until a part is read."""

    parts: dict[str, known.Remembered]
    #: where URLs were looked for then; with other places, what found none is tried again
    sources: tuple[str, ...] = ()
    #: how many entries
    count: int = 0


def recall(folder: str, root: str) -> Remembered:
    """What is kept of a root; nothing where there is none, or where it is not ours to trust."""
    try:
        with open(_path(folder, root), "rb") as file:
            status = os.fstat(file.fileno())
            if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
                return Remembered({})
            head = _read_head(file.readline(_HEAD_LIMIT))
            if head is None or head.get("root") != _printable(root):
                return Remembered({})
            data = file.read()
    except OSError:
        return Remembered({})
    if head.get("checksum") != _checksum(data):
        return Remembered({})
    try:
        document = msgpack.unpackb(data, unicode_errors="surrogatepass")
        parts, sources = document["parts"], document["sources"]
    except (ValueError, TypeError, KeyError, RecursionError, msgpack.UnpackException):
        return Remembered({})
    if not isinstance(parts, dict) or not isinstance(sources, list):
        return Remembered({})
    whole = {
        part: known.Remembered(*packed)
        for part, packed in parts.items()
        if isinstance(packed, list) and len(packed) == 3 and all(isinstance(piece, bytes) for piece in packed)
    }
    count = head.get("entries")
    return Remembered(whole, tuple(map(str, sources)), count if isinstance(count, int) else 0)


def kept_bytes(folder: str, root: str) -> int:
    """The size of what is kept of a root, 0 where there is nothing."""
    try:
        return os.stat(_path(folder, root)).st_size
    except OSError:
        return 0


def is_kept(entry: Entry) -> bool:
    """Whether an entry is worth remembering: not of a small store, not there for a moment only.

    A permission can change without a trace in what is compared: what could not be opened is read anew each time.
    """
    if entry.store not in _PART_DEPTH or entry.kind == "leftover":
        return False
    return not any(problem.startswith(UNOPENED) for problem in entry.problems)


def keep(
    folder: str, root: str, entries: Iterable[Entry], sources: Iterable[str], censuses: Mapping[str, bytes]
) -> None:
    """Replace what is kept of a root, and drop what is kept of roots that are gone. Raises OSError.

    `censuses` are those of its parts, as far as they were taken.

    The new file takes the old one's place at once or not at all.
    """
    parts: dict[str, list[records.Record]] = defaultdict(list)
    count = 0
    for entry in filter(is_kept, entries):
        depth = _PART_DEPTH[entry.store]
        parts["/".join(entry.files.path.split("/", depth)[:depth])].append(records.to_record(entry))
        count += 1
    packer = msgpack.Packer(unicode_errors="surrogatepass")
    packed = {part: known.remember(of_part, censuses.get(part, b"")) for part, of_part in parts.items()}
    data = packer.pack({"parts": packed, "sources": list(sources)})
    head = {"format": _FORMAT, "root": _printable(root), "checksum": _checksum(data), "entries": count}
    os.makedirs(folder, mode=0o700, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=folder, suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(json.dumps(head).encode() + b"\n")
            file.write(data)
        os.replace(temporary, _path(folder, root))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _drop_gone(folder)


def forget(folder: str) -> int:
    """Delete all that is kept; how many roots it was. Raises OSError."""
    count = 0
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(folder):
            if name.endswith((_SUFFIX, ".tmp")):
                os.unlink(os.path.join(folder, name))
                count += name.endswith(_SUFFIX)
    return count


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
    return os.path.join(folder, hashlib.sha256(os.fsencode(root)).hexdigest()[:32] + _SUFFIX)


def _checksum(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
