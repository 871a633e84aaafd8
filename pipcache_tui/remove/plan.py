"""A plan: a frozen planned of entries, each with its reasons, and all that is known before anything goes.

What a plan names is what may be removed, file by file; nothing else is. `pipcache_tui.remove.execute` carries it out.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pipcache_tui.cache import stores
from pipcache_tui.cache.model import LAYOUTS, RESPONSES, Entry, OwnedFile, Root, Snapshot
from pipcache_tui.text import safe_text

if TYPE_CHECKING:
    from pipcache_tui.select.expression import Expression
    from pipcache_tui.select.judge import Judge
    from pipcache_tui.select.rule import Rule

#: a temporary or lock file younger than this may belong to a pip at work, on another host too (seconds)
LEFTOVER_AGE = 6 * 3600.0
#: what pip would fetch again, were it wanted
_FETCHED = frozenset({"wheel", "sdist", "index-page", "metadata", "redirect", "other"})


@dataclass(frozen=True, slots=True)
class PlannedEntry:
    """An entry that goes, why, and which of its files go.

    The files are the entry's own, in the order they go: what makes pip find the entry first. An `origin.json` that
    speaks for wheels that stay is not among them.
    """

    entry: Entry
    reasons: tuple[str, ...]
    files: Sequence[OwnedFile]


@dataclass(frozen=True, slots=True)
class Protected:
    """An entry that was asked for but does not go, and why."""

    entry: Entry
    why: str


@dataclass(frozen=True, slots=True)
class Costs:
    """What it takes to have everything back: wheels pip must compile again, and bytes to download again.

    Built wheels count also where only a Python that is not found here would use them.
    """

    built_wheels: int = 0
    built_size: int = 0
    download: int = 0


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left afterwards: entries, and bytes in their files."""

    entries: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes in bytes. `frees`: allocated blocks that come back, which a file with a link elsewhere does not give.

    The entries stand in the order they are carried out: by root, then folder by folder.
    """

    roots: tuple[Root, ...]
    entries: tuple[PlannedEntry, ...]
    protected: tuple[Protected, ...]
    files: int
    size: int
    size_on_disk: int
    frees: int
    costs: Costs
    remaining: Remaining


def make_plan(
    snapshot: Snapshot,
    rules: Sequence[Rule],
    judge: Judge,
    *,
    within: Expression | None = None,
    keep: Sequence[str] = (),
) -> Plan:
    """The plan of what any of the rules chooses among the entries `within` matches. Raises RuleError.

    `keep`: globs of projects that stay whatever is chosen ("num*"), spelled as one likes. Budgets count what stays.
    """
    from pipcache_tui.select.budgets import choose_all

    entries = snapshot.entries
    if within is not None:
        entries = tuple(entry for entry in entries if within.matches(entry, judge))
    is_kept = Keeper(keep)
    chosen = choose_all(
        rules, entries, judge, may_go=lambda entry: not (is_kept(entry) or _why_protected(entry, judge.now))
    )
    return plan_of(snapshot, chosen.values(), judge=judge, keep=keep, now=judge.now)


def plan_of(
    snapshot: Snapshot,
    chosen: Iterable[tuple[Entry, Sequence[str]]],
    *,
    judge: Judge | None = None,
    keep: Sequence[str] = (),
    now: float | None = None,
) -> Plan:
    """The plan of the chosen entries, each named once, with its reasons.

    With a `judge`, what pip would not use again is no cost. `now`: seconds since 1970, the clock's where not given.
    """
    is_kept = Keeper(keep)
    moment = time.time() if now is None else now
    protected: list[Protected] = []
    going: dict[tuple[str, str], tuple[Entry, tuple[str, ...]]] = {}
    for entry, reasons in chosen:
        why = is_kept(entry) or _why_protected(entry, moment)
        if why:
            protected.append(Protected(entry, why))
        else:
            going[entry.key] = (entry, tuple(reasons))
    entries = _in_order(snapshot, going)
    size, on_disk, frees = _weigh(file for planned in entries for file in planned.files)
    return Plan(
        roots=snapshot.roots,
        entries=entries,
        protected=tuple(protected),
        files=sum(len(planned.files) for planned in entries),
        size=size,
        size_on_disk=on_disk,
        frees=frees,
        costs=_costs(entries, judge),
        remaining=Remaining(len(snapshot.entries) - len(entries), sum(entry.size for entry in snapshot.entries) - size),
    )


class Keeper:
    """Says why an entry's project is protected, or None; each project is looked up once."""

    def __init__(self, globs: Sequence[str]) -> None:
        self._globs = [(glob, re.sub(r"[-_.]+", "-", glob).lower()) for glob in globs]
        self._seen: dict[str, str | None] = {}

    def __call__(self, entry: Entry) -> str | None:
        project = entry.project
        if not self._globs or project is None:
            return None
        if project not in self._seen:
            matching = (glob for glob, normal in self._globs if fnmatchcase(project, normal))
            glob = next(matching, None)
            self._seen[project] = None if glob is None else f"kept: its project matches {safe_text(glob)}"
        return self._seen[project]


