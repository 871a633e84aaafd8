"""`--check FILE|REQ`: would it be served from the cache, for each Python; with --export, a wheelhouse of it."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipcache_tui.cli.arguments import UsageError
from pipcache_tui.cli.session import Session
from pipcache_tui.report.check import check_record, write_reports
from pipcache_tui.report.json_ import write_document, write_lines
from pipcache_tui.report.terminal import TerminalStyle

if TYPE_CHECKING:
    from pipcache_tui.cache.model import Entry
    from pipcache_tui.pythons.interpreters import Python
    from pipcache_tui.resolve.check import CheckReport


def check_requirements(session: Session) -> int:
    """Exit code 0 where every file is served from disk, for each Python; else 1. Raises UsageError for bad input."""
    from pipcache_tui.resolve.check import check
    from pipcache_tui.resolve.check_input import read_check_input
    from pipcache_tui.resolve.pip_options import pip_options
    from pipcache_tui.resolve.requirements import RequirementError

    arguments, out = session.arguments, session.out
    try:
        check_input = read_check_input(arguments.check, pip_options(), dependencies=not arguments.no_deps)
        session.require_cache()
        root = next(root.path for root in session.found.roots if root.exists)
        entries = session.snapshot.entries
        reports = [
            check(check_input, entries, root, python, _pip_of(session, python), session.now)
            for python in _pythons(session)
        ]
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
        write_reports(out, reports, session.look)
    session.warn_of_scan()
    return code


def _export(session: Session, reports: Sequence[CheckReport]) -> int:
    """Export the cached files of what was checked. stdout lists the exported files, so the check goes to stderr."""
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


def _pythons(session: Session) -> Sequence[Python]:
    """Those of --python, else the active environment's, else the newest CPython found."""
    found = session.pythons
    if not found:
        raise UsageError("--check: no Python was found; name one with --python PATH")
    if session.arguments.python:
        return found
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        same = [python for python in found if os.path.realpath(python.prefix) == os.path.realpath(active)]
        if same:
            return same[:1]
    # oldest first; one without pip can't install anything
    likely = [python for python in found if python.implementation == "cpython" and python.pip_version]
    usual = [python for python in likely if not python.name.partition(" ")[0].endswith("t")]
    return (usual or likely or found)[-1:]


def _pip_of(session: Session, python: Python) -> str:
    """The pip that is asked about: --pip-version, else the Python's own, else the newest."""
    return session.pip_version or python.pip_version or session.judge.pip_version
