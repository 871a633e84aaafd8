"""Files with dates: the only place of the demo that touches a disk."""

from __future__ import annotations

import math
import os
import random

from pipcache_tui.demo.blob import Blob

DAY = 86400.0
#: from so many bytes on a file stays sparse
_GIANT = 100_000_000


class Writer:
    """Writes new files below one folder, dated as asked."""

    def __init__(self, folder: str, now: float, chance: random.Random, *, allocate: bool = True) -> None:
        self.folder = folder
        self.now = now
        self.chance = chance
        self.allocate = allocate
        self.files = 0

    def days_ago(self, days: float) -> float:
        """A moment of that day, in seconds since 1970."""
        return self.now - days * DAY - self.chance.uniform(0, 0.4 * DAY)

    def some_use_after(self, stored: float) -> float:
        """When it was last read: for a third of all things minutes after it was stored, else up to now."""
        if self.chance.random() < 1 / 3:
            return min(self.now, stored + self.chance.uniform(1, 600))
        return stored + (self.now - stored) * math.sqrt(self.chance.random())

    def write(
        self, path: str, content: bytes | Blob, stored: float, used: float | None = None, *, mode: int = 0o600
    ) -> None:
        """A new file at `path` (relative, "/" between), last written at `stored`, last read at `used`."""
        target = os.path.join(self.folder, *path.split("/"))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        blob = content if isinstance(content, Blob) else Blob((content,))
        blob.write(target, allocate=self.allocate and blob.size < _GIANT)
        self.files += 1
        os.chmod(target, mode)
        os.utime(target, (stored if used is None else used, stored))
