"""The last scan of each root, kept below the user's cache directory, so that the next looks only at what changed.

A file a root, in the format of `memory.packed`: the columns of the entries, part after part of the stores; for each
part how many entries it has and its fingerprint. It never lies in pip's own directory.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import platformdirs

from pipcache_tui.cache.disk.own_files import path_of_root, remove_kept
from pipcache_tui.cache.memory.packed import drop_gone, read_packed, write_packed
from pipcache_tui.cache.model import LAYOUTS, UNOPENED
from pipcache_tui.cache.table import Table

#: the number is raised whenever what is kept, or what is read into it, changes
_FORMAT = "pipcache-tui scan 8"
_SUFFIX = ".scan"
_PART_DEPTH = {store: layout.part_depth for store, layout in LAYOUTS.items() if layout.part_depth is not None}


def default_folder() -> str:
    """Where scans are kept, unless the caller says otherwise."""
    return os.path.join(platformdirs.user_cache_dir("pipcache-tui", appauthor=False), "scans")


@dataclass(frozen=True, slots=True)
class RememberedScan:
    """What is kept of one root."""

    table: Table = field(default_factory=Table)
    #: the rows of each part
    parts: Mapping[str, range] = field(default_factory=dict)
    fingerprints: Mapping[str, bytes] = field(default_factory=dict)
    #: where URLs were looked for then; with other places, what found none is tried again
    sources: tuple[str, ...] = ()


def recall(folder: str, root: str) -> RememberedScan:
    """What is kept of a root; nothing where there is none, or where it is not ours to trust."""
    kept = read_packed(folder, root, _SUFFIX, _FORMAT)
    try:
        return RememberedScan() if kept is None else _remembered(root, *kept)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError):
        return RememberedScan()


def _remembered(root: str, columns: object, parts: object, sources: object) -> RememberedScan:
    if not (isinstance(columns, dict) and isinstance(parts, dict) and isinstance(sources, tuple)):
        raise TypeError("not what is kept")
    table = Table.unpacked(root, columns)
    rows: dict[str, range] = {}
    fingerprints: dict[str, bytes] = {}
    start = 0
    for part, (count, fingerprint) in parts.items():
        if not (isinstance(part, str) and isinstance(fingerprint, bytes) and count >= 0):
            raise TypeError("not a part")
        rows[part], fingerprints[part] = range(start, start + count), fingerprint
        start += count
    if start != len(table):
        raise ValueError("entries of no part")
    return RememberedScan(table, rows, fingerprints, tuple(map(str, sources)))


def kept_bytes(folder: str, root: str) -> int:
    """The size of what is kept of a root, 0 where there is nothing."""
    try:
        return os.stat(path_of_root(folder, root, _SUFFIX)).st_size
    except OSError:
        return 0


def kept_rows(table: Table, root: str) -> list[int]:
    """The rows of a root that are worth remembering: not of a small store, not there for a moment only.

    A permission can change without a trace in what is compared: what could not be opened is read again each time, and
    so is a page that could not be read through.
    """
    return [
        row
        for row, (place, store, kind, detail, problems) in enumerate(
            zip(table.roots, table.stores, table.kinds, table.details, table.problems, strict=True)
        )
        if place == root
        and store in _PART_DEPTH
        and kind != "leftover"
        and not (detail is not None and detail[0] == "page" and detail[1] is None)
        and not (problems and any(problem.startswith(UNOPENED) for problem in problems))
    ]


def keep(folder: str, root: str, table: Table, sources: Iterable[str], fingerprints: Mapping[str, bytes]) -> None:
    """Replace what is kept of a root by its rows of a table, and drop what is kept of roots that are gone.

    `fingerprints` are those of its parts, as far as they were taken. Raises OSError. The new file takes the old one's
    place at once or not at all.
    """
    parts: dict[str, list[int]] = {}
    for row in kept_rows(table, root):
        depth = _PART_DEPTH[table.stores[row]]
        parts.setdefault("/".join(table.paths[row].split("/", depth)[:depth]), []).append(row)
    for part, fingerprint in fingerprints.items():
        if fingerprint:  # one that holds nothing is remembered as that
            parts.setdefault(part, [])
    kept = Table()
    for rows in parts.values():
        kept.extend(table.choose(sorted(rows, key=table.paths.__getitem__)))
    counts = {part: (len(rows), fingerprints.get(part, b"")) for part, rows in parts.items()}
    write_packed(folder, root, _SUFFIX, _FORMAT, (kept.packed(), counts, tuple(sources)))
    drop_gone(folder, _SUFFIX, _FORMAT)


def forget(folder: str) -> int:
    """Delete all that is kept; how many roots it was. Raises OSError."""
    return remove_kept(folder, _SUFFIX)
