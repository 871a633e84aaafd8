"""What a removal leaves alone while pips are running, and how long it waits for them.

pip takes no lock and reads an entry in several steps. Removing the entry between two of them can make pip fail:

- An entry that pip revalidates (index pages above all) must still be there when the 304 arrives.
- pip chooses a built wheel when it resolves, and opens it when it installs, minutes later.
- pip reads the two files of an http-v2 entry one after the other; `pipcache_tui.remove.execute` handles that.
- Files written in the last minutes may belong to something a pip is still storing.

While no pip is running, none of this applies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from pipcache_tui.cache.model import LAYOUTS, Entry
from pipcache_tui.remove.running_pips import PipFinder, RunningPip
from pipcache_tui.remove.steps import Waiting
from pipcache_tui.text import format_count

#: younger entries are left alone while a pip is running (seconds)
YOUNG = 600.0
#: how often to look for pips while entries are removed: far less than a pip takes from its start to the cache (seconds)
_LOOK_EVERY = 0.2
#: how often to look while waiting for pips to end (seconds)
_POLL_EVERY = 0.5

FindPips = Callable[[], Sequence[RunningPip]]


@dataclass(frozen=True, slots=True)
class RunningPipPolicy:
    """How a removal treats running pips.

    `wait`: seconds to wait for them to end, before working around them. `force`: ignore them. `look`: finds them; None
    for a `PipFinder` of the plan's roots. `now`, `clock` and `sleep` are replaced in tests.
    """

    wait: float = 60.0
    force: bool = False
    look: FindPips | None = None
    now: Callable[[], float] = field(default=time.time)
    clock: Callable[[], float] = field(default=time.monotonic)
    sleep: Callable[[float], None] = field(default=time.sleep)


class PipMonitor:
    """The running pips. May be asked before each entry: it looks only a few times a second."""

    def __init__(self, policy: RunningPipPolicy, roots: Sequence[str]) -> None:
        self._policy = policy
        self._look: FindPips = policy.look or PipFinder(roots, clock=policy.clock)
        self._pips: tuple[RunningPip, ...] = ()
        self._looked_at: float | None = None

    def pips(self, *, refresh: bool = False) -> tuple[RunningPip, ...]:
        """The pips that ran a moment ago, or with `refresh` now; none under `force`."""
        if self._policy.force:
            return ()
        now = self._policy.clock()
        if refresh or self._looked_at is None or now - self._looked_at >= _LOOK_EVERY:
            self._pips = tuple(self._look())
            self._looked_at = self._policy.clock()
        return self._pips

    def wait(self, stop: Callable[[], bool]) -> Iterator[Waiting]:
        """Wait until no pip is running, the time is up or `stop()` is true."""
        clock = self._policy.clock
        until = clock() + self._policy.wait
        while (pips := self.pips(refresh=True)) and (left := until - clock()) > 0 and not stop():
            yield Waiting(pips, left)
            self._policy.sleep(min(_POLL_EVERY, left))


def why_left_to_pips(entry: Entry, pips: Sequence[RunningPip], now: float) -> str | None:
    """Why an entry stays while these pips are running; None if it can be removed all the same."""
    if entry.kind == "index-page":
        why = "pip may be asking the server about this page"
    elif now - entry.validated < YOUNG:
        why = f"written in the last {YOUNG / 60:.0f} minutes"
    elif LAYOUTS[entry.store].chosen_early and entry.kind != "orphan":
        why = "pip may have chosen it already"
    elif _is_unread(entry) or (entry.response is not None and _asks_server(entry, now)):
        why = "pip may be asking the server about it"
    else:
        return None
    more = f" and {format_count(len(pips) - 1, 'other')}" if len(pips) > 1 else ""
    return f"{why}; left alone for the running pip ({pips[0]}{more})"


def _is_unread(entry: Entry) -> bool:
    """Whether an entry is known by its name and stat alone, so that it may be a page, or anything else."""
    return entry.kind == "other" and entry.response is None and LAYOUTS[entry.store].response is not None


def _asks_server(entry: Entry, now: float) -> bool:
    from pipcache_tui.cache.pip.freshness import forecast
    from pipcache_tui.cache.pip.releases import newest_reading

    reader = newest_reading(entry.store)
    return any(forecast(entry, reader, moment).pip_will == "revalidate" for moment in (now, now + YOUNG))
