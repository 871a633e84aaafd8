"""The summary: where the caches are and why, what is in them, and how much of it pip would still use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from pipcache_tui.cache.model import KINDS, PIP_WILL, STORES, Entry, Root, Snapshot
from pipcache_tui.report.history import Growth
from pipcache_tui.report.json_output import SCHEMA_VERSION, Record, json_text, root_record, totals_record
from pipcache_tui.report.table import NO_PROJECT
from pipcache_tui.report.terminal import TerminalStyle, fit
from pipcache_tui.text import cell_width, format_count, format_size, safe_text

if TYPE_CHECKING:
    from pipcache_tui.select.judge import Judge

LARGEST_PROJECTS = 10


@dataclass(frozen=True, slots=True)
class Summary:
    """What `--info` says. `used_trust`: how far the times of last use can be trusted, a line for each root."""

    snapshot: Snapshot
    #: those of the snapshot that the filters match
    entries: Sequence[Entry]
    judge: Judge
    notes: Sequence[str] = ()
    used_trust: Sequence[str] = ()
    growth: Growth | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """Some of the entries, under one name; None: those with no such name."""

    name: str | None
    entries: Sequence[Entry]

    @property
    def size(self) -> int:
        """Bytes in their files."""
        return sum(entry.size for entry in self.entries)


def write_info(out: TextIO, summary: Summary, style: TerminalStyle) -> None:
    """The summary for a person."""
    for block in (_roots(summary), _shares(summary), _remarks(summary)):
        for title, lines in block:
            out.write(style.paint(title, "bold") + "\n")
            out.writelines(f"  {line}\n" for line in lines)
            out.write("\n")
    total = totals_record(summary.entries)
    out.write(
        f"{format_count(total['entries'], 'entry')} in {format_count(total['files'], 'file')}: "
        f"{format_size(total['size'])}, {format_size(total['size_on_disk'])} on disk\n"
    )
    if summary.growth is not None:
        out.write(f"{summary.growth}\n")


def info_record(summary: Summary) -> Record:
    """The summary for a program."""
    snapshot = summary.snapshot
    return {
        "schema_version": SCHEMA_VERSION,
        "roots": [
            {**root_record(root), "totals": totals_record(_of_root(summary.entries, root))} for root in snapshot.roots
        ],
        "totals": totals_record(summary.entries),
        "not_pips": {"files": snapshot.foreign_files, "size": snapshot.foreign_size},
        "warnings": [json_text(warning) for warning in snapshot.warnings],
        "notes": [json_text(note) for note in summary.notes],
        "used_trust": [json_text(line) for line in summary.used_trust],
        "pip_version": summary.judge.pip_version,
        "pythons": [
            {"name": python.name, "version": python.version, "executable": json_text(python.executable)}
            for python in summary.judge.pythons
        ],
        "stores": [_share_record("store", share) for share in by_store(summary.entries)],
        "kinds": [_share_record("kind", share) for share in by_kind(summary.entries)],
        "pip_will": [_share_record("pip_will", share) for share in by_pip_will(summary.entries, summary.judge)],
        "growth": None if summary.growth is None else summary.growth.record(),
        "largest_projects": [_share_record("project", share) for share in largest_projects(summary.entries)],
    }


def by_store(entries: Sequence[Entry]) -> list[Share]:
    return _split(entries, lambda entry: entry.store, STORES)


def by_kind(entries: Sequence[Entry]) -> list[Share]:
    return _split(entries, lambda entry: entry.kind, KINDS)


def by_pip_will(entries: Sequence[Entry], judge: Judge) -> list[Share]:
    """Entries by what pip will do; those where it is not known come last, under None."""
    return _split(entries, lambda entry: judge.forecast(entry).pip_will, (*PIP_WILL, None))


def largest_projects(entries: Sequence[Entry]) -> list[Share]:
    """The projects with the most bytes, at most `LARGEST_PROJECTS`, the largest first."""
    shares = [share for share in _split(entries, lambda entry: entry.project) if share.name is not None]
    return sorted(shares, key=lambda share: (-share.size, share.name))[:LARGEST_PROJECTS]


def _split(
    entries: Sequence[Entry], name_of: Callable[[Entry], str | None], order: Sequence[str | None] = ()
) -> list[Share]:
    found: defaultdict[str | None, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[name_of(entry)].append(entry)
    return [Share(name, found[name]) for name in order or found if name in found]


def _of_root(entries: Sequence[Entry], root: Root) -> list[Entry]:
    return [entry for entry in entries if entry.root == root.path]


def _share_record(key: str, share: Share) -> Record:
    return {key: None if share.name is None else json_text(share.name), **totals_record(share.entries)}


Block = Iterator[tuple[str, Sequence[str]]]


def _roots(summary: Summary) -> Block:
    rows = []
    for root in summary.snapshot.roots:
        entries = _of_root(summary.entries, root)
        state = f"{format_size(totals_record(entries)['size'])}, {format_count(len(entries), 'entry')}"
        rows.append((safe_text(root.path), safe_text(root.source), state if root.exists else "not there"))
    yield "Roots", _aligned(rows)


def _shares(summary: Summary) -> Block:
    judge = summary.judge
    yield from _share_block("Stores", by_store(summary.entries))
    yield from _share_block("Kinds", by_kind(summary.entries))
    yield from _share_block(
        f"What pip {safe_text(judge.pip_version)} will do",
        by_pip_will(summary.entries, judge),
        nameless="(cannot be said)",
    )
    yield from _share_block("Largest projects", largest_projects(summary.entries))


def _share_block(title: str, shares: Sequence[Share], nameless: str = NO_PROJECT) -> Block:
    rows = [
        (
            nameless if share.name is None else safe_text(share.name),
            format_size(share.size),
            format_count(len(share.entries), "entry"),
        )
        for share in shares
    ]
    if rows:
        yield title, _aligned(rows, right=(1, 2))


def _remarks(summary: Summary) -> Block:
    snapshot = summary.snapshot
    if summary.used_trust:
        yield "Last use", [safe_text(line) for line in summary.used_trust]
    if snapshot.foreign_files:
        text = f"{format_count(snapshot.foreign_files, 'file')}, {format_size(snapshot.foreign_size)}: never touched"
        yield "Not pip's", [text]
    if summary.notes:
        yield "Notes", [safe_text(note) for note in summary.notes]
    if snapshot.warnings:
        yield "Warnings", [safe_text(warning) for warning in snapshot.warnings]


def _aligned(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    widths = [max(map(cell_width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            fit(text, width, right=place in right) for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