def _why_protected(entry: Entry, now: float) -> str | None:
    for file in entry.files:
        if not stores.recognises(entry.store, file.path):
            return f"not a name pip writes: {safe_text(file.path)}"
    return why_leftover_stays(entry, now)


def why_leftover_stays(entry: Entry, now: float) -> str | None:
    """A temporary or lock file, or a build, that is too young to be called left behind; None for all else."""
    if entry.kind != "leftover":
        return None
    if now - max(file.mtime_ns for file in entry.files) / 1e9 >= LEFTOVER_AGE:
        return None
    return f"written in the last {LEFTOVER_AGE / 3600:.0f} hours: a pip may be at work on it"


def _in_order(
    snapshot: Snapshot, going: dict[tuple[str, str], tuple[Entry, tuple[str, ...]]]
) -> tuple[PlannedEntry, ...]:
    """Choices by root, folder and name; in a folder that shares a file the one that has it comes last."""
    sharing: Counter[tuple[str, str]] = Counter()
    sharing_going: Counter[tuple[str, str]] = Counter()
    for entry in snapshot.entries:
        if LAYOUTS[entry.store].shared and not is_shared(entry, entry.files[0]):
            folder = (entry.root, _folder(entry.files.path))
            sharing[folder] += 1
            sharing_going[folder] += entry.key in going
    position = {root.path: index for index, root in enumerate(snapshot.roots)}

    def rank(planned: PlannedEntry) -> tuple[int, str, bool, str, bool, str]:
        path, root = planned.entry.files.path, planned.entry.root
        # what alone shows whose the folder is goes last, so that a purge cut short can go on
        known_by = LAYOUTS[planned.entry.store].known_by
        proves = known_by is not None and path.startswith(f"{known_by}/")
        place = position.get(root, len(position))
        return (place, root, proves, _folder(path), is_shared(planned.entry, planned.files[-1]), path)

    entries = []
    for entry, reasons in going.values():
        files: Sequence[OwnedFile] = entry.files
        if is_shared(entry, files[-1]):
            folder = (entry.root, _folder(files[-1].path))
            if sharing_going[folder] < sharing[folder]:
                files = files[:-1]
        if files:  # an origin.json alone, with a wheel found beside it by a later scan, is no entry's to take
            entries.append(PlannedEntry(entry, reasons, files))
    return tuple(sorted(entries, key=rank))


def is_shared(entry: Entry, file: OwnedFile) -> bool:
    """Whether this file of an entry is the one that all in its folder share, such as an `origin.json`."""
    shared = LAYOUTS[entry.store].shared
    return shared is not None and file.path.endswith(f"/{shared}")


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _weigh(files: Iterator[OwnedFile]) -> tuple[int, int, int]:
    """(bytes, allocated bytes with an inode counted once, allocated bytes given back)."""
    size = on_disk = frees = 0
    linked: dict[tuple[int, int], list[OwnedFile]] = {}
    for file in files:
        size += file.size
        if file.links > 1:
            linked.setdefault((file.device, file.inode), []).append(file)
        else:
            blocks = file.size_on_disk
            on_disk += blocks
            frees += blocks
    for names in linked.values():
        on_disk += names[0].size_on_disk
        if len(names) >= names[0].links:
            frees += names[0].size_on_disk
    return size, on_disk, frees


def _costs(entries: Sequence[PlannedEntry], judge: Judge | None) -> Costs:
    built = built_size = download = 0
    for planned in entries:
        entry = planned.entry
        is_built = entry.kind == "built-wheel"
        if not is_built and (entry.kind not in _FETCHED or entry.store not in RESPONSES):
            continue
        # a compile lost to a Python that was not found, as cron finds few, is a cost all the same
        if judge is not None and not (judge.usable(entry) or (is_built and judge.usable_elsewhere(entry))):
            continue
        if is_built:
            built += 1
            built_size += entry.body.size
        else:
            download += entry.body.size
    return Costs(built, built_size, download)
