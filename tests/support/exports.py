"""Exporting a made cache, and what is in a folder afterwards."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from pipcache_tui.cache.model import Entry
from pipcache_tui.export.copies import ExportResult, export_entries
from pipcache_tui.verify.known_hashes import gather_known_hashes
from tests.support.cache_root import INDEX, Place
from tests.support.verdicts import FILE_HOST

NAME = "pure-1.0-py3-none-any.whl"


def export(place: Place, house: Path, *, entries: Sequence[Entry] | None = None, index: bool = False) -> ExportResult:
    found = place.scan(index_urls=[INDEX]).entries
    known_hashes = gather_known_hashes(found, file_hosts=[FILE_HOST])
    steps = export_entries(found if entries is None else entries, os.fspath(house), known_hashes, index=index)
    return ExportResult.of(list(steps))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} if folder.exists() else {}


def refusing(code: int) -> Callable[..., int]:
    def refuse(*_: object, **__: object) -> int:
        raise OSError(code, os.strerror(code))

    return refuse
