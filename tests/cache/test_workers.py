from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

#: starts a worker whose only job takes until it is stopped
_PARENT = """
from pipcache_tui.cache import workers
workers._START = "import sys; sys.path[:] = {path!r}; from tests.cache.test_workers import endless; endless()"
with workers.Pool(1) as pool:
    list(pool.run([(0, ("pages", (), ()))]))
"""


def endless() -> None:
    """A worker at a job that does not end; it holds a FIFO open."""
    from pipcache_tui.cache import jobs

    def work(job: jobs.Job) -> jobs.Result:
        del job
        with open(os.environ["BUSY"], "w", encoding="ascii") as busy:
            print("busy", file=busy, flush=True)
            while True:
                signal.pause()

    jobs.do = work
    jobs.main()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
@pytest.mark.timeout(60)
def test_a_worker_at_work_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    busy = tmp_path / "busy"
    os.mkfifo(busy)
    environ = {**os.environ, "PYTHONPATH": os.fspath(Path(__file__).parents[2]), "BUSY": os.fspath(busy)}
    with subprocess.Popen([sys.executable, "-c", _PARENT], env=environ) as parent, open(busy, encoding="ascii") as fifo:
        assert fifo.readline() == "busy\n"
        parent.send_signal(signal.SIGKILL)
        assert fifo.read() == "", "all who had the FIFO open are gone"
