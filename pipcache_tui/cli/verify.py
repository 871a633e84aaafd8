"""`--verify`, and what `--prune-corrupt` rests on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from pipcache_tui.cli.interrupt import stop_on_interrupt
from pipcache_tui.cli.session import Session
from pipcache_tui.report.json_ import write_document, write_lines
from pipcache_tui.report.verify import (
    because,
    could_not_be_read,
    verdict_records,
    verdict_sentences,
    verify_head,
    verify_lines,
    write_verdicts,
)
from pipcache_tui.text import format_count, format_size, safe_text

if TYPE_CHECKING:
    from pipcache_tui.cache.model import Entry
    from pipcache_tui.report.progress import Progress
    from pipcache_tui.select.rule import Rule
    from pipcache_tui.verify.examine import Verdict
    from pipcache_tui.verify.known_hashes import KnownHashes


def verify(session: Session) -> int:
    """`--verify`; 1 where anything is corrupt, or could not be read."""
    from pipcache_tui.report.order import BY_PROJECT, parse_order

    session.require_cache()
    entries = parse_order(BY_PROJECT).apply(session.entries, session.judge)
    with stop_on_interrupt() as stopped:
        verdicts = _verify(session, entries, stopped)
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
        write_verdicts(out, verdicts, session.look)
    out.flush()
    session.warn_of_scan()
    session.say_if_none_matches()
    if not session.ids_only:
        for sentence in verdict_sentences(verdicts):
            session.streams.say(sentence)
    if interrupted:
        left = format_count(len(entries) - len(verdicts), "entry")
        session.streams.say(f"interrupted; {left} not reached")
        return stopped.code
    return 1 if any(verdict.state == "corrupt" or could_not_be_read(verdict) for verdict in verdicts) else 0


def corrupt_rule(session: Session, stopped: threading.Event) -> Rule:
    """The rule of `--prune-corrupt`: verifies what the filters let through and chooses what is corrupt.

    Of no use where `stopped` is set by then: not all was looked at.
    """
    from pipcache_tui.select import rules

    verdicts = _verify(session, session.entries, stopped)
    for verdict in verdicts if not session.ids_only else ():
        if could_not_be_read(verdict):
            session.streams.warn(f"{safe_text(verdict.entry.id)}: {because(verdict)}; it stays")
    return rules.corrupt(
        {verdict.entry.key: f"corrupt: {because(verdict)}" for verdict in verdicts if verdict.state == "corrupt"}
    )


def _verify(session: Session, entries: Sequence[Entry], stopped: threading.Event) -> list[Verdict]:
    """Verdicts on the entries, fewer where it was stopped, with a bar for their bytes."""
    from pipcache_tui.verify.batch import verify_entries

    with session.progress() as progress:
        watch = bytes_watcher(progress, "Verifying", entries)
        known_hashes = known_hashes_of(session, progress, stopped)
        verdicts = verify_entries(
            entries, known_hashes, stop=stopped.is_set, watch=watch, memory=session.verdict_memory
        )
        return list(verdicts)


def known_hashes_of(session: Session, progress: Progress, stopped: threading.Event) -> KnownHashes:
    """All that the scanned entries say of each other."""
    from pipcache_tui.verify.known_hashes import gather_known_hashes

    progress.show("Reading index pages", 0)
    return gather_known_hashes(session.snapshot.entries, file_hosts=session.found.file_hosts, stop=stopped.is_set)


def bytes_watcher(progress: Progress, task: str, entries: Iterable[Entry], *, times: int = 1) -> Callable[[int], None]:
    """Counts bytes, from any thread, and shows how many of all are done; each is dealt with so many times."""
    total = times * sum(entry.size for entry in entries)
    lock = threading.Lock()
    done = 0

    def watch(count: int) -> None:
        nonlocal done
        with lock:
            done = min(total, done + count)  # what is packed on disk is more when it is read
            if progress.enabled:
                progress.show(task, done, total, f"{format_size(done)} of {format_size(total)}")

    return watch
