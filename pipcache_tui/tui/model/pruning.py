"""The rules a person can choose from on screen: their fields, and what each and all of them would take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipcache_tui.cache.model import Entry
from pipcache_tui.quantities import QuantityError, parse_size, parse_span
from pipcache_tui.select import budgets, rules
from pipcache_tui.select.judge import Judge
from pipcache_tui.select.rule import Rule, RuleError


@dataclass(frozen=True, slots=True)
class RuleField:
    """A rule with at most one value. `start` is what its field holds at first; None: it has no field."""

    name: str
    title: str
    hint: str
    #: from the value and the time it is now
    make: Callable[[str, float], Rule]
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
    RuleField("stale", "Stale", "pip asks or downloads again anyway", lambda _, __: rules.stale()),
    RuleField("superseded", "Superseded", "a newer version is here too", lambda _, __: rules.superseded()),
    RuleField("incompatible", "Incompatible", "no Python here accepts it", lambda _, __: rules.incompatible()),
    RuleField("orphans", "Orphans", "half entries, leftovers of aborted runs", lambda _, __: rules.orphans()),
    RuleField("older", "Older than", "since it was stored", lambda t, now: rules.older(parse_span(t, now)), "180d"),
    RuleField(
        "unused", "Not read for", "as the disk keeps count", lambda t, now: rules.unused(parse_span(t, now)), "90d"
    ),
    RuleField("larger", "Larger than", "each by itself", lambda t, _: rules.larger(parse_size(t)), "500MB"),
    RuleField("keep-latest", "All but the latest", "versions kept", lambda t, _: rules.keep_latest(_count(t)), "2"),
    RuleField(
        "max-size", "Shrink to", "least recently used first", lambda t, _: budgets.max_size(parse_size(t)), "5GB"
    ),
)


@dataclass(frozen=True, slots=True)
class Take:
    """What a rule would take: entries and bytes, or why its value is not understood."""

    count: int = 0
    size: int = 0
    error: str | None = None


class Takes:
    """What the rules would take of some entries; each rule with each value is worked out once."""

    def __init__(
        self, entries: Sequence[Entry], judge: Judge, may_go: Callable[[Entry], bool] = lambda _: True
    ) -> None:
        self._entries = entries
        self._judge = judge
        self._may_go = may_go
        self._known: dict[tuple[str, str], Take] = {}

    def of(self, field: RuleField, value: str) -> Take:
        key = (field.name, value.strip())
        if key not in self._known:
            self._known[key] = self._work_out(field, value.strip())
        return self._known[key]

    def _work_out(self, field: RuleField, value: str) -> Take:
        count = size = 0
        try:
            rule = field.make(value, self._judge.now)
            chosen = budgets.choose_all([rule], self._entries, self._judge, may_go=self._may_go)
            for entry, _ in chosen.values():
                if self._may_go(entry):
                    count += 1
                    size += entry.size
        except (ValueError, RuleError) as error:
            return Take(error=str(error).splitlines()[0])
        return Take(count, size)


def chosen_rules(values: Mapping[str, str], chosen: Iterable[str], takes: Mapping[str, Take], now: float) -> list[Rule]:
    """The rules of those names with their values, without those that cannot decide."""
    names = set(chosen)
    return [
        field.make(values.get(field.name, "").strip(), now)
        for field in FIELDS
        if field.name in names and takes[field.name].error is None
    ]
