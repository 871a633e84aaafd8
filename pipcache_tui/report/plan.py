"""A plan, and the result of carrying it out: as a table and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from pipcache_tui.cache.model import Entry
from pipcache_tui.report.json_output import SCHEMA_VERSION, Record, json_text, root_record
from pipcache_tui.report.table import write_table
from pipcache_tui.report.terminal import TerminalStyle
from pipcache_tui.text import format_count, format_size, safe_text

if TYPE_CHECKING:
    from pipcache_tui.remove.plan import Plan, PlannedEntry
    from pipcache_tui.remove.steps import RemovalResult
    from pipcache_tui.select.judge import Judge

#: entries shown of a plan that is about to be carried out; a dry run shows all
ROWS = 40


@dataclass(frozen=True, slots=True)
class Pruning:
    """The report of a prune: its plan and, unless it was a dry run, the result."""

    plan: Plan
    result: RemovalResult | None = None
    interrupted: bool = False
    warnings: Sequence[str] = ()

    @property
    def left_alone(self) -> Iterator[tuple[Entry, str]]:
        """Entries that were selected but stay, with the reason."""
        for protected in self.plan.protected:
            yield protected.entry, protected.why
        if self.result is not None:
            for skipped in self.result.skipped:
                yield skipped.planned.entry, skipped.why


def write_plan(out: TextIO, plan: Plan, judge: Judge, style: TerminalStyle, *, rows: int | None = None) -> None:
    """What is removed and why.

    On a terminal the largest project first, each with its total and its largest entries first; at most `rows`
    entries, and how many more there are. Else one line per entry, in the order they go.
    """
    shown: Sequence[PlannedEntry] = plan.entries
    if style.width is not None:
        shown = _by_size(shown)[:rows]
    reasons = {planned.entry.key: planned.reasons for planned in shown}
    write_table(out, [planned.entry for planned in shown], judge, style, reasons=reasons)
    if len(shown) < len(plan.entries):
        rest = sum(planned.entry.size for planned in plan.entries) - sum(planned.entry.size for planned in shown)
        more = format_count(len(plan.entries) - len(shown), "more entry", "more entries")
        out.write(f"… and {more}, {format_size(rest)}\n".replace("…", style.ellipsis))


def _by_size(entries: Iterable[PlannedEntry]) -> list[PlannedEntry]:
    """Projects by their size in the plan, and the entries of each by theirs, the largest first."""
    sizes: Counter[str | None] = Counter()
    for planned in entries:
        sizes[planned.entry.project] += planned.entry.size

    def rank(planned: PlannedEntry) -> tuple[int, str, int, str]:
        project = planned.entry.project
        return (-sizes[project], project or "", -planned.entry.size, planned.entry.id)

    return sorted(entries, key=rank)


def left_to_pips_line(result: RemovalResult) -> str | None:
    """One line on everything left to running pips; None if nothing is."""
    left = [skipped for skipped in result.skipped if skipped.to_pips]
    if not left:
        return None
    size = format_size(sum(skipped.planned.entry.size for skipped in left))
    return f"{format_count(len(left), 'entry')}, {size}: {safe_text(left[0].why)}"


def plan_head(pruning: Pruning) -> Record:
    """What stands in the JSON document before the lists."""
    plan, result = pruning.plan, pruning.result
    return {
        "schema_version": SCHEMA_VERSION,
        "dry_run": result is None,
        "interrupted": pruning.interrupted,
        "roots": [root_record(root) for root in plan.roots],
        "warnings": [json_text(warning) for warning in pruning.warnings],
        "plan": plan_record(plan),
        "files_removed": result.files_removed if result else 0,
        "freed": result.freed if result else 0,
    }


def plan_record(plan: Plan) -> Record:
    """The figures of a plan: what is removed, what getting it back costs, what stays."""
    return {
        "entries": len(plan.entries),
        "files": plan.files,
        "size": plan.size,
        "size_on_disk": plan.size_on_disk,
        "frees": plan.frees,
        "built_wheels": plan.costs.built_wheels,
        "built_size": plan.costs.built_size,
        "download": plan.costs.download,
        "stay_entries": plan.remaining.entries,
        "stay_size": plan.remaining.size,
        "last_versions_lost": [
            {"python": loss.python, "projects": [json_text(project) for project in loss.projects]}
            for loss in plan.losses
        ],
    }


def plan_lists(pruning: Pruning) -> dict[str, Iterable[Record]]:
    """The lists of the JSON document."""
    result = pruning.result
    return {
        "selected": (selected_record(planned) for planned in pruning.plan.entries),
        "removed": (_name(removed.planned.entry) for removed in (result.removed if result else ())),
        "skipped": ({**_name(entry), "why": json_text(why)} for entry, why in pruning.left_alone),
        "failed": (
            {**_name(failed.planned.entry), "error": json_text(failed.error)}
            for failed in (result.failed if result else ())
        ),
    }


def selected_record(planned: PlannedEntry) -> Record:
    """An entry that is removed: enough to recognise it, and why."""
    entry = planned.entry
    return {
        **_name(entry),
        "kind": entry.kind,
        "project": None if entry.project is None else json_text(entry.project),
        "version": None if entry.version is None else json_text(entry.version),
        "filename": None if entry.filename is None else json_text(entry.filename),
        "files": len(planned.files),
        "size": sum(file.size for file in planned.files),
        "reasons": [json_text(reason) for reason in planned.reasons],
    }


def plan_lines(pruning: Pruning) -> Iterator[Record]:
    """The same as JSON lines: an `event` each, the figures last."""
    for name, records in plan_lists(pruning).items():
        yield from ({"event": name, **record} for record in records)
    yield {"event": "result", **{name: value for name, value in plan_head(pruning).items() if name != "schema_version"}}


def _name(entry: Entry) -> Record:
    return {"id": json_text(entry.id), "root": json_text(entry.root)}
