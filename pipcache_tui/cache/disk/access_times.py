"""How far "last read" can be trusted: what the mount that holds a path does with access times.

Linux says in /proc/self/mountinfo (proc(5)): `noatime` and read-only mounts keep none; `relatime`, the default,
writes one at most once in 24 hours; `strictatime` (none of these words) each time. A file system over a network
keeps them as its server likes, and other systems do not say.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pipcache_tui.text import safe_text

_DAY = 86400.0
_MOUNTINFO = "/proc/self/mountinfo"
_OCTAL = re.compile(r"\\([0-7]{3})")
_REMOTE = frozenset({"9p", "afs", "ceph", "cifs", "glusterfs", "lustre", "nfs", "nfs4", "smb3", "smbfs", "virtiofs"})


@dataclass(frozen=True, slots=True)
class AtimeKeeping:
    """How access times are kept: each time, at most once a day, never, or not known; and the same in words."""

    kept: Literal["always", "daily", "never", "unknown"]
    words: str

    @property
    def blur(self) -> float:
        """How many seconds the true last use may be later than the file's access time."""
        return 0.0 if self.kept == "always" else _DAY


@lru_cache(maxsize=64)
def atime_keeping(path: str) -> AtimeKeeping:
    """How the mount of a path keeps access times; looked up once for each path."""
    try:
        with open(_MOUNTINFO, encoding="utf-8", errors="surrogateescape") as file:
            mounts = file.read(1 << 22)
    except OSError:
        return AtimeKeeping("unknown", f"{sys.platform} does not say whether it keeps the time of last use")
    return read_mounts(mounts, os.path.realpath(path))


def read_mounts(mountinfo: str, path: str) -> AtimeKeeping:
    """The same from the text of mountinfo; `path` is absolute and free of links."""
    best: tuple[str, frozenset[str], str] | None = None
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 6 or not after:
            continue
        point = _OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[4])
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and (best is None or len(point) >= len(best[0])):  # a later mount hides an earlier one
            kind, _, source_and_options = after.partition(" ")
            read_only = {"ro"} & set(source_and_options.rpartition(" ")[2].split(","))
            best = (point, frozenset(fields[5].split(",")) | read_only, kind)
    if best is None:
        return AtimeKeeping("unknown", "no mount is known to hold it")
    point, options, kind = best
    where = safe_text(point, 200)
    if "ro" in options:
        return AtimeKeeping("never", f"{where} is mounted read-only, which keeps no time of last use")
    if "noatime" in options:
        return AtimeKeeping("never", f"{where} is mounted noatime, which keeps no time of last use")
    if kind in _REMOTE or kind.startswith("fuse"):
        return AtimeKeeping("unknown", f"{where} is {safe_text(kind, 40)}, where another machine or program decides")
    if "relatime" in options:
        return AtimeKeeping("daily", f"{where} is mounted relatime: kept to the day")
    return AtimeKeeping("always", f"{where} keeps every time of last use")
