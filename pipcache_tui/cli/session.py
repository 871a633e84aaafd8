"""One run of the command: its streams, its options, and its workspace."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TextIO, cast

from pipcache_tui.cli.arguments import PROGRAM, Arguments, UsageError
from pipcache_tui.report.progress import ProgressBar, shows_progress
from pipcache_tui.report.terminal import ColorChoice, TerminalStyle, terminal_style
from pipcache_tui.text import safe_text
from pipcache_tui.workspace import Options, Workspace

if TYPE_CHECKING:
    from pipcache_tui.cache.model import Entry, Snapshot
    from pipcache_tui.cli.config import Config
    from pipcache_tui.resolve.needed import Needed
    from pipcache_tui.select.expression import Expression
    from pipcache_tui.select.judge import Judge


@dataclass(frozen=True, slots=True)
class Streams:
    """Data goes to stdout, messages go to stderr."""

    out: TextIO
    err: TextIO

    def say(self, text: str) -> None:
        """Write one line to stderr."""
        self.err.write(f"{text}\n")
        self.err.flush()

    def warn(self, text: str) -> None:
        """Write one line about a problem, with the program's name, since logs mix lines of several programs."""
        self.say(f"{PROGRAM}: {text}")

    def write_names(self, names: Iterable[str], *, null: bool) -> None:
        """Write names to stdout: one per line and safe to show, or exactly as on disk, each followed by NUL."""
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
    """The parsed options; each is worked out once, when first needed. A context manager, like its workspace."""

    def __init__(
        self, arguments: Arguments, config: Config, streams: Streams, clock: Callable[[], float] = time.time
    ) -> None:
        self.arguments = arguments
        self.config = config
        self.streams = streams
        self._clock = clock

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *error: object) -> None:
        self.bar.close()
        if "workspace" in self.__dict__:
            self.workspace.close()

    @cached_property
    def workspace(self) -> Workspace:
        """The caches that the flags and settings choose. Raises UsageError."""
        arguments, config = self.arguments, self.config
        if not all(arguments.cache_dir):
            raise UsageError("--cache-dir needs the path of a pip cache")
        options = Options(
            cache_dirs=arguments.cache_dir,
            extra_roots=dict.fromkeys(config.extra_roots, config.sources.get("extra-roots", "")),
            demo=arguments.demo,
            pythons=arguments.python,
            pip_version=self._pip_version(),
            keep=(*config.keep, *arguments.keep),
            remember=not arguments.no_memory,
            no_delete=arguments.no_delete,
            environments=arguments.environments or config.environments,
            names_only=self._names_suffice((*config.keep, *arguments.keep)),
        )
        if arguments.demo:
            from pipcache_tui.cli.interrupt import exit_on_signals

            exit_on_signals()
        return Workspace(options, clock=self._clock, watch=self.bar.watch)

    def _names_suffice(self, keep: Sequence[str]) -> bool:
        """Whether names, sizes and times of files are enough to select entries and show their ids."""
        from pipcache_tui.select.registry import RULES

        arguments = self.arguments
        asked = [rule for rule in RULES if getattr(arguments, rule.attribute)]
        by_content = (*keep, *arguments.filter, *arguments.project, *arguments.store, *arguments.kind)
        return bool(asked) and self.ids_only and not by_content and all(rule.names_suffice for rule in asked)

    def _pip_version(self) -> str | None:
        from pipcache_tui.cli.config import pip_version

        given = self.arguments.pip_version
        if given is None:
            return self.config.pip_version
        try:
            return pip_version(given)
        except ValueError as error:
            raise UsageError(f"--pip-version: {error}") from None

    # --- streams ---------------------------------------------------------------------------------------

    @property
    def out(self) -> TextIO:
        return self.streams.out

    @cached_property
    def style(self) -> TerminalStyle:
        """How to draw on stdout."""
        return terminal_style(self.out, cast("ColorChoice", self.arguments.color))

    @cached_property
    def ids_only(self) -> bool:
        return bool(self.arguments.quiet or self.arguments.null)

    @cached_property
    def bar(self) -> ProgressBar:
        """Shows progress on stderr if that is a terminal, unless --quiet."""
        return ProgressBar(self.streams.err, enabled=not self.ids_only and shows_progress(self.streams.err))

    # --- what is in the workspace ------------------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot:
        """All entries of all roots."""
        return self.workspace.snapshot

    @property
    def judge(self) -> Judge:
        """Raises OptionError if `--python` names something that is not a Python."""
        return self.workspace.judge

    @cached_property
    def narrowing(self) -> Expression | None:
        """The expression that entries must match; None: all match. Raises UsageError."""
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
        """The entries that the filters match."""
        return self.workspace.matching(self.narrowing)

    @cached_property
    def needed_by(self) -> tuple[str, ...]:
        """The inputs from the settings and from `--needed-by`: both protect, so they add up."""
        return tuple(dict.fromkeys((*self.config.needed_by, *self.arguments.needed_by)))

    @cached_property
    def needed(self) -> Needed:
        """What those inputs need; warns about what can't be judged. Raises UsageError if one can't be read."""
        from pipcache_tui.resolve.inputs.requirements import RequirementError

        try:
            needed = self.workspace.needed(self.needed_by)
        except RequirementError as error:
            raise UsageError(f"--needed-by {error}") from None
        for note in needed.notes if not self.arguments.quiet else ():
            self.streams.warn(note)
        return needed

    # --- warnings ------------------------------------------------------------------------------------------

    def warn_of_scan(self, *, roots_are_checked: bool = False) -> None:
        """Report what the scan could not read and, unless already reported, which folder isn't a cache."""
        if not self.arguments.quiet:
            for warning in self.snapshot.warnings:
                self.streams.warn(safe_text(warning))
            for warning in self.workspace.environment_warnings:
                self.streams.warn(warning)
            if not roots_are_checked:
                self.warn_of_odd_roots()

    def warn_of_odd_roots(self) -> None:
        """Report each folder that has files but is not laid out as pip's cache."""
        for refusal in self.workspace.odd_folders().values():
            self.streams.warn(refusal)

    def say_if_none_matches(self) -> None:
        """Report that no entry matches the filters; otherwise the cache would look empty."""
        if self.narrowing is not None and not self.entries and not self.ids_only:
            self.streams.say(f"no entry matches {safe_text(self.narrowing.text, 200)}")
