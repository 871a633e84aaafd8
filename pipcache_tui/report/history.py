"""The record of upkeep for a person and for a program: what was deleted, and how the cache grew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TextIO

from pipcache_tui.cache.memory.upkeep import DAY, RecordedRemoval, RecordedSizes, Upkeep
from pipcache_tui.cache.model import Entry, Root
from pipcache_tui.report.columns import Line, Shape, write_lines
from pipcache_tui.report.json_output import SCHEMA_VERSION, Record, json_text, root_record
from pipcache_tui.report.terminal import TerminalStyle
from pipcache_tui.text import format_count, format_day, format_size, format_time, safe_text

#: the period for which growth is reported (days)
_GROWTH_DAYS = 31
#: smaller growth is not reported (bytes)
_NOTEWORTHY = 1_000_000
#: the label of a removal that no rule selected
_BY_HAND = "chosen on the screen"
_SHAPES = (
    Shape("WHEN"),
    Shape("FREED", right=True),
    Shape("ENTRIES", right=True, yields=1),
    Shape("ON DISK", right=True, yields=2),
    Shape("BY", narrowest=20),
)


@dataclass(frozen=True, slots=True)
class Growth:
    """By how many bytes on disk the caches grew since a UTC day, and the project that makes up most of it."""

    since: float
    size: int
    project: str | None

    def __str__(self) -> str:
        moment = datetime.fromtimestamp(self.since, timezone.utc)
        sign = "+" if self.size > 0 else "-"
        mostly = f", mostly {safe_text(self.project)}" if self.project is not None else ""
        return f"{sign}{format_size(abs(self.size))} since {moment.day} {moment:%B}{mostly}"

    def record(self) -> Record:
        """The same for a program."""
        project = None if self.project is None else json_text(self.project)
        return {"since": format_day(self.since), "size_on_disk": self.size, "project": project}


def growth(upkeep: Mapping[str, Upkeep], entries: Sequence[Entry], now: float) -> Growth | None:
    """How much the caches grew in the last month; None if that is not known, or little.

    Args:
        upkeep: the record of each root, by path. Roots without a size of an earlier day are left out.
        entries: all entries of the roots.
        now: seconds since 1970.
    """
    today = int(now // DAY)
    first = {
        root: min((each.day for each in record.sizes if today - _GROWTH_DAYS <= each.day < today), default=None)
        for root, record in upkeep.items()
    }
    since = max((day for day in first.values() if day is not None), default=None)
    if since is None:
        return None
    size = 0
    for root, day in first.items():
        if day is not None:
            latest = upkeep[root].sizes[-1]
            later = (removal.freed for removal in upkeep[root].removals if removal.time >= latest.day * DAY)
            size += latest.total - sum(later)  # sizes are those at the start of a day
            size -= next(each.total for each in reversed(upkeep[root].sizes) if each.day <= since)
    if abs(size) < _NOTEWORTHY:
        return None
    projects: Counter[str] = Counter()
    for entry in entries:
        if entry.project is not None and entry.stored >= since * DAY and first.get(entry.root) is not None:
            projects[entry.project] += entry.size_on_disk
    most = next((project for project, bytes_ in projects.most_common(1) if 2 * bytes_ > size > 0), None)
    return Growth(float(since * DAY), size, most)


def write_history(out: TextIO, upkeep: Mapping[str, Upkeep], style: TerminalStyle) -> None:
    """Each removal, and the size on disk on each day, the latest first; off a terminal by tabs."""
    lines = [
        (
            format_time(removal.time) if style.width is None else format_day(removal.time),
            str(removal.freed) if style.width is None else format_size(removal.freed),
            f"{removal.entries:,}" if style.width is not None else str(removal.entries),
            "",
            safe_text(" ".join(removal.rules)) or _BY_HAND,
            removal.time,
        )
        for _, removal in _removals(upkeep)
    ]
    days: Counter[int] = Counter()
    for _, sizes in _sizes(upkeep):
        days[sizes.day] += sizes.total
    for day, total in days.items():
        shown = str(total) if style.width is None else format_size(total)
        lines.append((format_day(day * DAY), "", "", shown, "", float(day * DAY)))
    lines.sort(key=lambda line: -line[-1])
    if style.width is None:
        out.writelines("\t".join(line[:-1]) + "\n" for line in lines)
    elif lines:
        write_lines(out, _SHAPES, [Line(line[:-1]) for line in lines], style)


def history_sentence(upkeep: Mapping[str, Upkeep]) -> str:
    """How much all removals freed."""
    removals = [removal for _, removal in _removals(upkeep)]
    if not removals:
        return "no removal is recorded"
    return f"{format_count(len(removals), 'removal')} freed {format_size(sum(each.freed for each in removals))}"


def history_record(
    upkeep: Mapping[str, Upkeep], roots: Sequence[Root], now_growth: Growth | None, warnings: Sequence[str]
) -> Record:
    """The whole record for a program, the oldest first."""
    return {
        "schema_version": SCHEMA_VERSION,
        "roots": [root_record(root) for root in roots],
        "warnings": [json_text(warning) for warning in warnings],
        "growth": None if now_growth is None else now_growth.record(),
        "removals": [
            {
                "time": format_time(removal.time),
                "root": json_text(root),
                "rules": [json_text(rule) for rule in removal.rules],
                "entries": removal.entries,
                "files": removal.files,
                "freed": removal.freed,
            }
            for root, removal in sorted(_removals(upkeep), key=lambda each: each[1].time)
        ],
        "sizes": [
            {"day": format_day(sizes.day * DAY), "root": json_text(root), "store": store, "size_on_disk": size}
            for root, sizes in sorted(_sizes(upkeep), key=lambda each: each[1].day)
            for store, size in sorted(sizes.stores.items())
        ],
    }


def _removals(upkeep: Mapping[str, Upkeep]) -> Iterator[tuple[str, RecordedRemoval]]:
    return ((root, removal) for root, record in upkeep.items() for removal in record.removals)


def _sizes(upkeep: Mapping[str, Upkeep]) -> Iterable[tuple[str, RecordedSizes]]:
    return ((root, sizes) for root, record in upkeep.items() for sizes in record.sizes)
