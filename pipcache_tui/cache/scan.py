"""Roots → a stream of entries.

Entries come as they are found, in batches, so that a screen can show them at once; when all are read, those whose
URL could be proven come a second time, named. `take_snapshot` folds the stream for those who want the whole.
"""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeAlias

from pipcache_tui.cache import jobs
from pipcache_tui.cache.disk.folders import Folder
from pipcache_tui.cache.memory.previous import NOTHING, PartFingerprint, Remembered
from pipcache_tui.cache.memory.records import Reader
from pipcache_tui.cache.memory.scans import is_kept, keep, kept_bytes, recall
from pipcache_tui.cache.model import Entry, Root, Snapshot, Store
from pipcache_tui.cache.stores import MODULES, Foreign, Trouble
from pipcache_tui.cache.stores.base import reason
from pipcache_tui.cache.urls.page_search import PageJob, PageReading, read_page
from pipcache_tui.cache.urls.recovery import UrlRecovery
from pipcache_tui.cache.workers import Pool

#: how many parts are read before it is judged how big a tree is
_SAMPLE = 3
#: a memory of so many bytes is of some thousands of entries
_BIG_MEMORY = 2_000_000
#: items up to which a tree is read in this process alone, as far as its first parts let expect
_SMALL = 2000
#: entries a batch; the first ones are smaller, so that something is seen at once
_BATCH = 500
_FIRST_BATCH = 20
#: index pages a job
_PAGES = 8


@dataclass(frozen=True, slots=True)
class Found:
    """Entries seen for the first time."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """Entries that came before (same `key`), now with a proven URL, or with a page's files counted."""

    entries: tuple[Entry, ...]


ScanEvent: TypeAlias = Found | Named | Foreign | Trouble


def scan_roots(
    roots: Sequence[Root],
    *,
    index_urls: Sequence[str] = (),
    file_hosts: Sequence[str] = (),
    workers: int | None = None,
    memory: str | None = None,
) -> Iterator[ScanEvent]:
    """Read every store below the roots that exist.

    `index_urls` are the indexes pip is set to ask, one source of guesses for the URLs of pages; `file_hosts` are
    hosts whose root may serve an index too. Big trees are shared among `workers` processes (0: none; by default
    as many as there are cores, at most four). `memory` is the folder where scans are remembered, None for no
    memory (see `pipcache_tui.cache.memory.scans`). Nothing that is on disk makes it raise: what can't be read comes as
    an entry of kind `unreadable`, or as Trouble.
    """
    with ExitStack() as stack:
        sources = (*index_urls, *(f"{host.rstrip('/')}/simple/" for host in file_hosts))
        labour = _Reading(stack, workers)
        if memory is not None and sum(kept_bytes(memory, root.path) for root in roots) > _BIG_MEMORY:
            labour.share()  # workers start while the memory is read
        notes = _History(memory, roots, sources)
        stack.callback(notes.close)
        recovery = UrlRecovery(sources, labour.search)
        found = _Batches(_FIRST_BATCH)
        told: set[Foreign | Trouble] = set()
        for item, recalled in labour.read(roots, notes):
            if isinstance(item, PartFingerprint):
                notes.count(item)
                continue
            if not isinstance(item, Entry):
                if item not in told:
                    yield item
                if isinstance(item, Trouble):
                    told.add(item)  # a folder that can't be read may be met more than once
                continue
            recovery.add(item, recalled=recalled)
            notes.add(item, new=not recalled)
            if full := found.add(item):
                yield Found(full)
        if rest := found.take():
            yield Found(rest)
        named = _Batches(_BATCH)
        for entry in recovery.resolve(retry=notes.other_sources):
            notes.add(entry, new=True)
            if full := named.add(entry):
                yield Named(full)
        if rest := named.take():
            yield Named(rest)
        yield from notes.keep()


class _History:
    """What earlier scans of the roots left, and what this one leaves for the next."""

    def __init__(self, folder: str | None, roots: Sequence[Root], sources: tuple[str, ...]) -> None:
        self._folder = folder
        self._sources = sources
        self._before = {root.path: recall(folder, root.path) for root in roots if root.exists} if folder else {}
        self._entries: dict[str, dict[str, Entry]] = {path: {} for path in self._before}
        self._censuses: dict[str, dict[str, bytes]] = {path: {} for path in self._before}
        #: how many parts have a census that had none
        self._gained: Counter[str] = Counter()
        self._changed = {path for path, before in self._before.items() if before.sources != sources}
        #: whether URLs were looked for in other places then
        self.other_sources = bool(self._changed)

    def discard(self, root: str, part: str) -> None:
        """Hold no longer what is kept of a part that has been read: it takes as much as the entries do."""
        if root in self._before:
            self._before[root].discard(part)

    def count(self, part: PartFingerprint) -> None:
        """Take note of a part's census."""
        self._censuses[part.root][part.part] = part.census
        if part.census and not self.of(part.root, part.part).census:
            self._gained[part.root] += 1

    @property
    def counts(self) -> bool:
        """Whether censuses are kept."""
        return self._folder is not None

    def of(self, root: str, part: str) -> Remembered:
        """What is kept of a part."""
        return self._before[root].of(part) if root in self._before else NOTHING

    def add(self, entry: Entry, *, new: bool) -> None:
        if self._folder is None or (new and not is_kept(entry)):
            return
        self._entries[entry.root][entry.files.path] = entry
        if new:
            self._changed.add(entry.root)

    def keep(self) -> Iterator[Trouble]:
        """Keep the scans of the roots in which anything is new, or gone."""
        self.close()  # Windows replaces no open file
        for root, entries in self._entries.items():
            same = root not in self._changed and len(entries) == self._before[root].count
            if same and not self._tells_more(root):
                continue
            assert self._folder is not None
            try:
                keep(self._folder, root, entries.values(), self._sources, self._censuses[root])
            except OSError as error:
                yield Trouble(f"{self._folder}: {reason(error)}; the next scan has to read everything again")

    def close(self) -> None:
        """Read no more of what is kept."""
        for before in self._before.values():
            before.close()

    def _tells_more(self, root: str) -> bool:
        """Whether an eighth of the parts have a census only now: what was just filled had none when it was scanned."""
        return self._gained[root] > len(self._censuses[root]) // 8


