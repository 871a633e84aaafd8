"""Files that the program keeps, such as past scans: written completely or not at all, read only if ours."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

#: the suffix of a file while it is written
_BEGINS, _ENDS = ".pipcache-tui-", ".tmp"
#: no file takes this long to write (seconds): an older one was left by a process that was killed
_LEFT = 3600


def path_of_root(folder: str, root: str, suffix: str) -> str:
    """The file, in a folder of such files, that belongs to a pip root."""
    return os.path.join(folder, hashlib.sha256(os.fsencode(root)).hexdigest()[:32] + suffix)


def open_kept(path: str) -> BinaryIO | None:
    """Open such a file; None if there is none, or if it is not a regular file or belongs to another user.

    Raises OSError if a system call fails. Never blocks.
    """
    try:
        file = open(path, "rb", opener=_open)  # noqa: SIM115 - the caller closes it
    except FileNotFoundError:
        return None
    try:
        status = os.fstat(file.fileno())
        if stat.S_ISREG(status.st_mode) and (not hasattr(os, "geteuid") or status.st_uid == os.geteuid()):
            return file
    except OSError:
        close_kept(file)
        raise
    close_kept(file)
    return None


def close_kept(file: BinaryIO) -> None:
    """Close such a file; errors don't matter, since it was only read."""
    with contextlib.suppress(OSError):
        file.close()


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


@contextmanager
def replacing(path: str) -> Iterator[BinaryIO]:
    """Write a new file that replaces the one at `path` atomically. Raises OSError.

    If missing, the folder is created with access for the user only.
    """
    folder = os.path.dirname(path) or os.curdir
    os.makedirs(folder, mode=0o700, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=_BEGINS, suffix=_ENDS)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    with contextlib.suppress(OSError):
        _remove_left(folder, os.lstat(path).st_mtime)


def _remove_left(folder: str, now: float) -> None:
    for name in filter(_is_unfinished, os.listdir(folder)):
        path = os.path.join(folder, name)
        with contextlib.suppress(OSError):
            if os.lstat(path).st_mtime < now - _LEFT:
                os.unlink(path)


def _is_unfinished(name: str) -> bool:
    return name.startswith(_BEGINS) and name.endswith(_ENDS)


def remove_kept(folder: str, suffix: str) -> int:
    """Remove the files with this ending, and unfinished ones; returns how many were complete. Raises OSError."""
    count = 0
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(folder):
            if name.endswith(suffix) or _is_unfinished(name):
                os.unlink(os.path.join(folder, name))
                count += name.endswith(suffix)
    return count


def is_anothers(folder: str) -> bool:
    """Whether this is root, but the folder or its parent belongs to another user: sudo may keep HOME."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    try:
        return os.stat(folder).st_uid != 0
    except OSError:
        return False
