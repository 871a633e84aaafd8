"""A plan: the entries to remove, each with its reasons, and what is known before anything is removed.

Only the files a plan names may be removed. `pipcache_tui.remove.execute` carries it out.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pipcache_tui.cache import stores
from pipcache_tui.cache.disk_usage import disk_usage
from pipcache_tui.cache.model import LAYOUTS, RESPONSES, Entry, OwnedFile, Root, Snapshot
from pipcache_tui.select.losses import Loss, losses
from pipcache_tui.text import safe_text

if TYPE_CHECKING:
    from pipcache_tui.select.expression import Expression
    from pipcache_tui.select.judge import Judge
    from pipcache_tui.select.rule import Rule

#: a temporary or lock file younger than this may belong to a running pip, perhaps on another host (seconds)
LEFTOVER_AGE = 6 * 3600.0
#: kinds that pip would download again
_FETCHED = frozenset({"wheel", "sdist", "index-page", "metadata", "redirect", "other"})


@dataclass(frozen=True, slots=True)
class PlannedEntry:
    """An entry to remove, the reasons, and which of its files are removed.

    The files are in the order they are removed: first the one by which pip finds the entry. An `origin.json` is not
    among them while other wheels in its folder stay.
    """

    entry: Entry
    reasons: tuple[str, ...]
    files: Sequence[OwnedFile]


@dataclass(frozen=True, slots=True)
class Protected:
    """An entry that was selected but is not removed, and why."""

    entry: Entry
    why: str


@dataclass(frozen=True, slots=True)
class Costs:
    """What it takes to get everything back: wheels pip must build again, and bytes to download again.

    Built wheels count even if only a Python that is not found here would use them.
    """

    built_wheels: int = 0
    built_size: int = 0
    download: int = 0


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left afterwards: the number of entries, and the bytes in their files."""

    entries: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is removed, in this order: by root, then folder by folder.

    Sizes are in bytes, as in `DiskUsage`.
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
    #: the Pythons that lose the last version of a project that they could install from the cache
    losses: tuple[Loss, ...] = ()


def make_plan(
    snapshot: Snapshot,
    rules: Sequence[Rule],
    judge: Judge,
    *,
    within: Expression | None = None,
    keep: Sequence[str] = (),
    costs: bool = True,
) -> Plan:
    """Plan the removal of what any of the rules selects.

    Args:
        snapshot: the scan to select from.
        rules: an entry is removed if at least one of them selects it.
        judge: what pip will do with each entry, and the time of the plan.
        within: select only among the entries this matches; budgets count only those.
        keep: globs of project names that are never removed ("num*"), in any spelling of the name.
        costs: work out what it takes to get everything back; without, `costs` and `losses` stay empty.

    Raises:
        RuleError: a rule cannot be applied to this cache.
    """
    from pipcache_tui.select.budgets import choose_all

    entries = snapshot.entries
    if within is not None:
        entries = tuple(entry for entry in entries if within.matches(entry, judge))
    is_kept = Keeper(keep)
    chosen = choose_all(
        rules, entries, judge, may_go=lambda entry: not (is_kept(entry) or _why_protected(entry, judge.now))
    )
    return plan_of(snapshot, chosen.values(), judge=judge, keep=keep, now=judge.now, costs=costs)


