"""The command line: flags → one command. The only reader of argv; imports the screen only when it opens it.

Data goes to stdout, messages to stderr. Exit codes: 0 done or nothing to do, 1 something failed, 2 wrong usage, 3 no
readable cache, 130 interrupted (128 plus the signal's number, so also 143 and 129).
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TextIO

from pipcache_tui.cli.arguments import PROGRAM, Arguments, UsageError, make_parser

if TYPE_CHECKING:
    from pipcache_tui.cli.session import Session, Streams

DONE, FAILED, USAGE, NO_CACHE, INTERRUPTED = 0, 1, 2, 3, 130

__all__ = ["main"]


def main(argv: Sequence[str] | None = None, *, clock: Callable[[], float] = time.time) -> int:
    """Run the command; returns its exit code.

    `argv` is without the program's name, None for the process's own; `clock` gives seconds since 1970.
    """
    out, err = _prepared(sys.stdout), _prepared(sys.stderr)
    try:
        code = _answer(sys.argv[1:] if argv is None else argv, out, err, clock)
        out.flush()
    except BrokenPipeError:  # the reader, such as `head`, has closed the pipe
        _discard(out)
        code = DONE
    except OSError as error:  # usually a full disk behind stdout
        from pipcache_tui.text import error_reason

        _discard(out)
        if error.filename:
            what = f"{error.filename}: {error_reason(error)}"
        elif error.errno == errno.ENOENT:  # without a file name, only os.getcwd() raises this
            what = "the folder this was started in is gone; start it in another"
        else:
            what = f"the answer could not be written: {error_reason(error, 'no reason given')}"
        err.write(f"{PROGRAM}: {what}\n")
        code = FAILED
    except KeyboardInterrupt:
        code = INTERRUPTED
    return code


def _answer(argv: Sequence[str], out: TextIO, err: TextIO, clock: Callable[[], float]) -> int:
    try:
        arguments = make_parser().parse(argv)
    except UsageError as error:
        err.write(f"{PROGRAM}: {error}\n")
        return USAGE
    except SystemExit:  # --help and --version have answered
        return DONE
    return _run(arguments, out, err, clock)


def _run(arguments: Arguments, out: TextIO, err: TextIO, clock: Callable[[], float]) -> int:
    from pipcache_tui.cli.config import load_config
    from pipcache_tui.cli.flag_conflicts import check
    from pipcache_tui.cli.session import Session, Streams
    from pipcache_tui.workspace import NoCacheError, OptionError

    streams = Streams(out, err)
    try:
        check(arguments)
        if arguments.print_completion is not None:
            from pipcache_tui.cli.completion import completion

            out.write(completion(make_parser(), arguments.print_completion))
            return DONE
        config = load_config()
        for warning in () if arguments.quiet else config.warnings:
            streams.warn(warning)
        with Session(arguments, config, streams, clock) as session:
            return _command(session)
    except (UsageError, OptionError) as error:
        out.flush()
        streams.warn(str(error))
        return USAGE
    except NoCacheError as error:
        out.flush()
        streams.warn(str(error))
        return NO_CACHE


def _command(session: Session) -> int:
    from pipcache_tui.cli import show
    from pipcache_tui.cli.flag_conflicts import RULE_FLAGS, given, wants_screen

    arguments = session.arguments
    if given(arguments, RULE_FLAGS):
        from pipcache_tui.cli.prune import prune

        return prune(session)
    if arguments.list:
        return show.list_entries(session)
    if arguments.explain is not None:
        return show.explain(session)
    if arguments.verify:
        from pipcache_tui.cli.verify import verify

        return verify(session)
    if arguments.check:
        from pipcache_tui.cli.check import check_requirements

        return check_requirements(session)
    if arguments.freeze:
        from pipcache_tui.cli.freeze import freeze_requirements

        return freeze_requirements(session)
    if arguments.export is not None:
        from pipcache_tui.cli.export import export

        return export(session)
    if arguments.history:
        return show.history(session)
    if arguments.forget:
        return show.forget(session)
    if wants_screen(arguments) and _can_show_screen(session.streams):
        from pipcache_tui.cli.screen import open_screen

        return open_screen(session)
    if arguments.theme is not None:
        from pipcache_tui.cli.screen import check_theme

        check_theme(arguments.theme, "--theme")  # a typo shouldn't pass because no screen opens here
    return show.info(session)


def _can_show_screen(streams: Streams) -> bool:
    from pipcache_tui.report.terminal import is_terminal

    return os.environ.get("TERM") != "dumb" and all(map(is_terminal, (sys.stdin, streams.out, streams.err)))


def _prepared(stream: TextIO | None) -> TextIO:
    """`stream`, set to never fail on a character its encoding lacks; if it is closed, one that discards everything."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
    return stream


def _discard(stream: TextIO) -> None:
    """Discard what is still buffered in `stream`, so that the interpreter's last flush raises nothing."""
    try:
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, stream.fileno())
        os.close(devnull)
    except OSError:
        pass
