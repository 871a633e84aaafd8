"""The pieces of a scan that can be done apart, here or in another process: reading a part, searching a page.

Run as a program it is a worker: jobs come on standard input, results go to standard output, both as frames of a
length (4 bytes, little end first) and marshalled plain values. It imports no more than reading needs.
"""

from __future__ import annotations

import gc
import marshal
import os
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any, TypeAlias

from pipcache_tui.cache.disk.folders import Folder
from pipcache_tui.cache.memory.previous import (
    NOTHING,
    PartFingerprint,
    PreviousIdentities,
    Remembered,
    Unchanged,
    recall,
)
from pipcache_tui.cache.memory.records import Reader, Record, to_record
from pipcache_tui.cache.model import Entry, Store
from pipcache_tui.cache.stores import BY_NAME, Foreign, Item, Trouble
from pipcache_tui.cache.stores.base import reason
from pipcache_tui.cache.urls.page_search import PageJob, PageReading, read_page

Job: TypeAlias = tuple[Any, ...]
Result: TypeAlias = tuple[Any, ...]

_LENGTH = struct.Struct("<I")


def read_part(root: str, store: Store, part: str, known: PreviousIdentities) -> Iterator[Item]:
    """Everything in one part of a store. Never raises for what is on disk."""
    try:
        with Folder.at(root) as top:
            yield from BY_NAME[store].read(root, top, part, known)
    except OSError as error:  # a folder that went away or failed while it was read
        yield Trouble(f"{os.path.join(root, part)}: {reason(error)}; what it holds is not shown in full")


def part_job(root: str, store: Store, part: str, remembered: Remembered = NOTHING, *, counts: bool = False) -> Job:
    """`counts`: a census of the part is wanted, to be kept."""
    return ("part", root, store, part, remembered.identities, remembered.census, counts)


def pages_job(jobs: Iterable[PageJob]) -> Job:
    """Several pages at once: handing over one costs a good part of what searching it does."""
    return ("pages", tuple([(job.page.root, to_record(job.page), job.url, job.wanted) for job in jobs]))


#: what was found in a part, and whether it was recalled from an earlier scan
Finding: TypeAlias = tuple[Entry | PartFingerprint | Foreign | Trouble, bool]


def read_here(
    root: str, store: Store, part: str, remembered: Remembered, reader: Reader, *, counts: bool
) -> Iterator[Finding]:
    """Everything in one part, as it is read."""
    unchanged: dict[str, bytes] = {}
    for item in read_part(
        root, store, part, PreviousIdentities(remembered.identities, remembered.census, counts=counts)
    ):
        if isinstance(item, Unchanged):
            unchanged[item.path] = item.stamps
        else:
            yield item, False
    yield from _recalled(root, store, part, remembered, unchanged, reader)


def findings_of(
    result: Result, root: str, store: Store, part: str, remembered: Remembered, reader: Reader
) -> Iterator[Finding]:
    """Everything in one part, given what its job found."""
    records, unchanged, census, files, size, troubles = result
    if census:
        yield PartFingerprint(root, part, census), False
    if files:
        yield Foreign(files, size), False
    for message in troubles:
        yield Trouble(message), False
    for record in records:
        yield reader.entry(root, record), False
    yield from _recalled(root, store, part, remembered, unchanged, reader)


def _recalled(
    root: str, store: Store, part: str, remembered: Remembered, unchanged: Mapping[str, bytes], reader: Reader
) -> Iterator[Finding]:
    entries = recall(remembered, unchanged, root, reader)
    if entries is not None:
        yield from ((entry, True) for entry in entries)
        return
    # what is kept is not what it was meant to be: those entries are read after all
    for item in read_part(root, store, part, PreviousIdentities()):
        if isinstance(item, Entry) and item.files.path in unchanged:
            yield item, False


def readings_of(result: Result) -> Iterator[PageReading]:
    """What a job of pages found, in their order."""
    return (PageReading(*reading) for reading in result)


def do(job: Job, reader: Reader) -> Result:
    """Carry a job out, here."""
    if job[0] == "part":
        _, root, store, part, identities, census, counts = job
        return _pack_items(read_part(root, store, part, PreviousIdentities(identities, census, counts=counts)))
    return tuple([_search_page(page, reader) for page in job[1]])


def _search_page(page: Job, reader: Reader) -> Result:
    root, record, url, wanted = page
    reading = read_page(PageJob(reader.entry(root, record), url, wanted))
    return (reading.files, reading.matches, reading.example, reading.relative, reading.problem)


def _pack_items(items: Iterable[Item]) -> Result:
    records: list[Record] = []
    unchanged: dict[str, bytes] = {}
    troubles: list[str] = []
    census = b""
    files = size = 0
    for item in items:
        if isinstance(item, Entry):
            records.append(to_record(item))
        elif isinstance(item, Unchanged):
            unchanged[item.path] = item.stamps
        elif isinstance(item, PartFingerprint):
            census = item.census
        elif isinstance(item, Foreign):
            files += item.files
            size += item.size
        else:
            troubles.append(item.message)
    return (records, unchanged, census, files, size, troubles)


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
    # frames come from our own process on the other end of a pipe that nobody else has
    value: tuple[Any, ...] | None = marshal.loads(data) if len(data) == length else None  # noqa: S302
    return value


def main() -> None:
    """Work until there are no more jobs."""
    gc.disable()  # results are trees without cycles, dropped when they are sent
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    reader = Reader()
    while (job := receive(source)) is not None:
        send(sink, do(job, reader))


if __name__ == "__main__":
    main()
