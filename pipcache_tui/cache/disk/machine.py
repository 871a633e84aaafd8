"""Facts about paths on this machine: whether they exist, how their mount keeps access times, how full their disk is.

The code that selects entries is passed these facts and asks nothing itself, so the same input selects the same entries.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import NamedTuple

from pipcache_tui.cache.disk.access_times import AtimeKeeping, atime_keeping


class DiskSpace(NamedTuple):
    """Bytes of the file system that holds a path, and how many of them are free for this user."""

    total: int
    free: int


def disk_space(path: str) -> DiskSpace:
    """The space of the file system that holds a path. Raises OSError."""
    usage = shutil.disk_usage(path)
    return DiskSpace(usage.total, usage.free)


class Machine(NamedTuple):
    """Functions that look up facts by path; tests pass their own."""

    exists: Callable[[str], bool]
    atimes: Callable[[str], AtimeKeeping]
    #: raises OSError
    disk_space: Callable[[str], DiskSpace]


THIS_MACHINE = Machine(os.path.exists, atime_keeping, disk_space)
