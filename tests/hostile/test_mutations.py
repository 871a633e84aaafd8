"""Entries broken at random: a bounded run of what `python -m tests.hostile.mutate` does at length."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Figure
from tests.hostile import mutate
from tests.hostile.seeds import seeds
from tests.support.hostile_cache import Shelf


@pytest.mark.timeout(120)
def test_five_thousand_broken_entries(tmp_path: Path, figure: Figure) -> None:
    command = [sys.executable, "-m", "tests.hostile.mutate", "--count", "5000", "--keep", str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    assert told.returncode == 0, told.stderr
    assert "tried 5000, crashes 0, hangs 0" in told.stdout
    grown = re.search(r"memory at its peak (\d+) MB", told.stdout)
    assert grown is not None
    assert int(grown.group(1)) < 200
    figure("5,000 broken entries scanned, no crash and no hang")


def test_whole_seeds_are_read_as_what_they_are(tmp_path: Path) -> None:
    """Else breaking them would break nothing."""
    shelf = Shelf(tmp_path)
    for number, seed in enumerate(seeds()):
        mutate.put(shelf, seed, number)
    entries = shelf.scan().entries
    assert len(entries) == len(seeds())
    assert not [entry for entry in entries if entry.kind in ("unreadable", "orphan")]
    assert {entry.project for entry in entries if entry.kind not in ("selfcheck", "other")} == {"demo"}


@pytest.mark.parametrize("mutation", mutate.MUTATIONS)
def test_mutations_change_something_and_take_anything(mutation: mutate.Mutation) -> None:
    chance = random.Random(1)
    data = seeds()[0].second
    assert sum(mutation(data, chance) != data for _ in range(20)) > 15
    for _ in range(50):
        assert isinstance(mutation(b"", chance), bytes)
        assert isinstance(mutation(b"x", chance), bytes)


def test_a_crash_is_counted_traced_to_its_entry_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scan = Shelf.scan

    def crashing(self: Shelf) -> object:
        if any(path.read_bytes() == b"crash" for path in self.folder.rglob("*.body")):
            raise IndexError("as asked")
        return scan(self)

    monkeypatch.setattr(Shelf, "scan", crashing)
    batch = [*seeds()[:5], replace(seeds()[0], second=b"crash")]
    figures = mutate.Figures()
    (tmp_path / "keep").mkdir()
    mutate._scan(batch, tmp_path / "batch", figures, tmp_path / "keep")
    assert (figures.crashes, figures.hangs) == (1, 0)
    assert "IndexError: as asked" in capsys.readouterr().err
    (kept,) = (tmp_path / "keep").iterdir()
    assert [path.read_bytes() for path in kept.rglob("*.body")] == [b"crash"]


def test_a_hang_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shelf, "scan", lambda self: time.sleep(30))
    monkeypatch.setattr(mutate, "_HANGS_AFTER", 1)
    figures = mutate.Figures()
    mutate._scan(seeds()[:1], tmp_path / "batch", figures, None)
    assert (figures.crashes, figures.hangs) == (0, 1)
