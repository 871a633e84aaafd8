"""The commands that change nothing in the cache: --info, --list, --explain, --history, --forget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipcache_tui.cli.arguments import UsageError
from pipcache_tui.cli.session import Session
from pipcache_tui.workspace import NoCacheError

if TYPE_CHECKING:
    from pipcache_tui.report.history import Growth


def info(session: Session) -> int:
    """`--info`, which also works without a cache."""
    from pipcache_tui.report.info import Summary, info_record, write_info
    from pipcache_tui.report.json_output import write_document, write_lines

    try:
        session.workspace.require_cache()
        missing = None
    except NoCacheError as error:
        missing = error
    arguments, out = session.arguments, session.out
    if session.ids_only:
        session.streams.write_names((root.path for root in session.workspace.roots if root.exists), null=arguments.null)
    else:
        notes = session.workspace.found.notes
        summary = Summary(
            session.snapshot, session.entries, session.judge, notes, _used_trust(session), _growth(session)
        )
        if arguments.json_lines:
            write_lines(out, [info_record(summary)])
        elif arguments.json:
            write_document(out, info_record(summary), {})
        else:
            write_info(out, summary, session.style)
        if missing is None:
            session.warn_of_odd_roots()
    if missing is not None:
        raise missing
    return 0


def _growth(session: Session) -> Growth | None:
    """How the caches grew, regardless of filters."""
    from pipcache_tui.report.history import growth

    workspace = session.workspace
    return growth(workspace.upkeep(), session.snapshot.entries, workspace.now)


def history(session: Session) -> int:
    """`--history`."""
    from pipcache_tui.report.history import history_record, history_sentence, write_history
    from pipcache_tui.report.json_output import write_document, write_lines

    arguments, out, workspace = session.arguments, session.out, session.workspace
    if session.ids_only:
        raise UsageError("--history lists no entries; leave out --quiet and --null")
    snapshot = session.snapshot  # which also records today's sizes
    upkeep = workspace.upkeep()
    if arguments.json or arguments.json_lines:
        record = history_record(upkeep, workspace.roots, _growth(session), snapshot.warnings)
        if arguments.json_lines:
            write_lines(out, [record])
        else:
            write_document(out, record, {})
    else:
        write_history(out, upkeep, session.style)
        out.flush()
        session.streams.say(history_sentence(upkeep))
    return 0


def _used_trust(session: Session) -> list[str]:
    """How far the times of last use can be trusted, one line for each existing root."""
    from pipcache_tui.cache.disk.access_times import atime_keeping

    return list(dict.fromkeys(atime_keeping(root.path).words for root in session.workspace.roots if root.exists))


def list_entries(session: Session) -> int:
    """`--list`."""
    from pipcache_tui.report.json_output import entry_records, list_head, write_document, write_lines
    from pipcache_tui.report.order import BY_PROJECT, OrderError, parse_order
    from pipcache_tui.report.table import write_table

    session.workspace.require_cache()
    arguments, out = session.arguments, session.out
    try:
        order = parse_order(arguments.sort or BY_PROJECT)
    except OrderError as error:
        raise UsageError(f"--sort: {error}") from None
    entries = order.apply(session.entries, session.judge)[: arguments.limit]
    snapshot, judge = session.snapshot, session.judge
    if session.ids_only:
        session.streams.write_names((entry.id for entry in entries), null=arguments.null)
    elif arguments.json_lines:
        write_lines(out, entry_records(entries, judge))
    elif arguments.json:
        head = list_head(snapshot.roots, entries, snapshot.warnings)
        write_document(out, head, {"entries": entry_records(entries, judge)})
    else:
        write_table(out, entries, judge, session.style, grouped=arguments.sort is None)
    session.warn_of_scan()
    session.say_if_none_matches()
    return 0


def explain(session: Session) -> int:
    """`--explain WHAT`; exit code 1 if nothing in the cache has that name."""
    from pipcache_tui.report.download_reasons import why_absent
    from pipcache_tui.report.explain import explain_record, write_explanations
    from pipcache_tui.report.json_output import write_document, write_lines
    from pipcache_tui.report.order import BY_PROJECT, parse_order
    from pipcache_tui.select.lookup import find_entries, near_names
    from pipcache_tui.text import safe_text

    session.workspace.require_cache()
    arguments, out, what = session.arguments, session.out, session.arguments.explain or ""
    found = parse_order(BY_PROJECT).apply(find_entries(session.entries, what), session.judge)
    needed = session.needed.why if arguments.needed_by and not session.ids_only else None
    if session.ids_only:
        session.streams.write_names((entry.id for entry in found), null=arguments.null)
    elif arguments.json or arguments.json_lines:
        record = explain_record(session.snapshot, what, found, session.judge, needed)
        write_lines(out, [record]) if arguments.json_lines else write_document(out, record, {})
    else:
        write_explanations(out, session.snapshot, found, session.judge, session.style, needed)
    session.warn_of_scan()
    if found:
        return 0
    if not (session.ids_only or arguments.json or arguments.json_lines):
        for line in why_absent(what, session.snapshot.entries):
            session.streams.say(line)
    near = near_names(session.entries, what)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    session.streams.warn(f"nothing in the cache is called {safe_text(what, 200)!r}{hint}")
    return 1


def forget(session: Session) -> int:
    """`--forget`: deletes what this program keeps about past runs in its own folder."""
    from pipcache_tui.memories import forget_memories
    from pipcache_tui.text import format_count

    forgotten = forget_memories()
    if forgotten is not None and not session.ids_only:
        folder, roots = forgotten
        shown = format_count(roots, "root")
        session.streams.say(f"what was kept of {shown} and of the Pythons here is deleted from {folder}")
    return 0
