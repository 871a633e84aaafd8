"""The rules a person can choose from on screen: their fields, and what each and all of them would take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipcache_tui.cache.model import Entry
from pipcache_tui.select import rules
from pipcache_tui.select.judge import Judge
from pipcache_tui.select.quantities import QuantityError, parse_duration, parse_size
from pipcache_tui.select.rules import Rule


@dataclass(frozen=True, slots=True)
class RuleField:
    """A rule with at most one value. `start` is what its field holds at first; None: it has no field."""

    name: str
    title: str
    hint: str
    make: Callable[[str], Rule]
    start: str | None = None


def _count(text: str) -> int:
    try:
        count = int(text)
    except ValueError:
        raise QuantityError("a whole number, such as 2") from None
    if count < 1:
        raise QuantityError("at least 1")
    return count


#: in the order in which the dialog shows them: what costs least to lose comes first
FIELDS: tuple[RuleField, ...] = (
    RuleField("stale", "Stale", "pip asks or downloads again anyway", lambda _: rules.stale()),
    RuleField("superseded", "Superseded", "a newer version is here too", lambda _: rules.superseded()),
    RuleField("incompatible", "Incompatible", "no Python here accepts it", lambda _: rules.incompatible()),
    RuleField("orphans", "Orphans", "half entries, leftovers of aborted runs", lambda _: rules.orphans()),
    RuleField("older", "Older than", "since it was stored", lambda t: rules.older(parse_duration(t)), "180d"),
    RuleField("unused", "Not read for", "as the disk keeps count", lambda t: rules.unused(parse_duration(t)), "90d"),
    RuleField("larger", "Larger than", "each by itself", lambda t: rules.larger(parse_size(t)), "500MB"),
    RuleField("keep-latest", "All but the latest", "versions kept", lambda t: rules.keep_latest(_count(t)), "2"),
    RuleField("max-size", "Shrink to", "least recently used first", lambda t: rules.max_size(parse_size(t)), "5GB"),
)


@dataclass(frozen=True, slots=True)
class Take:
    """What a rule would take: entries and bytes, or why its value is not understood."""

    count: int = 0
    size: int = 0
    error: str | None = None


class Takes:
    """What the rules would take of some entries; each rule with each value is worked out once."""

    def __init__(self, entries: Sequence[Entry], judge: Judge) -> None:
        self._entries = entries
        self._judge = judge
        self._known: dict[tuple[str, str], Take] = {}

    def of(self, field: RuleField, value: str) -> Take:
        key = (field.name, value.strip())
        if key not in self._known:
            self._known[key] = self._work_out(field, value.strip())
        return self._known[key]

    def _work_out(self, field: RuleField, value: str) -> Take:
        try:
            rule = field.make(value)
        except ValueError as error:
            return Take(error=str(error).splitlines()[0])
        count = size = 0
        seen = set()
        for entry, _ in rule.choose(self._entries, self._judge):
            if entry.key not in seen:
                seen.add(entry.key)
                count += 1
                size += entry.size
        return Take(count, size)


def chosen_rules(values: Mapping[str, str], chosen: Iterable[str]) -> list[Rule]:
    """The rules of those names with their values, without those whose value is not understood."""
    names, made = set(chosen), []
    for field in FIELDS:
        if field.name in names:
            try:
                made.append(field.make(values.get(field.name, "").strip()))
            except ValueError:
                continue
    return made
