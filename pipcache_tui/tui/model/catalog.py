"""All entries the scan has found so far, in columns, with their marks.

Sorting and summing 100,000 entries must not ask each entry again: its size and times are unpacked once, in the
thread that scans, and kept in arrays (32 bytes an entry).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipcache_tui.cache.model import Entry

if TYPE_CHECKING:
    from pipcache_tui.select.fields import Column


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries with the values that the columns need; made outside the event loop."""

    entries: tuple[Entry, ...]
    sizes: array[int]
    on_disk: array[int]
    stored: array[float]
    used: array[float]

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Batch:
        return cls(
            tuple(entries),
            array("q", (entry.size for entry in entries)),
            array("q", (entry.size_on_disk for entry in entries)),
            array("d", (entry.validated for entry in entries)),
            array("d", (entry.used for entry in entries)),
        )


class Catalog:
    """Entries by index. An index never changes its meaning; an entry that gets a better name keeps its index."""

    def __init__(self, *, apparent: bool = True) -> None:
        """`apparent`: sizes are bytes in files; otherwise space on disk."""
        self.entries: list[Entry] = []
        #: bytes in files, and on disk; `sizes` is the one that is shown and sorted by
        self.in_files: array[int] = array("q")
        self.on_disk: array[int] = array("q")
        self.apparent = apparent
        self.sizes: array[int] = self.in_files if apparent else self.on_disk
        self.stored: array[float] = array("d")
        self.used: array[float] = array("d")
        self.total = 0
        #: 1 where the entry is marked
        self.marked = bytearray()
        self.marked_count = 0
        self.marked_size = 0
        #: changes with every change of marks, so that sums over marks can be kept until then
        self.marks_stamp = 0
        #: by root and path, while it is needed
        self._index_of: dict[str, dict[str, int]] | None = None

    def __len__(self) -> int:
        return len(self.entries)

    def add(self, batch: Batch) -> range:
        """Append a batch; returns its indices."""
        start = len(self.entries)
        self.entries.extend(batch.entries)
        self.in_files.extend(batch.sizes)
        self.on_disk.extend(batch.on_disk)
        self.stored.extend(batch.stored)
        self.used.extend(batch.used)
        self.marked.extend(bytes(len(batch.entries)))
        self.total += sum(batch.sizes if self.apparent else batch.on_disk)
        self._index_of = None
        return range(start, len(self.entries))

    def measure(self, *, apparent: bool) -> None:
        """Show and sort by bytes in files, or by what they take on disk."""
        self.apparent = apparent
        self.sizes = self.in_files if apparent else self.on_disk
        self.total = sum(self.sizes)
        self.marked_size = sum(map(self.sizes.__getitem__, self.marked_indices()))

    def rename(self, entries: Iterable[Entry], keys: Sequence[Callable[[Entry], object]] = ()) -> bool:
        """Replace entries by versions with more details; unknown ones are ignored.

        Returns whether any of the `keys` changed for any of them.
        """
        moved = False
        for entry in entries:
            index = self.index_of(entry.key)
            if index is not None:
                old, self.entries[index] = self.entries[index], entry
                moved = moved or any(key(old) != key(entry) for key in keys)
        return moved

    def column(self, name: Column) -> Sequence[float]:
        """All values of an attribute, by index."""
        columns: dict[Column, Sequence[float]] = {
            "size": self.in_files,
            "size_on_disk": self.on_disk,
            "validated": self.stored,
        }
        return columns[name]

    def index_of(self, key: tuple[str, str]) -> int | None:
        """The index of the entry with that key. The first call after an addition looks at all entries."""
        if self._index_of is None:
            self._index_of = {}
            for index, entry in enumerate(self.entries):
                self._index_of.setdefault(entry.root, {})[entry.files.path] = index
        root, path = key
        return self._index_of.get(root, {}).get(path)

    def forget_keys(self) -> None:
        """Free the memory that `index_of` uses."""
        self._index_of = None

    def mark(self, indices: Iterable[int], on: bool) -> None:
        """Mark or unmark entries."""
        value, marked, sizes = int(on), self.marked, self.sizes
        count = size = 0
        for index in indices:
            if marked[index] != value:
                marked[index] = value
                count += 1
                size += sizes[index]
        sign = 1 if on else -1
        self.marked_count += sign * count
        self.marked_size += sign * size
        self.marks_stamp += 1

    def marked_indices(self) -> Iterator[int]:
        marked = self.marked
        position = marked.find(1)
        while position >= 0:
            yield position
            position = marked.find(1, position + 1)

    def marked_entries(self) -> list[Entry]:
        return [self.entries[index] for index in self.marked_indices()]
