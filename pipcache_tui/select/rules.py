"""The rules of a prune: each selects entries and says why, with the fact it rests on.

A rule looks at entries and their judge only. Rules that weigh all entries together are in `budgets`, the one that
counts versions in `latest`. Others decide whether a selected entry may really go: it may be too young, protected, or
in use by a running pip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pipcache_tui.cache.model import Entry
from pipcache_tui.quantities import Span, duration_in_words, size_in_words
from pipcache_tui.select.rule import EachRule, Rule, RuleError, day_of
from pipcache_tui.text import format_age, format_size, safe_text

if TYPE_CHECKING:
    from pipcache_tui.select.expression import Expression
    from pipcache_tui.select.judge import Judge

_HALVES = {"orphan": "half of a pair, whose other half is missing", "leftover": "left behind by a pip that was stopped"}


def older(than: Span | float) -> Rule:
    """Stored, and last validated, longer ago than that (seconds)."""
    span = _span(than)
    bound = span.seconds

    def reason(entry: Entry, judge: Judge) -> str | None:
        validated = entry.validated
        if judge.now - validated <= bound:
            return None
        event = "stored" if validated - entry.stored < 1 else "last validated"
        return f"older than {span.words} ({event} {day_of(validated)})"

    def explain(entries: Sequence[Entry], _: Judge) -> str:
        return f"the oldest was stored or last validated {day_of(min(entry.validated for entry in entries))}"

    return EachRule(reason, explain=explain)


def unused(since: Span | float) -> Rule:
    """Certainly not read for that long (seconds): where the mount keeps access times to the day, a day is added.

    The rule raises RuleError where a mount keeps no access times.
    """
    span = _span(since)
    bound = span.seconds
    words = f"unused since {span.words}" if span.is_date else f"unused for {span.words}"

    def check(entries: Sequence[Entry], judge: Judge) -> None:
        for root, entry in {entry.root: entry for entry in entries}.items():
            keeping = judge.atimes(entry)
            if keeping.kept == "never":
                place = safe_text(root, 200)
                raise RuleError(f"last use is not known in {place}: {keeping.words}; use --prune-older instead")

    def reason(entry: Entry, judge: Judge) -> str | None:
        seconds = judge.unused_for_sure(entry)
        return f"{words} (last read {day_of(entry.used)})" if seconds is not None and seconds > bound else None

    def explain(entries: Sequence[Entry], _: Judge) -> str:
        return f"the one not read for longest was last read {day_of(min(entry.used for entry in entries))}"

    return EachRule(reason, check, explain)


def larger(than: int) -> Rule:
    """More bytes in its files than that."""
    words = f"larger than {size_in_words(than)}"

    def reason(entry: Entry, _: Judge) -> str | None:
        size = entry.size
        return f"{words} ({format_size(size)})" if size > than else None

    def explain(entries: Sequence[Entry], _: Judge) -> str:
        return f"the largest has {format_size(max(entry.size for entry in entries))}"

    return EachRule(reason, explain=explain)


def stale() -> Rule:
    """Its freshness has ended, or pip will download it again or never reads it."""

    def reason(entry: Entry, judge: Judge) -> str | None:
        why = judge.stale(entry)
        return None if why is None else f"stale: {why}"

    return EachRule(
        reason, explain=lambda _, judge: f"all is fresh for a pip here (pip {judge.pip_version} or another)"
    )


def superseded() -> Rule:
    """A newer version does all it can do (see `pipcache_tui.select.superseded`)."""

    def reason(entry: Entry, judge: Judge) -> str | None:
        newer = judge.superseded_by(entry)
        return None if newer is None else f"superseded by {safe_text(entry.project or '', 100)} {safe_text(newer, 100)}"

    def explain(entries: Sequence[Entry], judge: Judge) -> str:
        return judge.why_none_superseded(entries)

    return EachRule(reason, explain=explain)


def incompatible() -> Rule:
    """No Python here (or none of those named) accepts it. The rule raises RuleError where no Python is known."""

    def check(_: Sequence[Entry], judge: Judge) -> None:
        if not judge.pythons:
            raise RuleError("no Python is known here, so nothing can be called incompatible; name one: --python PATH")

    def explain(_: Sequence[Entry], judge: Judge) -> str:
        return f"a Python here accepts each wheel ({judge.some_pythons()})"

    return EachRule(lambda entry, judge: judge.incompatible(entry), check, explain)


def orphans() -> Rule:
    """Halves of pairs, and temporary and lock files left behind."""
    return EachRule(
        lambda entry, _: _HALVES.get(entry.kind), explain=lambda *_: "all pairs are whole, nothing is left over"
    )


def everything() -> Rule:
    """All there is."""
    return EachRule(lambda *_: "everything goes")


def matching(expression: Expression) -> Rule:
    """All that matches an expression."""
    matches, why = expression.matches, f"matches: {expression.words}"
    return EachRule(lambda entry, judge: why if matches(entry, judge) else None)


def corrupt(found: Mapping[tuple[str, str], str]) -> Rule:
    """What was found to be damaged: by entry key, how."""
    return EachRule(lambda entry, _: found.get(entry.key), explain=lambda *_: "nothing was found corrupt")


def unneeded(why_needed: Mapping[tuple[str, str], str], named: Sequence[str]) -> Rule:
    """What nothing named needs: `why_needed` has the key of every entry that stays."""
    names = safe_text(", ".join(named), 200)
    return EachRule(
        lambda entry, _: None if entry.key in why_needed else f"not needed by {names}",
        explain=lambda *_: f"everything is needed by {names}, or can't be judged",
    )


def keep_latest(count: int) -> Rule:
    """All but the `count` (one or more) newest versions of each project; see `pipcache_tui.select.latest`."""
    from pipcache_tui.select.latest import KeepLatest

    if count < 1:
        raise RuleError("--keep-latest takes a number from 1 on; to remove everything use --purge")
    return KeepLatest(count)


def _span(given: Span | float) -> Span:
    span = given if isinstance(given, Span) else Span(float(given), duration_in_words(given))
    if span.seconds < 0:
        when = span.words if span.is_date else f"in {format_age(-span.seconds)}"
        raise RuleError(f"{when} is still to come: everything would go; give a time in the past")
    return span
