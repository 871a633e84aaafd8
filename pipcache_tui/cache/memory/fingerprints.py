"""Shows that no name was added to or removed from the folders of a part, by their times, without listing them.

A folder's times change whenever a name in it comes or goes. It is taken while a part is read, and kept with
what is remembered of it. If it is the same later, the part holds the remembered names, and only its files need a stat.
"""

from __future__ import annotations

import hashlib
import os
import struct
import time

#: a folder changed less than this ago is not trusted (seconds): two changes within one tick of the file system's clock
#: have the same time, and the coarsest clock ticks every two seconds
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
        """Count a folder in by its status from before its names were listed; None if it is not known."""
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
        """16 bytes that are equal for equal folders; b"" if a folder is too young, or its times prove nothing."""
        if not self._holds:
            return b""
        return hashlib.blake2b(b"".join(self._folders), digest_size=16).digest()
