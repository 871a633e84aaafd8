"""The object that the command line and the screen share: pip's caches and everything that can be done with them.

A `Workspace` goes from roots to scan, judge, plan, and then remove, verify, export or check. It takes and returns plain
values; it parses no arguments, writes to no stream and draws nothing. `pipcache_tui.caches` finds and reads the caches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from pipcache_tui.caches import Caches, NoCacheError, OptionError, Options
from pipcache_tui.progress import Meter, Stop

if TYPE_CHECKING:
    from pipcache_tui.cache.disk.machine import Machine
    from pipcache_tui.cache.model import Entry
    from pipcache_tui.export.copies import ExportStep
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

__all__ = ["DEFAULT_WAIT", "NoCacheError", "OptionError", "Options", "Workspace"]

#: seconds to wait for running pips before working around them
DEFAULT_WAIT = 60.0


class Workspace(Caches):
    """The caches of one run. Everything is computed when first needed, and kept.

    All at once, as a command does::

        with Workspace(Options(keep=("torch",))) as workspace:
            plan = workspace.plan([rules.older(30 * 86400)])   # reads, finds Pythons, judges
            for step in workspace.remove(plan): ...

    Or step by step, as the screen does:

    1. In a thread, iterate `scan()` and send its events (`Found`, `Named`, `Foreign`, `Trouble`) to the event loop.
    2. When it has ended, set `snapshot` on the event loop; after a deletion call `drop` with the deleted entries.
    3. In a thread, call `make_judge(entries)`, and again when `pythons` are found; set `judge` on the event loop.
    4. `plan(rules, within)` and `plan_entries(chosen)` use `snapshot` and `judge` as they are set; either may run in a
       thread. `remove(plan)`, `verify(entries)` and `export(entries, folder)` are iterators for a thread: each step as
       it happens; `stop` ends them early, and the attribute `watch` is called with their progress, from any thread.
    5. `refresh()` before the next scan.

    Setting `snapshot` drops the judge, which knows only the entries it was made for.

    A context manager: the demo cache is removed when it ends.
    """

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # --- judging and selecting -------------------------------------------------------------------------------

    @cached_property
    def machine(self) -> Machine:
        """What is asked about paths, mounts and disks: this machine, unless set to another."""
        from pipcache_tui.cache.disk.machine import THIS_MACHINE

        return THIS_MACHINE

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
        """The environments on this machine, and what is installed in each; none with the demo cache.

        Raises:
            OptionError: A folder named in the options can't be searched, or a named Python isn't one.
        """
        from pipcache_tui.pythons.environments import Environments, NoEnvironmentError, find_environments

        if self.options.demo:
            return Environments()
        try:
            return find_environments(self.options.environments, prefixes=[python.prefix for python in self.pythons])
        except NoEnvironmentError as error:
            raise OptionError(f"--environments {error}") from None

    @property
    def environment_warnings(self) -> tuple[str, ...]:
        """Warnings about environments that could not be read, if they have been searched for."""
        return self.environments.warnings if "environments" in self.__dict__ else ()

    def make_judge(self, entries: Sequence[Entry], pythons: Sequence[Python], *, environments: bool = True) -> Judge:
        """A judge of `entries` with its slow work done: for a thread.

        Without `pythons` or `environments`, what depends on them is not known yet.
        """
        from pipcache_tui.select.judge import Judge

        judge = Judge(
            entries,
            now=self.now,
            machine=self.machine,
            pip_version=self.options.pip_version,
            pythons=pythons,
            environments=(lambda: self.environments) if environments else None,
        )
        if entries:
            judge.superseded_by(entries[0])  # compares all entries once
        return judge

    @property
    def judge(self) -> Judge:
        """The judge: knows what depends on the time, on a pip and on the Pythons here. Raises OptionError."""
        if self._judge is None:
            from pipcache_tui.select.judge import Judge

            version = self.options.pip_version
            self._judge = Judge(
                self.snapshot.entries,
                now=self.now,
                machine=self.machine,
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
            RuleError: A rule can't be applied here; one line that says what to do.
        """
        from pipcache_tui.remove.plan import make_plan

        if self.names_suffice:
            from pipcache_tui.select.judge import Judge

            judge = Judge(self.snapshot.entries, now=self.now, machine=self.machine)
            return make_plan(self.snapshot, rules, judge, costs=False)
        return make_plan(self.snapshot, rules, self.judge, within=within, keep=self.options.keep)

    def plan_entries(self, selected: Iterable[tuple[Entry, Sequence[str]]]) -> Plan:
        """The plan to remove these entries, each once, with the reasons."""
        from pipcache_tui.remove.plan import plan_of

        return plan_of(self.snapshot, selected, judge=self._judge, keep=self.options.keep, now=self.now)

    # --- acting ------------------------------------------------------------------------------------------------

    def pips_at_work(self, plan: Plan, *, force: bool = False) -> Sequence[RunningPip]:
        """The running pips that carrying out the plan now would wait for; none with `force`."""
        from pipcache_tui.remove.running_pip_policy import PipMonitor, RunningPipPolicy

        roots = [root.path for root in plan.roots]
        return PipMonitor(RunningPipPolicy(force=force), roots).pips() if plan.entries else ()

    def remove(
        self,
        plan: Plan,
        *,
        rules: Sequence[str] = (),
        wait: float = DEFAULT_WAIT,
        force: bool = False,
        stop: Stop = lambda: False,
    ) -> Iterator[RemovalStep]:
        """Carry a plan out, step by step, and record it; see `pipcache_tui.remove.execute.carry_out`.

        Args:
            plan: What to remove.
            rules: The flags that selected it, for the record; none if a person chose each entry.
            wait: Seconds to wait for running pips before working around them.
            force: Ignore running pips.
            stop: Called before each entry; true ends the work.

        Raises:
            GuardError: Nothing may be deleted, or no root of the plan is laid out as pip's cache. Nothing was touched.
        """
        from pipcache_tui.remove.execute import carry_out
        from pipcache_tui.remove.guard import GuardError
        from pipcache_tui.remove.running_pip_policy import RunningPipPolicy

        if self.options.no_delete:
            raise GuardError("--no-delete forbids every deletion; nothing is deleted")
        return self._recorded(carry_out(plan, RunningPipPolicy(wait=wait, force=force), stop=stop), tuple(rules))

    def _recorded(self, steps: Iterator[RemovalStep], rules: tuple[str, ...]) -> Iterator[RemovalStep]:
        """The same steps; when they end or are abandoned, records what they removed."""
        from pipcache_tui.cache.memory.upkeep import RecordedRemoval, record_removal
        from pipcache_tui.remove.steps import Failed, Removed, Skipped

        removed: dict[str, RecordedRemoval] = {}
        try:
            for step in steps:
                if isinstance(step, Removed | Skipped | Failed) and step.files:
                    root = step.planned.entry.root
                    so_far = removed.get(root, RecordedRemoval(0.0, rules, 0, 0, 0))
                    removed[root] = replace(
                        so_far,
                        entries=so_far.entries + isinstance(step, Removed),
                        files=so_far.files + step.files,
                        freed=so_far.freed + step.freed,
                    )
                yield step
        finally:
            folder, now = self.memories.upkeep, self._clock()
            if folder is not None:
                for root, removal in removed.items():
                    record_removal(folder, root, replace(removal, time=now))

    def verify(
        self, entries: Sequence[Entry], *, stop: Stop = lambda: False, workers: int | None = None
    ) -> Iterator[Verdict]:
        """A verdict on each entry, in order, from memory if it was found sound before; fewer if stopped."""
        from pipcache_tui.verify.batch import verify_entries

        known = self._known_hashes(stop)
        with Meter(self.watch, "verify", sum(entry.size for entry in entries)) as meter:
            yield from verify_entries(
                entries, known, stop=stop, watch=meter.add, workers=workers, memory=self.memories.verdicts
            )

    def _known_hashes(self, stop: Stop) -> KnownHashes:
        """All hashes that entries know of other entries' content."""
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
            folder: Created if missing.
            index: Also write a simple index of the folder.
            stop: Called often; true ends the work. Every file written is complete.
            workers: Threads that verify; by default one per core.

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
            OptionError: There is no Python to find it out for.
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
        """The newest versions that one Python, chosen as for `check`, could install together from the cache.

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
        """The pip to predict for: the one in the options, else the Python's own, else the newest."""
        return self.options.pip_version or python.pip_version or self.judge.pip_version
