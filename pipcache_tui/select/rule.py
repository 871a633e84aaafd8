"""What a rule is, and the simplest kind: one that looks at each entry alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, TypeAlias

from pipcache_tui.cache.model import Entry
from pipcache_tui.text import format_day

if TYPE_CHECKING:
    from pipcache_tui.select.judge import Judge

#: an entry, and why it goes
Selected: TypeAlias = tuple[Entry, str]
Reason: TypeAlias = "Callable[[Entry, Judge], str | None]"
WhyNothing: TypeAlias = "Callable[[Sequence[Entry], Judge], str | None]"


class RuleError(Exception):
    """A rule that can't decide here, or that was asked for the impossible; one line that says what to do."""


class Rule(Protocol):
    """What chooses entries. Its flag, help and cost are in the registry."""

    def choose(self, entries: Sequence[Entry], judge: Judge) -> Iterator[Selected]:
        """The entries that go, each once, with the reason in words. Raises RuleError."""
        ...

    def why_nothing(self, entries: Sequence[Entry], judge: Judge) -> str | None:
        """Why none of these entries goes, in one line, if there is more to say; asked only if none does."""
        ...


@dataclass(frozen=True, slots=True)
class EachRule:
    """A rule that looks at one entry at a time."""

    reason: Reason
    #: raises RuleError where the rule can't decide
    check: Callable[[Sequence[Entry], Judge], None] | None = None
    explain: WhyNothing | None = None

    def choose(self, entries: Sequence[Entry], judge: Judge) -> Iterator[Selected]:
        if self.check is not None:
            self.check(entries, judge)
        reason = self.reason
        return ((entry, why) for entry in entries if (why := reason(entry, judge)) is not None)

    def why_nothing(self, entries: Sequence[Entry], judge: Judge) -> str | None:
        return self.explain(entries, judge) if self.explain is not None and entries else None


def day_of(seconds: float) -> str:
    """The UTC day of a time; a rule may say it of a hundred thousand entries of a few hundred days."""
    return _day(int(seconds // 86400))


@lru_cache(maxsize=4096)
def _day(number: int) -> str:
    return format_day(number * 86400.0)
