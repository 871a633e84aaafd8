"""How quick whole programs are: `python -m benchmarks.programs [--files 20000] [--rounds 5] [--cache DIR …]`.

Each command is a program of its own, with nothing remembered ("first") or with the memory of a run before. The
yardstick is the newest pip's own `pip cache info` on the same tree in the same run: it is Python too, walks the same
folders, and names nothing. `--cache` adds a cache made by other code, such as a real one. Nothing is deleted.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence

from benchmarks.caches import make_big_cache
from benchmarks.measure import NewestPip, Side, Times, command, in_turn, program, table

YARDSTICK = "pip cache info"
#: multiples of the yardstick
TARGETS = {
    "first --list": 0.9,
    "first -n --prune-older 30d -q": 0.5,
    "--info": 0.2,
    "-n --prune-older 30d -q": 0.2,
    "-n --prune-stale -q": 0.2,
    "--list --json": 0.5,
}


def measure_programs(root: str, rounds: int, pip: NewestPip | None = None) -> Times:
    """Every command on one tree, alternately."""
    with tempfile.TemporaryDirectory() as folder:
        pip = pip or NewestPip.fetch(os.path.join(folder, "pip"))
        kept, empty = os.path.join(folder, "kept"), os.path.join(folder, "empty")

        def ours(home: str, *words: str) -> Callable[[], object]:
            surroundings = {"XDG_CACHE_HOME": home, "PIPCACHE_TUI_CONFIG": os.devnull}
            return command(*program("--cache-dir", root, *words), environ=surroundings)

        def forget() -> None:
            shutil.rmtree(os.path.join(empty, "pipcache-tui", "scans"), ignore_errors=True)

        older, stale = ("-n", "--prune-older", "30d", "-q"), ("-n", "--prune-stale", "-q")
        for home in (kept, empty):
            ours(home, "--info")()  # the Pythons here are asked once
        return in_turn(
            [
                Side("du -s", command("du", "-s", root)),
                Side(YARDSTICK, pip.cache(root, "info")),
                Side("first --list", ours(empty, "--list"), forget),
                Side("first -n --prune-older 30d -q", ours(empty, *older), forget),
                Side("--info", ours(kept, "--info")),
                Side("-n --prune-older 30d -q", ours(kept, *older)),
                Side("-n --prune-stale -q", ours(kept, *stale)),
                Side("--list --json", ours(kept, "--list", "--json")),
                Side("-n --purge -q", ours(kept, "-n", "--purge", "-q")),
            ],
            rounds,
        )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.programs", description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cache", action="append", default=[], help="a cache made before, instead of a new one")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        roots = options.cache
        if not roots:
            roots = [os.path.join(folder, "cache")]
            make_big_cache(roots[0], options.files)
        for root in roots:
            times = measure_programs(os.path.abspath(root), options.rounds)
            print(*table(root, times, YARDSTICK, TARGETS), sep="\n", flush=True)
            print(*table(f"{root}, processor time", times.of_processor(), YARDSTICK), sep="\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
