"""Roots → a stream of entries.

Entries come in batches as they are found, so that a screen can show them at once. When all are read, those whose URL
could be proven come a second time, named. `take_snapshot` collects the whole stream.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from pipcache_tui.cache import jobs
from pipcache_tui.cache.disk.folders import Folder
from pipcache_tui.cache.jobs import Part, PartResult
from pipcache_tui.cache.memory.scans import RememberedScan, keep, kept_bytes, kept_rows, recall
from pipcache_tui.cache.model import Entry, Response, Root, Snapshot
from pipcache_tui.cache.stores import MODULES, Foreign, Trouble
from pipcache_tui.cache.table import Rows, Table
from pipcache_tui.cache.urls.page_search import PageJob, PageReading, read_page
from pipcache_tui.cache.urls.recovery import UrlRecovery, has_no_project
from pipcache_tui.cache.workers import Pool
from pipcache_tui.text import error_reason

#: how many parts are read to estimate how big a tree is
_SAMPLE = 3
#: a memory of this many bytes holds some thousands of entries
_BIG_MEMORY = 2_000_000
#: up to this many estimated entries, a tree is read in this process alone
_SMALL = 2000
#: entries per batch; the first batches are smaller, so that something appears at once
_BATCH = 500
_FIRST_BATCH = 20
#: index pages per job
_PAGES = 8


@dataclass(frozen=True, slots=True)
class Found:
    """Entries seen for the first time."""

    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Named:
    """Entries seen before (same `key`), now with a proven URL, or with the files of a page counted."""

    entries: Sequence[Entry]


ScanEvent: TypeAlias = Found | Named | Foreign | Trouble


def scan_roots(
    roots: Sequence[Root],
    *,
    index_urls: Sequence[str] = (),
    file_hosts: Sequence[str] = (),
    workers: int | None = None,
    memory: str | None = None,
    names_only: bool = False,
) -> Iterator[ScanEvent]:
    """Read every store below the roots that exist.

    `index_urls` are the indexes in pip's settings, from which URLs of pages are guessed; `file_hosts` are
    hosts whose root may serve an index too. Big trees are shared among `workers` processes (0: none; by default
    as many as there are cores, at most four). `memory` is the folder where scans are remembered, None for no
    memory (see `pipcache_tui.cache.memory.scans`). Nothing on disk makes it raise: what can't be read becomes
    an entry of kind `unreadable`, or Trouble.

    `names_only`: read only ids, files, sizes and times. No file of the big stores is opened, nothing is remembered,
    and an entry's `kind` is `other` if only its content shows what it is.
    """
    with ExitStack() as stack:
        sources = (*index_urls, *(f"{host.rstrip('/')}/simple/" for host in file_hosts))
        memory = None if names_only else memory
        reading = _Reading(stack, workers, names_only=names_only)
        if memory is not None and sum(kept_bytes(memory, root.path) for root in roots) > _BIG_MEMORY:
            reading.share()  # workers start while the memory is read
        table = Table()
        history = _History(memory, roots, sources)
        batches = _Batches(table)
        said: set[str] = set()
        for item in reading.read(roots, history):
            if isinstance(item, Trouble):
                if item.message not in said:  # an unreadable folder may be reported more than once
                    said.add(item.message)
                    yield item
                continue
            part, result = item
            for message in result.troubles:
                if message not in said:
                    said.add(message)
                    yield Trouble(message)
            if result.foreign_files:
                yield Foreign(result.foreign_files, result.foreign_size)
            history.add(part, result, table)
            yield from batches.full()
        yield from batches.rest()
        if not names_only:
            yield from _name(table, history, UrlRecovery(sources, reading.search))
        yield from history.keep(table)


def _name(table: Table, history: _History, recovery: UrlRecovery) -> Iterator[Named]:
    """Recover URLs, unless nothing is new since they were last searched for in the same places."""
    if not history.has_news(table):
        return
    for row in history.rows_to_name(table):
        recovery.add(table[row], recalled=row not in history.new_rows)
    rows = dict(zip(zip(table.roots, table.paths, strict=True), range(len(table)), strict=True))
    named: list[int] = []
    for entry in recovery.resolve(retry=history.other_sources):
        row = rows[entry.key]
        table.put(row, entry)
        history.changed.add(entry.root)
        named.append(row)
        if len(named) >= _BATCH:
            yield Named(Rows(table, named))
            named = []
    if named:
        yield Named(Rows(table, named))


class _History:
    """Results of earlier scans of the roots, and those that this one keeps for the next."""

    def __init__(self, folder: str | None, roots: Sequence[Root], sources: tuple[str, ...]) -> None:
        self._folder = folder
        self._sources = sources
        self._before = {root.path: recall(folder, root.path) for root in roots if root.exists} if folder else {}
        self._fingerprints: dict[str, dict[str, bytes]] = {path: {} for path in self._before}
        #: how many parts have a fingerprint that had none
        self._gained: Counter[str] = Counter()
        #: roots in which anything is new
        self.changed = {path for path, before in self._before.items() if before.sources != sources}
        #: whether URLs were looked for in other places then
        self.other_sources = bool(self.changed)
        #: the rows that were read in this scan
        self.new_rows: set[int] = set()

    @property
    def counts(self) -> bool:
        """Whether to keep fingerprints."""
        return self._folder is not None

    def of(self, root: str) -> RememberedScan:
        """The remembered scan of a root."""
        return self._before.get(root, _NOTHING)

    def add(self, part: Part, result: PartResult, table: Table) -> None:
        """Add the entries of a part to the table: those read now, and the unchanged ones."""
        start = len(table)
        table.extend(result.columns)
        self.new_rows.update(range(start, len(table)))
        before = self.of(part.root)
        rows = before.parts.get(part.name, range(0))
        if result.unchanged is None:
            table.extend(before.table.part(rows, result.stamps))
        elif result.unchanged:
            by_path = dict(zip(before.table.paths[rows.start : rows.stop], rows, strict=True))
            table.extend(before.table.choose([by_path[path] for path in result.unchanged], result.stamps))
        if result.fingerprint is not None and part.root in self._before:
            self._fingerprints[part.root][part.name] = result.fingerprint
            if result.fingerprint and not before.fingerprints.get(part.name):
                self._gained[part.root] += 1

    def has_news(self, table: Table) -> bool:
        """Whether URLs may be found that were not found before. Notes and leftovers have none."""
        return self.other_sources or any(
            table.stores[row] != "selfcheck" and table.kinds[row] != "leftover" for row in self.new_rows
        )

    def rows_to_name(self, table: Table) -> Iterable[int]:
        """The rows that URL recovery needs: all except those that new entries can't affect."""
        if self.other_sources or len(self.new_rows) == len(table):
            return range(len(table))
        new_pages = {table.projects[row] for row in self.new_rows if table.kinds[row] == "index-page"}
        unnamed = {project for project, url in zip(table.projects, table.urls, strict=True) if url is None}
        projects = new_pages | (unnamed - {None})
        return [
            row
            for row, (kind, store, project, url, response) in enumerate(
                zip(table.kinds, table.stores, table.projects, table.urls, table.responses, strict=True)
            )
            if url is None
            or kind == "index-page"
            or project in projects
            or store == "wheels"
            or (response is not None and response[_LOCATION])
            or (new_pages and has_no_project(kind))
            or row in self.new_rows
        ]

    def keep(self, table: Table) -> Iterator[Trouble]:
        """Save the scans of the roots in which entries are new or gone."""
        for root, before in self._before.items():
            rows = kept_rows(table, root)
            new = root in self.changed or not self.new_rows.isdisjoint(rows)
            if not new and not self._tells_more(root) and len(rows) == len(before.table):
                continue
            assert self._folder is not None
            try:
                keep(self._folder, root, table, self._sources, self._fingerprints[root])
            except OSError as error:
                yield Trouble(f"{self._folder}: {error_reason(error)}; the next scan has to read everything again")

    def _tells_more(self, root: str) -> bool:
        """Whether an eighth of the parts first got a fingerprint now: a cache filled just before its scan had none."""
        return self._gained[root] > len(self._fingerprints[root]) // 8


