"""The record of upkeep: what was deleted when and by which rules, and the size of each store on each day.

One small file per root in our own cache folder, in the format of `memory.packed`; what is older than two years is
dropped. Two runs that write at the same moment may lose one line of the record, never the file.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import platformdirs

from pipcache_tui.cache.disk.own_files import remove_kept
from pipcache_tui.cache.disk_usage import disk_usage
from pipcache_tui.cache.memory.packed import read_packed, write_packed
from pipcache_tui.cache.model import Entry

#: two years, one of them a leap year
KEPT_DAYS = 731
DAY = 86400
#: increase the number whenever the record changes
_FORMAT = "pipcache-tui upkeep 1"
_SUFFIX = ".upkeep"


@dataclass(frozen=True, slots=True)
class RecordedRemoval:
    """One removal from one root.

    `time`: its end, in seconds since 1970. `rules`: the flags that selected the entries; none for entries that were
    chosen on the screen. `freed`: bytes of allocated blocks.
    """

    time: float
    rules: tuple[str, ...]
    entries: int
    files: int
    freed: int


@dataclass(frozen=True, slots=True)
class RecordedSizes:
    """Bytes on disk by store, as first seen on a day: `day` counts UTC days since 1970."""

    day: int
    stores: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.stores.values())


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The record of one root, the oldest first."""

    removals: tuple[RecordedRemoval, ...] = ()
    sizes: tuple[RecordedSizes, ...] = field(default=())


def upkeep_folder() -> str:
    """The default folder for the record. Raises RuntimeError for a user without a home folder."""
    return os.path.join(platformdirs.user_cache_dir("pipcache-tui", appauthor=False), "upkeep")


def read_upkeep(folder: str, root: str) -> Upkeep:
    """The record of a root; empty if there is none, or none that this version wrote."""
    kept = read_packed(folder, root, _SUFFIX, _FORMAT)
    try:
        return Upkeep() if kept is None else _upkeep(*kept)
    except (TypeError, ValueError, AttributeError):
        return Upkeep()


def record_removal(folder: str, root: str, removal: RecordedRemoval) -> None:
    """Add a removal. A record that cannot be written is left as it is."""
    before = read_upkeep(folder, root)
    _write(folder, root, replace(before, removals=(*before.removals, removal)), removal.time)


def record_sizes(folder: str, root: str, entries: Iterable[Entry], now: float) -> None:
    """Add the sizes of today's stores, unless there are some. `entries` are all those of the root."""
    day = int(now // DAY)
    before = read_upkeep(folder, root)
    if before.sizes and before.sizes[-1].day >= day:
        return
    stores: dict[str, list[Entry]] = {}
    for entry in entries:
        stores.setdefault(entry.store, []).append(entry)
    sizes = {store: disk_usage(entry.files for entry in of).on_disk for store, of in stores.items()}
    _write(folder, root, replace(before, sizes=(*before.sizes, RecordedSizes(day, sizes))), now)


def forget_upkeep(folder: str) -> int:
    """Delete the record of all roots; of how many. Raises OSError."""
    return remove_kept(folder, _SUFFIX)


def _write(folder: str, root: str, upkeep: Upkeep, now: float) -> None:
    first = int(now // DAY) - KEPT_DAYS
    removals = [
        (each.time, each.rules, each.entries, each.files, each.freed)
        for each in upkeep.removals
        if each.time >= first * DAY
    ]
    sizes = [(each.day, dict(each.stores)) for each in upkeep.sizes if each.day >= first]
    with contextlib.suppress(OSError):
        write_packed(folder, root, _SUFFIX, _FORMAT, (removals, sizes))


def _upkeep(removals: Iterable[Any], sizes: Iterable[Any]) -> Upkeep:
    """Raises TypeError, ValueError and AttributeError for anything but what `_write` packed."""
    return Upkeep(
        tuple(
            RecordedRemoval(float(time), tuple(map(str, rules)), int(entries), int(files), int(freed))
            for time, rules, entries, files, freed in removals
        ),
        tuple(
            RecordedSizes(int(day), {str(store): int(size) for store, size in stores.items()}) for day, stores in sizes
        ),
    )
