"""Entries as a table: grouped and fitted to a terminal, or one tab-separated line each for other programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, TextIO

from pipcache_tui.cache.model import Entry
from pipcache_tui.report.columns import WHY, Line, Shape, write_lines
from pipcache_tui.report.describe import distinction, unused_age
from pipcache_tui.report.terminal import TerminalStyle
from pipcache_tui.text import format_age, format_count, format_size, format_time, safe_text

if TYPE_CHECKING:
    from pipcache_tui.select.judge import Judge

NO_PROJECT = "(no project)"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table of entries: its shape, and how a person reads its value."""

    shape: Shape
    value: Callable[[Entry, Judge], str]


def _unused(entry: Entry, judge: Judge) -> str:
    return unused_age(judge.atimes(entry), judge.unused(entry))


PROJECT = Column(Shape("PROJECT", narrowest=10), lambda entry, _: safe_text(entry.project or NO_PROJECT))
VERSION = Column(Shape("VERSION", narrowest=6), lambda entry, _: safe_text(entry.version or ""))
WHAT = Column(Shape("TAGS OR FILE", narrowest=12), lambda entry, _: distinction(entry))
KIND = Column(Shape("KIND", yields=2), lambda entry, _: entry.kind)
SIZE = Column(Shape("SIZE", right=True), lambda entry, _: format_size(entry.size))
AGE = Column(Shape("AGE", right=True, yields=1), lambda entry, judge: format_age(judge.age(entry)))
UNUSED = Column(Shape("UNUSED", right=True, yields=4, style="dim"), _unused)
PIP_WILL = Column(Shape("PIP WILL", yields=3, style="dim"), lambda entry, judge: judge.forecast(entry).pip_will or "")
COLUMNS: tuple[Column, ...] = (PROJECT, VERSION, WHAT, KIND, SIZE, AGE, UNUSED, PIP_WILL)

#: the fields of a tab-separated line, in this order; sizes in bytes, times in UTC, "" for not known
PLAIN_FIELDS = (
    "project",
    "version",
    "tags",
    "kind",
    "store",
    "size",
    "size_on_disk",
    "validated",
    "used",
    "pip_will",
    "filename",
    "id",
)


def write_table(
    out: TextIO,
    entries: Sequence[Entry],
    judge: Judge,
    style: TerminalStyle,
    *,
    grouped: bool = True,
    reasons: Mapping[tuple[str, str], Sequence[str]] | None = None,
) -> None:
    """Write entries in the order given; `grouped` gathers those of one project under its name and total.

    `reasons`, by `Entry.key`, adds a last column. Off a terminal: `PLAIN_FIELDS` (and the reasons) by tabs.
    """
    if style.width is None:
        for entry in entries:
            fields = list(plain_fields(entry, judge))
            if reasons is not None:
                fields.append("; ".join(safe_text(reason) for reason in reasons[entry.key]))
            out.write("\t".join(fields) + "\n")
        return
    columns = COLUMNS
    if reasons is not None:
        why = reasons  # bound for the closure: known not to be None
        columns = (
            *(column for column in COLUMNS if column not in (UNUSED, PIP_WILL)),
            Column(WHY, lambda entry, _: safe_text("; ".join(why[entry.key]))),
        )
    lines = list(_grouped(entries, judge, columns) if grouped else _flat(entries, judge, columns))
    write_lines(out, [column.shape for column in columns], lines, style)


def plain_fields(entry: Entry, judge: Judge) -> Iterator[str]:
    """What `PLAIN_FIELDS` names."""
    yield safe_text(entry.project or "")
    yield safe_text(entry.version or "")
    yield safe_text(entry.tag_label)
    yield entry.kind
    yield entry.store
    yield str(entry.size)
    yield str(entry.size_on_disk)
    yield format_time(entry.validated)
    yield "" if judge.atimes(entry).kept == "never" else format_time(entry.used)
    yield judge.forecast(entry).pip_will or ""
    yield safe_text(entry.filename or "")
    yield safe_text(entry.id)


def _flat(entries: Iterable[Entry], judge: Judge, columns: Sequence[Column]) -> Iterator[Line]:
    for entry in entries:
        yield Line(tuple(column.value(entry, judge) for column in columns))


def _grouped(entries: Iterable[Entry], judge: Judge, columns: Sequence[Column]) -> Iterator[Line]:
    """A line with the total above each project of several entries; a project or version is named once."""
    for project, group in groupby(entries, key=lambda entry: entry.project):
        members = list(group)
        if len(members) > 1:
            yield Line(
                tuple(
                    safe_text(project or NO_PROJECT)
                    if column is PROJECT
                    else format_count(len(members), "entry")
                    if column is WHAT
                    else format_size(sum(entry.size for entry in members))
                    if column is SIZE
                    else ""
                    for column in columns
                ),
                style="bold",
            )
        version: str | None = None
        for line, entry in zip(_flat(members, judge, columns), members, strict=True):
            shown = list(line.cells)
            if len(members) > 1:
                shown[0] = ""
                if entry.version == version:
                    shown[1] = ""
                version = entry.version
            yield Line(tuple(shown))
