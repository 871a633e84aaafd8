"""The one format of what the program keeps about a root between runs: past scans and verdicts.

A line of JSON (format, root, checksum), then one value packed with msgpack. Whatever is not exactly what this version
would have written is ignored, and replaced by the next run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from typing import Any

import msgpack

from pipcache_tui.cache.disk.own_files import close_kept, open_kept, path_of_root, replacing

#: a head is one short line (bytes)
_HEAD_LIMIT = 1 << 16


def read_packed(folder: str, root: str, suffix: str, form: str) -> Any:
    """What is kept of a root; None where nothing is, or where it is not ours to trust."""
    try:
        file = open_kept(path_of_root(folder, root, suffix))
        if file is None:
            return None
        try:
            head = _head_of(file.readline(_HEAD_LIMIT))
            if head.get("format") != form or head.get("root") != _printable(root):
                return None
            data = file.read()
        finally:
            close_kept(file)
        if head.get("checksum") != _checksum(data):
            return None
        return msgpack.unpackb(data, use_list=False, unicode_errors="surrogatepass", strict_map_key=False)
    except (OSError, ValueError, TypeError, RecursionError, MemoryError, msgpack.UnpackException):
        return None


def write_packed(folder: str, root: str, suffix: str, form: str, value: object) -> None:
    """Replace what is kept of a root, at once or not at all. Raises OSError."""
    data = msgpack.Packer(unicode_errors="surrogatepass").pack(value)
    head = {"format": form, "root": _printable(root), "checksum": _checksum(data)}
    with replacing(path_of_root(folder, root, suffix)) as file:
        file.write(json.dumps(head).encode() + b"\n")
        file.write(data)


def drop_gone(folder: str, suffix: str, form: str) -> None:
    """Delete what is kept of roots that are gone, or in another version's format. Raises OSError."""
    for name in os.listdir(folder):
        if name.endswith(suffix):
            path = os.path.join(folder, name)
            with contextlib.suppress(OSError):
                with open(path, "rb") as file:
                    head = _head_of(file.readline(_HEAD_LIMIT))
                root = os.fsdecode(str(head.get("root")).encode("latin-1", "replace"))
                if head.get("format") != form or not os.path.isdir(root):
                    os.unlink(path)


def _head_of(line: bytes) -> dict[str, Any]:
    try:
        head = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return head if isinstance(head, dict) else {}


def _printable(root: str) -> str:
    """A path as JSON text that loses none of its bytes."""
    return os.fsencode(root).decode("latin-1")


def _checksum(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