_NOTHING = RememberedScan()
_LOCATION = Response._fields.index("location")


class _Batches:
    """The rows of a table in batches, as they come."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._given = 0

    def full(self) -> Iterator[Found]:
        """The rows added since the last call, if they fill a batch."""
        while (size := _BATCH if self._given else _FIRST_BATCH) <= len(self._table) - self._given:
            yield self._next(self._given + size)

    def rest(self) -> Iterator[Found]:
        """All rows added since the last call."""
        if self._given < len(self._table):
            yield self._next(len(self._table))

    def _next(self, stop: int) -> Found:
        rows = range(self._given, stop)
        self._given = stop
        return Found(Rows(self._table, rows))


class _Reading:
    """Reads here at first, and in worker processes if a tree is big, since starting those takes a while."""

    def __init__(self, stack: ExitStack, workers: int | None, *, names_only: bool) -> None:
        self._stack = stack
        self._names_only = names_only
        self._workers = workers
        self._pool: Pool | None = None

    def share(self) -> None:
        """Start workers, if allowed; later jobs go to them."""
        if self._workers != 0 and self._pool is None:
            self._pool = self._stack.enter_context(Pool(self._workers))

    def read(self, roots: Sequence[Root], history: _History) -> Iterator[tuple[Part, PartResult] | Trouble]:
        """The content of all parts, given what is remembered about them."""
        parts: list[Part] = []
        for root in roots:
            for part_or_trouble in _parts(root):
                if isinstance(part_or_trouble, Trouble):
                    yield part_or_trouble
                else:
                    parts.append(part_or_trouble)
        here = 0 if self._pool is not None else len(parts)
        seen = 0
        for position, part in enumerate(parts):
            if position >= here:
                assert self._pool is not None
                rest = ((part, self._job(part, history)) for part in parts[position:])
                yield from ((part, PartResult(*result)) for part, result in self._pool.run(rest))
                return
            result = PartResult(*jobs.do(self._job(part, history)))
            seen += len(result.columns[0]) + len(result.stamps)
            yield part, result
            # a few parts show how big the tree is: names are hashes, so parts are equally full
            if position >= _SAMPLE and self._pool is None and seen * len(parts) // (position + 1) > _SMALL:
                self.share()
                if self._pool is not None:
                    here = position + 1 + _SAMPLE  # read some more here while the workers start

    def _job(self, part: Part, history: _History) -> jobs.Job:
        return jobs.part_job(part, history.of(part.root), counts=history.counts, names_only=self._names_only)

    def search(self, pages: Iterable[PageJob]) -> Iterator[tuple[PageJob, PageReading]]:
        if self._pool is None:
            yield from ((job, read_page(job)) for job in pages)
            return
        source = iter(pages)
        batches = iter(lambda: tuple(islice(source, _PAGES)), ())
        for batch, result in self._pool.run((batch, jobs.pages_job(batch)) for batch in batches):
            yield from zip(batch, jobs.readings_of(result), strict=True)


def _parts(root: Root) -> Iterator[Part | Trouble]:
    if not root.exists:
        return
    try:
        with Folder.at(root.path) as top:
            for module in MODULES:
                for part in module.parts(top):
                    yield part if isinstance(part, Trouble) else Part(root.path, module.NAME, part)
    except OSError as error:
        yield Trouble(f"{root.path}: {error_reason(error)}")


def take_snapshot(
    roots: Sequence[Root],
    *,
    index_urls: Sequence[str] = (),
    file_hosts: Sequence[str] = (),
    workers: int | None = None,
    memory: str | None = None,
    names_only: bool = False,
) -> Snapshot:
    """The whole scan at once, entries in the order they were found."""
    events = scan_roots(
        roots, index_urls=index_urls, file_hosts=file_hosts, workers=workers, memory=memory, names_only=names_only
    )
    return fold_events(roots, events)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Turn garbage collection off while objects are only added: with 100,000 entries it takes a quarter of the time.

    Later it skips the objects made here, since nothing in an entry refers back to the entry.
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
    found = _Fold()
    warnings: list[str] = []
    foreign_files = foreign_size = 0
    with _without_collecting():
        for event in events:
            if isinstance(event, Found | Named):
                found.add(event.entries)
            elif isinstance(event, Foreign):
                foreign_files += event.files
                foreign_size += event.size
            else:
                warnings.append(event.message)
    return Snapshot(tuple(roots), found.table, tuple(warnings), foreign_files, foreign_size)


class _Fold:
    """The table of a scan's events: the scan's own table if all its events are there."""

    def __init__(self) -> None:
        self.table = Table()
        self._is_own = True
        self._rows: dict[tuple[str, str], int] = {}

    def add(self, entries: Sequence[Entry]) -> None:
        if isinstance(entries, Rows) and (entries.table is self.table or not self.table):
            self.table, self._is_own = entries.table, False
            return
        if not self._is_own:  # events of several scans, or only some of one
            self.table, self._is_own = Table(self.table), True
            self._rows = {entry.key: row for row, entry in enumerate(self.table)}
        for entry in entries:
            row = self._rows.setdefault(entry.key, len(self.table))
            if row == len(self.table):
                self.table.append(entry)
            else:
                self.table.put(row, entry)


__all__ = ["Foreign", "Found", "Named", "ScanEvent", "Trouble", "fold_events", "scan_roots", "take_snapshot"]
