"""The result of verifying: problems for a person, every verdict for a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from pipcache_tui.cache.model import UNOPENED, Root
from pipcache_tui.report.columns import Line, Shape, write_lines
from pipcache_tui.report.describe import STATES, entry_name, verdict_reason
from pipcache_tui.report.json_output import SCHEMA_VERSION, Record, json_text, root_record
from pipcache_tui.report.terminal import TerminalStyle
from pipcache_tui.text import format_size, safe_text

if TYPE_CHECKING:
    from pipcache_tui.verify.examine import State, Verdict

#: a terminal shows up to this many verdicts; if there are more, only those that are not sound
ROWS = 40
#: names of what a tab-separated line holds, in this order
PLAIN_FIELDS = ("verdict", "means", "size", "name", "id", "why")
_SHAPES = (
    Shape("VERDICT"),
    Shape("NAME", narrowest=20),
    Shape("SIZE", right=True, yields=1),
    Shape("BECAUSE OF", narrowest=24, style="dim"),
)
_STYLES: Mapping[State, str] = {"proven": "", "consistent": "", "corrupt": "red", "unchecked": "yellow"}


def write_verdicts(out: TextIO, verdicts: Sequence[Verdict], style: TerminalStyle) -> None:
    """Each with what agrees or what is wrong; on a terminal, of more than `ROWS`, those that are not sound.

    Off a terminal `PLAIN_FIELDS` by tabs.
    """
    if style.width is None:
        for verdict in verdicts:
            out.write("\t".join(_plain_fields(verdict)) + "\n")
        return
    lines = [
        Line(
            (verdict.state, entry_name(verdict.entry), format_size(verdict.entry.size), verdict_reason(verdict)),
            _STYLES[verdict.state],
        )
        for verdict in verdicts
        if len(verdicts) <= ROWS or verdict.state in ("corrupt", "unchecked")
    ]
    if lines:
        write_lines(out, _SHAPES, lines, style)


def could_not_be_read(verdict: Verdict) -> bool:
    """Whether the entry could not be read."""
    return verdict.state == "unchecked" and verdict.why[0].startswith(UNOPENED)


def verify_head(
    verdicts: Sequence[Verdict], roots: Sequence[Root], warnings: Sequence[str], *, interrupted: bool = False
) -> Record:
    """What stands in the JSON document before the verdicts."""
    totals = {state: [verdict for verdict in verdicts if verdict.state == state] for state in STATES}
    return {
        "schema_version": SCHEMA_VERSION,
        "interrupted": interrupted,
        "roots": [root_record(root) for root in roots],
        "warnings": [json_text(warning) for warning in warnings],
        "totals": {
            state: {"entries": len(found), "size": sum(verdict.entry.size for verdict in found)}
            for state, found in totals.items()
        },
    }


def verdict_records(verdicts: Iterable[Verdict]) -> Iterator[Record]:
    """Each verdict, with enough to recognise its entry."""
    for verdict in verdicts:
        entry = verdict.entry
        yield {
            "id": json_text(entry.id),
            "root": json_text(entry.root),
            "store": entry.store,
            "kind": entry.kind,
            "project": None if entry.project is None else json_text(entry.project),
            "version": None if entry.version is None else json_text(entry.version),
            "filename": None if entry.filename is None else json_text(entry.filename),
            "url": None if entry.url is None else json_text(entry.url),
            "url_proof": entry.url_proof,
            "size": entry.size,
            "verdict": verdict.state,
            "means": list(verdict.means),
            "why": [json_text(line) for line in verdict.why],
            "sha256": verdict.sha256,
            "remembered": verdict.remembered,
        }


def verify_lines(verdicts: Iterable[Verdict], head: Record) -> Iterator[Record]:
    """The same as JSON lines: an `event` each, the figures last."""
    yield from ({"event": "verdict", **record} for record in verdict_records(verdicts))
    yield {"event": "result", **{name: value for name, value in head.items() if name != "schema_version"}}


def _plain_fields(verdict: Verdict) -> Iterator[str]:
    """What `PLAIN_FIELDS` names."""
    yield verdict.state
    yield ",".join(verdict.means)
    yield str(verdict.entry.size)
    yield entry_name(verdict.entry)
    yield safe_text(verdict.entry.id)
    yield safe_text("; ".join(verdict.why))
