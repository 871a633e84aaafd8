"""How quick a scan is: `python -m benchmarks.scan [--files 200000] [--rounds 5] [--cache DIR]`.

Against `du -s` and the newest pip's own `pip cache info` and `pip cache list` on the same tree, in the same run.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.caches import make_big_cache
from benchmarks.measure import NewestPip, Side, Times, command, in_turn, table
from pipcache_tui.cache.model import Root
from pipcache_tui.cache.scan import scan_roots, take_snapshot

#: multiples of `du -s`; see each side's name
TARGETS = {"first scan, all named": 2.5, "remembered rescan": 1.0}


def measure_tree(root: str, rounds: int) -> Times:
    """Every side on one tree."""
    roots = [Root(root, "benchmark", exists=True)]
    with tempfile.TemporaryDirectory() as memory, tempfile.TemporaryDirectory() as empty:

        def forget() -> None:
            for file in Path(empty).glob("*.scan"):
                file.unlink()

        pip = NewestPip.fetch(os.path.join(empty, "pip"))
        take_snapshot(roots, memory=memory)  # by now a tree just made has been left alone for long enough
        return in_turn(
            [
                Side("du -s", command("du", "-s", root)),
                Side("find -printf", command("find", root, "-printf", "%s\n")),
                Side("pip cache info", pip.cache(root, "info")),
                Side("pip cache list", pip.cache(root, "list")),
                Side("first scan, one process", lambda: take_snapshot(roots, workers=0)),
                Side("first scan, all named", lambda: take_snapshot(roots)),
                Side("first scan, remembering", lambda: take_snapshot(roots, memory=empty), forget),
                Side("remembered rescan", lambda: take_snapshot(roots, memory=memory)),
            ],
            rounds,
        )


def first_rows(root: str) -> float:
    """Milliseconds from the start of a scan to its first batch of entries."""
    started = time.perf_counter()
    events = scan_roots([Root(root, "benchmark", exists=True)])
    next(iter(events))
    elapsed = time.perf_counter() - started
    events.close()  # type: ignore[attr-defined]
    return elapsed * 1000


_MEMORY = """
import sys
from benchmarks.measure import own_peak
from pipcache_tui.cache.model import Root
from pipcache_tui.cache.scan import take_snapshot
before = own_peak()
snapshot = take_snapshot([Root(sys.argv[1], "benchmark", True)], memory=sys.argv[2] or None)
print(len(snapshot.entries), before, own_peak())
"""


def memory(root: str) -> list[tuple[str, float, float]]:
    """(which scan, bytes an entry at the peak beyond what the program itself takes, MB in all)."""
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        for name, kept_in in (("first scan", ""), ("first scan, remembering", folder), ("remembered rescan", folder)):
            words = [sys.executable, "-c", _MEMORY, root, kept_in]
            told = subprocess.run(words, capture_output=True, text=True, check=True)
            entries, before, after = map(int, told.stdout.split())
            measured.append((name, (after - before) / entries, after / 1e6))
    return measured


def growth(sizes: Sequence[int], folder: str, rounds: int) -> list[tuple[int, float]]:
    """(files, seconds in one process) of a cache of each size."""
    points: list[tuple[int, float]] = []
    for size in sizes:
        root = os.path.join(folder, str(size))
        made = make_big_cache(root, size)
        roots = [Root(root, "benchmark", exists=True)]
        times = in_turn([Side("scan", lambda roots=roots: take_snapshot(roots, workers=0))], rounds)  # type: ignore[misc]
        points.append((made.files, times.median("scan")))
        shutil.rmtree(root)
    return points


def exponent_of(points: Sequence[tuple[int, float]]) -> float:
    """Of the power law through the first and the last point: 1 is linear."""
    (first, quick), (last, slow) = points[0], points[-1]
    return math.log(slow / quick) / math.log(last / first)


def growth_exponent(sizes: Sequence[int], folder: str, rounds: int) -> float:
    return exponent_of(growth(sizes, folder, rounds))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scan", description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cache", help="a cache made before, instead of a new one")
    parser.add_argument("--growth", type=int, nargs="*", default=[2_000, 20_000], help="numbers of files")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        root = options.cache or os.path.join(folder, "cache")
        if options.cache is None:
            make_big_cache(root, options.files)
        times = measure_tree(root, options.rounds)
        print(*table(f"scan of {root}", times, "du -s", TARGETS), sep="\n")
        print(f"first rows after {first_rows(root):.0f} ms")
        for name, each, total in memory(root):
            print(f"memory, {name}: {each:,.0f} bytes an entry at the peak (target ≤ 1,500), {total:.0f} MB in all")
        if options.growth:
            points = growth(options.growth, folder, min(3, options.rounds))
            told = ", ".join(f"{files:,} files {seconds * 1e6 / files:.0f} µs each" for files, seconds in points)
            print(f"growth, one process: {told}; exponent {exponent_of(points):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
