"""The text of the details pane: first the conclusion, then the facts, in the words of `report/describe`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pipcache_tui.cache.model import Entry
from pipcache_tui.text import format_age, format_count, format_day, format_size, format_time, safe_text

if TYPE_CHECKING:
    from pipcache_tui.remove.plan import Plan
    from pipcache_tui.report.describe import Tone
    from pipcache_tui.select.judge import Judge
    from pipcache_tui.verify.examine import Verdict


class Judging(Protocol):
    """The part of `pipcache_tui.select.judge.Judge` that the summary of a group needs."""

    def stale(self, entry: Entry) -> str | None: ...
    def superseded_by(self, entry: Entry) -> str | None: ...
    def incompatible(self, entry: Entry) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Line:
    """A label and its text, both safe to show. Without a label it continues the line above, or is a whole sentence."""

    label: str
    text: str
    warns: bool = False
    title: bool = False
    #: a sentence before the facts, and whether it is good news or a warning
    tone: Tone | None = None


def describe(
    entry: Entry,
    judge: Judge | None,
    now: float,
    plan: Plan | None = None,
    verdict: Verdict | None = None,
    summary: str | None = None,
) -> Iterator[Line]:
    """What pip will do with an entry and what deleting it means; then all that is known about it.

    Args:
        entry: The entry.
        judge: None if it is not ready yet.
        now: Seconds since 1970.
        plan: The plan of deleting this entry alone; None: not known yet.
        verdict: What verifying it found, if it was verified.
        summary: The line about the project in its METADATA.
    """
    from pipcache_tui.report.describe import conclusion, entry_facts, entry_name

    yield Line("", entry_name(entry), title=True)
    if judge is not None and plan is not None:
        for sentence in conclusion(entry, judge, plan):
            yield Line("", sentence.text, tone=sentence.tone)
    for fact in entry_facts(entry, judge, now, verdict=verdict, summary=summary):
        yield Line(fact.label, fact.text, fact.warns)


def copyable(entry: Entry, verdict: Verdict | None) -> tuple[tuple[str, str], ...]:
    """What can be copied from an entry, the most useful first: (label, text), safe to show."""
    found: list[tuple[str, str | None]] = [
        ("URL", entry.url),
        ("path", f"{entry.root}/{entry.body.path}"),
        ("requirement", f"{entry.project}=={entry.version}" if entry.project and entry.version else None),
        ("sha256", verdict.sha256 if verdict else None),
    ]
    return tuple((label, safe_text(text)) for label, text in found if text)


def summarize(label: str, entries: Sequence[Entry], judge: Judging | None, now: float, total: int) -> Iterator[Line]:
    """The facts about a group."""
    size = sum(entry.size for entry in entries)
    yield Line("", safe_text(label, 512), title=True)
    percent = round(100 * size / total) if total else 0
    share = f", {percent or '<1'}% of all" if total and size else ""
    yield Line("holds", f"{format_count(len(entries), 'entry')}, {format_size(size)}{share}")
    sizes: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for entry in entries:
        sizes[entry.kind] += entry.size
        counts[entry.kind] += 1
    for position, (kind, kind_size) in enumerate(sizes.most_common()):
        yield Line("kinds" if position == 0 else "", f"{format_size(kind_size):>9}  {counts[kind]:>5,}  {kind}")
    first, last = min(e.stored for e in entries), max(e.stored for e in entries)
    until = "" if format_day(first) == format_day(last) else f" to {format_day(last)}"
    yield Line("stored", f"{format_day(first)}{until}, {format_age(max(0.0, now - last))} ago")
    yield Line("last read", _when(max(e.used for e in entries), now))
    if judge is not None and len(entries) <= 2000:
        for name, count, part in (
            ("stale", *_added(entries, judge.stale)),
            ("superseded", *_added(entries, judge.superseded_by)),
            ("incompatible", *_added(entries, judge.incompatible)),
        ):
            if count:
                yield Line(name, f"{format_count(count, 'entry')}, {format_size(part)}", warns=True)


def _added(entries: Sequence[Entry], asked: object) -> tuple[int, int]:
    assert callable(asked)
    chosen = [entry for entry in entries if asked(entry)]
    return len(chosen), sum(entry.size for entry in chosen)


def _when(seconds: float, now: float) -> str:
    return f"{format_time(seconds)[:16].replace('T', ' ')} UTC, {format_age(max(0.0, now - seconds))} ago"
