"""The one object behind both faces: pip's caches, what is in them, and everything that can be done with that.

The command line and the screen both drive a `Workspace`: roots → scan → judge → plan → remove, verify, export, check.
It takes plain values and gives plain values; it reads no arguments, writes to no stream and draws nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pipcache_tui.progress import Meter, Stop, Watch
from pipcache_tui.text import safe_text

if TYPE_CHECKING:
    from pipcache_tui.cache.model import Entry, Root, Snapshot
    from pipcache_tui.cache.roots import Found
    from pipcache_tui.cache.scan import ScanEvent
    from pipcache_tui.export.copies import ExportStep
    from pipcache_tui.memories import Memories
    from pipcache_tui.pythons.environments import Environments
    from pipcache_tui.pythons.interpreters import Python
    from pipcache_tui.remove.plan import Plan
    from pipcache_tui.remove.running_pips import RunningPip
    from pipcache_tui.remove.steps import RemovalStep
    from pipcache_tui.resolve.check import CheckReport
    from pipcache_tui.resolve.freeze import FreezeReport
    from pipcache_tui.resolve.needed import Needed
    from pipcache_tui.select.expression import Expression
    from pipcache_tui.select.judge import Judge
    from pipcache_tui.select.rule import Rule
    from pipcache_tui.verify.examine import Verdict
    from pipcache_tui.verify.known_hashes import KnownHashes

#: seconds to wait for running pips before working around them
DEFAULT_WAIT = 60.0


class NoCacheError(Exception):
    """There is no cache, or none that can be read; one line."""


class OptionError(Exception):
    """An option that can't be used here; one line that names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person chose for a run, already checked.

    Attributes:
        cache_dirs: Roots to use instead of those that pip's settings and defaults name.
        extra_roots: Further roots, each with what named it, such as a file and key of our settings.
        demo: Use a made-up cache in a temporary folder.
        pythons: Paths or versions of Pythons to use instead of all found here.
        pip_version: The pip whose behaviour counts; None: the newest found here, else the newest known.
        keep: Globs of projects that nothing deletes.
        remember: Use and keep past scans, verdicts and answers of Pythons.
        no_delete: Refuse every deletion.
        names_only: Read no more than names, sizes and times of files; costs of plans are not worked out.
        environments: Folders to search for environments, besides the places where tools keep them.
    """

    cache_dirs: Sequence[str] = ()
    extra_roots: Mapping[str, str] = field(default_factory=dict)
    demo: bool = False
    pythons: Sequence[str] = ()
    pip_version: str | None = None
    keep: tuple[str, ...] = ()
    remember: bool = True
    no_delete: bool = False
    environments: Sequence[str] = ()
    names_only: bool = False


class Workspace:
    """The caches of one run; everything is worked out when first asked for, and kept.

    Read at once, as a command does::

        with Workspace(Options(keep=("torch",))) as workspace:
            plan = workspace.plan([rules.older(30 * 86400)])   # reads, finds Pythons, judges
            for step in workspace.remove(plan): ...

    Or piece by piece, as the screen does:

    1. In a thread, iterate `scan()` and send its events (`Found`, `Named`, `Foreign`, `Trouble`) to the event loop.
    2. When it has ended, set `snapshot` on the event loop; after a deletion call `drop` with what is gone.
    3. In a thread, call `make_judge(entries)`, again when `pythons` are found; set `judge` on the event loop.
    4. `plan(rules, within)` and `plan_entries(chosen)` use `snapshot` and `judge` as they are set; either may run in a
       thread. `remove(plan)`, `verify(entries)` and `export(entries, folder)` are iterators for a thread: each step as
       it happens; `stop` ends them early, and the attribute `watch` is called with their progress, from any thread.
    5. `refresh()` before the next scan.

    Setting `snapshot` drops the judge, which knows only the entries it was made for.

    A context manager: the demo cache is removed when it ends.
    """

    def __init__(
        self,
        options: Options | None = None,
        *,
        clock: Callable[[], float] = time.time,
        watch: Watch | None = None,
    ) -> None:
        """`clock` gives seconds since 1970; for `watch` see the attribute."""
        self.options = options or Options()
        self._clock = clock
        #: called with the progress of all that takes long; may be set at any time
        self.watch = watch
        #: the moment all ages refer to, in seconds since 1970
        self.now = clock()
        self._snapshot: Snapshot | None = None
        self._judge: Judge | None = None
        self._temporary = ExitStack()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *error: object) -> None:
        self._temporary.close()

    # --- roots --------------------------------------------------------------------------------------------

    @cached_property
    def found(self) -> Found:
        """The roots, and what else pip's settings say.

        Raises:
            NoCacheError: A root in `cache_dirs` is missing or can't be one.
        """
        from pipcache_tui.cache.roots import RootError, find_roots

        if self.options.demo:
            return self._make_demo()
        named = self.options.cache_dirs
        try:
            found = find_roots(named, extra=self.options.extra_roots)
        except RootError as error:
            raise NoCacheError(str(error)) from None
        for root in found.roots if named else ():
            if not root.exists:
                raise NoCacheError(f"--cache-dir {safe_text(root.path)}: no such folder")
        return found

    @property
    def roots(self) -> tuple[Root, ...]:
        """The roots, existing or not, in the order pip's settings name them. Raises NoCacheError."""
        return self.found.roots

    def _make_demo(self) -> Found:
        from pipcache_tui.cache.model import Root
        from pipcache_tui.cache.roots import Found
        from pipcache_tui.demo.folder import demo_folder
        from pipcache_tui.demo.http import FILES, INDEX
        from pipcache_tui.demo.make import make_demo_cache

        folder = self._temporary.enter_context(demo_folder())
        demo = make_demo_cache(folder, now=self.now)
        roots = tuple(Root(path, "--demo", exists=True) for path in demo.cache_dirs)
        return Found(roots, notes=(), index_urls=(f"{INDEX}/simple/",), file_hosts=(FILES,))

    @property
    def no_cache_here(self) -> str:
        """One line: there is no cache, and where it was looked for."""
        return f"no pip cache here (looked at {', '.join(safe_text(root.path) for root in self.roots)})"

    def require_readable(self) -> None:
        """Raises NoCacheError where there are roots but none of them can be read."""
        from pipcache_tui.cache.roots import why_closed

        reasons = [why_closed(root.path) for root in self.roots if root.exists]
        if reasons and all(reasons):
            raise NoCacheError(f"no cache that can be read: {'; '.join(filter(None, reasons))}")

    def require_cache(self) -> None:
        """Raises NoCacheError where there is no root to read, or one that was named isn't laid out as pip's cache.

        A typo in a path must not look like an empty cache.
        """
        self.require_readable()
        if not any(root.exists for root in self.roots):
            raise NoCacheError(f"{self.no_cache_here}; --cache-dir DIR names another")
        if self.options.cache_dirs and (odd := self.odd_folders()):
            raise NoCacheError(
                f"--cache-dir {safe_text(next(iter(odd)))}: not laid out as pip's cache; "
                "`pip cache dir` prints where pip's cache is"
            )

    def odd_folders(self) -> dict[str, str]:
        """By path, one line on each root that isn't empty and yet not laid out as pip's cache."""
        from pipcache_tui.remove.guard import odd_folders

        with_entries = {entry.root for entry in self.snapshot.entries}
        return odd_folders(root for root in self.roots if root.path not in with_entries)

    def check_roots(self) -> list[str]:
        """The guard, before anything is read for a deletion: one line on each root it refuses.

        Raises:
            NoCacheError: It refuses one that was named, or all.
        """
        from pipcache_tui.remove.guard import is_empty, refusals_of

        roots = [root for root in self.roots if root.exists and not is_empty(root.path)]
        refusals = list(refusals_of(roots).values())
        if refusals and (self.options.cache_dirs or len(refusals) == len(roots)):
            raise NoCacheError(refusals[0])
        return refusals

    @cached_property
    def memories(self) -> Memories:
        """The folders that keep what past runs found."""
        from pipcache_tui.memories import Memories

        return Memories.of_user(allowed=self.options.remember, demo=self.options.demo)

    # --- reading ---------------------------------------------------------------------------------------------

    def scan(self) -> Iterator[ScanEvent]:
        """Read all roots, entries in batches as they are found; keeps nothing here. Raises NoCacheError."""
        from pipcache_tui.cache.scan import scan_roots

        found = self.found
        return scan_roots(
            found.roots,
            index_urls=found.index_urls,
            file_hosts=found.file_hosts,
            memory=self.memories.scans,
            names_only=self.options.names_only,
        )

    @property
    def snapshot(self) -> Snapshot:
        """All entries of all roots, read when first asked for. Its warnings say what could not be read."""
        if self._snapshot is None:
            from pipcache_tui.cache.scan import fold_events

            with Meter(self.watch, "scan") as meter:
                self._snapshot = fold_events(self.roots, _metered(self.scan(), meter))
        return self._snapshot

    @snapshot.setter
    def snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot, self._judge = snapshot, None

    def drop(self, gone: Iterable[Entry]) -> None:
        """Take entries that were deleted out of `snapshot`."""
        keys = {entry.key for entry in gone}
        kept = tuple(entry for entry in self.snapshot.entries if entry.key not in keys)
        self.snapshot = replace(self.snapshot, entries=kept)

    def refresh(self) -> None:
        """Forget the entries and what was said about them, for a new scan as of now."""
        self._snapshot = self._judge = None
        self.now = self._clock()

    # --- judging and selecting -------------------------------------------------------------------------------

    @cached_property
    def pythons(self) -> tuple[Python, ...]:
        """The Pythons named in the options, else all found here, oldest first.

        Raises:
            OptionError: A named one isn't a Python.
        """
        from pipcache_tui.pythons.interpreters import PythonError, find_pythons

        try:
            return find_pythons(self.options.pythons, memory=self.memories.pythons)
        except PythonError as error:
            raise OptionError(str(error)) from None

    @cached_property
    def environments(self) -> Environments:
        """The environments of this machine, and what is installed in each; none with the demo cache.

        Raises:
            OptionError: A folder named in the options can't be searched.
        """
        from pipcache_tui.pythons.environments import Environments, NoEnvironmentError, find_environments

        if self.options.demo:
            return Environments()
        try:
            return find_environments(self.options.environments)
        except NoEnvironmentError as error:
            raise OptionError(f"--environments {error}") from None

    @property
    def environment_warnings(self) -> tuple[str, ...]:
        """What could not be read of the environments, if anything asked for them."""
        return self.environments.warnings if "environments" in self.__dict__ else ()

    def make_judge(self, entries: Sequence[Entry], pythons: Sequence[Python], *, environments: bool = True) -> Judge:
        """A judge of `entries` with its slow work done: for a thread.

        No `pythons`, or not to use `environments`: what depends on them can't be said yet.
        """
        from pipcache_tui.cache.disk.machine import THIS_MACHINE
        from pipcache_tui.select.judge import Judge

        judge = Judge(
            entries,
            now=self.now,
            machine=THIS_MACHINE,
            pip_version=self.options.pip_version,
            pythons=pythons,
            environments=(lambda: self.environments) if environments else None,
        )
        if entries:
            judge.superseded_by(entries[0])  # compares all entries once
        return judge

    @property
    def judge(self) -> Judge:
        """What depends on the time, on a pip and on the Pythons here. Raises OptionError."""
        if self._judge is None:
            from pipcache_tui.cache.disk.machine import THIS_MACHINE
            from pipcache_tui.select.judge import Judge

            version = self.options.pip_version
            self._judge = Judge(
                self.snapshot.entries,
                now=self.now,
                machine=THIS_MACHINE,
                pip_version=version,
                pythons=self.pythons,
                environments=lambda: self.environments,
            )
        return self._judge

    @judge.setter
    def judge(self, judge: Judge) -> None:
        self._judge = judge

    def matching(self, expression: Expression | None) -> list[Entry]:
        """The entries an expression matches; None: all."""
        entries = self.snapshot.entries
        if expression is None:
            return list(entries)
        judge = self.judge
        return [entry for entry in entries if expression.matches(entry, judge)]

    def plan(self, rules: Sequence[Rule], within: Expression | None = None) -> Plan:
        """The plan of what any of the rules selects among the entries that `within` matches.

        Raises:
            RuleError: A rule can't decide here; one line that says what to do.
        """
        from pipcache_tui.remove.plan import make_plan

        if self.options.names_only:
            from pipcache_tui.cache.disk.machine import THIS_MACHINE
            from pipcache_tui.select.judge import Judge

            judge = Judge(self.snapshot.entries, now=self.now, machine=THIS_MACHINE)
            return make_plan(self.snapshot, rules, judge, costs=False)
        return make_plan(self.snapshot, rules, self.judge, within=within, keep=self.options.keep)

    def plan_entries(self, selected: Iterable[tuple[Entry, Sequence[str]]]) -> Plan:
        """The plan of these entries, each once, with the reasons for it."""
        from pipcache_tui.remove.plan import plan_of

        return plan_of(self.snapshot, selected, judge=self._judge, keep=self.options.keep, now=self.now)

    # --- acting ------------------------------------------------------------------------------------------------

    def pips_at_work(self, plan: Plan, *, force: bool = False) -> Sequence[RunningPip]:
        """The running pips that carrying out the plan now would wait for; none with `force`."""
        from pipcache_tui.remove.pip_policy import PipMonitor, RunningPipPolicy

        roots = [root.path for root in plan.roots]
        return PipMonitor(RunningPipPolicy(force=force), roots).pips() if plan.entries else ()

    def remove(
        self, plan: Plan, *, wait: float = DEFAULT_WAIT, force: bool = False, stop: Stop = lambda: False
    ) -> Iterator[RemovalStep]:
        """Carry a plan out, step by step; see `pipcache_tui.remove.execute.carry_out`.

        Args:
            plan: What goes.
            wait: Seconds to wait for running pips before working around them.
            force: As if no pip were running.
            stop: Asked before each entry; true ends the work.

        Raises:
            GuardError: Nothing may be deleted, or no root of the plan is laid out as pip's cache. Nothing was touched.
        """
        from pipcache_tui.remove.execute import carry_out
        from pipcache_tui.remove.guard import GuardError
        from pipcache_tui.remove.pip_policy import RunningPipPolicy

        if self.options.no_delete:
            raise GuardError("--no-delete forbids every deletion; nothing is deleted")
        return carry_out(plan, RunningPipPolicy(wait=wait, force=force), stop=stop)

    def verify(
        self, entries: Sequence[Entry], *, stop: Stop = lambda: False, workers: int | None = None
    ) -> Iterator[Verdict]:
        """A verdict on each entry, in their order, those found sound before taken from memory; fewer once stopped."""
        from pipcache_tui.verify.batch import verify_entries

        known = self._known_hashes(stop)
        with Meter(self.watch, "verify", sum(entry.size for entry in entries)) as meter:
            yield from verify_entries(
                entries, known, stop=stop, watch=meter.add, workers=workers, memory=self.memories.verdicts
            )

    def _known_hashes(self, stop: Stop) -> KnownHashes:
        """All that the entries say of each other's content."""
        from pipcache_tui.verify.known_hashes import gather_known_hashes

        with Meter(self.watch, "read index pages"):
            return gather_known_hashes(self.snapshot.entries, file_hosts=self.found.file_hosts, stop=stop)

    def export(
        self,
        entries: Iterable[Entry],
        folder: str,
        *,
        index: bool = False,
        stop: Stop = lambda: False,
        workers: int | None = None,
    ) -> Iterator[ExportStep]:
        """Verified copies of the wheels and source distributions among `entries`, under their real names.

        Args:
            entries: Entries of any kind.
            folder: Made where it is missing.
            index: Also write a simple index of the folder.
            stop: Asked often; true ends the work, and what was written is whole.
            workers: Threads that verify; by default as many as there are cores.

        Raises:
            ExportError: The folder can't be used, or is full.
        """
        from pipcache_tui.export.copies import KINDS, export_entries

        chosen = [entry for entry in entries if entry.kind in KINDS]
        known = self._known_hashes(stop)
        with Meter(self.watch, "export", 2 * sum(entry.size for entry in chosen)) as meter:  # verified, then copied
            yield from export_entries(
                chosen,
                folder,
                known,
                index=index,
                stop=stop,
                watch=meter.add,
                workers=workers,
                memory=self.memories.verdicts,
            )

    def check(self, requirements: Sequence[str], *, dependencies: bool = True) -> list[CheckReport]:
        """Whether these requirements, requirements files or lock files could be installed from the cache.

        A report for each Python named in the options; else for the active environment's, else the newest CPython here.

        Raises:
            RequirementError: They can't be read.
            NoCacheError: There is no cache.
            OptionError: There is no Python to check for.
        """
        from pipcache_tui.pythons.interpreters import python_to_check
        from pipcache_tui.resolve.check import check
        from pipcache_tui.resolve.check_input import read_check_input
        from pipcache_tui.resolve.pip_options import pip_options

        check_input = read_check_input(requirements, pip_options(now=self.now), dependencies=dependencies)
        self.require_cache()
        root = next(root.path for root in self.roots if root.exists)
        if not self.pythons:
            raise OptionError("--check: no Python was found; name one with --python PATH")
        return [
            check(check_input, self.snapshot.entries, root, python, self._pip_of(python), self.now)
            for python in (self.pythons if self.options.pythons else python_to_check(self.pythons))
        ]

    def needed(self, named: Sequence[str]) -> Needed:
        """What the things named need of the caches; see `pipcache_tui.resolve.needs.read_needs`.

        Raises:
            RequirementError: One of them can't be read.
            OptionError: No Python was found for which it can be told.
        """
        from pipcache_tui.resolve.needed import find_needed
        from pipcache_tui.resolve.needs import read_needs
        from pipcache_tui.resolve.pip_options import pip_options

        pip = pip_options()
        warnings: list[str] = []
        needs = read_needs(named, pip, lambda: self.environments, warnings.append)
        if not self.pythons:
            raise OptionError("--needed-by: no Python was found; name one with --python PATH")
        pips = [(python, self._pip_of(python)) for python in self.pythons]
        roots = [root.path for root in self.roots if root.exists]
        needed = find_needed(needs, self.snapshot.entries, roots, pips, pip.options, self.now)
        return replace(needed, notes=(*warnings, *needed.notes))

    def freeze(self) -> FreezeReport:
        """The newest versions that one Python could install together from the cache: the one named, else as `check`.

        Raises:
            RequirementError: pip's settings can't be read.
            NoCacheError: There is no cache.
            OptionError: There is no Python to freeze for.
        """
        from pipcache_tui.pythons.interpreters import python_to_check
        from pipcache_tui.resolve.freeze import freeze
        from pipcache_tui.resolve.pip_options import pip_options

        options = pip_options(now=self.now).options
        self.require_cache()
        root = next(root.path for root in self.roots if root.exists)
        if not self.pythons:
            raise OptionError("--freeze: no Python was found; name one with --python PATH")
        (python, *_) = self.pythons if self.options.pythons else python_to_check(self.pythons)
        return freeze(self.snapshot.entries, root, python, self._pip_of(python), self.now, options)

    def _pip_of(self, python: Python) -> str:
        """The pip that is asked about: the one in the options, else the Python's own, else the newest."""
        return self.options.pip_version or python.pip_version or self.judge.pip_version


def _metered(events: Iterator[ScanEvent], meter: Meter) -> Iterator[ScanEvent]:
    from pipcache_tui.cache.scan import Found

    for event in events:
        if isinstance(event, Found):
            meter.add(len(event.entries))
        yield event
