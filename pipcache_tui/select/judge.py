"""Everything about an entry that depends on the time, on a pip version, on the Pythons here or on other entries.

A `Judge` is made for one list of entries and one moment. It works out each answer when first asked, and keeps it.
Only what it is given decides: the same entries, time, pip and Pythons give the same answers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from pipcache_tui.cache.disk.access_times import AtimeKeeping
from pipcache_tui.cache.disk.machine import DiskSpace, Machine
from pipcache_tui.cache.model import Entry
from pipcache_tui.cache.pip.freshness import NEWEST_KNOWN_PIP, Forecast, forecast
from pipcache_tui.cache.pip.releases import generation_of
from pipcache_tui.text import format_day, safe_text

if TYPE_CHECKING:
    from pipcache_tui.pythons.environments import Environment, Environments
    from pipcache_tui.pythons.interpreters import Python
    from pipcache_tui.select.superseded import Newer

WHEELS = frozenset({"wheel", "built-wheel"})
#: kinds of which each entry is one version of a project
VERSIONED = frozenset({"wheel", "built-wheel", "sdist", "metadata"})
_USELESS = frozenset({"download-again", "never-read"})
_NAMES_SAID = 6


class Judge:
    """Answers for `entries` as of `now` (seconds since 1970), for a pip of `pip_version` and for `pythons`.

    `pip_version`: by default the newest that the Pythons have, else the newest known. No Pythons: what depends on
    them is not known. Raises ValueError if it is not a pip version.
    """

    def __init__(
        self,
        entries: Iterable[Entry],
        *,
        now: float,
        machine: Machine,
        pip_version: str | None = None,
        pythons: Sequence[Python] = (),
        environments: Callable[[], Environments] | None = None,
    ) -> None:
        self.entries = tuple(entries)
        self.now = now
        self.pip_version = pip_version or newest_pip(pythons)
        self._stores_of_unseen: frozenset[str] = frozenset()
        self._other_pips: dict[str, tuple[Python, ...]] = {}
        if pip_version is None:
            self._stores_of_unseen = generation_of(NEWEST_KNOWN_PIP).stores - generation_of(self.pip_version).stores
            self._other_pips = _by_pip(pythons)
            self._other_pips.pop(self.pip_version, None)
        self.pythons = tuple(pythons)
        self._machine = machine
        self._exists = machine.exists
        #: finds the environments of this machine; asked only where an answer depends on them
        self._environments = environments
        # by id(): hashing an entry costs more than most answers; the entry is kept so that its id stays its own
        self._forecasts: dict[int, tuple[Entry, Forecast]] = {}
        self._by_its_pips: dict[int, tuple[Entry, Forecast]] = {}
        self._accepting: dict[tuple[tuple[str, ...], str | None], tuple[str, ...]] = {}
        self._newer: Newer | None = None
        self._superseded: dict[int, tuple[Entry, str | None]] = {}
        self._keeping: dict[str, AtimeKeeping] = {}
        #: by root: `now` less the day that a mount may blur; infinite where it keeps no times of use
        self._surely_until: dict[str, float] = {}

    def forecast(self, entry: Entry) -> Forecast:
        """What pip will do with it next, and why."""
        known = self._forecasts.get(id(entry))
        if known is None:
            found = forecast(entry, self.pip_version, self.now, pythons=self.pythons, exists=self._exists)
            known = self._forecasts[id(entry)] = (entry, found)
        return known[1]

    def usable(self, entry: Entry) -> bool:
        """Whether a pip may still use it: it is not known to download it again or to never read it."""
        return self._forecast_of_its_pips(entry).pip_will not in _USELESS

    def usable_elsewhere(self, entry: Entry) -> bool:
        """Whether a Python that was not found here may still use it: only the Pythons found say otherwise."""
        return forecast(entry, self.pip_version, self.now, exists=self._exists).pip_will not in _USELESS

    def stale(self, entry: Entry) -> str | None:
        """Why it is stale: its freshness has ended, or pip will download it again or never reads it; else None."""
        expected = self._forecast_of_its_pips(entry)
        if expected.pip_will in _USELESS:
            return expected.why
        if expected.fresh_until is not None and expected.fresh_until <= self.now:
            return f"its freshness ended {format_day(expected.fresh_until)}; {expected.why}"
        return None

    def _forecast_of_its_pips(self, entry: Entry) -> Forecast:
        """As `forecast`, but where that pip has no use for it, as any other pip sees it that has.

        Others are those of the Pythons here, and a newer one where only such a pip can have stored it: what was not
        found, such as a virtual environment that cron doesn't see, is not gone. If a pip was named, only that counts.
        """
        known = self._by_its_pips.get(id(entry))
        if known is None:
            known = self._by_its_pips[id(entry)] = (entry, self._ask_its_pips(entry))
        return known[1]

    def _ask_its_pips(self, entry: Entry) -> Forecast:
        if entry.store in self._stores_of_unseen:
            return forecast(entry, NEWEST_KNOWN_PIP, self.now, pythons=self.pythons, exists=self._exists)
        expected = self.forecast(entry)
        if expected.pip_will in _USELESS:
            for version, pythons in self._other_pips.items():
                other = forecast(entry, version, self.now, pythons=pythons, exists=self._exists)
                if other.pip_will not in _USELESS:
                    return other
        return expected

    def superseded_by(self, entry: Entry) -> str | None:
        """The newest version here that does all this entry can do (see `pipcache_tui.select.superseded`), else None."""
        known = self._superseded.get(id(entry))
        if known is None:
            known = self._superseded[id(entry)] = (entry, self._newer_versions().than(entry))
        return known[1]

    def why_none_superseded(self, entries: Sequence[Entry]) -> str:
        """Why none of these is superseded, in one line."""
        return self._newer_versions().why_none(entries)

    def _newer_versions(self) -> Newer:
        if self._newer is None:
            from pipcache_tui.select.superseded import Newer

            self._newer = Newer(self.entries, self)
        return self._newer

    def compatible_with(self, entry: Entry) -> tuple[str, ...] | None:
        """The names of the Pythons that accept its tags and its Requires-Python; None where that can't be said.

        It can be said of wheels, of source distributions with a Requires-Python, and of the metadata of both.
        """
        known = entry.tags or (entry.requires_python if entry.kind in ("sdist", "metadata") else None)
        if not self.pythons or not known or entry.kind not in VERSIONED:
            return None
        return self.accepting(entry.tags, entry.requires_python)

    def incompatible(self, entry: Entry) -> str | None:
        """Why no Python accepts it; None where one does, or where that can't be said."""
        if self.compatible_with(entry) != ():
            return None
        by_tags = self.accepting(entry.tags, None)
        if not by_tags:
            return f"none of the Pythons here ({self.some_pythons()}) accepts {safe_text(entry.tag_label, 120)}"
        which = "that accepts its tags" if entry.tags else "here"
        required = safe_text(entry.requires_python or "", 80)
        return f"it requires Python {required}, which none {which} is ({_some(by_tags)})"

    def some_pythons(self) -> str:
        """The names of the first few Pythons, and how many more there are."""
        return _some(python.name for python in self.pythons)

    def accepting(self, tags: tuple[str, ...], requires_python: str | None) -> tuple[str, ...]:
        """The names of the Pythons that accept any of the tags (none given: all do) and a Requires-Python."""
        names = self._accepting.get((tags, requires_python))
        if names is None:
            names = tuple(
                dict.fromkeys(python.name for python in self.pythons if python.accepts(tags, requires_python))
            )
            self._accepting[tags, requires_python] = names
        return names

    def installed_in(self, entry: Entry) -> tuple[Environment, ...] | None:
        """The environments that have exactly this version of its project; None where that can't be said."""
        if self._environments is None or entry.kind not in VERSIONED or not (entry.project and entry.version):
            return None
        return self._environments().having(entry.project, entry.version)

    def age(self, entry: Entry) -> float:
        """Seconds since pip stored or last validated it; negative where a file is dated ahead of the clock."""
        return self.now - entry.validated

    def unused(self, entry: Entry) -> float:
        """Seconds since its files were last read, as the files say; `atimes` says how far that can be trusted."""
        return self.now - entry.used

    def unused_for_sure(self, entry: Entry) -> float | None:
        """Seconds it was certainly not read for: a day less where the mount blurs it; None where it keeps none."""
        surely_until = self._surely_until.get(entry.root)
        if surely_until is None:
            keeping = self.atimes(entry)
            surely_until = math.inf if keeping.kept == "never" else self.now - keeping.blur
            self._surely_until[entry.root] = surely_until
        return None if surely_until == math.inf else surely_until - entry.used

    def atimes(self, entry: Entry) -> AtimeKeeping:
        """What the mount that holds the entry does with times of last use."""
        keeping = self._keeping.get(entry.root)
        if keeping is None:
            keeping = self._keeping[entry.root] = self._machine.atimes(entry.root)
        return keeping

    def disk_space(self, entry: Entry) -> DiskSpace:
        """The space of the file system that holds the entry. Raises OSError."""
        return self._machine.disk_space(entry.root)


def _some(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    distinct = list(dict.fromkeys(names))
    more = len(distinct) - _NAMES_SAID
    return ", ".join(distinct[:_NAMES_SAID]) + (f" and {more} more" if more > 0 else "")


def newest_pip(pythons: Iterable[Python]) -> str:
    """The newest pip that any of the Pythons has, else the newest known."""
    from pipcache_tui.pep440 import read_version

    found = [(version, python.pip_version) for python in pythons if (version := read_version(python.pip_version))]
    return max(found)[1] or NEWEST_KNOWN_PIP if found else NEWEST_KNOWN_PIP


def _by_pip(pythons: Iterable[Python]) -> dict[str, tuple[Python, ...]]:
    """The Pythons that have each pip, the newest pip first; those whose pip is not known are in none."""
    from pipcache_tui.pep440 import read_version

    known = [(version, python) for python in pythons if (version := read_version(python.pip_version))]
    found: dict[str, tuple[Python, ...]] = {}
    for _, python in sorted(known, key=itemgetter(0), reverse=True):
        assert python.pip_version is not None
        found[python.pip_version] = (*found.get(python.pip_version, ()), python)
    return found