def plan_of(
    snapshot: Snapshot,
    chosen: Iterable[tuple[Entry, Sequence[str]]],
    *,
    judge: Judge | None = None,
    keep: Sequence[str] = (),
    now: float | None = None,
    costs: bool = True,
) -> Plan:
    """Plan the removal of given entries.

    Args:
        snapshot: the scan the entries come from.
        chosen: each entry once, with its reasons.
        judge: if given, entries that pip would not use again do not count as a cost.
        keep, costs: as for `make_plan`.
        now: seconds since 1970; the time of the clock if not given.
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
    usage = disk_usage(planned.files for planned in entries)
    return Plan(
        roots=snapshot.roots,
        entries=entries,
        protected=tuple(protected),
        files=usage.files,
        size=usage.size,
        size_on_disk=usage.on_disk,
        frees=usage.frees,
        costs=_costs(entries, judge) if costs else Costs(),
        remaining=Remaining(
            len(snapshot.entries) - len(entries), sum(entry.size for entry in snapshot.entries) - usage.size
        ),
        losses=losses(snapshot.entries, (planned.entry for planned in entries), judge)
        if judge is not None and costs
        else (),
    )


class Keeper:
    """Says why an entry's project is protected, None if it is not. Each project is looked up once."""

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
    for path in entry.files.paths():
        if not stores.recognises(entry.store, path):
            return f"not a name pip writes: {safe_text(path)}"
    return why_leftover_stays(entry, now)


def why_leftover_stays(entry: Entry, now: float) -> str | None:
    """Why a temporary file, lock file or build is too young to be removed; None for everything else."""
    if entry.kind != "leftover":
        return None
    if now - max(file.mtime_ns for file in entry.files) / 1e9 >= LEFTOVER_AGE:
        return None
    return f"written in the last {LEFTOVER_AGE / 3600:.0f} hours: a running pip may need it"


def _in_order(
    snapshot: Snapshot, going: dict[tuple[str, str], tuple[Entry, tuple[str, ...]]]
) -> tuple[PlannedEntry, ...]:
    """Sort by root, folder and name; of a folder with a shared file, the entry that has it comes last."""
    sharing: Counter[tuple[str, str]] = Counter()
    sharing_going: Counter[tuple[str, str]] = Counter()
    for entry in snapshot.entries:
        if LAYOUTS[entry.store].shared and not is_shared(entry, entry.files.path):
            folder = (entry.root, _folder(entry.files.path))
            sharing[folder] += 1
            sharing_going[folder] += entry.key in going
    position = {root.path: index for index, root in enumerate(snapshot.roots)}

    def rank(planned: PlannedEntry) -> tuple[int, str, bool, str, bool, str]:
        path, root = planned.entry.files.path, planned.entry.root
        # the files that alone prove the folder to be pip's go last, so that an interrupted purge can be continued
        known_by = LAYOUTS[planned.entry.store].known_by
        proves = known_by is not None and path.startswith(f"{known_by}/")
        place = position.get(root, len(position))
        has_shared = is_shared(planned.entry, planned.files[-1].path) if LAYOUTS[planned.entry.store].shared else False
        return (place, root, proves, _folder(path), has_shared, path)

    entries = []
    for entry, reasons in going.values():
        files: Sequence[OwnedFile] = entry.files
        if is_shared(entry, entry.files.path_of(-1)):
            folder = (entry.root, _folder(entry.files.path))
            if sharing_going[folder] < sharing[folder]:
                files = files[:-1]
        if files:  # an origin.json alone stays if a later scan found a wheel next to it
            entries.append(PlannedEntry(entry, reasons, files))
    return tuple(sorted(entries, key=rank))


def is_shared(entry: Entry, path: str) -> bool:
    """Whether the file at this path is one that all entries of its folder share, such as `origin.json`."""
    shared = LAYOUTS[entry.store].shared
    return shared is not None and path.endswith(f"/{shared}")


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _costs(entries: Sequence[PlannedEntry], judge: Judge | None) -> Costs:
    built = built_size = download = 0
    for planned in entries:
        entry = planned.entry
        is_built = entry.kind == "built-wheel"
        if not is_built and (entry.kind not in _FETCHED or entry.store not in RESPONSES):
            continue
        # cron finds few Pythons: a wheel built by one that is not found here is still a cost
        if judge is not None and not (judge.usable(entry) or (is_built and judge.usable_elsewhere(entry))):
            continue
        if is_built:
            built += 1
            built_size += entry.body.size
        else:
            download += entry.body.size
    return Costs(built, built_size, download)
