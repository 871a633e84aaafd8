"""What `--check` found: a line for each requirement, what is missing, what else pip asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from pipcache_tui.report.describe import entry_name
from pipcache_tui.report.json_output import SCHEMA_VERSION, Record, json_text
from pipcache_tui.report.terminal import TerminalStyle, fit
from pipcache_tui.resolve.cache_view import Request
from pipcache_tui.resolve.check import CheckReport, Result
from pipcache_tui.resolve.preparer import Verdict
from pipcache_tui.text import cell_width, format_count, format_size, safe_text

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
_MOST_NAMES = 12


def write_reports(out: TextIO, reports: Sequence[CheckReport], style: TerminalStyle) -> None:
    """A section for each Python."""
    for number, report in enumerate(reports):
        if number:
            out.write("\n")
        for line in report_lines(report, style):
            out.write(line + "\n")


def report_lines(report: CheckReport, style: TerminalStyle) -> Iterator[str]:
    """The lines of a section, safe to show."""
    python = report.python
    yield style.paint(f"Python {safe_text(python.name)} with pip {safe_text(report.pip_version)}", "bold") + (
        f" ({safe_text(python.executable)})"
    )
    widths = (cell_width(safe_text(result.requirement.text)) for result in report.results)
    width = min(_NAME_WIDTH, max(widths, default=0))
    in_dependencies = False
    for result in report.results:
        if result.needed_by and not in_dependencies:
            in_dependencies = True
            yield style.paint("dependencies", "dim")
        yield from _result_lines(result, width, style)
    yield from summary_lines(report)


def summary_lines(report: CheckReport) -> Iterator[str]:
    """How much is there, what is missing and its size, what pip asks for in any case."""
    applicable = report.applicable
    served = sum(result.verdict == "served" for result in applicable)
    missing = [result for result in applicable if result.verdict != "served"]
    text = f"offline-ready: {served} of {len(applicable)}"
    if missing:
        names = list(dict.fromkeys(_name(result) for result in missing))
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        text += f", missing: {', '.join(names[:_MOST_NAMES])}{more}"
    yield text
    unknown = [_name(result) for result in applicable if result.needs_unknown]
    if unknown:
        yield f"not known: what {', '.join(unknown[:_MOST_NAMES])} {'needs' if len(unknown) == 1 else 'need'}"
    size, unsized = download_size(report)
    if size or unsized:
        unknown_sizes = f"{format_count(unsized, 'file')} of unknown size" if unsized else ""
        yield "to download: " + " and ".join(filter(None, (format_size(size) if size else "", unknown_sizes)))
    pages = [request for request in report.requests if not request.url.endswith(".metadata")]
    metadata = [request for request in report.requests if request.url.endswith(".metadata")]
    for what, requests in (("index page", pages), (".metadata file", metadata)):
        if requests:
            yield f"pip also asks for {format_count(len(requests), what)}: {_ways(requests)}"
    yield from map(safe_text, report.notes)


def download_size(report: CheckReport) -> tuple[int, int]:
    """Bytes of the files to download whose size is known, and how many files have no known size."""
    outcomes = report.outcomes("download")
    return sum(outcome.size or 0 for outcome in outcomes), sum(outcome.size is None for outcome in outcomes)


def check_record(asked: Sequence[str], reports: Sequence[CheckReport]) -> Record:
    """The same as JSON."""
    return {
        "schema_version": SCHEMA_VERSION,
        "asked": [json_text(text) for text in asked],
        "ready": all(report.ready for report in reports),
        "checks": [_report_record(report) for report in reports],
    }


def _result_lines(result: Result, width: int, style: TerminalStyle) -> Iterator[str]:
    outcome = result.outcome
    what = safe_text(outcome.filename or "")
    if outcome.built and outcome.entry:
        what += f" as {entry_name(outcome.entry)}, built here"
    elif outcome.builds and result.verdict != "unknown":
        what += ", to be built"
    if result.verdict == "download":
        what += f", {format_size(outcome.size)}" if outcome.size is not None else ", size not known"
    if result.needed_by:
        what += f" (for {', '.join(map(safe_text, result.needed_by))})"
    verdict = style.paint(result.verdict.ljust(_VERDICT_WIDTH), _STYLES[result.verdict])
    shown = safe_text(result.requirement.text)
    shown = fit(shown, width, ellipsis=style.ellipsis) if style.width else shown
    yield f"{verdict}  {shown}  {what}".rstrip()
    if result.verdict not in ("served", "skipped"):
        yield _INDENT + style.paint(safe_text(outcome.why), "dim")
    for entry in outcome.matches:
        yield _INDENT + style.paint(f"cached, and fits: {entry_name(entry)}", "dim")


def _name(result: Result) -> str:
    shown = safe_text(result.project or result.requirement.text, 60)
    return f"{shown} (not known)" if result.verdict == "unknown" else shown


def _ways(requests: Iterable[Request]) -> str:
    counts = Counter(request.way for request in requests)
    words = (("reuse", "from disk"), ("revalidate", "to be confirmed by the server"), ("download", "to be downloaded"))
    parts = [f"{counts[way]:,} {text}" for way, text in (*words, (None, "not known how")) if counts[way]]  # type: ignore[index]
    return ", ".join(parts)


def _report_record(report: CheckReport) -> Record:
    size, unsized = download_size(report)
    verdicts = Counter(result.verdict for result in report.results)
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
        "answers": [_result_record(result) for result in report.results],
        "notes": [json_text(note) for note in report.notes],
    }


def _result_record(result: Result) -> Record:
    outcome = result.outcome
    return {
        "requirement": json_text(result.requirement.text),
        "where": json_text(result.requirement.where),
        "needed_by": [json_text(name) for name in result.needed_by],
        "project": None if result.project is None else json_text(result.project),
        "verdict": result.verdict,
        "why": json_text(outcome.why),
        "version": None if outcome.version is None else json_text(outcome.version),
        "filename": None if outcome.filename is None else json_text(outcome.filename),
        "url": None if outcome.url is None else json_text(outcome.url),
        "size": outcome.size,
        "entry": None if outcome.entry is None else json_text(outcome.entry.id),
        "built_here": outcome.built,
        "to_be_built": outcome.builds,
        "index_pages": [json_text(request.url) for request in outcome.pages],
        "metadata": None if outcome.metadata is None else json_text(outcome.metadata.url),
        "needs_unknown": result.needs_unknown,
        "matches": [json_text(entry.id) for entry in outcome.matches],
    }


def _request_record(request: Request) -> Record:
    return {
        "url": json_text(request.url),
        "way": request.way,
        "why": json_text(request.why),
        "entry": None if request.entry is None else json_text(request.entry.id),
    }
