"""How soon it starts: `python -m benchmarks.start [--rounds 9]`, against an interpreter that does nothing and pip."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence

from benchmarks.measure import NewestPip, Side, Times, command, in_turn, program, table

#: multiples of `python -c pass`
TARGETS = {"pipcache-tui --version": 5.0}


def measure_start(rounds: int) -> Times:
    """Every side, on a cache with nothing in it."""
    with tempfile.TemporaryDirectory() as folder:
        pip = NewestPip.fetch(os.path.join(folder, "pip"))
        root = os.path.join(folder, "cache")
        os.makedirs(os.path.join(root, "http-v2"))
        memory = {"XDG_CACHE_HOME": os.path.join(folder, "memory")}  # of the Pythons that are here; filled at first
        return in_turn(
            [
                Side("python -c pass", command(sys.executable, "-c", "pass")),
                Side("pipcache-tui --version", command(*program("--version"))),
                Side("pipcache-tui --info", command(*program("--info", "--cache-dir", root), environ=memory)),
                Side("pip cache info", pip.cache(root, "info")),
            ],
            rounds,
        )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args(arguments)
    print(*table("start", measure_start(options.rounds), "python -c pass", TARGETS), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
