"""The state of one run of the screen: the entries read so far, the judge, what has been freed. Imports no textual.

The workspace, which the command line uses too, does all the work; this collects what arrives piece by piece. Other
modules are imported where first needed, so that the screen appears sooner.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pipcache_tui.cache.model import Entry, Snapshot
from pipcache_tui.tui.launch import Launch
from pipcache_tui.tui.model.answers import Answers
from pipcache_tui.tui.model.catalog import Batch, Catalog
from pipcache_tui.tui.model.groupings import KeyOf

if TYPE_CHECKING:
    from pipcache_tui.cache import scan
    from pipcache_tui.cache.stores import Foreign, Trouble
    from pipcache_tui.progress import Progress
    from pipcache_tui.pythons.interpreters import Python
    from pipcache_tui.remove.plan import Plan, PlannedEntry
    from pipcache_tui.remove.steps import RemovalResult
    from pipcache_tui.select.expression import Expression
    from pipcache_tui.select.judge import Judge
    from pipcache_tui.verify.examine import Verdict

#: a batch goes to the screen after that many entries, or that many seconds, whichever is first
BATCH_ENTRIES = 4000
BATCH_SECONDS = 0.05

Reading: TypeAlias = "Batch | scan.Named | Foreign | Trouble"


def read_cache(
    events: Iterable[scan.ScanEvent],
    stopped: Callable[[], bool] = lambda: False,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[Reading]:
    """The events of a scan, with small ones collected into batches so that the screen gets few messages."""
    from pipcache_tui.cache import scan

    waiting: list[Entry] = []
    since = float("-inf")  # the first batch goes out at once
    for event in events:
        if stopped():
            return
        if isinstance(event, scan.Found):
            waiting.extend(event.entries)
            if len(waiting) >= BATCH_ENTRIES or monotonic() - since >= BATCH_SECONDS:
                yield Batch.of(waiting)
                waiting, since = [], monotonic()
        else:
            if waiting:
                yield Batch.of(waiting)
                waiting, since = [], monotonic()
            yield event
    if waiting:
        yield Batch.of(waiting)


@dataclass
class Freed:
    """What this session has freed."""

    size: int = 0
    files: int = 0
    failed: int = 0

    def add(self, result: RemovalResult) -> None:
        self.size += result.freed
        self.files += result.files_removed
        self.failed += len(result.failed)


class Session:
    """State of one run; changed on the event loop only."""

    def __init__(self, launch: Launch) -> None:
        self.launch = launch
        self.workspace = launch.workspace
        #: finding environments takes a while: the event loop must not use them before they are found
        self.environments_known = False
        #: the progress of the long task that is running; None: none is
        self.progress: Progress | None = None
        self.workspace.watch = self._watch
        #: sizes are bytes in files, not space on disk; the demo's files take almost none
        self.apparent = self.workspace.options.demo
        self.catalog = Catalog(apparent=self.apparent)
        #: bytes free on the disk of the first root; None: not known
        self.free_space: int | None = None
        #: bytes on disk of what pip would not use as it is, so that deleting it costs nothing; None: not known yet
        self.reclaimable: int | None = None
        self.pythons: tuple[Python, ...] | None = None
        #: it begins with a scan
        self.scanning = True
        self.warnings: list[str] = []
        self.foreign_files = 0
        self.foreign_size = 0
        self.freed = Freed()
        #: what verifying has found, by entry key
        self.verdicts: dict[tuple[str, str], Verdict] = {}
        #: knows single entries soon after the start, and what depends on others once the scan has ended
        self.judge: Judge | None = None
        self.answers = Answers()

    @property
    def now(self) -> float:
        """The moment all ages refer to, in seconds since 1970."""
        return self.workspace.now

    @property
    def pip_version(self) -> str:
        """The pip whose behaviour is shown."""
        return self.judge.pip_version if self.judge else (self.workspace.options.pip_version or "")

    def _watch(self, progress: Progress) -> None:
        """Called from any thread; the screen shows the latest report ten times a second."""
        self.progress = None if progress.ended else progress

    def plan_alone(self, entry: Entry) -> Plan | None:
        """The plan of deleting one entry, without reading all others; None while there is no judge."""
        if self.judge is None:
            return None
        from pipcache_tui.remove.plan import plan_of

        alone = Snapshot(self.workspace.roots, (entry,), (), 0, 0)
        chosen = [(entry, ("chosen",))]
        return plan_of(alone, chosen, judge=self.judge, keep=self.workspace.options.keep, now=self.now)

    def make_judge(self, entries: Sequence[Entry]) -> Judge:
        """A judge over entries that has done its slow work; for a thread."""
        return self.workspace.make_judge(entries, self.pythons or (), environments=self.environments_known)

    def look_at_disk(self) -> None:
        """Ask how much space is free: for a thread, as a remote disk may be slow."""
        root = next((root.path for root in self.workspace.roots if root.exists), None)
        try:
            self.free_space = None if root is None else self.workspace.machine.disk_space(root).free
        except OSError:
            self.free_space = None

    def measure(self, *, apparent: bool) -> None:
        """Show bytes in files, or what they take on disk."""
        self.apparent = apparent
        self.catalog.measure(apparent=apparent)

    @property
    def sure_judge(self) -> Judge:
        """The judge, made now if there is none yet."""
        if self.judge is None:
            self.use(self.make_judge(()))
        assert self.judge is not None
        return self.judge

    def odd_folders(self) -> tuple[str, ...]:
        """The guard's messages on folders with files that are not a cache; none after a deletion in this session."""
        if len(self.catalog) or self.freed.files:
            return ()
        return tuple(self.workspace.odd_folders().values())

    def begin(self) -> None:
        """Forget the entries, for a new scan."""
        self.catalog = Catalog(apparent=self.apparent)
        self.reclaimable = None
        self.warnings, self.foreign_files, self.foreign_size = [], 0, 0
        self.workspace.refresh()
        self.scanning = True

    def take(self, reading: Reading, keys: Sequence[KeyOf] = ()) -> bool:
        """Add a piece of the scan; returns whether `keys` changed for entries that were known before."""
        from pipcache_tui.cache import scan
        from pipcache_tui.cache.stores import Foreign

        if isinstance(reading, Batch):
            self.catalog.add(reading)
        elif isinstance(reading, scan.Named):
            return self.catalog.rename(reading.entries, keys)
        elif isinstance(reading, Foreign):
            self.foreign_files += reading.files
            self.foreign_size += reading.size
        else:
            self.warnings.append(reading.message)
        return False

    def end(self) -> None:
        """The scan has ended: from now on plans can be made."""
        self.scanning = False
        entries, warnings = tuple(self.catalog.entries), tuple(self.warnings)
        self.workspace.snapshot = Snapshot(
            self.workspace.roots, entries, warnings, self.foreign_files, self.foreign_size
        )
        if self.judge is not None:
            self.workspace.judge = self.judge

    def use(self, judge: Judge) -> None:
        """Use this judge from now on."""
        self.judge = self.workspace.judge = judge
        self.answers = Answers(judge)

    def plan_marked(self) -> Plan:
        """The plan of what is marked."""
        return self.plan((entry, ("marked",)) for entry in self.catalog.marked_entries())

    def plan(self, chosen: Iterable[tuple[Entry, tuple[str, ...]]]) -> Plan:
        """The plan of these entries, with the reasons for each."""
        return self.workspace.plan_entries(chosen)

    def forget(self, entries: Iterable[PlannedEntry]) -> None:
        """Entries that are gone leave the catalog; the marks of the others stay."""
        dropped = [planned.entry for planned in entries]
        self.workspace.drop(dropped)
        if self.judge is not None:
            self.workspace.judge = self.judge  # until there is one of what is left
        gone = {entry.key for entry in dropped}
        old, new = self.catalog, Catalog(apparent=self.apparent)
        kept = [entry for entry in old.entries if entry.key not in gone]
        new.add(Batch.of(kept))
        marked = (new.index_of(entry.key) for entry in old.marked_entries() if entry.key not in gone)
        new.mark([index for index in marked if index is not None], True)
        self.catalog = new


