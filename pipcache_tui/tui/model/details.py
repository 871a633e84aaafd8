"""What is known of a row, in words: the text of the details pane."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipcache_tui.cache.model import Entry, IndexPage, Origin, SelfCheck
from pipcache_tui.text import format_age, format_count, format_day, format_size, format_time, safe_text
from pipcache_tui.tui.glyphs import PIP_WILL
from pipcache_tui.tui.model.groupings import entry_label

_PROOFS = {
    "index-page": "named by an index page, proven by its hash",
    "content": "proven by the content's own digest",
    "origin": "named by origin.json",
    "file-name": "read off the file name",
}


class Forecast(Protocol):
    @property
    def pip_will(self) -> str | None: ...
    @property
    def why(self) -> str: ...
    @property
    def fresh_until(self) -> float | None: ...


class Judging(Protocol):
    """What the details ask of `pipcache_tui.select.judge.Judge`."""

    def forecast(self, entry: Entry) -> Forecast: ...
    def stale(self, entry: Entry) -> str | None: ...
    def superseded_by(self, entry: Entry) -> str | None: ...
    def compatible_with(self, entry: Entry) -> tuple[str, ...] | None: ...
    def incompatible(self, entry: Entry) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Line:
    """A label and what it says, both safe to show; no label: it goes on from the line above. `warns`: look here."""

    label: str
    text: str
    warns: bool = False
    title: bool = False


class Verdict(Protocol):
    """What verifying found: the part of `pipcache_tui.verify.examine.Verdict` that the details show."""

    @property
    def state(self) -> str: ...
    @property
    def why(self) -> tuple[str, ...]: ...
    @property
    def sha256(self) -> str | None: ...


def describe(
    entry: Entry,
    judge: Judging | None,
    now: float,
    pip_version: str = "",
    verdict: Verdict | None = None,
    summary: str | None = None,
) -> Iterator[Line]:
    """All that is known of an entry; `summary` is its METADATA's line about it."""
    for line in _describe(entry, judge, now, pip_version, verdict, summary):
        yield Line(safe_text(line.label, 24), safe_text(line.text, 1024), line.warns, line.title)


def _describe(
    entry: Entry,
    judge: Judging | None,
    now: float,
    pip_version: str,
    verdict: Verdict | None,
    summary: str | None,
) -> Iterator[Line]:
    yield Line("", entry_label(entry), title=True)
    name = " ".join(part for part in (entry.project, entry.version) if part)
    yield Line("what", f"{entry.kind}{f' of {name}' if name else ''}, in {entry.store}")
    if summary:
        yield Line("about", summary)
    frees = f", {format_size(entry.size_on_disk)} on disk" if entry.size_on_disk != entry.size else ""
    yield Line("size", f"{format_size(entry.size)}{frees}")
    for problem in entry.problems:
        yield Line("problem", problem, warns=True)
    if verdict is not None:
        yield Line("verified", verdict.state, warns=verdict.state == "corrupt")
        yield from (Line("", why) for why in verdict.why)
        if verdict.sha256:
            yield Line("sha256", verdict.sha256)
    if entry.yanked is not None:
        yield Line("yanked", entry.yanked or "the index gives no reason", warns=True)
    if judge is not None:
        yield from _forecast(entry, judge, now, pip_version)
    if entry.url:
        yield Line("URL", entry.url)
        if entry.url_proof:
            yield Line("", _PROOFS[entry.url_proof])
    if entry.tags:
        yield Line("tags", entry.tag_label)
    if entry.requires_python:
        yield Line("requires", f"Python {entry.requires_python}")
    yield from _detail(entry)
    yield Line("stored", _when(entry.stored, now))
    if entry.validated - entry.stored > 1:
        yield Line("validated", _when(entry.validated, now))
    yield Line("last read", f"{_when(entry.used, now)}, as far as the disk keeps count")
    yield from _headers(entry)
    for position, file in enumerate(entry.files):
        label = "files" if position == 0 else ""
        yield Line(label, f"{file.path}  {format_size(file.size)}  {format_time(file.mtime_ns / 1e9)[:16]}")
    yield Line("root", entry.root)


def _forecast(entry: Entry, judge: Judging, now: float, pip_version: str) -> Iterator[Line]:
    forecast = judge.forecast(entry)
    if forecast.pip_will is not None:
        of = f"pip {pip_version} will" if pip_version else "pip will"
        yield Line(of, f"{PIP_WILL[forecast.pip_will]} {forecast.pip_will.replace('-', ' ')}: {forecast.why}")
    stale = judge.stale(entry)
    if stale:
        yield Line("stale", stale, warns=True)
    elif forecast.fresh_until is not None:
        left = forecast.fresh_until - now
        ahead = f"for {format_age(left)}" if left >= 0 else f"no longer, since {format_age(-left)}"
        yield Line("fresh", ahead)
    newer = judge.superseded_by(entry)
    if newer:
        yield Line("superseded", f"by {newer}, which is here too", warns=True)
    accepting = judge.compatible_with(entry)
    if accepting:
        yield Line("Pythons", " ".join(accepting))
    incompatible = judge.incompatible(entry)
    if incompatible:
        yield Line("Pythons", incompatible, warns=True)


def _detail(entry: Entry) -> Iterator[Line]:
    detail = entry.detail
    if isinstance(detail, IndexPage):
        files = "" if detail.files is None else f"{format_count(detail.files, 'file')}, "
        yield Line("lists", f"{files}sent as {detail.form.upper()}")
    elif isinstance(detail, Origin):
        commit = f" at {detail.commit}" if detail.commit else ""
        yield Line("built from", f"{detail.url}{commit}")
        for algorithm, digest in detail.hashes:
            yield Line(algorithm, digest)
    elif isinstance(detail, SelfCheck):
        yield Line("for", detail.prefix or "not known")
        yield Line("saw", f"pip {detail.pypi_version or '?'} on {detail.last_check or '?'}")


def _headers(entry: Entry) -> Iterator[Line]:
    response = entry.response
    if response is None:
        return
    yield Line("answer", f"HTTP {response.status}{', resumed' if response.resumed else ''}")
    for name in ("date", "cache_control", "expires"):
        value = getattr(response, name)
        if value is not None:
            yield Line("", f"{name.replace('_', '-')}: {value}")
    if response.has_etag:
        yield Line("", "has an ETag")
    for name, value in response.vary:
        yield Line("", f"varies on {name}: {value if value is not None else '(not sent)'}")


def summarize(label: str, entries: Sequence[Entry], judge: Judging | None, now: float, total: int) -> Iterator[Line]:
    """What is known of a group."""
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
