"""Where the space is: sums by kind, project and age, and what the rules would free."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pipcache_tui.cache.model import Entry
from pipcache_tui.select.expression import comparison
from pipcache_tui.select.judge import Judge
from pipcache_tui.tui.model.pruning import FIELDS, Takes

DAY = 86400.0
#: (label, from that many days, to below that many)
_AGES: tuple[tuple[str, float, float | None], ...] = (
    ("under a week", 0, 7),
    ("1 to 4 weeks", 7, 28),
    ("1 to 3 months", 28, 90),
    ("3 to 6 months", 90, 180),
    ("6 to 12 months", 180, 365),
    ("over a year", 365, None),
)
#: the rules without a value, which are also words of the filter
_RULES = ("stale", "superseded", "incompatible", "orphans")
MOST_PROJECTS = 12


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the cache: bytes, entries, and the filter that shows just it ("": none does)."""

    label: str
    size: int
    count: int
    pick: str
    #: the kind it is, for its colour; "" where it is none
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    total: int
    count: int
    kinds: tuple[Slice, ...]
    projects: tuple[Slice, ...]
    ages: tuple[Slice, ...]
    rules: tuple[Slice, ...]


def look_over(entries: Sequence[Entry], judge: Judge) -> Overview:
    """All sums. Takes about a second for 100,000 entries, so call it in a thread."""
    kinds = _sums(entries, lambda entry: entry.kind)
    projects = _sums((e for e in entries if e.project), lambda entry: entry.project or "")
    takes = Takes(entries, judge)
    rules = []
    for field in FIELDS:
        if field.name in _RULES:
            take = takes.of(field, "")
            rules.append(Slice(field.name, take.size, take.count, RULE_FILTERS[field.name]))
    return Overview(
        sum(size for size, _ in kinds.values()),
        len(entries),
        tuple(
            Slice(kind, size, number, f"kind={kind}", kind)
            for kind, (size, number) in sorted(kinds.items(), key=lambda item: (-item[1][0], item[0]))
        ),
        tuple(
            Slice(name, size, count, comparison("project", "=", name).text)
            for name, (size, count) in sorted(projects.items(), key=lambda item: -item[1][0])[:MOST_PROJECTS]
        ),
        _ages(entries, judge),
        tuple(rules),
    )


#: the filter that selects the same as a rule
RULE_FILTERS = {
    "stale": "stale=yes",
    "superseded": "superseded=yes",
    "incompatible": "incompatible=yes",
    "orphans": "kind=orphan,leftover",
}


def _sums(entries: Iterable[Entry], key_of: Callable[[Entry], str]) -> dict[str, tuple[int, int]]:
    sums: dict[str, list[int]] = {}
    for entry in entries:
        found = sums.setdefault(key_of(entry), [0, 0])
        found[0] += entry.size
        found[1] += 1
    return {key: (size, count) for key, (size, count) in sums.items()}


def _ages(entries: Sequence[Entry], judge: Judge) -> tuple[Slice, ...]:
    sums = [[0, 0] for _ in _AGES]
    for entry in entries:
        days = judge.age(entry) / DAY
        for found, (_, least, below) in zip(sums, _AGES, strict=True):
            if (days >= least or least == 0) and (below is None or days < below):
                found[0] += entry.size
                found[1] += 1
                break
    slices = []
    for (label, least, below), (size, count) in zip(_AGES, sums, strict=True):
        parts = [f"age>={least:.0f}d"] if least else []
        parts += [f"age<{below:.0f}d"] if below else []
        slices.append(Slice(label, size, count, " ".join(parts)))
    return tuple(slices)
