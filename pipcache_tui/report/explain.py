"""`--explain`: what pip will do with an entry and whether deleting it matters, then all facts about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from pipcache_tui.cache.model import Entry, Snapshot
from pipcache_tui.remove.plan import Plan, plan_of
from pipcache_tui.report.describe import Fact, conclusion, entry_facts, entry_name
from pipcache_tui.report.download_reasons import twice_here, why_absent, why_again
from pipcache_tui.report.json_output import SCHEMA_VERSION, Record, entry_record, json_text
from pipcache_tui.report.terminal import TerminalStyle

if TYPE_CHECKING:
    from pipcache_tui.select.judge import Judge

_LABEL_WIDTH = 10


def write_explanations(
    out: TextIO,
    snapshot: Snapshot,
    entries: Sequence[Entry],
    judge: Judge,
    style: TerminalStyle,
    needed: Mapping[tuple[str, str], str] | None = None,
) -> None:
    """For each entry its name, a conclusion in a few sentences, and the facts.

    `needed`: what needs each, by entry key; None where it wasn't asked.
    """
    for number, entry in enumerate(entries):
        if number:
            out.write("\n")
        out.write(style.paint(entry_name(entry), "bold") + "\n")
        out.writelines(f"  {sentence}\n" for sentence in _conclusion(snapshot, entry, judge))
        for fact in (*_need(entry, needed), *entry_facts(entry, judge, judge.now)):
            out.write(f"  {style.paint(fact.label.ljust(_LABEL_WIDTH), 'dim')}  {fact.text}\n")


def _need(entry: Entry, needed: Mapping[tuple[str, str], str] | None) -> Iterator[Fact]:
    if needed is not None:
        yield Fact("needed", needed.get(entry.key, "by nothing that was named").removeprefix("needed "))


def explain_record(
    snapshot: Snapshot,
    what: str,
    entries: Sequence[Entry],
    judge: Judge,
    needed: Mapping[tuple[str, str], str] | None = None,
) -> Record:
    """The same as JSON."""
    return {
        "schema_version": SCHEMA_VERSION,
        "what": json_text(what),
        "pip_version": judge.pip_version,
        "entries": [
            {
                **entry_record(entry, judge),
                "conclusion": [json_text(text) for text in _conclusion(snapshot, entry, judge)],
                "pip_will_why": json_text(judge.forecast(entry).why),
                "again": [json_text(text) for text in why_again(entry, judge, snapshot.entries)],
                "frees": _plan(snapshot, entry, judge).frees,
                **({} if needed is None else {"needed": _text_or_null(needed.get(entry.key))}),
            }
            for entry in entries
        ],
        "absent": [json_text(text) for text in (() if entries else why_absent(what, snapshot.entries))],
    }


def _text_or_null(text: str | None) -> str | None:
    return None if text is None else json_text(text)


def _conclusion(snapshot: Snapshot, entry: Entry, judge: Judge) -> list[str]:
    copies = twice_here(entry, snapshot.entries)
    return [sentence.text for sentence in conclusion(entry, judge, _plan(snapshot, entry, judge), copies)]


def _plan(snapshot: Snapshot, entry: Entry, judge: Judge) -> Plan:
    return plan_of(snapshot, [(entry, ())], judge=judge, now=judge.now)
