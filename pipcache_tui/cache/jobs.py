"""The jobs of a scan, which can run here or in another process: reading a part, searching a page.

Run as a program it is a worker: jobs come on standard input, results go to standard output, both as frames of a
length (4 bytes, little-endian) and marshalled plain values. It imports only what reading needs.
"""

from __future__ import annotations

import gc
import marshal
import os
import queue
import struct
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, NamedTuple, TypeAlias

from pipcache_tui.cache.disk.folders import Folder
from pipcache_tui.cache.memory.previous import AllUnchanged, PartFingerprint, PreviousIdentities, Unchanged
from pipcache_tui.cache.model import Entry, Store
from pipcache_tui.cache.stores import BY_NAME, Foreign, Item, Trouble
from pipcache_tui.cache.table import Columns, Table
from pipcache_tui.cache.urls.page_search import PageJob, PageReading, read_page
from pipcache_tui.text import error_reason

if TYPE_CHECKING:  # a worker has no use for it
    from pipcache_tui.cache.memory.scans import RememberedScan

Job: TypeAlias = tuple[Any, ...]
Result: TypeAlias = tuple[Any, ...]

_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a store, which can be read apart."""

    root: str
    store: Store
    name: str


class PartResult(NamedTuple):
    """What was found in a part, in plain values."""

    #: the entries that are new or changed
    columns: Columns
    #: the paths of those that are as they were; None: all are
    unchanged: list[str] | None
    #: the stamps that the unchanged ones have now
    stamps: list[bytes]
    #: of the part's folders; None where none was taken
    fingerprint: bytes | None
    foreign_files: int
    foreign_size: int
    troubles: list[str]


def read_part(part: Part, known: PreviousIdentities) -> Iterator[Item]:
    """Everything in one part of a store. Nothing on disk makes it raise."""
    try:
        with Folder.at(part.root) as top:
            yield from BY_NAME[part.store].read(part.root, top, part.name, known)
    except OSError as error:  # a folder that went away or failed while it was read
        path = os.path.join(part.root, part.name)
        yield Trouble(f"{path}: {error_reason(error)}; what it holds is not shown in full")


def part_job(part: Part, before: RememberedScan, *, counts: bool = False, names_only: bool = False) -> Job:
    """The job of reading a part, given what is remembered about it; `counts`: take a fingerprint of its folders."""
    rows = before.parts.get(part.name, range(0))
    paths, stamps = before.table.paths[rows.start : rows.stop], before.table.stamps[rows.start : rows.stop]
    fingerprint = before.fingerprints.get(part.name, b"")
    return ("part", part.root, part.store, part.name, paths, stamps, fingerprint, counts, names_only)


def pages_job(jobs: Sequence[PageJob]) -> Job:
    """Several pages per job: sending a page costs nearly as much as searching it."""
    columns = Table(job.page for job in jobs).columns
    return ("pages", columns, [(job.url, job.wanted) for job in jobs])


def readings_of(result: Result) -> Iterator[PageReading]:
    """What a job of pages found, in their order."""
    return (PageReading(*reading) for reading in result)


def do(job: Job) -> Result:
    """Run a job in this process."""
    if job[0] == "part":
        _, root, store, name, paths, stamps, fingerprint, counts, names_only = job
        known = PreviousIdentities(paths, stamps, fingerprint, counts=counts, names_only=names_only)
        return _result_of(read_part(Part(root, store, name), known))
    _, columns, searches = job
    pages = Table()
    pages.extend(columns)
    return tuple([_search_page(page, *search) for page, search in zip(pages, searches, strict=True)])


def _search_page(page: Entry, url: str | None, wanted: Sequence[Any]) -> Result:
    reading = read_page(PageJob(page, url, wanted))
    return (reading.files, reading.matches, reading.example, reading.relative, reading.problem, reading.is_mixed)


def _result_of(items: Iterable[Item]) -> Result:
    new: list[Entry] = []
    unchanged: list[str] | None = []
    stamps: list[bytes] = []
    troubles: list[str] = []
    fingerprint: bytes | None = None
    files = size = 0
    for item in items:
        if isinstance(item, Entry):
            new.append(item)
        elif isinstance(item, Unchanged):
            assert unchanged is not None
            unchanged.append(item.path)
            stamps.append(item.stamps)
        elif isinstance(item, AllUnchanged):
            unchanged, stamps = None, item.stamps
        elif isinstance(item, PartFingerprint):
            fingerprint = item.fingerprint
        elif isinstance(item, Foreign):
            files += item.files
            size += item.size
        else:
            troubles.append(item.message)
    return tuple(PartResult(Table(new).columns, unchanged, stamps, fingerprint, files, size, troubles))


def send(stream: IO[bytes], value: tuple[Any, ...]) -> None:
    """Write one frame."""
    data = marshal.dumps(value)
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[Any, ...] | None:
    """Read one frame; None at the end of the stream, also in the middle of a frame."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    # frames come from our own process, through a pipe that nobody else has
    value: tuple[Any, ...] | None = marshal.loads(data) if len(data) == length else None  # noqa: S302
    return value


def main() -> None:
    """Work until the parent program ends or stops this process."""
    gc.disable()  # results are trees without cycles, dropped when they are sent
    sink = sys.stdout.buffer
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    threading.Thread(target=_take_jobs, args=(sys.stdin.buffer, waiting), daemon=True).start()
    while True:
        send(sink, do(waiting.get()))


def _take_jobs(source: IO[bytes], waiting: queue.SimpleQueue[Job]) -> None:
    """Take jobs until the other end of the pipe is closed, then end this process, even in the middle of a job."""
    while (job := receive(source)) is not None:
        waiting.put(job)
    os._exit(0)


if __name__ == "__main__":
    main()
