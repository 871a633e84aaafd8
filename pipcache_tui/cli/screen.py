"""Opens the screen: the only way from the command line to it."""

from __future__ import annotations

from functools import partial

from pipcache_tui.cli.session import Session


def open_screen(session: Session) -> int:
    """Run the screen on what the flags say; returns its exit code. Raises UsageError before it opens."""
    from pipcache_tui.select.pythons import find_pythons
    from pipcache_tui.tui.app import run
    from pipcache_tui.tui.launch import Launch, default_settings_path

    arguments = session.arguments
    narrowing = session.narrowing  # a filter that can't be read is said here, not on the screen
    return run(
        Launch(
            found=session.found,
            find_pythons=partial(find_pythons, arguments.python, memory="" if arguments.no_memory else None),
            pip_version=None if arguments.pip_version is None else session.pip_version,
            filter="" if narrowing is None else narrowing.text,
            no_delete=arguments.no_delete,
            scan_memory=session.scan_memory,
            settings_path=default_settings_path(),
        )
    )
