"""The giant that is measured: one entry, proven or not as asked, and small enough here to be exported at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.prove import NAME, main, make_giant
from pipcache_tui.cache.model import Root
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.verify.batch import verify_entries
from pipcache_tui.verify.known_hashes import gather_known_hashes


@pytest.mark.parametrize(("proven", "state"), [(True, "proven"), (False, "consistent")])
def test_the_giant_is_what_it_is_said_to_be(tmp_path: Path, proven: bool, state: str) -> None:
    make_giant(os.fspath(tmp_path), 3_000_000, proven=proven)
    root = Root(os.fspath(tmp_path), "test", exists=True)
    entries = take_snapshot([root], index_urls=["https://index.example/simple/"]).entries
    verdicts = {verdict.entry.filename: verdict for verdict in verify_entries(entries, gather_known_hashes(entries))}
    assert verdicts[NAME].state == state
    assert verdicts[NAME].entry.size > 3_000_000


def test_the_figures_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--gigabytes", "0.003"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("target < 150 MB  met" in line for line in lines) == 4
