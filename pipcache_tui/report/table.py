"""Entries as a table: grouped and fitted to a terminal, or one tab-separated line each for other programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, TextIO

from pipcache_tui.cache.model import Entry
from pipcache_tui.report.terminal import Look, cells, fit
from pipcache_tui.report.words import label
from pipcache_tui.text import format_age, format_count, format_size, format_time, safe_text

if TYPE_CHECKING:
    from pipcache_tui.select.judge import Judge

GAP = "  "
NO_PROJECT = "(no project)"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: how a person reads its value. `yields` tells how early a narrow terminal gives it up."""

    title: str
    value: Callable[[Entry, Judge], str]
    right: bool = False
    #: 0: never given up; else the higher, the earlier
    yields: int = 0
    #: the fewest columns it may be cut to; 0: never cut
    narrowest: int = 0
    style: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: a cell for each column, all in one style ("" for each column's own)."""

    cells: tuple[str, ...]
    style: str = ""


def _unused(entry: Entry, judge: Judge) -> str:
    return "?" if judge.atimes(entry).kept == "never" else format_age(judge.unused(entry))


PROJECT = Column("PROJECT", lambda entry, _: safe_text(entry.project or NO_PROJECT), narrowest=10)
VERSION = Column("VERSION", lambda entry, _: safe_text(entry.version or ""), narrowest=6)
WHAT = Column("TAGS OR FILE", lambda entry, _: label(entry), narrowest=12)
KIND = Column("KIND", lambda entry, _: entry.kind, yields=2)
SIZE = Column("SIZE", lambda entry, _: format_size(entry.size), right=True)
AGE = Column("AGE", lambda entry, judge: format_age(judge.age(entry)), right=True, yields=1)
UNUSED = Column("UNUSED", _unused, right=True, yields=4, style="dim")
PIP_WILL = Column("PIP WILL", lambda entry, judge: judge.outlook(entry).pip_will or "", yields=3, style="dim")
COLUMNS: tuple[Column, ...] = (PROJECT, VERSION, WHAT, KIND, SIZE, AGE, UNUSED, PIP_WILL)

#: names of what a tab-separated line holds, in this order; sizes in bytes, times in UTC, "" for not known
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
    look: Look,
    *,
    grouped: bool = True,
    reasons: Mapping[tuple[str, str], Sequence[str]] | None = None,
) -> None:
    """Write entries in the order given; `grouped` gathers those of one project under its name and total.

    `reasons`, by `Entry.key`, adds a last column. Off a terminal: `PLAIN_FIELDS` (and the reasons) by tabs.
    """
    if look.width is None:
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
            Column("WHY", lambda entry, _: safe_text("; ".join(why[entry.key])), narrowest=24, style="dim"),
        )
    lines = list(_grouped(entries, judge, columns) if grouped else _flat(entries, judge, columns))
    for text in _fitted(lines, columns, look):
        out.write(text + "\n")


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
    yield judge.outlook(entry).pip_will or ""
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


def _fitted(lines: Sequence[Line], columns: Sequence[Column], look: Look) -> Iterator[str]:
    width = look.width or 80
    wanted = [max((cells(line.cells[place]) for line in lines), default=0) for place in range(len(columns))]
    wanted = [max(want, cells(column.title)) for want, column in zip(wanted, columns, strict=True)]
    shown, widths = _share(columns, wanted, width)
    titles = Line(tuple(column.title for column in columns), style="dim")
    for line in (titles, *lines):
        parts = []
        for place in shown:
            column = columns[place]
            text = fit(line.cells[place], widths[place], right=column.right, ellipsis=look.ellipsis)
            parts.append(look.paint(text, line.style or column.style) if line.style or column.style else text)
        yield GAP.join(parts).rstrip()


def _share(columns: Sequence[Column], wanted: Sequence[int], width: int) -> tuple[list[int], dict[int, int]]:
    """Which columns are shown, and how wide: the dispensable go until the rest has room; what is left goes round."""
    shown = list(range(len(columns)))

    def least(place: int, comfort: int = 1) -> int:
        return min(wanted[place], comfort * columns[place].narrowest or wanted[place])

    def spare(comfort: int = 1) -> int:
        return width - len(GAP) * (len(shown) - 1) - sum(least(place, comfort) for place in shown)

    for place in sorted(shown, key=lambda place: -columns[place].yields):
        if spare(comfort=2) >= 0 or not columns[place].yields:
            break
        shown.remove(place)
    left = spare()
    widths = {place: least(place) for place in shown}
    while left > 0 and (narrow := [place for place in shown if widths[place] < wanted[place]]):
        for place in narrow[:left]:
            widths[place] += 1
        left -= len(narrow)
    return shown, widths
