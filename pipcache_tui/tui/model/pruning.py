"""The rules in the prune dialog: their values, and what each of them and all together would remove."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipcache_tui.cache.model import Entry
from pipcache_tui.select.budgets import choose_all
from pipcache_tui.select.judge import Judge
from pipcache_tui.select.registry import RULES, RuleSpec
from pipcache_tui.select.rule import Rule, RuleError

#: the rules that the dialog offers
FIELDS: tuple[RuleSpec, ...] = tuple(spec for spec in RULES if spec.title)


@dataclass(frozen=True, slots=True)
class Take:
    """What a rule would remove: entries and bytes; if nothing, why; or why its value is wrong."""

    count: int = 0
    size: int = 0
    error: str | None = None
    why_nothing: str | None = None


class Takes:
    """What the rules would remove from some entries; each rule with each value is computed once."""

    def __init__(
        self, entries: Sequence[Entry], judge: Judge, may_go: Callable[[Entry], bool] = lambda _: True
    ) -> None:
        self._entries = entries
        self._judge = judge
        self._may_go = may_go
        self._known: dict[tuple[str, str], Take] = {}

    def of(self, field: RuleSpec, value: str) -> Take:
        key = (field.name, value.strip())
        if key not in self._known:
            self._known[key] = self._work_out(field, value.strip())
        return self._known[key]

    def _work_out(self, field: RuleSpec, value: str) -> Take:
        count = size = 0
        try:
            rule = field.parse(value, self._judge.now)
            chosen = choose_all([rule], self._entries, self._judge, may_go=self._may_go)
            for entry, _ in chosen.values():
                if self._may_go(entry):
                    count += 1
                    size += entry.size
        except (ValueError, RuleError) as error:
            return Take(error=str(error).splitlines()[0])
        return Take(count, size, why_nothing=None if chosen else rule.why_nothing(self._entries, self._judge))


def chosen_rules(values: Mapping[str, str], chosen: Iterable[str], takes: Mapping[str, Take], now: float) -> list[Rule]:
    """The rules of those names with their values, without those that cannot decide."""
    names = set(chosen)
    return [
        field.parse(values.get(field.name, ""), now)
        for field in FIELDS
        if field.name in names and takes[field.name].error is None
    ]
