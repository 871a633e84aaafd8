"""What is remembered, on a disk that fails and in a process that is killed: true, or not there."""

from __future__ import annotations

import errno
import itertools
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from pipcache_tui.cache.memory import scans
from pipcache_tui.cache.model import Entry
from pipcache_tui.cache.table import Table
from pipcache_tui.verify.batch import verify_entries
from pipcache_tui.verify.examine import Verdict
from tests.conftest import Figure
from tests.faults.system import watched_everywhere
from tests.faults.test_errors import ERRORS
from tests.faults.wheelhouse import Stock
from tests.support.small_caches import tree

FAILURES = tuple(number for number in ERRORS if number != errno.ENOTDIR)


class Remembering:
    """Runs of one cache that remember in one folder, told what they must say."""

    def __init__(self, folder: Path) -> None:
        self.stock = Stock.filled(folder / "pip")
        self.memory = folder / "memory"
        self.entries = self.stock.place.scan(workers=1).entries
        self.truth = self.bare(self.entries)

    @staticmethod
    def bare(entries: Iterable[Entry]) -> list[tuple[object, ...]]:
        """All that is told of entries but when they were last read, which a test does too."""
        return sorted(
            (each.id, each.kind, each.project, each.version, each.tags, each.url, each.size, each.stored, each.problems)
            for each in entries
        )

    def scan(self) -> tuple[list[tuple[object, ...]], tuple[str, ...]]:
        found = self.stock.place.scan(workers=1, memory=os.fspath(self.memory))
        return self.bare(found.entries), found.warnings

    def verify(self) -> list[Verdict]:
        memory = os.fspath(self.memory)
        return list(verify_entries(self.stock.entries, self.stock.known_hashes, workers=1, memory=memory))

    def keep(self) -> None:
        """Write what was found, and nothing else."""
        scans.keep(os.fspath(self.memory), os.fspath(self.stock.place.path), Table(self.entries), (), {})


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Remembering]:
    yield Remembering(tmp_path)


@pytest.mark.parametrize("before", ["nothing", "another scan"])
def test_writing_fails_at_every_call(runs: Remembering, before: str, figure: Figure) -> None:
    """The scan is the same; one line tells, or nothing was lost; and the next one says the same."""
    tried = told = 0
    for number in FAILURES:
        for at in itertools.count():
            _prepare(runs, before)

            def fail(index: int, _: str, at: int = at, number: int = number) -> None:
                if index == at:
                    raise OSError(number, os.strerror(number))

            with watched_everywhere(fail) as system:
                try:
                    runs.keep()
                except OSError as error:
                    assert error.errno in (number, errno.EEXIST)
                    told += 1
            case = f"{errno.errorcode[number]} from call {at}"
            assert at >= len(system.made) or system.made[at] == "unlink" or not _temporary(runs), case
            assert runs.scan()[0] == runs.truth, case
            if len(system.made) <= at:
                break
            tried += 1
        assert at > 5, "every call was reached"
    assert told > 20
    figure(f"{tried} calls of writing a memory failed in turn: every scan after it true")


@pytest.mark.parametrize("number", FAILURES, ids=errno.errorcode.get)
def test_reading_fails_at_every_call(runs: Remembering, number: int, figure: Figure) -> None:
    """What can't be read is not remembered; the scan reads the cache instead, or tells what it could not read."""
    runs.keep()
    tried = 0
    for at in itertools.count():

        def fail(index: int, _: str, at: int = at) -> None:
            if index == at:
                raise OSError(number, os.strerror(number))

        with watched_everywhere(fail) as system:
            memory = scans.recall(os.fspath(runs.memory), os.fspath(runs.stock.place.path))
        if len(system.made) <= at:
            assert len(memory.table)
            break
        tried += 1
    assert tried >= 3
    figure(f"{tried} calls of reading a memory failed in turn: none made it raise")


def _prepare(runs: Remembering, before: str) -> None:
    for path in runs.memory.iterdir() if runs.memory.exists() else ():
        path.unlink()
    if runs.memory.exists():
        runs.memory.rmdir()
    if before != "nothing":
        scans.keep(os.fspath(runs.memory), os.fspath(runs.stock.place.path), Table(runs.entries[:1]), ("other",), {})


def _temporary(runs: Remembering) -> list[Path]:
    return sorted(runs.memory.glob("*.tmp")) if runs.memory.exists() else []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork to have a process to kill")
@pytest.mark.parametrize("what", ["a scan's memory", "verdicts", "a whole scan"])
def test_killed_at_every_call(runs: Remembering, what: str, figure: Figure) -> None:
    """Afterwards the old memory or the new one is there, never half of one: the next run is true."""
    deed = {"a scan's memory": runs.keep, "verdicts": runs.verify, "a whole scan": runs.scan}[what]
    verdicts = [(verdict.entry.id, verdict.state) for verdict in runs.verify()]
    cached = tree(runs.stock.place.path)
    kills = left = 0
    for moment in ("before", "after"):
        for at in itertools.count():
            _prepare(runs, "another scan" if at % 2 else "nothing")
            sys.stdout.flush()
            pid = os.fork()
            if pid == 0:

                def kill(index: int, _: str, at: int = at) -> None:
                    if index == at:
                        os.kill(os.getpid(), signal.SIGKILL)

                try:
                    with watched_everywhere(**{moment: kill}):
                        deed()
                finally:
                    os._exit(0)
            if not os.WIFSIGNALED(os.waitpid(pid, 0)[1]):
                assert at > 5, "every call was reached"
                break
            left += bool(_temporary(runs))
            case = f"killed {moment} call {at}"
            entries, warnings = runs.scan()
            assert (entries, warnings) == (runs.truth, ()), case
            assert [(verdict.entry.id, verdict.state) for verdict in runs.verify()] == verdicts, case
            assert runs.scan()[0] == runs.truth, case
            kills += 1
    assert tree(runs.stock.place.path) == cached
    assert left > 2, "it was killed in the middle of a file"
    scans.forget(os.fspath(runs.memory))
    assert not _temporary(runs), "--forget takes what a kill left"
    figure(f"{kills} kills of {what}: every next scan and verification true")
