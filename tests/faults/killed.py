"""`python -m tests.faults.killed ROOT CALL [--around-pips]`: remove all of a cache, killed before that call."""

from __future__ import annotations

import argparse
import os
import signal
import time

from pipcache_tui.cache.model import Root
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.remove.execute import carry_out
from pipcache_tui.remove.plan import plan_of
from pipcache_tui.remove.running_pip_policy import RunningPipPolicy
from pipcache_tui.remove.running_pips import RunningPip
from tests.faults.system import watched


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("call", type=int)
    parser.add_argument("--around-pips", action="store_true")
    options = parser.parse_args()
    tomorrow = time.time() + 86400  # when nothing is too young to go
    pips = (RunningPip(7, "pip install six"),) if options.around_pips else ()
    policy = RunningPipPolicy(wait=0, look=lambda: pips, now=lambda: tomorrow, sleep=lambda _: None)
    snapshot = take_snapshot([Root(options.root, "--cache-dir", exists=True)], workers=0)
    plan = plan_of(snapshot, [(entry, ("all",)) for entry in snapshot.entries], now=tomorrow)

    def kill(index: int, _: str) -> None:
        if index == options.call:
            os.kill(os.getpid(), signal.SIGKILL)

    with watched(kill):
        for _ in carry_out(plan, policy):
            pass


if __name__ == "__main__":
    main()
