"""What a deletion leaves alone while pips are at work, and how long it waits for them.

pip takes no lock and reads an entry in several steps, so a delete between two of them can make it fail:

- An entry pip asks the server about (index pages above all) must still be there when the 304 comes back.
- A built wheel is chosen when pip resolves, and opened when it installs, minutes later.
- The two files of an http-v2 entry are read one after the other; `pipcache_tui.remove.execute` has a way around that.
- What was written in the last minutes may be a part of what a pip is putting together.

Where no pip is seen, none of this holds anything back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from pipcache_tui.cache.model import LAYOUTS, Entry
from pipcache_tui.remove.running_pips import PipFinder, RunningPip
from pipcache_tui.remove.steps import Waiting
from pipcache_tui.text import format_count

#: what was written later than this is left to the pips at work (seconds)
YOUNG = 600.0
#: between two looks for pips while entries go: far less than a pip takes from its start to its first look at the cache
_LOOK_EVERY = 0.2
_POLL_EVERY = 0.5

FindPips = Callable[[], Sequence[RunningPip]]


@dataclass(frozen=True, slots=True)
class RunningPipPolicy:
    """How a deletion minds running pips.

    `wait`: seconds to wait for them to end before going on around them. `force`: as though none were running.
    `look` tells who runs, PipFinder for the plan's roots where it is None.
    """

    wait: float = 60.0
    force: bool = False
    look: FindPips | None = None
    now: Callable[[], float] = field(default=time.time)
    clock: Callable[[], float] = field(default=time.monotonic)
    sleep: Callable[[float], None] = field(default=time.sleep)


class PipMonitor:
    """Who is at work, asked before each entry, looked up a few times a second."""

    def __init__(self, policy: RunningPipPolicy, roots: Sequence[str]) -> None:
        self._policy = policy
        self._look: FindPips = policy.look or PipFinder(roots, clock=policy.clock)
        self._pips: tuple[RunningPip, ...] = ()
        self._looked_at: float | None = None

    def pips(self, *, anew: bool = False) -> tuple[RunningPip, ...]:
        """The pips at work, as of a moment ago, or of now with `anew`; none under `force`."""
        if self._policy.force:
            return ()
        now = self._policy.clock()
        if anew or self._looked_at is None or now - self._looked_at >= _LOOK_EVERY:
            self._pips = tuple(self._look())
            self._looked_at = self._policy.clock()
        return self._pips

    def wait(self, stop: Callable[[], bool]) -> Iterator[Waiting]:
        """Until no pip is at work, the time is over or `stop()` says so."""
        clock = self._policy.clock
        until = clock() + self._policy.wait
        while (pips := self.pips(anew=True)) and (left := until - clock()) > 0 and not stop():
            yield Waiting(pips, left)
            self._policy.sleep(min(_POLL_EVERY, left))


def why_left_to_pips(entry: Entry, pips: Sequence[RunningPip], now: float) -> str | None:
    """Why an entry stays while these pips are at work; None where it can go all the same."""
    if entry.kind == "index-page":
        why = "pip may be asking the server about this page"
    elif now - entry.validated < YOUNG:
        why = f"written in the last {YOUNG / 60:.0f} minutes"
    elif LAYOUTS[entry.store].chosen_early and entry.kind != "orphan":
        why = "pip may have chosen it already"
    elif entry.response is not None and _asks_server(entry, now):
        why = "pip may be asking the server about it"
    else:
        return None
    more = f" and {format_count(len(pips) - 1, 'other')}" if len(pips) > 1 else ""
    return f"{why}; left alone for the pip at work ({pips[0]}{more})"


def _asks_server(entry: Entry, now: float) -> bool:
    from pipcache_tui.cache.pip.freshness import outlook
    from pipcache_tui.cache.pip.releases import newest_reading

    reader = newest_reading(entry.store)
    return any(outlook(entry, reader, moment).pip_will == "revalidate" for moment in (now, now + YOUNG))
