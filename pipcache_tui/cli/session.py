"""One run of the command: its streams, and what every command needs: the roots, the scan, the judge."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from types import FrameType
from typing import TYPE_CHECKING, NoReturn, TextIO, cast

from pipcache_tui.cli.arguments import PROGRAM, Arguments, UsageError
from pipcache_tui.report.progress import Progress, shows_progress
from pipcache_tui.report.terminal import ColorChoice, TerminalStyle, terminal_style
from pipcache_tui.text import format_count, safe_text

if TYPE_CHECKING:
    from pipcache_tui.cache.model import Entry, Snapshot
    from pipcache_tui.cache.roots import Found
    from pipcache_tui.cache.scan import ScanEvent
    from pipcache_tui.cli.config import Config
    from pipcache_tui.pythons.interpreters import Python
    from pipcache_tui.select.expression import Expression
    from pipcache_tui.select.judge import Judge


class NoCacheError(Exception):
    """There is no cache, or none that can be read; one line."""


@dataclass(frozen=True, slots=True)
class Streams:
    """Where data goes and where narration goes."""

    out: TextIO
    err: TextIO

    def say(self, text: str) -> None:
        """One line of narration."""
        self.err.write(f"{text}\n")
        self.err.flush()

    def warn(self, text: str) -> None:
        """One line on what went wrong, with the program's name, as it may stand among others' in a log."""
        self.say(f"{PROGRAM}: {text}")

    def write_names(self, names: Iterable[str], *, null: bool) -> None:
        """Names on stdout: one a line and safe to show; or exactly as they are on disk, each ended by NUL."""
        if not null:
            self.out.writelines(safe_text(name) + "\n" for name in names)
            return
        self.out.flush()
        raw = getattr(self.out, "buffer", None)
        for name in names:
            if raw is None:
                self.out.write(name + "\0")
            else:
                raw.write(os.fsencode(name) + b"\0")


class Session:
    """What the flags say, worked out once and only when a command needs it.

    A context manager: what was made for the run (`--demo`'s folder) goes when it ends.
    """

    def __init__(
        self, arguments: Arguments, config: Config, streams: Streams, clock: Callable[[], float] = time.time
    ) -> None:
        self.arguments = arguments
        self.config = config
        self.streams = streams
        self.now = clock()
        self._clock = clock
        self._made = ExitStack()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *error: object) -> None:
        self._made.close()

    @property
    def out(self) -> TextIO:
        return self.streams.out

    @cached_property
    def look(self) -> TerminalStyle:
        """How to draw on stdout."""
        return terminal_style(self.out, cast("ColorChoice", self.arguments.color))

    @cached_property
    def ids_only(self) -> bool:
        return bool(self.arguments.quiet or self.arguments.null)

    def progress(self) -> Progress:
        """A bar on stderr where that is a terminal and nobody asked for quiet."""
        return Progress(self.streams.err, enabled=not self.ids_only and shows_progress(self.streams.err))

    @property
    def keep(self) -> tuple[str, ...]:
        """Globs of projects that nothing deletes: the settings' and those of --keep."""
        return (*self.config.keep, *self.arguments.keep)

    # --- roots and scan ---------------------------------------------------------------------------------

    @cached_property
    def found(self) -> Found:
        """The roots. Raises UsageError and NoCacheError for a named one that can't be used."""
        from pipcache_tui.cache.roots import RootError, find_roots

        named = self.arguments.cache_dir
        if self.arguments.demo:
            return self._demo()
        if not all(named):
            raise UsageError("--cache-dir needs the path of a pip cache")
        try:
            config = self.config
            source = config.sources.get("extra-roots", "")
            found = find_roots(named, extra=dict.fromkeys(config.extra_roots, source))
        except RootError as error:
            raise NoCacheError(str(error)) from None
        for root in found.roots if named else ():
            if not root.exists:
                raise NoCacheError(f"--cache-dir {safe_text(root.path)}: no such folder")
        return found

    def _demo(self) -> Found:
        """A made cache's roots, in a temporary folder that goes with the session, and nothing of this machine's."""
        import tempfile

        from pipcache_tui.cache.model import Root
        from pipcache_tui.cache.roots import Found
        from pipcache_tui.demo.http import FILES, INDEX
        from pipcache_tui.demo.make import make_demo_cache

        _exit_on_signals()
        folder = self._made.enter_context(tempfile.TemporaryDirectory(prefix=f"{PROGRAM}-demo-"))
        demo = make_demo_cache(folder, now=self.now)
        roots = tuple(Root(path, "--demo", exists=True) for path in demo.cache_dirs)
        return Found(roots, notes=(), index_urls=(f"{INDEX}/simple/",), file_hosts=(FILES,))

    @cached_property
    def scan_memory(self) -> str | None:
        """The folder where scans are remembered; None: this one neither uses nor leaves a memory."""
        from pipcache_tui.cache.memory.scans import default_folder

        return default_folder() if self.may_remember and not self.arguments.demo else None

    @cached_property
    def may_remember(self) -> bool:
        """Whether this run may keep files of its own; as root not in the home of another, who could not use them."""
        from pipcache_tui.cache.memory.scans import default_folder

        if self.arguments.no_memory:
            return False
        try:
            return not _is_anothers(default_folder())
        except RuntimeError:  # a user with no home folder and no entry among the users, as in some containers
            return False

    @property
    def verdict_memory(self) -> str | None:
        """The folder where verdicts are remembered; None: this run neither uses nor leaves a memory."""
        from pipcache_tui.verify.verdict_memory import verdicts_folder

        return None if self.scan_memory is None else verdicts_folder()

    @property
    def no_cache_here(self) -> str:
        """Where no cache is, in words."""
        places = ", ".join(safe_text(root.path) for root in self.found.roots)
        return f"no pip cache here (looked at {places})"

    def require_cache(self, *, may_be_missing: bool = False) -> None:
        """Raises NoCacheError where no root can be read, or, unless that is fine, where there is none.

        Also where a folder that was named holds other things than a cache: a slip in it must not look like an
        empty cache. For a prune the guard answers that.
        """
        there = [root for root in self.found.roots if root.exists]
        troubles = [_why_closed(root.path) for root in there]
        if there and all(troubles):
            raise NoCacheError(f"no cache that can be read: {'; '.join(filter(None, troubles))}")
        if may_be_missing:
            return
        if not there:
            raise NoCacheError(f"{self.no_cache_here}; --cache-dir DIR names another")
        if self.arguments.cache_dir and (odd := self._odd_roots()):
            path = safe_text(next(iter(odd)))
            raise NoCacheError(
                f"--cache-dir {path}: not laid out as pip's cache; `pip cache dir` prints where pip's cache is"
            )

    @cached_property
    def snapshot(self) -> Snapshot:
        """All entries of all roots; what could not be read is in its warnings."""
        from pipcache_tui.cache.scan import fold_events, scan_roots

        found = self.found
        memory = self.scan_memory
        events = scan_roots(found.roots, index_urls=found.index_urls, file_hosts=found.file_hosts, memory=memory)
        with self.progress() as progress:
            return fold_events(found.roots, _watched(events, progress))

    @cached_property
    def used_trust(self) -> list[str]:
        """How far the times of last use can be trusted, a line for each root that is there."""
        from pipcache_tui.cache.disk.access_times import atime_keeping

        return list(dict.fromkeys(atime_keeping(root.path).words for root in self.found.roots if root.exists))

    def warn_of_scan(self, *, roots_are_checked: bool = False) -> None:
        """Say what the scan could not read, and, unless that was said, which folder is no cache."""
        if not self.arguments.quiet:
            for warning in self.snapshot.warnings:
                self.streams.warn(safe_text(warning))
            if not roots_are_checked:
                self.warn_of_odd_roots()

    def warn_of_odd_roots(self) -> None:
        """Say which folder in which nothing was found, though it isn't empty, is not laid out as pip's cache."""
        for refusal in self._odd_roots().values():
            self.streams.warn(refusal)

    def _odd_roots(self) -> dict[str, str]:
        """By path: what the guard says of folders in which nothing was found, though they can be read and hold some."""
        from pipcache_tui.remove.guard import odd_folders

        with_entries = {entry.root for entry in self.snapshot.entries}
        return odd_folders(root for root in self.found.roots if root.path not in with_entries)

    def say_if_none_matches(self) -> None:
        """Say that the filters let nothing through, which else looks like an empty cache."""
        if self.narrowing is not None and not self.entries and not self.ids_only:
            self.streams.say(f"no entry matches {safe_text(self.narrowing.text, 200)}")

    # --- selecting ---------------------------------------------------------------------------------------

    @cached_property
    def pythons(self) -> tuple[Python, ...]:
        """Those named with --python, else all of this machine. Raises UsageError for a named one that is none."""
        from pipcache_tui.pythons.interpreters import PythonError, find_pythons

        try:
            return find_pythons(self.arguments.python, memory=None if self.may_remember else "")
        except PythonError as error:
            raise UsageError(str(error)) from None

    @cached_property
    def pip_version(self) -> str | None:
        """The one stated; None: the judge takes the newest. Raises UsageError."""
        from packaging.version import InvalidVersion, Version

        stated = self.arguments.pip_version
        if stated is None:
            return self.config.pip_version
        try:
            return str(Version(stated))
        except InvalidVersion:
            shown = repr(safe_text(stated, 40))
            raise UsageError(f"--pip-version: {shown} is no version; write one such as 25.3") from None

    @cached_property
    def judge(self) -> Judge:
        """What depends on the time, on a pip and on the Pythons here."""
        from pipcache_tui.select.judge import Judge

        pip_version = self.pip_version
        return Judge(self.snapshot.entries, now=self.now, pip_version=pip_version, pythons=self.pythons)

    @cached_property
    def narrowing(self) -> Expression | None:
        """What an entry must be to count at all; None: anything. Raises UsageError."""
        arguments = self.arguments
        lists = (("project", arguments.project), ("store", arguments.store), ("kind", arguments.kind))
        short = [
            (key, [part.strip() for text in values for part in text.split(",")]) for key, values in lists if values
        ]
        if not arguments.filter and not short:
            return None
        from pipcache_tui.select.expression import ExpressionError, all_of, comparison, parse_filter

        expressions = []
        try:
            for text in arguments.filter:
                expressions.append(parse_filter(text))
        except ExpressionError as error:
            raise UsageError(f"--filter: {error}") from None
        for key, values in short:
            try:
                expressions.append(comparison(key, "=", *values))
            except ExpressionError as error:
                near = f"; did you mean {error.suggestion}?" if error.suggestion else ""
                raise UsageError(f"--{key}: {error.message}{near}") from None
        return all_of(expressions)

    @cached_property
    def entries(self) -> list[Entry]:
        """Those of the scan that the filters let through."""
        narrowing = self.narrowing
        if narrowing is None:
            return list(self.snapshot.entries)
        judge = self.judge
        return [entry for entry in self.snapshot.entries if narrowing.matches(entry, judge)]


def _why_closed(path: str) -> str | None:
    """Why nothing of a root can be read: itself, or every store in it that may hold something, is closed; else None."""
    from pipcache_tui.cache.model import STORES

    closed: str | None = None
    try:
        stores = [os.path.join(path, name) for name in os.listdir(path) if name in STORES]
    except OSError as error:
        return f"{safe_text(path)}: {(error.strerror or 'cannot be read').lower()}"
    for store in stores:
        try:
            if os.listdir(store):
                return None
        except PermissionError as error:
            closed = closed or f"{safe_text(store)}: {(error.strerror or 'cannot be read').lower()}"
        except OSError:  # no folder
            continue
    return closed


def _is_anothers(folder: str) -> bool:
    """Whether this is root, and the folder, or what it would be made in, another user's: sudo may keep HOME."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    try:
        return os.stat(folder).st_uid != 0
    except OSError:
        return False


def _exit_on_signals() -> None:
    """Let a closed terminal or a kill end the program as any exit does, so that what was made for the run goes."""

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), leave)


def _watched(events: Iterator[ScanEvent], progress: Progress) -> Iterator[ScanEvent]:
    """The events as they come, with the bar kept going."""
    from pipcache_tui.cache.scan import Found

    count = 0
    for event in events:
        if isinstance(event, Found):
            count += len(event.entries)
            progress.show("Reading the cache", count, note=format_count(count, "entry"))
        yield event
