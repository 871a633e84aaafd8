"""The steps a removal reports while it runs, and its result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from pipcache_tui.remove.plan import PlannedEntry
from pipcache_tui.remove.running_pips import RunningPip


@dataclass(frozen=True, slots=True)
class Removed:
    """An entry was removed: how many files, and the bytes of allocated blocks this freed."""

    planned: PlannedEntry
    files: int
    freed: int


#: why an entry is skipped that another program has removed meanwhile
ALREADY_GONE = "already gone"


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry was left alone, and why. `files` is above 0 if a part was removed before the reason was seen."""

    planned: PlannedEntry
    why: str
    files: int = 0
    freed: int = 0
    #: another program has removed it since the scan
    gone: bool = False
    #: left for a running pip; a later run can remove it
    to_pips: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """A file of an entry could not be removed: one line, which and why. `files` were removed before it."""

    planned: PlannedEntry
    error: str
    files: int = 0
    freed: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Pips are running; the removal continues when they end, or around them after `seconds_left`."""

    pips: tuple[RunningPip, ...]
    seconds_left: float


@dataclass(frozen=True, slots=True)
class Remark:
    """A message that is about no entry, such as an empty folder that could not be removed."""

    message: str


Outcome: TypeAlias = Removed | Skipped | Failed
RemovalStep: TypeAlias = Outcome | Waiting | Remark


@dataclass(frozen=True, slots=True)
class RemovalResult:
    """Everything a removal did. `freed`: bytes of allocated blocks really freed."""

    removed: tuple[Removed, ...]
    skipped: tuple[Skipped, ...]
    failed: tuple[Failed, ...]
    remarks: tuple[str, ...]
    files_removed: int
    freed: int

    @classmethod
    def of(cls, steps: Iterable[RemovalStep]) -> RemovalResult:
        """Sum up the steps."""
        removed: list[Removed] = []
        skipped: list[Skipped] = []
        failed: list[Failed] = []
        remarks: list[str] = []
        files = freed = 0
        for step in steps:
            match step:
                case Removed():
                    removed.append(step)
                case Skipped():
                    skipped.append(step)
                case Failed():
                    failed.append(step)
                case Remark(message):
                    remarks.append(message)
                    continue
                case Waiting():
                    continue
            files += step.files
            freed += step.freed
        return cls(tuple(removed), tuple(skipped), tuple(failed), tuple(remarks), files, freed)
