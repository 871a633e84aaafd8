"""`--freeze`: a requirements file of the newest versions that could be installed from the cache."""

from __future__ import annotations

from pipcache_tui.cli.arguments import UsageError
from pipcache_tui.cli.session import Session
from pipcache_tui.report.freeze import freeze_lines, freeze_record
from pipcache_tui.report.json_output import write_document, write_lines


def freeze_requirements(session: Session) -> int:
    """Exit code 0, or 1 if nothing could be installed. Raises UsageError for bad pip settings."""
    from pipcache_tui.resolve.inputs.requirements import RequirementError

    arguments, out = session.arguments, session.out
    try:
        report = session.workspace.freeze()
    except RequirementError as error:
        raise UsageError(f"--freeze: {error}") from None
    if session.ids_only:
        session.streams.write_names((each.entry.id for each in report.frozen), null=arguments.null)
    elif arguments.json or arguments.json_lines:
        record = freeze_record(report)
        write_lines(out, [record]) if arguments.json_lines else write_document(out, record, {})
    else:
        for line in freeze_lines(report):
            out.write(line + "\n")
    session.warn_of_scan()
    return 0 if report.frozen else 1
