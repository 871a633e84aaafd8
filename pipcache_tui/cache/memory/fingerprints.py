"""What tells that no name came or went in the folders of a part, without listing them: a folder's times change then.

A census is taken while a part is read, and kept with what is remembered of it. Where it is the same later, the part
holds the names that are remembered, and only its files have to be looked at.
"""

from __future__ import annotations

import hashlib
import os
import struct
import time

#: how long a folder must have been left alone (seconds): what came within one tick of a file system's clock leaves no
#: trace in the times, and the coarsest clock has ticks of two seconds
_SETTLED = 3.0
_SECOND = 10**9
#: device, inode, mtime_ns, ctime_ns, number of names
_FOLDER = struct.Struct("<QQqqI")
_now = time.time


class FolderFingerprint:
    """The folders of one part, added in the order of their paths, each with how many names it holds."""

    def __init__(self) -> None:
        self._folders: list[bytes] = []
        self._holds = True
        self._settled_ns = int((_now() - _SETTLED) * _SECOND)

    def add(self, status: os.stat_result | None, names: int) -> None:
        """Count a folder in by its status from before its names were listed; None where it can't be told."""
        if status is None:
            self._holds = False
            return
        changed, turned = status.st_mtime_ns, status.st_ctime_ns
        # whole seconds: a file system that keeps no finer times, or perhaps none for folders at all
        if changed > self._settled_ns or turned > self._settled_ns or not turned % _SECOND:
            self._holds = False
            return
        try:
            self._folders.append(_FOLDER.pack(status.st_dev, status.st_ino, changed, turned, names))
        except struct.error:
            self._holds = False

    def digest(self) -> bytes:
        """16 bytes that are equal for equal folders; b"" where a folder is too young, or its times tell nothing."""
        if not self._holds:
            return b""
        return hashlib.blake2b(b"".join(self._folders), digest_size=16).digest()
