"""`--explain`: what pip will do with an entry and whether deleting it matters, then all facts about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from pipcache_tui.cache.model import Entry, Snapshot
from pipcache_tui.remove.plan import Plan, plan_of
from pipcache_tui.report.describe import conclusion, entry_facts, entry_name
from pipcache_tui.report.download_reasons import twice_here, why_absent, why_again
from pipcache_tui.report.json_ import SCHEMA_VERSION, Record, entry_record, json_text
from pipcache_tui.report.terminal import TerminalStyle

if TYPE_CHECKING:
    from pipcache_tui.select.judge import Judge

_LABEL_WIDTH = 10


def write_explanations(
    out: TextIO, snapshot: Snapshot, entries: Sequence[Entry], judge: Judge, look: TerminalStyle
) -> None:
    """For each entry its name, a conclusion in a few sentences, and the facts."""
    for number, entry in enumerate(entries):
        if number:
            out.write("\n")
        out.write(look.paint(entry_name(entry), "bold") + "\n")
        out.writelines(f"  {sentence}\n" for sentence in _conclusion(snapshot, entry, judge))
        for fact in entry_facts(entry, judge, judge.now):
            out.write(f"  {look.paint(fact.label.ljust(_LABEL_WIDTH), 'dim')}  {fact.text}\n")


def explain_record(snapshot: Snapshot, what: str, entries: Sequence[Entry], judge: Judge) -> Record:
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
            }
            for entry in entries
        ],
        "absent": [json_text(text) for text in (() if entries else why_absent(what, snapshot.entries))],
    }


def _conclusion(snapshot: Snapshot, entry: Entry, judge: Judge) -> list[str]:
    copies = twice_here(entry, snapshot.entries)
    return [sentence.text for sentence in conclusion(entry, judge, _plan(snapshot, entry, judge), copies)]


def _plan(snapshot: Snapshot, entry: Entry, judge: Judge) -> Plan:
    return plan_of(snapshot, [(entry, ())], judge=judge, now=judge.now)
