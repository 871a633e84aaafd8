"""What `--check` found: a line a requirement, what is missing, what pip asks for besides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from pipcache_tui.report.json_ import SCHEMA_VERSION, Record, json_text
from pipcache_tui.report.terminal import TerminalStyle, cells, fit
from pipcache_tui.report.words import title
from pipcache_tui.resolve.cache_view import Request
from pipcache_tui.resolve.check import Answer, Report
from pipcache_tui.resolve.evaluator import Verdict
from pipcache_tui.text import format_count, format_size, safe_text

_STYLES: dict[Verdict, str] = {
    "served": "green",
    "asks": "yellow",
    "download": "yellow",
    "nothing": "red",
    "unknown": "red",
    "skipped": "dim",
}
_VERDICT_WIDTH = max(map(len, _STYLES))
_NAME_WIDTH = 36
_INDENT = " " * (_VERDICT_WIDTH + 2)
_NAMES_SAID = 12


def write_reports(out: TextIO, reports: Sequence[Report], look: TerminalStyle) -> None:
    """A section for each Python."""
    for number, report in enumerate(reports):
        if number:
            out.write("\n")
        for line in report_lines(report, look):
            out.write(line + "\n")


def report_lines(report: Report, look: TerminalStyle) -> Iterator[str]:
    """The lines of a section, safe to show."""
    python = report.python
    yield look.paint(f"Python {safe_text(python.name)} with pip {safe_text(report.pip_version)}", "bold") + (
        f" ({safe_text(python.executable)})"
    )
    width = min(_NAME_WIDTH, max((cells(safe_text(answer.wanted.text)) for answer in report.answers), default=0))
    in_turn = False
    for answer in report.answers:
        if answer.needed_by and not in_turn:
            in_turn = True
            yield look.paint("needed in turn", "dim")
        yield from _answer_lines(answer, width, look)
    yield from summary_lines(report)


def summary_lines(report: Report) -> Iterator[str]:
    """How much is there, what is missing and what it takes, what pip asks for in any case."""
    counted = report.counted
    served = sum(answer.verdict == "served" for answer in counted)
    missing = [answer for answer in counted if answer.verdict != "served"]
    text = f"offline-ready: {served} of {len(counted)}"
    if missing:
        names = list(dict.fromkeys(_name(answer) for answer in missing))
        more = f" and {len(names) - _NAMES_SAID} more" if len(names) > _NAMES_SAID else ""
        text += f", missing: {', '.join(names[:_NAMES_SAID])}{more}"
    yield text
    unknown = [_name(answer) for answer in counted if answer.needs_unknown]
    if unknown:
        yield f"not known: what {', '.join(unknown[:_NAMES_SAID])} {'needs' if len(unknown) == 1 else 'need'} in turn"
    size, unsized = download_size(report)
    if size or unsized:
        unsaid = f"{format_count(unsized, 'file')} of unknown size" if unsized else ""
        yield "to download: " + " and ".join(filter(None, (format_size(size) if size else "", unsaid)))
    pages = [request for request in report.requests if not request.url.endswith(".metadata")]
    metadata = [request for request in report.requests if request.url.endswith(".metadata")]
    for what, requests in (("index page", pages), (".metadata file", metadata)):
        if requests:
            yield f"pip asks besides for {format_count(len(requests), what)}: {_ways(requests)}"
    yield from map(safe_text, report.notes)


def download_size(report: Report) -> tuple[int, int]:
    """Bytes of the files to be downloaded whose size is known, and how many there are of unknown size."""
    picks = report.picks("download")
    return sum(pick.size or 0 for pick in picks), sum(pick.size is None for pick in picks)


def check_record(asked: Sequence[str], reports: Sequence[Report]) -> Record:
    """The same as JSON."""
    return {
        "schema_version": SCHEMA_VERSION,
        "asked": [json_text(text) for text in asked],
        "ready": all(report.ready for report in reports),
        "checks": [_report_record(report) for report in reports],
    }


def _answer_lines(answer: Answer, width: int, look: TerminalStyle) -> Iterator[str]:
    pick = answer.pick
    what = safe_text(pick.filename or "")
    if pick.built and pick.entry:
        what += f" as {title(pick.entry)}, built here"
    elif pick.builds and answer.verdict != "unknown":
        what += ", to be built"
    if answer.verdict == "download":
        what += f", {format_size(pick.size)}" if pick.size is not None else ", size not known"
    if answer.needed_by:
        what += f" (for {', '.join(map(safe_text, answer.needed_by))})"
    verdict = look.paint(answer.verdict.ljust(_VERDICT_WIDTH), _STYLES[answer.verdict])
    shown = safe_text(answer.wanted.text)
    shown = fit(shown, width, ellipsis=look.ellipsis) if look.width else shown
    yield f"{verdict}  {shown}  {what}".rstrip()
    if answer.verdict not in ("served", "skipped"):
        yield _INDENT + look.paint(safe_text(pick.why), "dim")
    for entry in pick.matches:
        yield _INDENT + look.paint(f"cached, and would do: {title(entry)}", "dim")


def _name(answer: Answer) -> str:
    shown = safe_text(answer.project or answer.wanted.text, 60)
    return f"{shown} (not known)" if answer.verdict == "unknown" else shown


def _ways(requests: Iterable[Request]) -> str:
    counts = Counter(request.way for request in requests)
    words = (("reuse", "from disk"), ("revalidate", "to be confirmed by the server"), ("download", "to be downloaded"))
    said = [f"{counts[way]:,} {text}" for way, text in (*words, (None, "not known how")) if counts[way]]  # type: ignore[index]
    return ", ".join(said)


def _report_record(report: Report) -> Record:
    size, unsized = download_size(report)
    verdicts = Counter(answer.verdict for answer in report.answers)
    return {
        "python": {
            "name": json_text(report.python.name),
            "version": report.python.version,
            "executable": json_text(report.python.executable),
        },
        "pip_version": report.pip_version,
        "ready": report.ready,
        "counts": {verdict: verdicts[verdict] for verdict in _STYLES},
        "download_size": size,
        "download_of_unknown_size": unsized,
        "requests": [_request_record(request) for request in report.requests],
        "answers": [_answer_record(answer) for answer in report.answers],
        "notes": [json_text(note) for note in report.notes],
    }


def _answer_record(answer: Answer) -> Record:
    pick = answer.pick
    return {
        "requirement": json_text(answer.wanted.text),
        "where": json_text(answer.wanted.where),
        "needed_by": [json_text(name) for name in answer.needed_by],
        "project": None if answer.project is None else json_text(answer.project),
        "verdict": answer.verdict,
        "why": json_text(pick.why),
        "version": None if pick.version is None else json_text(pick.version),
        "filename": None if pick.filename is None else json_text(pick.filename),
        "url": None if pick.url is None else json_text(pick.url),
        "size": pick.size,
        "entry": None if pick.entry is None else json_text(pick.entry.id),
        "built_here": pick.built,
        "to_be_built": pick.builds,
        "index_pages": [json_text(request.url) for request in pick.pages],
        "metadata": None if pick.metadata is None else json_text(pick.metadata.url),
        "needs_unknown": answer.needs_unknown,
        "matches": [json_text(entry.id) for entry in pick.matches],
    }


def _request_record(request: Request) -> Record:
    return {
        "url": json_text(request.url),
        "way": request.way,
        "why": json_text(request.why),
        "entry": None if request.entry is None else json_text(request.entry.id),
    }
