"""The rules of a prune: each chooses entries, and says for each why, with the fact it rests on.

A rule looks at nothing but entries and their judge; those that look at the whole are in
`pipcache_tui.select.budgets`. Whether a chosen entry may really go (it is too young, it is protected, a pip is at work)
is for others to say.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipcache_tui.cache.model import Entry
from pipcache_tui.quantities import Span, duration_in_words, size_in_words
from pipcache_tui.select.rule import Chosen, EachRule, Rule, RuleError, day_of
from pipcache_tui.text import format_age, format_count, format_size, safe_text

if TYPE_CHECKING:
    from packaging.version import Version

    from pipcache_tui.select.expression import Expression
    from pipcache_tui.select.judge import Judge

_HALVES = {"orphan": "half of a pair, whose other half is missing", "leftover": "left behind by a pip that was stopped"}


def older(than: Span | float) -> Rule:
    """Stored, and last validated, longer ago than that (seconds)."""
    span = _span(than)
    bound = span.seconds

    def reason(entry: Entry, judge: Judge) -> str | None:
        if judge.age(entry) <= bound:
            return None
        deed = "stored" if entry.validated - entry.stored < 1 else "last validated"
        return f"older than {span.words} ({deed} {day_of(entry.validated)})"

    return EachRule(reason)


def unused(since: Span | float) -> Rule:
    """Not read for that long (seconds) for sure: where the mount keeps last use to the day, a day is added.

    Raises RuleError when it meets a mount that keeps no times of last use.
    """
    span = _span(since)
    bound = span.seconds
    words = f"unused since {span.words}" if span.is_date else f"unused for {span.words}"

    def check(entries: Sequence[Entry], judge: Judge) -> None:
        for root, entry in {entry.root: entry for entry in entries}.items():
            keeping = judge.atimes(entry)
            if keeping.kept == "never":
                place = safe_text(root, 200)
                raise RuleError(f"what is unused in {place} can't be told: {keeping.words}; use --prune-older instead")

    def reason(entry: Entry, judge: Judge) -> str | None:
        seconds = judge.unused_for_sure(entry)
        return f"{words} (last read {day_of(entry.used)})" if seconds is not None and seconds > bound else None

    return EachRule(reason, check)


def larger(than: int) -> Rule:
    """More bytes in its files than that."""
    words = f"larger than {size_in_words(than)}"

    def reason(entry: Entry, _: Judge) -> str | None:
        size = entry.size
        return f"{words} ({format_size(size)})" if size > than else None

    return EachRule(reason)


def stale() -> Rule:
    """Its freshness has ended, or pip will download it again or never reads it."""

    def reason(entry: Entry, judge: Judge) -> str | None:
        why = judge.stale(entry)
        return None if why is None else f"stale: {why}"

    return EachRule(reason)


def superseded() -> Rule:
    """A newer version does all it can do (see `pipcache_tui.select.superseded`)."""

    def reason(entry: Entry, judge: Judge) -> str | None:
        newer = judge.superseded_by(entry)
        return None if newer is None else f"superseded by {safe_text(entry.project or '', 100)} {safe_text(newer, 100)}"

    return EachRule(reason)


def incompatible() -> Rule:
    """No Python here (or none of those named) accepts it. Raises RuleError where no Python is known."""

    def check(_: Sequence[Entry], judge: Judge) -> None:
        if not judge.pythons:
            raise RuleError("no Python is known here, so nothing can be called incompatible; name one: --python PATH")

    return EachRule(lambda entry, judge: judge.incompatible(entry), check)


def orphans() -> Rule:
    """Halves of pairs, and temporary and lock files left behind."""
    return EachRule(lambda entry, _: _HALVES.get(entry.kind))


def everything() -> Rule:
    """All there is."""
    return EachRule(lambda *_: "everything goes")


def matching(expression: Expression) -> Rule:
    """All that matches an expression."""
    matches, why = expression.matches, f"matches: {expression.words}"
    return EachRule(lambda entry, judge: why if matches(entry, judge) else None)


def corrupt(found: Mapping[tuple[str, str], str]) -> Rule:
    """What was found to be broken: by entry key, how."""
    return EachRule(lambda entry, _: found.get(entry.key))


@dataclass(frozen=True, slots=True)
class KeepLatest:
    """All but the newest versions of each project, for each set of tags.

    Entries are compared within a root, a project, a local label, a set of tags, and a sort of file: wheels (whether
    downloaded or built here), source distributions, metadata. An entry goes when at least `count` different newer
    versions of its group are here that count: they are sound and not yanked, for a final release final ones, and
    for what pip may still use, ones that it may use.
    """

    count: int

    def choose(self, entries: Sequence[Entry], judge: Judge) -> Iterator[Chosen]:
        from pipcache_tui.select.superseded import may_supersede
        from pipcache_tui.versions import read_version

        groups: dict[object, list[tuple[Entry, Version]]] = {}
        for entry in entries:
            version = read_version(entry.version)
            if version is not None and entry.project is not None and entry.kind in _SORTS:
                key = (entry.project, _SORTS[entry.kind], entry.root, version.local, frozenset(entry.tags))
                groups.setdefault(key, []).append((entry, version))
        for group in groups.values():
            if len(group) <= self.count:
                continue
            counting = [(version, judge.usable(entry)) for entry, version in group if may_supersede(entry) is not None]
            latest: dict[tuple[bool, bool], list[Version]] = {}
            for entry, version in group:
                only_usable, only_final = judge.usable(entry), not version.is_prerelease
                known = latest.get((only_usable, only_final))
                if known is None:
                    known = latest[only_usable, only_final] = sorted(
                        {
                            other
                            for other, usable in counting
                            if (usable or not only_usable) and not (only_final and other.is_prerelease)
                        }
                    )
                newer = len(known) - bisect_right(known, version)
                if newer >= self.count:
                    named = f"{format_count(newer, 'newer version')} here, up to {known[-1]}"
                    yield entry, f"not among the latest {self.count} ({named})"


_SORTS = {"wheel": "wheel", "built-wheel": "wheel", "sdist": "sdist", "metadata": "metadata"}


def keep_latest(count: int) -> Rule:
    """All but the `count` (one or more) newest versions of each project and set of tags; see `KeepLatest`."""
    if count < 1:
        raise RuleError("--keep-latest takes a number from 1 on; to remove everything use --purge")
    return KeepLatest(count)


def _span(given: Span | float) -> Span:
    span = given if isinstance(given, Span) else Span(float(given), duration_in_words(given))
    if span.seconds < 0:
        when = span.words if span.is_date else f"in {format_age(-span.seconds)}"
        raise RuleError(f"{when} is still to come: everything would go; give a time in the past")
    return span
