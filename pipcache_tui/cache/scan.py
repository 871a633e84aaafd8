"""Roots → a stream of entries.

Entries come as they are found, in batches, so that a screen can show them at once; when all are read, those whose
URL could be proven come a second time, named. `take_snapshot` folds the stream for those who want the whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pipcache_tui.cache.folders import Folder
from pipcache_tui.cache.model import Entry, Root, Snapshot
from pipcache_tui.cache.stores import MODULES, Foreign, Trouble
from pipcache_tui.cache.stores.base import StoreModule, reason
from pipcache_tui.cache.urls import UrlRecovery

#: entries a batch; the first ones are smaller, so that something is seen at once
_BATCH = 500
_FIRST_BATCH = 20


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
    roots: Sequence[Root], *, index_urls: Sequence[str] = (), file_hosts: Sequence[str] = ()
) -> Iterator[ScanEvent]:
    """Read every store below the roots that exist.

    `index_urls` are the indexes pip is set to ask, one source of guesses for the URLs of pages; `file_hosts` are
    hosts whose root may serve an index too. Nothing that is on disk makes it raise: what can't be read comes as an
    entry of kind `unreadable`, or as Trouble.
    """
    recovery = UrlRecovery((*index_urls, *(f"{host.rstrip('/')}/simple/" for host in file_hosts)))
    batch: list[Entry] = []
    size = _FIRST_BATCH
    for root in roots:
        for item in _read_root(root):
            if not isinstance(item, Entry):
                yield item
                continue
            recovery.add(item)
            batch.append(item)
            if len(batch) >= size:
                yield Found(tuple(batch))
                batch.clear()
                size = _BATCH
    if batch:
        yield Found(tuple(batch))
        batch.clear()
    for entry in recovery.resolve():
        batch.append(entry)
        if len(batch) >= _BATCH:
            yield Named(tuple(batch))
            batch.clear()
    if batch:
        yield Named(tuple(batch))


def _read_root(root: Root) -> Iterator[Entry | Foreign | Trouble]:
    if not root.exists:
        return
    try:
        top = Folder.at(root.path)
    except OSError as error:
        yield Trouble(f"{root.path}: {reason(error)}")
        return
    with top:
        try:
            present = [(module, part) for module in MODULES for part in module.parts(top)]
        except OSError as error:
            yield Trouble(f"{root.path}: {reason(error)}")
            return
        for module, part in present:
            yield from _read_part(module, root.path, top, part)


def _read_part(module: StoreModule, root: str, top: Folder, part: str) -> Iterator[Entry | Foreign | Trouble]:
    try:
        yield from module.read(root, top, part)
    except OSError as error:  # a folder that went away or failed while it was read
        yield Trouble(f"{os.path.join(root, part)}: {reason(error)}; what it holds is not shown in full")


def take_snapshot(roots: Sequence[Root], *, index_urls: Sequence[str] = (), file_hosts: Sequence[str] = ()) -> Snapshot:
    """The whole scan at once, entries in the order they were found."""
    entries: dict[tuple[str, str], Entry] = {}
    warnings: list[str] = []
    foreign_files = foreign_size = 0
    for event in scan_roots(roots, index_urls=index_urls, file_hosts=file_hosts):
        if isinstance(event, Found | Named):
            entries.update((entry.key, entry) for entry in event.entries)
        elif isinstance(event, Foreign):
            foreign_files += event.files
            foreign_size += event.size
        else:
            warnings.append(event.message)
    return Snapshot(tuple(roots), tuple(entries.values()), tuple(warnings), foreign_files, foreign_size)


__all__ = ["Foreign", "Found", "Named", "ScanEvent", "Trouble", "scan_roots", "take_snapshot"]
