"""Prunes run while real pips install from the same cache: no install may fail of it.

20 rounds here. `PIPCACHE_LOAD_ROUNDS=1000 pytest -n0 tests/interop/test_under_load.py` runs the long form.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from pipcache_tui.cache.model import Root
from pipcache_tui.cache.scan import take_snapshot
from tests.conftest import Figure
from tests.interop.conftest import PipOf
from tests.interop.index_server import Authority, IndexServer
from tests.interop.packages import project_files
from tests.interop.pips import NEWEST, Generation, Pip, Run

#: installs, each by a real pip
ROUNDS = int(os.environ.get("PIPCACHE_LOAD_ROUNDS", "20"))
AT_ONCE = 3
#: both stores, pages that are always asked for and pages that are not, all at once in one cache
GENERATIONS = (
    Generation("22.3.1", "3.7"),
    Generation(NEWEST, "3.13"),
    Generation("23.2.1", "3.8"),
    Generation("25.3", "3.12"),
    Generation("23.3.2", "3.9"),
)
REQUIREMENTS = ("purepkg==1.0", "deppkg", "cextpkg", "abipkg", "movedpkg", "zipsdist", "backendpkg")
#: what was written this long ago counts as an hour old (seconds): prunes leave alone what is younger than ten
#: minutes, and a test can't wait for those
SETTLED = 2.0


class Pruner(threading.Thread):
    """Prunes one cache again and again, as a person's cron job would that waits for nobody."""

    def __init__(self, cache_dir: str) -> None:
        super().__init__(daemon=True)
        self._cache_dir = cache_dir
        self._ended = threading.Event()
        self.prunes = 0
        self.counts: Counter[str] = Counter()
        self.errors: list[str] = []

    def run(self) -> None:
        while not self._ended.is_set():
            self._age()
            self.prune("--prune-older", "30min", "--wait", "0s")

    def end(self) -> None:
        self._ended.set()
        self.join()

    def prune(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "pipcache_tui", "--cache-dir", self._cache_dir, "--json", *arguments]
        environ = os.environ | {"XDG_CACHE_HOME": os.path.dirname(self._cache_dir)}
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)
        self.prunes += 1
        if done.returncode == 3 and not self.counts:
            return  # the first pip has not made its cache yet
        if done.returncode:
            self.errors.append(f"exit {done.returncode}: {done.stderr[-2000:]} {done.stdout[-2000:]}")
            return
        result = json.loads(done.stdout)
        for outcome in ("removed", "skipped", "failed"):
            self.counts[outcome] += len(result[outcome]) if isinstance(result[outcome], list) else result[outcome]

    def _age(self) -> None:
        now = time.time()
        for folder, _, names in os.walk(self._cache_dir):
            for name in names:
                path = os.path.join(folder, name)
                with contextlib.suppress(OSError):  # a pip or a prune was quicker
                    status = os.stat(path)
                    if SETTLED < now - status.st_mtime < 1800:
                        os.utime(path, (status.st_atime, status.st_mtime - 3600))


@pytest.mark.timeout(120 + 20 * ROUNDS)
def test_no_install_fails_while_prunes_run(
    pip_of: PipOf, authority: Authority, tmp_path: pathlib.Path, figure: Figure
) -> None:
    cache_dir = str(tmp_path / "pip")
    pips = itertools.cycle([pip_of(generation) for generation in GENERATIONS])
    pruner = Pruner(cache_dir)
    with IndexServer(project_files(), authority=authority) as server, ThreadPoolExecutor(AT_ONCE) as pool:
        install(next(pips), cache_dir, server).check()
        pruner.start()
        runs: list[Future[Run]] = [
            pool.submit(install, pip, cache_dir, server) for pip in itertools.islice(pips, ROUNDS)
        ]
        failed = [run for future in runs if (run := future.result()).returncode]
        pruner.end()
        answers = Counter(int(request.status) for request in server.seen)
    figure(f"{len(runs)} installs, {len(failed)} failed; answers {dict(answers)}")
    figure(f"meanwhile {pruner.prunes} prunes; entries {dict(pruner.counts)}")
    assert [run.output[-3000:] for run in failed] == []
    assert pruner.errors == []
    assert pruner.counts["removed"] >= ROUNDS // 2, pruner.counts
    assert pruner.counts["failed"] == 0
    # no prune left anything half done
    left = take_snapshot([Root(cache_dir, "--cache-dir", True)]).entries
    assert [entry for entry in left if entry.kind in ("unreadable", "orphan", "leftover")] == []


def install(pip: Pip, cache_dir: str, server: IndexServer) -> Run:
    return pip.install(*REQUIREMENTS, cache_dir=cache_dir, server=server)
