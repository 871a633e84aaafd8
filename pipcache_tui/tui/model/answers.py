"""What the columns ask of the judge, remembered by entry: a page is drawn many times, an answer found once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pipcache_tui.cache.model import Entry, PipWill

MIXED = "mixed"


class Outlook(Protocol):
    @property
    def pip_will(self) -> PipWill | None: ...


class Judging(Protocol):
    """The part of `pipcache_tui.select.judge.Judge` that the rows need."""

    def outlook(self, entry: Entry) -> Outlook: ...

    def compatible_with(self, entry: Entry) -> tuple[str, ...] | None: ...


class Answers:
    """Answers of one judge; made anew when the judge changes. Without a judge every answer is "not known yet"."""

    def __init__(self, judge: Judging | None = None, reasons: Sequence[tuple[str, ...]] = ()) -> None:
        self.judge = judge
        #: why each entry was chosen, by index, where the rows are those of a plan
        self.reasons = reasons
        self._pip_will: dict[int, PipWill | None] = {}
        self._pythons: dict[int, tuple[str, ...] | None] = {}

    def pip_will(self, entries: Sequence[Entry], indices: Sequence[int]) -> str:
        """What pip will do with all of them, "mixed", or "" where it isn't known."""
        if self.judge is None:
            return ""
        seen: set[PipWill] = set()
        for index in indices:
            if index not in self._pip_will:
                self._pip_will[index] = self.judge.outlook(entries[index]).pip_will
            answer = self._pip_will[index]
            if answer is not None:
                seen.add(answer)
                if len(seen) > 1:
                    return MIXED
        return next(iter(seen), "")

    def accepting(self, entries: Sequence[Entry], indices: Sequence[int]) -> tuple[str, ...] | None:
        """The Pythons that accept any of them, in the judge's order; None where that can't be said of any."""
        if self.judge is None:
            return None
        known = False
        names: dict[str, None] = {}
        for index in indices:
            if index not in self._pythons:
                self._pythons[index] = self.judge.compatible_with(entries[index])
            answer = self._pythons[index]
            if answer is not None:
                known = True
                names.update(dict.fromkeys(answer))
        return tuple(names) if known else None

    def pythons(self, entries: Sequence[Entry], indices: Sequence[int]) -> str:
        """`accepting` in words: "3.11 3.12", "none", "" where it can't be said."""
        names = self.accepting(entries, indices)
        if names is None:
            return ""
        return " ".join(names) if names else "none"

    def reasons_of(self, indices: Sequence[int]) -> str:
        """Why they were chosen: of one entry all reasons, of several how many there are where they differ."""
        if not self.reasons:
            return ""
        seen = {self.reasons[index] for index in indices}
        if len(seen) == 1:
            return "; ".join(next(iter(seen)))
        return f"{len(seen)} reasons"
