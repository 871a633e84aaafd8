"""A removal is killed in the middle: the pip that filled the cache installs from what is left, without error."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipcache_tui.cache.model import Root
from pipcache_tui.cache.scan import take_snapshot
from tests.conftest import Figure
from tests.interop.conftest import FilledBy, PipOf
from tests.interop.groups import files_below, groups
from tests.interop.index_server import IndexServer
from tests.interop.pips import GENERATIONS, Generation

REQUIREMENTS = ("purepkg==1.0", "cextpkg", "deppkg", "zipsdist")
REPOSITORY = Path(__file__).parents[2]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such kill")
@pytest.mark.parametrize(("number", "generation"), list(enumerate(GENERATIONS)), ids=str)
def test_pip_installs_from_what_a_killed_removal_left(
    number: int, generation: Generation, copy_by: FilledBy, pip_of: PipOf, index: IndexServer, figure: Figure
) -> None:
    """Each generation at other calls; the second time as though a pip were at work, once all is cached again."""
    filled, pip = copy_by(generation), pip_of(generation)
    kills = 0
    for call, options in ((4 + 5 * number, ()), (8 + 3 * number, ("--around-pips",))):
        words = [sys.executable, "-m", "tests.faults.killed", filled.cache_dir, str(call), *options]
        ended = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        # where much is left to pips at work, all is done before that call
        assert ended.returncode == -signal.SIGKILL or (options and not ended.returncode), ended.stderr
        kills += bool(ended.returncode)
        check_scan(filled.cache_dir)
        pip.install(*REQUIREMENTS, cache_dir=filled.cache_dir, server=index).check()
    figure(f"{kills} kills of a removal, and no install after them failed")


def check_scan(cache_dir: str) -> None:
    """The next scan is true: it has every file that is left, once."""
    snapshot = take_snapshot([Root(cache_dir, "--cache-dir", exists=True)], workers=0)
    owned = sorted(file.path for entry in snapshot.entries for file in entry.files)
    in_stores = {path for paths in groups(cache_dir).values() for path in paths}
    assert owned == sorted(in_stores & set(files_below(cache_dir)))
    assert not snapshot.warnings
