"""Entries and summaries as JSON, for other programs; the schemas are in `schema/*.json`.

Written in ASCII, an entry at a time, so neither the size of a cache nor the encoding of a stream matters. Bytes of
a file name that are not UTF-8 stand as "\\xNN" in `path`; then `path_base64` holds the exact bytes too.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from pipcache_tui.cache.disk_usage import disk_usage
from pipcache_tui.cache.model import Entry, Root
from pipcache_tui.text import format_time

if TYPE_CHECKING:
    from pipcache_tui.pythons.environments import Environment
    from pipcache_tui.select.judge import Judge

SCHEMA_VERSION = 1
Record = dict[str, Any]

_SURROGATE = re.compile("[\ud800-\udfff]")


def json_text(text: str) -> str:
    """`text` without lone surrogates, which few JSON readers take: a byte that was not UTF-8 becomes "\\xff"."""
    return _SURROGATE.sub(_escaped, text)


def path_record(path: str) -> Record:
    """`path`, and `path_base64` where `path` alone is not exact."""
    shown = json_text(path)
    if shown == path:
        return {"path": path}
    return {"path": shown, "path_base64": base64.b64encode(os.fsencode(path)).decode("ascii")}


def root_record(root: Root) -> Record:
    return {**path_record(root.path), "source": json_text(root.source), "exists": root.exists}


def totals_record(entries: Iterable[Entry]) -> Record:
    """Counts and bytes of entries; `size_on_disk` counts an inode once."""
    listed = list(entries)
    usage = disk_usage(entry.files for entry in listed)
    return {"entries": len(listed), "files": usage.files, "size": usage.size, "size_on_disk": usage.on_disk}


def entry_record(entry: Entry, judge: Judge) -> Record:
    """All facts about one entry; None for unknown ones."""
    forecast = judge.forecast(entry)
    compatible = judge.compatible_with(entry)
    installed = judge.installed_in(entry)
    stale = judge.stale(entry)
    return {
        "id": json_text(entry.id),
        "root": json_text(entry.root),
        "store": entry.store,
        "kind": entry.kind,
        "project": _known(entry.project),
        "version": _known(entry.version),
        "tags": [json_text(tag) for tag in entry.tags],
        "filename": _known(entry.filename),
        "url": _known(entry.url),
        "url_proof": entry.url_proof,
        "files": [
            {**path_record(file.path), "size": file.size, "size_on_disk": file.size_on_disk} for file in entry.files
        ],
        "size": entry.size,
        "size_on_disk": entry.size_on_disk,
        "stored": format_time(entry.stored),
        "validated": format_time(entry.validated),
        "used": None if judge.atimes(entry).kept == "never" else format_time(entry.used),
        "pip_will": forecast.pip_will,
        "fresh_until": None if forecast.fresh_until is None else format_time(forecast.fresh_until),
        "stale": stale is not None if stale is not None or forecast.pip_will is not None else None,
        "superseded_by": _known(judge.superseded_by(entry)),
        "compatible_with": None if compatible is None else list(compatible),
        "installed_in": None if installed is None else [environment_record(each) for each in installed],
        "requires_python": _known(entry.requires_python),
        "yanked": _known(entry.yanked),
        "problems": [json_text(problem) for problem in entry.problems],
    }


def environment_record(environment: Environment) -> Record:
    """An environment: its name here, what made it, its Python, and where it is."""
    return {
        "name": json_text(environment.name),
        "manager": environment.manager,
        "python_version": _known(environment.python_version),
        **path_record(environment.prefix),
    }


def list_head(roots: Sequence[Root], entries: Sequence[Entry], warnings: Sequence[str]) -> Record:
    """What stands before the entries."""
    return {
        "schema_version": SCHEMA_VERSION,
        "roots": [root_record(root) for root in roots],
        "totals": totals_record(entries),
        "warnings": [json_text(warning) for warning in warnings],
    }


def write_document(out: TextIO, head: Mapping[str, Any], streamed: Mapping[str, Iterable[Record]]) -> None:
    """One JSON object: the head's members, then each streamed list, an element a line."""
    out.write("{")
    separator = ""
    for name, value in head.items():
        out.write(f"{separator}{json.dumps(name)}: {json.dumps(value)}")
        separator = ",\n "
    for name, records in streamed.items():
        out.write(f"{separator}{json.dumps(name)}: [")
        separator = "\n  "
        for record in records:
            out.write(separator + json.dumps(record))
            separator = ",\n  "
        out.write("]")
        separator = ",\n "
    out.write("}\n")


def write_lines(out: TextIO, records: Iterable[Record]) -> None:
    """A JSON object a line, each with the schema's version, so that every line stands alone."""
    for record in records:
        out.write(json.dumps({"schema_version": SCHEMA_VERSION, **record}) + "\n")


def entry_records(entries: Iterable[Entry], judge: Judge) -> Iterator[Record]:
    return (entry_record(entry, judge) for entry in entries)


def _known(text: str | None) -> str | None:
    return None if text is None else json_text(text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"
