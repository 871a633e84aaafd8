"""The judge's answers for the columns, cached by entry, since a page is drawn many times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pipcache_tui.cache.disk.access_times import AtimeKeeping
from pipcache_tui.cache.model import Entry, PipWill
from pipcache_tui.report.describe import unused_age
from pipcache_tui.tui.model.catalog import Catalog
from pipcache_tui.tui.model.tag_text import python_range


class Forecast(Protocol):
    """The part of `pipcache_tui.cache.pip.freshness.Forecast` that the rows need."""

    @property
    def pip_will(self) -> PipWill | None: ...


class Named(Protocol):
    """The part of `pipcache_tui.pythons.interpreters.Python` that the rows need."""

    @property
    def name(self) -> str: ...


class Judging(Protocol):
    """The part of `pipcache_tui.select.judge.Judge` that the rows need."""

    @property
    def pythons(self) -> Sequence[Named]: ...

    def forecast(self, entry: Entry) -> Forecast: ...

    def stale(self, entry: Entry) -> str | None: ...

    def compatible_with(self, entry: Entry) -> tuple[str, ...] | None: ...

    def atimes(self, entry: Entry) -> AtimeKeeping: ...


class Answers:
    """Answers of one judge; a new judge needs new answers. Without a judge nothing is known yet."""

    def __init__(self, judge: Judging | None = None, reasons: Sequence[tuple[str, ...]] = ()) -> None:
        self.judge = judge
        #: why each entry was chosen, by index, where the rows are those of a plan
        self.reasons = reasons
        self._pip_will: dict[int, PipWill | None] = {}
        self._stale: dict[int, bool] = {}
        self._pythons: dict[int, tuple[str, ...] | None] = {}

    def pip_will(self, catalog: Catalog, indices: Sequence[int]) -> tuple[str, int]:
        """What pip will do with most bytes of them ("" where it isn't known), and how many of them are stale."""
        if self.judge is None:
            return "", 0
        stale = 0
        weights: dict[PipWill, int] = {}
        entries, sizes, known = catalog.entries, catalog.sizes, self._pip_will
        for index in indices:
            if index not in known:
                known[index] = self.judge.forecast(entries[index]).pip_will
                self._stale[index] = self.judge.stale(entries[index]) is not None
            answer = known[index]
            stale += self._stale[index]
            if answer is not None:
                weights[answer] = weights.get(answer, 0) + sizes[index] + 1
        if not weights:
            return "", 0
        return max(weights, key=weights.__getitem__), stale

    def accepting(self, catalog: Catalog, indices: Sequence[int]) -> tuple[str, ...] | None:
        """The Pythons that accept any of them, in the judge's order; None where that can't be said of any."""
        if self.judge is None:
            return None
        known = False
        names: set[str] = set()
        for index in indices:
            if index not in self._pythons:
                self._pythons[index] = self.judge.compatible_with(catalog.entries[index])
            answer = self._pythons[index]
            if answer is not None:
                known = True
                names.update(answer)
        if not known:
            return None
        return tuple(python.name for python in self.judge.pythons if python.name in names)

    def pythons(self, catalog: Catalog, indices: Sequence[int]) -> str:
        """`accepting` in words: "3.8–3.13", "none", "" where it can't be said."""
        names = self.accepting(catalog, indices)
        if names is None or self.judge is None:
            return ""
        return python_range(names, [python.name for python in self.judge.pythons]) or "none"

    def unused(self, catalog: Catalog, indices: Sequence[int], seconds: float) -> str:
        """How long ago any of them was read; `seconds` by their files. All are on one mount, as far as this knows."""
        entry = catalog.entries[indices[0]]
        return unused_age(self.judge.atimes(entry), seconds) if self.judge else ""

    def reasons_of(self, indices: Sequence[int]) -> str:
        """Why they were chosen: all reasons if they are the same for all, else what the reasons have in common."""
        if not self.reasons:
            return ""
        seen = {self.reasons[index] for index in indices}
        if len(seen) == 1:
            return "; ".join(next(iter(seen)))
        heads = {_head(reason): None for reasons in sorted(seen) for reason in reasons}
        return ", ".join(heads)


def _head(reason: str) -> str:
    """The reason without details: "stale" from "stale: pip 26.3 never reads http/"."""
    return reason.split(":", 1)[0].split(" (", 1)[0].split(" by ", 1)[0]
