"""`--check FILE|REQ`: would pip get it from the cache, for each Python; with --export, also write the wheelhouse."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipcache_tui.cli.arguments import UsageError
from pipcache_tui.cli.session import Session
from pipcache_tui.report.check import check_record, write_reports
from pipcache_tui.report.json_output import write_document, write_lines
from pipcache_tui.report.terminal import TerminalStyle

if TYPE_CHECKING:
    from pipcache_tui.cache.model import Entry
    from pipcache_tui.resolve.check import CheckReport


def check_requirements(session: Session) -> int:
    """Exit code 0 if every file comes from disk for each Python, else 1. Raises UsageError for bad input."""
    from pipcache_tui.resolve.inputs.requirements import RequirementError

    arguments, out = session.arguments, session.out
    try:
        reports = session.workspace.check(arguments.check, dependencies=not arguments.no_deps)
    except RequirementError as error:
        raise UsageError(f"--check: {error}") from None
    code = 0 if all(report.ready for report in reports) else 1
    if arguments.export is not None:
        return max(code, _export(session, reports))
    if session.ids_only:
        session.streams.write_names((entry.id for entry in _files(reports)), null=arguments.null)
    elif arguments.json or arguments.json_lines:
        record = check_record(arguments.check, reports)
        write_lines(out, [record]) if arguments.json_lines else write_document(out, record, {})
    else:
        write_reports(out, reports, session.style)
    session.warn_of_scan()
    return code


def _export(session: Session, reports: Sequence[CheckReport]) -> int:
    """Export the cached files that were checked. stdout lists the exported files, so the check goes to stderr."""
    from pipcache_tui.cli.export import check_folder, export_these

    check_folder(session)
    if not session.ids_only:
        text = io.StringIO()
        write_reports(text, reports, TerminalStyle())
        for line in text.getvalue().splitlines():
            session.streams.say(line)
    return export_these(session, _files(reports))


def _files(reports: Sequence[CheckReport]) -> list[Entry]:
    return list({entry.key: entry for report in reports for entry in report.files}.values())
