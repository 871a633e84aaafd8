"""How much space files take and how much deleting them frees; an inode with several names counts once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipcache_tui.cache.model import BLOCK, Files, OwnedFile, stamp_numbers


@dataclass(frozen=True, slots=True)
class DiskUsage:
    """Figures of a set of files, in bytes.

    `size`: bytes in the files, each name counted. `on_disk`: allocated blocks, each inode counted once. `frees`:
    allocated blocks that come back when all these names go; a file with a name elsewhere gives back none.
    """

    files: int
    size: int
    on_disk: int
    frees: int


def disk_usage(owned: Iterable[Sequence[OwnedFile]]) -> DiskUsage:
    """The figures of files, given entry by entry."""
    count = size = on_disk = frees = 0
    names: dict[tuple[int, int], int] = {}
    for files in owned:
        stamps = files.stamps if isinstance(files, Files) else b"".join([file.stamp for file in files])
        for device, inode, file_size, _, _, _, blocks, links in stamp_numbers(stamps):
            count += 1
            size += file_size
            seen = 1
            if links > 1:
                names[device, inode] = seen = names.get((device, inode), 0) + 1
            on_disk += blocks if seen == 1 else 0
            frees += blocks if links in (seen, 0) else 0
    return DiskUsage(count, size, on_disk * BLOCK, frees * BLOCK)
