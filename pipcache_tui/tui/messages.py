"""Messages from threads, widgets and screens to the app and the main screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from pipcache_tui.cache.model import Entry
    from pipcache_tui.pythons.interpreters import Python
    from pipcache_tui.remove.plan import Plan
    from pipcache_tui.select.judge import Judge
    from pipcache_tui.tui.model.session import Reading
    from pipcache_tui.verify.examine import Verdict


@dataclass
class Read(Message):
    """A piece of the scan. `run` numbers the scan, so that late pieces of an abandoned scan are ignored."""

    run: int
    reading: Reading


@dataclass
class ScanEnded(Message):
    """The scan has ended; `error` says why if it failed."""

    run: int
    error: str | None = None


@dataclass
class PythonsFound(Message):
    """The Pythons on this machine are known; `error` says why if they are not."""

    pythons: tuple[Python, ...]
    error: str | None = None


class EnvironmentsFound(Message):
    """The environments of this machine are known."""


@dataclass
class Judged(Message):
    """A judge is ready. `serial` numbers the requests, so that only the last one counts."""

    serial: int
    judge: Judge
    #: bytes that can be freed at no cost; None: not all entries are known yet
    reclaimable: int | None = None


@dataclass
class Verified(Message):
    """The verdict on an entry; None: no more follow, because all were checked or verifying was `stopped`."""

    verdict: Verdict | None
    stopped: bool = False


@dataclass
class ReviewWanted(Message):
    """Show a plan in the review."""

    plan: Plan


class RescanWanted(Message):
    """Read the cache again."""


class StopWanted(Message):
    """Stop verifying and exporting."""


@dataclass
class VerifyWanted(Message):
    """Check the content of these entries."""

    entries: Sequence[Entry]


@dataclass
class ExportWanted(Message):
    """Copy the wheels and sdists of these entries to a folder."""

    entries: Sequence[Entry]
    folder: str


@dataclass
class FilterChanged(Message):
    """The text in the filter bar changed."""

    text: str
