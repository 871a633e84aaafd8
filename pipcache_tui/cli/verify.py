"""`--verify` and the rule of `--prune-corrupt`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pipcache_tui.cli.interrupt import stop_on_interrupt
from pipcache_tui.cli.session import Session
from pipcache_tui.report.describe import verdict_reason, verdict_sentences
from pipcache_tui.report.json_output import write_document, write_lines
from pipcache_tui.report.verify import (
    could_not_be_read,
    verdict_records,
    verify_head,
    verify_lines,
    write_verdicts,
)
from pipcache_tui.text import format_count, safe_text

if TYPE_CHECKING:
    from pipcache_tui.select.rule import Rule


def verify(session: Session) -> int:
    """`--verify`; exit code 1 if any entry is corrupt or could not be read."""
    from pipcache_tui.report.order import BY_PROJECT, parse_order

    session.workspace.require_cache()
    entries = parse_order(BY_PROJECT).apply(session.entries, session.judge)
    with stop_on_interrupt() as stopped:
        verdicts = list(session.workspace.verify(entries, stop=stopped.is_set))
    arguments, out, interrupted = session.arguments, session.out, stopped.is_set()
    head = verify_head(verdicts, session.snapshot.roots, session.snapshot.warnings, interrupted=interrupted)
    if session.ids_only:
        corrupt = (verdict.entry.id for verdict in verdicts if verdict.state == "corrupt")
        session.streams.write_names(corrupt, null=arguments.null)
    elif arguments.json:
        write_document(out, head, {"entries": verdict_records(verdicts)})
    elif arguments.json_lines:
        write_lines(out, verify_lines(verdicts, head))
    else:
        write_verdicts(out, verdicts, session.style)
    out.flush()
    session.warn_of_scan()
    session.say_if_none_matches()
    if not session.ids_only:
        for sentence in verdict_sentences(verdicts):
            session.streams.say(sentence.text)
    if interrupted:
        left = format_count(len(entries) - len(verdicts), "entry")
        session.streams.say(f"interrupted; {left} not reached")
        return stopped.code
    return 1 if any(verdict.state == "corrupt" or could_not_be_read(verdict) for verdict in verdicts) else 0


def corrupt_rule(session: Session, stopped: threading.Event) -> Rule:
    """The rule of `--prune-corrupt`: verifies the entries that match the filters and selects the corrupt ones.

    If `stopped` is set afterwards, not everything was verified: don't use the rule.
    """
    from pipcache_tui.select import rules

    verdicts = list(session.workspace.verify(session.entries, stop=stopped.is_set))
    for verdict in verdicts if not session.ids_only else ():
        if could_not_be_read(verdict):
            session.streams.warn(f"{safe_text(verdict.entry.id)}: {verdict_reason(verdict)}; it stays")
    return rules.corrupt(
        {verdict.entry.key: f"corrupt: {verdict_reason(verdict)}" for verdict in verdicts if verdict.state == "corrupt"}
    )
