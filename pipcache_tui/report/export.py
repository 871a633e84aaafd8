"""The result of an export: files written, left and refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from pipcache_tui.cache.model import Entry
from pipcache_tui.report.columns import WHY, Line, Shape, write_lines
from pipcache_tui.report.describe import entry_name
from pipcache_tui.report.json_output import SCHEMA_VERSION, Record, json_text, path_record
from pipcache_tui.report.terminal import TerminalStyle
from pipcache_tui.text import format_count, format_size, safe_text

if TYPE_CHECKING:
    from pipcache_tui.export.copies import ExportResult

#: names of what a tab-separated line holds, in this order
PLAIN_FIELDS = ("outcome", "name", "size", "sha256", "id", "note")
_SHAPES = (Shape("OUTCOME"), Shape("NAME", narrowest=30), Shape("SIZE", right=True, yields=1), WHY)


def write_export(out: TextIO, result: ExportResult, style: TerminalStyle) -> None:
    """A line for each entry that was meant to be exported."""
    rows = list(_rows(result))
    if style.width is None:
        for row in rows:
            out.write("\t".join(row) + "\n")
    elif rows:
        lines = [
            Line((outcome, name, format_size(int(size)) if size else "", note))
            for outcome, name, size, _, _, note in rows
        ]
        write_lines(out, _SHAPES, lines, style)


def export_sentences(result: ExportResult, folder: str) -> Iterator[str]:
    """What is in the folder now, and how to use it."""
    size = format_size(sum(step.size for step in result.exported))
    where = safe_text(folder)
    yield f"{format_count(len(result.exported), 'file')} written to {where}, {size}"
    if result.left:
        yield f"{format_count(len(result.left), 'entry')} already there, or there in another copy"
    if result.refused:
        yield f"{format_count(len(result.refused), 'entry')} refused"
    if result.indexed is not None:
        projects = format_count(result.indexed.projects, "project")
        yield f"a simple index of {projects} and {format_count(result.indexed.files, 'file')} is in {where}/simple"
        yield from map(safe_text, result.indexed.remarks)
    if result.exported or result.left:
        yield f"use it with: pip install --no-index --find-links {where} …"


def export_head(result: ExportResult, folder: str, warnings: Sequence[str], *, interrupted: bool = False) -> Record:
    """What stands in the JSON document before the lists."""
    indexed = result.indexed
    return {
        "schema_version": SCHEMA_VERSION,
        "interrupted": interrupted,
        "folder": path_record(folder),
        "totals": {
            "exported": len(result.exported),
            "left": len(result.left),
            "refused": len(result.refused),
            "size": sum(step.size for step in result.exported),
        },
        "warnings": [json_text(warning) for warning in warnings],
        "index": None
        if indexed is None
        else {
            "projects": indexed.projects,
            "files": indexed.files,
            "remarks": [json_text(remark) for remark in indexed.remarks],
        },
    }


def export_lists(result: ExportResult) -> dict[str, Iterator[Record]]:
    """The lists of the JSON document."""
    return {
        "exported": (
            {
                **_name(step.entry, step.name),
                "size": step.size,
                "sha256": step.sha256,
                "how": step.how,
                "proven": step.proven,
                "name_proven": not step.note,
            }
            for step in result.exported
        ),
        "left": ({**_name(step.entry, step.name), "why": json_text(step.why)} for step in result.left),
        "refused": ({**_name(step.entry, step.name), "why": json_text(step.why)} for step in result.refused),
    }


def export_lines(result: ExportResult, head: Record) -> Iterator[Record]:
    """The same as JSON lines: an `event` each, the rest last."""
    for name, records in export_lists(result).items():
        yield from ({"event": name, **record} for record in records)
    yield {"event": "result", **{name: value for name, value in head.items() if name != "schema_version"}}


def _rows(result: ExportResult) -> Iterator[tuple[str, ...]]:
    """What `PLAIN_FIELDS` names."""
    for step in result.exported:
        note = safe_text(step.note or ("" if step.proven else "no witness outside proves it"))
        yield "exported", safe_text(step.name), str(step.size), step.sha256, safe_text(step.entry.id), note
    for left in result.left:
        yield "left", safe_text(left.name), "", left.sha256 or "", safe_text(left.entry.id), safe_text(left.why)
    for refused in result.refused:
        name = entry_name(refused.entry) if refused.name is None else safe_text(refused.name)
        yield "refused", name, "", "", safe_text(refused.entry.id), safe_text(refused.why)


def _name(entry: Entry, name: str | None) -> Record:
    shown = None if name is None else json_text(name)
    return {"id": json_text(entry.id), "root": json_text(entry.root), "filename": shown}
