"""How much room files take and give back, with an inode counted once however many names it has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipcache_tui.cache.model import OwnedFile


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


def disk_usage(files: Iterable[OwnedFile]) -> DiskUsage:
    """The figures of these files."""
    count = size = on_disk = frees = 0
    names: dict[tuple[int, int], int] = {}
    for file in files:
        count += 1
        size += file.size
        links = file.links
        if links > 1:
            inode = (file.device, file.inode)
            names[inode] = seen = names.get(inode, 0) + 1
            on_disk += file.size_on_disk if seen == 1 else 0
            frees += file.size_on_disk if seen == links else 0
        else:
            on_disk += file.size_on_disk
            frees += file.size_on_disk
    return DiskUsage(count, size, on_disk, frees)
