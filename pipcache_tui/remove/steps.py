"""What happens while a plan is carried out, step by step, and all of it together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from pipcache_tui.remove.plan import PlannedEntry
from pipcache_tui.remove.running_pips import RunningPip


@dataclass(frozen=True, slots=True)
class Removed:
    """An entry is gone: how many files this removed, and the bytes of blocks given back."""

    planned: PlannedEntry
    files: int
    freed: int


#: why an entry is skipped that another was quicker to remove
ALREADY_GONE = "already gone"


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry was left alone, and why; `files` is not 0 where a part had gone before that was seen."""

    planned: PlannedEntry
    why: str
    files: int = 0
    freed: int = 0
    #: another has removed it since it was shown
    gone: bool = False
    #: a pip at work may need it; a later run takes it
    to_pips: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """A file of an entry could not be removed: one line, what and why. `files` had gone before."""

    planned: PlannedEntry
    error: str
    files: int = 0
    freed: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Pips are at work; the deletion goes on when they end, or around them in `seconds_left`."""

    pips: tuple[RunningPip, ...]
    seconds_left: float


@dataclass(frozen=True, slots=True)
class Remark:
    """Something worth a line that is about no entry, such as an empty folder that could not be removed."""

    message: str


Outcome: TypeAlias = Removed | Skipped | Failed
RemovalStep: TypeAlias = Outcome | Waiting | Remark


@dataclass(frozen=True, slots=True)
class RemovalResult:
    """All that happened. `freed`: bytes of allocated blocks really given back."""

    removed: tuple[Removed, ...]
    skipped: tuple[Skipped, ...]
    failed: tuple[Failed, ...]
    remarks: tuple[str, ...]
    files_removed: int
    freed: int

    @classmethod
    def of(cls, steps: Iterable[RemovalStep]) -> RemovalResult:
        """The steps folded."""
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
