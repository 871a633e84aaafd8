"""What verifying found: what is wrong for a person, each verdict for a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from pipcache_tui.cache.model import UNOPENED, Root
from pipcache_tui.report.columns import Line, Shape, write_lines
from pipcache_tui.report.json_ import SCHEMA_VERSION, Record, json_text, root_record
from pipcache_tui.report.terminal import TerminalStyle
from pipcache_tui.report.words import title
from pipcache_tui.text import format_count, format_size, safe_text

if TYPE_CHECKING:
    from pipcache_tui.verify.examine import State, Verdict
    from pipcache_tui.verify.known_hashes import Means

#: each means of proof, in words
MEANS: Mapping[Means, str] = {
    "content-address": "the hash in its URL",
    "index-page": "its hash on an index page",
    "origin": "its hash in an origin.json",
    "header": "its hash in a header",
    "etag": "its ETag",
    "wheel": "METADATA in its wheel",
    "record": "RECORD",
    "crc": "CRC-32",
    "compression": "its checksum",
    "content-length": "Content-Length",
    "json": "whole JSON",
    "html": "its end tag",
    "name": "its file's name",
}
STATE_WORDS: Mapping[State, str] = {
    "proven": "proven by a witness outside",
    "consistent": "consistent: no fault, and no witness",
    "corrupt": "corrupt",
    "unchecked": "not checked",
}
#: up to so many verdicts a terminal shows all of; of more those that are not sound
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


def write_verdicts(out: TextIO, verdicts: Sequence[Verdict], look: TerminalStyle) -> None:
    """Each with what agrees or what is wrong; on a terminal, of more than `ROWS`, those that are not sound.

    Off a terminal `PLAIN_FIELDS` by tabs.
    """
    if look.width is None:
        for verdict in verdicts:
            out.write("\t".join(_plain_fields(verdict)) + "\n")
        return
    lines = [
        Line(
            (verdict.state, title(verdict.entry), format_size(verdict.entry.size), because(verdict)),
            _STYLES[verdict.state],
        )
        for verdict in verdicts
        if len(verdicts) <= ROWS or verdict.state in ("corrupt", "unchecked")
    ]
    if lines:
        write_lines(out, _SHAPES, lines, look)


def verdict_sentences(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """How many of each state, and their bytes; how many of the verdicts were known."""
    for state, words in STATE_WORDS.items():
        found = [verdict for verdict in verdicts if verdict.state == state]
        if found:
            size = format_size(sum(verdict.entry.size for verdict in found))
            yield f"{format_count(len(found), 'entry')} {words}, {size}"
    remembered = sum(verdict.remembered for verdict in verdicts)
    if remembered:
        yield f"{remembered:,} of these as an earlier run found them, their files unchanged since"


def because(verdict: Verdict) -> str:
    """What agrees, or what is wrong, in one line."""
    # where more is known, the length says nothing new
    telling = [means for means in verdict.means if means != "content-length"] or verdict.means
    agrees = ", ".join(MEANS[means] for means in telling) or "there is nothing to hold it to"
    wrong = "; ".join(verdict.why)
    if verdict.state in ("corrupt", "unchecked") or not wrong:
        return safe_text(wrong or agrees)
    return safe_text(f"{agrees}; but {wrong}")


def could_not_be_read(verdict: Verdict) -> bool:
    """Whether the system refused to give its bytes."""
    return verdict.state == "unchecked" and verdict.why[0].startswith(UNOPENED)


def verify_head(
    verdicts: Sequence[Verdict], roots: Sequence[Root], warnings: Sequence[str], *, interrupted: bool = False
) -> Record:
    """What stands in the JSON document before the verdicts."""
    totals = {state: [verdict for verdict in verdicts if verdict.state == state] for state in STATE_WORDS}
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
    """Each verdict, with enough to tell what it is of."""
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
    yield title(verdict.entry)
    yield safe_text(verdict.entry.id)
    yield safe_text("; ".join(verdict.why))
