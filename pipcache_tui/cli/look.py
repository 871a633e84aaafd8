"""The commands that leave the cache as it is: --info, --list, --explain, --forget."""

from __future__ import annotations

import os

from pipcache_tui.cli.arguments import UsageError
from pipcache_tui.cli.session import NoCacheError, Session


def info(session: Session) -> int:
    """`--info`, which has something to say even where there is no cache."""
    from pipcache_tui.report.info import Summary, info_record, write_info
    from pipcache_tui.report.json_ import write_document, write_lines

    try:
        session.require_cache()
        missing = None
    except NoCacheError as error:
        missing = error
    arguments, out = session.arguments, session.out
    if session.ids_only:
        session.streams.write_names((root.path for root in session.found.roots if root.exists), null=arguments.null)
    else:
        summary = Summary(session.snapshot, session.entries, session.judge, session.found.notes, session.used_trust)
        if arguments.json_lines:
            write_lines(out, [info_record(summary)])
        elif arguments.json:
            write_document(out, info_record(summary), {})
        else:
            write_info(out, summary, session.look)
        if missing is None:
            session.warn_of_odd_roots()
    if missing is not None:
        raise missing
    return 0


def list_entries(session: Session) -> int:
    """`--list`."""
    from pipcache_tui.report.json_ import entry_records, list_head, write_document, write_lines
    from pipcache_tui.report.order import BY_PROJECT, OrderError, parse_order
    from pipcache_tui.report.table import write_table

    session.require_cache()
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
        write_table(out, entries, judge, session.look, grouped=arguments.sort is None)
    session.warn_of_scan()
    session.say_if_none_matches()
    return 0


def explain(session: Session) -> int:
    """`--explain WHAT`; 1 where nothing in the cache is called so."""
    from pipcache_tui.report.download_reasons import why_absent
    from pipcache_tui.report.explain import explain_record, write_explanations
    from pipcache_tui.report.json_ import write_document, write_lines
    from pipcache_tui.report.order import BY_PROJECT, parse_order
    from pipcache_tui.select.lookup import find_entries, near_names
    from pipcache_tui.text import safe_text

    session.require_cache()
    arguments, out, what = session.arguments, session.out, session.arguments.explain or ""
    found = parse_order(BY_PROJECT).apply(find_entries(session.entries, what), session.judge)
    if session.ids_only:
        session.streams.write_names((entry.id for entry in found), null=arguments.null)
    elif arguments.json or arguments.json_lines:
        record = explain_record(session.snapshot, what, found, session.judge)
        write_lines(out, [record]) if arguments.json_lines else write_document(out, record, {})
    else:
        write_explanations(out, session.snapshot, found, session.judge, session.look)
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
    """`--forget`: deletes what this program keeps of past runs, in its own folder."""
    from pipcache_tui.cache.memory import scans
    from pipcache_tui.pythons import interpreters, queries
    from pipcache_tui.text import format_count
    from pipcache_tui.verify.verdict_memory import forget_verdicts, verdicts_folder

    try:
        folder = os.path.dirname(scans.default_folder())
    except RuntimeError:  # see `Session.scan_memory`
        return 0
    roots_forgotten = scans.forget(scans.default_folder())
    verdicts = forget_verdicts(verdicts_folder())
    queries.forget(interpreters.default_memory())
    if not session.ids_only:
        roots = format_count(max(roots_forgotten, verdicts), "root")
        session.streams.say(f"what was kept of {roots} and of the Pythons here is deleted from {folder}")
    return 0