class _Batches:
    """Collects entries until a batch is full."""

    def __init__(self, first: int) -> None:
        self._size = first
        self._entries: list[Entry] = []

    def add(self, entry: Entry) -> tuple[Entry, ...] | None:
        self._entries.append(entry)
        return self.take() if len(self._entries) >= self._size else None

    def take(self) -> tuple[Entry, ...]:
        taken = tuple(self._entries)
        self._entries.clear()
        self._size = _BATCH
        return taken


class _Reading:
    """Does the reading here until a tree proves big, then in worker processes: starting those takes a while."""

    def __init__(self, stack: ExitStack, workers: int | None) -> None:
        self._stack = stack
        self._workers = workers
        self._pool: Pool | None = None
        self._reader = Reader()

    def share(self) -> None:
        """Start workers, if there may be any: what is asked for from now on goes to them."""
        if self._workers != 0 and self._pool is None:
            self._pool = self._stack.enter_context(Pool(self._workers))

    def read(self, roots: Sequence[Root], notes: _History) -> Iterator[jobs.Finding]:
        """Everything in all parts, given what is remembered of them."""
        parts: list[tuple[str, Store, str]] = []
        for root in roots:
            for part_or_trouble in _parts(root):
                if isinstance(part_or_trouble, Trouble):
                    yield part_or_trouble, False
                else:
                    parts.append(part_or_trouble)
        here = 0 if self._pool is not None else len(parts)
        seen = 0
        for position, (root_path, store, part) in enumerate(parts):
            if position >= here:
                yield from self._read_apart(parts[position:], notes)
                return
            before = notes.of(root_path, part)
            for finding in jobs.read_here(root_path, store, part, before, self._reader, counts=notes.counts):
                seen += 1
                yield finding
            notes.discard(root_path, part)
            # what a few parts hold tells how big the tree is: names are hashes, so they are filled evenly
            if position >= _SAMPLE and self._pool is None and seen * len(parts) // (position + 1) > _SMALL:
                self.share()
                if self._pool is not None:
                    here = position + 1 + _SAMPLE  # some more are read here while the workers start

    def _read_apart(self, parts: Sequence[tuple[str, Store, str]], notes: _History) -> Iterator[jobs.Finding]:
        assert self._pool is not None
        reading = ((part, jobs.part_job(*part, notes.of(part[0], part[2]), counts=notes.counts)) for part in parts)
        for (root, store, part), result in self._pool.run(reading):
            yield from jobs.findings_of(result, root, store, part, notes.of(root, part), self._reader)
            notes.discard(root, part)

    def search(self, pages: Iterable[PageJob]) -> Iterator[tuple[PageJob, PageReading]]:
        if self._pool is None:
            yield from ((job, read_page(job)) for job in pages)
            return
        source = iter(pages)
        batches = iter(lambda: tuple(islice(source, _PAGES)), ())
        for batch, result in self._pool.run((batch, jobs.pages_job(batch)) for batch in batches):
            yield from zip(batch, jobs.readings_of(result), strict=True)


def _parts(root: Root) -> Iterator[tuple[str, Store, str] | Trouble]:
    if not root.exists:
        return
    try:
        with Folder.at(root.path) as top:
            for module in MODULES:
                for part in module.parts(top):
                    yield part if isinstance(part, Trouble) else (root.path, module.NAME, part)
    except OSError as error:
        yield Trouble(f"{root.path}: {reason(error)}")


def take_snapshot(
    roots: Sequence[Root],
    *,
    index_urls: Sequence[str] = (),
    file_hosts: Sequence[str] = (),
    workers: int | None = None,
    memory: str | None = None,
) -> Snapshot:
    """The whole scan at once, entries in the order they were found."""
    events = scan_roots(roots, index_urls=index_urls, file_hosts=file_hosts, workers=workers, memory=memory)
    return fold_events(roots, events)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """No search for cycles while objects are only added: with 100,000 entries it takes a quarter of all time.

    Nor later among those that are there by then: none of an entry's parts refers back to it.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.enable()


def fold_events(roots: Sequence[Root], events: Iterable[ScanEvent]) -> Snapshot:
    """A scan's events as one snapshot, entries in the order they were found."""
    found: dict[str, dict[str, Entry]] = defaultdict(dict)  # a key made of both would take more memory than a row
    warnings: list[str] = []
    foreign_files = foreign_size = 0
    with _without_collecting():
        for event in events:
            if isinstance(event, Found | Named):
                for entry in event.entries:
                    found[entry.root][entry.files.path] = entry
            elif isinstance(event, Foreign):
                foreign_files += event.files
                foreign_size += event.size
            else:
                warnings.append(event.message)
    entries = tuple(chain.from_iterable(of_root.values() for of_root in found.values()))
    return Snapshot(tuple(roots), entries, tuple(warnings), foreign_files, foreign_size)


__all__ = ["Foreign", "Found", "Named", "ScanEvent", "Trouble", "fold_events", "scan_roots", "take_snapshot"]
