"""Carries out a plan: removes only the files it names, one at a time, and skips what has changed since.

Waits for running pips, then works around them, as `pipcache_tui.remove.running_pip_policy` says.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from pipcache_tui.cache import stores
from pipcache_tui.cache.model import LAYOUTS, Store
from pipcache_tui.remove.guard import GuardError, check_root
from pipcache_tui.remove.plan import Plan, PlannedEntry, why_leftover_stays
from pipcache_tui.remove.running_pip_policy import PipMonitor, RunningPipPolicy, why_left_to_pips
from pipcache_tui.remove.running_pips import RunningPip
from pipcache_tui.remove.steps import (
    ALREADY_GONE,
    Outcome,
    RemovalStep,
    Skipped,
)
from pipcache_tui.remove.unlink import EntryRemoval, Remover
from pipcache_tui.text import safe_text

#: how many http-v2 entries are blanked before waiting for their readers
_BLANKED_AT_ONCE = 1000
#: the longest a pip takes from reading an entry's metadata to opening its body, on a busy machine (seconds)
_READERS_NEED = 1.0


def carry_out(
    plan: Plan, policy: RunningPipPolicy | None = None, *, stop: Callable[[], bool] = lambda: False
) -> Iterator[RemovalStep]:
    """Remove what the plan names.

    Nothing is removed from a root that is not laid out as pip's cache: its entries are skipped.

    Args:
        plan: what to remove.
        policy: how to treat running pips; the default waits up to a minute.
        stop: asked before each entry; once true, the removal ends. Entries not reached have no outcome.

    Returns:
        The outcome of each entry as soon as it is known.

    Raises:
        GuardError: none of the roots is laid out as pip's cache. Nothing has been touched.
        KeyboardInterrupt: after the current entry is finished and its outcome given.
    """
    used = {planned.entry.root for planned in plan.entries}
    proven: dict[str, frozenset[Store]] = {}
    error: GuardError | None = None
    for root in plan.roots:
        if root.path in used:
            try:
                proven[root.path] = check_root(root)
            except GuardError as refusal:
                error = refusal
    if used and not proven:
        raise error or GuardError("entries of no root of this plan; nothing is deleted")
    return _Removal(plan, policy or RunningPipPolicy(), stop, proven).steps()


class _Removal:
    """One plan being carried out."""

    def __init__(
        self, plan: Plan, policy: RunningPipPolicy, stop: Callable[[], bool], proven: dict[str, frozenset[Store]]
    ) -> None:
        self._plan = plan
        self._policy = policy
        self._stop = stop
        self._proven = proven
        self._watch = PipMonitor(policy, tuple(proven))
        self._removers = {root: Remover(root) for root in proven}
        self._blanked: list[EntryRemoval] = []
        self._interrupted = False

    def steps(self) -> Iterator[RemovalStep]:
        if self._plan.entries:
            yield from self._watch.wait(self._stop)
        try:
            for planned in self._plan.entries:
                if self._interrupted or self._stop():
                    break
                yield from self._take(planned)
            yield from self._finish_blanked()
            for remover in self._removers.values():
                # a pip that starts now needs far longer to its first build than this takes
                if not self._interrupted and not self._watch.pips(refresh=True):
                    remover.remove_wheel_folders()
                remover.close()
                yield from remover.remarks()
        finally:
            for removal in self._blanked:  # the caller has stopped listening: leave nothing half done
                self._remover(removal).remove(removal)
            for remover in self._removers.values():
                remover.close()
        if self._interrupted:
            raise KeyboardInterrupt

    def _take(self, planned: PlannedEntry) -> Iterator[Outcome]:
        pips = self._watch.pips()
        if (why := self._why_left(planned, pips)) is not None:
            yield Skipped(planned, why, gone=why == ALREADY_GONE)
            return
        if pips and (why := why_left_to_pips(planned.entry, pips, self._policy.now())) is not None:
            yield Skipped(planned, why, to_pips=True)
            return
        removal = EntryRemoval(planned)
        remover = self._remover(removal)
        # pip reads the two files one after the other, and fails if the second is gone by then
        in_two = (
            LAYOUTS[planned.entry.store].response == "pair" and len(planned.files) == 2 and bool(self._watch.pips())
        )
        outcome = self._do(removal, remover.blank if in_two else remover.remove)
        if outcome is not None:
            yield outcome
        elif removal.blanking:
            self._blanked.append(removal)
            if len(self._blanked) >= _BLANKED_AT_ONCE:
                yield from self._finish_blanked()

    def _why_left(self, planned: PlannedEntry, pips: Sequence[RunningPip]) -> str | None:
        entry = planned.entry
        if entry.store not in self._proven.get(entry.root, ()):
            if not any(os.path.lexists(os.path.join(entry.root, *file.path.split("/"))) for file in planned.files):
                return ALREADY_GONE  # with everything that would have proven the store
            return f"nothing shows that what looks like {entry.store} in {safe_text(entry.root)} is pip's"
        for file in planned.files:
            if not stores.recognises(entry.store, file.path):
                return f"not a name pip writes: {safe_text(file.path)}"
        return why_leftover_stays(entry, self._policy.now()) if pips or entry.kind == "leftover" else None

    def _finish_blanked(self) -> Iterator[Outcome]:
        if self._blanked and not self._interrupted:
            try:
                self._policy.sleep(_READERS_NEED)
            except KeyboardInterrupt:
                self._interrupted = True
        while self._blanked:
            removal = self._blanked[0]
            outcome = self._do(removal, self._remover(removal).remove)
            del self._blanked[0]
            if outcome is not None:
                yield outcome

    def _do(self, removal: EntryRemoval, work: Callable[[EntryRemoval], Outcome | None]) -> Outcome | None:
        try:
            return work(removal)
        except KeyboardInterrupt:
            self._interrupted = True
            return self._remover(removal).remove(removal) if removal.begun else None

    def _remover(self, removal: EntryRemoval) -> Remover:
        return self._removers[removal.planned.entry.root]