def reclaimable_of(entries: Iterable[Entry], judge: Judge) -> int:
    """Bytes on disk of entries that pip never reads or downloads again anyway: for a thread."""
    useless = ("never-read", "download-again")
    return sum(entry.size_on_disk for entry in entries if judge.forecast(entry).pip_will in useless)


def search(text: str, *, typing: bool = False) -> tuple[Expression | None, str]:
    """What to show for the text in the filter bar (None: everything), and what is wrong with it ("": nothing).

    While the last part is not right, or, while someone is `typing`, is only the name of a field yet, the parts before
    it hold: rows should not vanish on the way from "num" to "num size>1MB".
    """
    from pipcache_tui.select.expression import FIELDS, ExpressionError, parse_search

    before, _, last = text.rstrip().rpartition(" ")
    wrong = ""
    if typing and last.lower() in FIELDS:
        wrong = f"{FIELDS[last.lower()].help}: {FIELDS[last.lower()].example}"
    else:
        try:
            return (parse_search(text) if text.strip() else None), ""
        except ExpressionError as error:
            near = f"; {error.suggestion}?" if error.suggestion else ""
            wrong = f"{error.message}{near}"
    try:
        return (parse_search(before) if before.strip() else None), wrong
    except ExpressionError:
        return None, wrong


def matching(
    catalog: Catalog, indices: Sequence[int] | range, expression: Expression | None, judge: Judge | None
) -> list[int]:
    """The indices whose entries match; none while there is no judge."""
    if expression is None:
        return list(indices)
    if judge is None:
        return []
    entries, found = catalog.entries, indices
    for part in expression.parts:
        holds, matches = part.holds, part.matches
        if holds is None or part.column is None:
            found = [index for index in found if matches(entries[index], judge)]
        else:
            column = catalog.column(part.column)
            found = [index for index in found if holds(column[index], judge)]
    return list(found)
