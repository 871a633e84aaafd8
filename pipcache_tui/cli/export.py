"""`--export DIR`: wheels and source distributions under their real names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pipcache_tui.cli.arguments import UsageError
from pipcache_tui.cli.interrupt import stop_on_interrupt
from pipcache_tui.cli.session import Session
from pipcache_tui.report.export import export_head, export_lines, export_lists, export_sentences, write_export
from pipcache_tui.report.json_output import write_document, write_lines

if TYPE_CHECKING:
    from pipcache_tui.cache.model import Entry
    from pipcache_tui.export.copies import ExportStep


def export(session: Session) -> int:
    """`--export DIR` of the entries that match the filters; exit code 1 if any was refused."""
    check_folder(session)
    session.workspace.require_cache()
    return export_these(session, session.entries)


def check_folder(session: Session) -> None:
    """Raises UsageError if `--export` has an empty value."""
    folder = session.arguments.export or ""
    if not folder or "\0" in folder:
        raise UsageError("--export needs the name of a folder; it is created if missing")


def export_these(session: Session, entries: Iterable[Entry]) -> int:
    """Export the wheels and sdists among `entries` and report it; exit code 1 if any was refused or not indexed."""
    from pipcache_tui.export.copies import ExportError, ExportResult

    arguments, out, folder = session.arguments, session.out, session.arguments.export or ""
    steps: list[ExportStep] = []
    error: ExportError | None = None
    with stop_on_interrupt() as stopped:
        try:
            for step in session.workspace.export(entries, folder, index=arguments.index, stop=stopped.is_set):
                steps.append(step)
        except ExportError as raised:
            error = raised
    result, interrupted = ExportResult.of(steps), stopped.is_set()
    warnings = [*session.snapshot.warnings, *([str(error)] if error else [])]
    head = export_head(result, folder, warnings, interrupted=interrupted)
    if session.ids_only:
        session.streams.write_names((step.name for step in result.exported), null=arguments.null)
    elif arguments.json:
        write_document(out, head, export_lists(result))
    elif arguments.json_lines:
        write_lines(out, export_lines(result, head))
    else:
        write_export(out, result, session.style)
    out.flush()
    session.warn_of_scan()
    session.say_if_none_matches()
    if error is not None:
        session.streams.warn(f"--export: {error}")
        return 1
    if not session.ids_only:
        for sentence in export_sentences(result, folder):
            session.streams.say(sentence)
    if interrupted:
        session.streams.say("interrupted; what was written is whole, the rest was not reached")
        return stopped.code
    return 1 if result.refused or (result.indexed is not None and result.indexed.remarks) else 0
