"""The speed table: `python -m benchmarks [--files 200000] [--rounds 5] [--cache DIR …]`, some twenty minutes.

Every row is a ratio to another program on the same tree in the same run, medians; what is measured and how, the
module in its last column says, which makes the row alone as well.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence

from benchmarks import delete, programs, scan, start
from benchmarks.caches import make_big_cache
from benchmarks.measure import Times


def rows(module: str, times: Times, baseline: str, targets: Mapping[str, float]) -> Iterator[str]:
    """A Markdown row a side."""
    base = times.median(baseline)
    for name in times.seconds:
        if name != baseline:
            target = f"≤ {targets[name]:g}" if name in targets else ""
            yield f"| {name} | {times.median(name) / base:.2f} × `{baseline}` | {target} | `{module}` |"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--files", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cache", action="append", default=[], help="also run whole programs on this cache")
    parser.add_argument("--folder", help="where the caches are made: the file system that is measured")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        root = os.path.join(folder, "cache")
        made = make_big_cache(root, options.files)
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        print(f"{made.files:,} files; Python {platform.python_version()}, {platform.system()}, {cores} processors\n")
        print("| what | measured | target | made by `python -m` |\n|---|---|---|---|")
        for cache in (root, *options.cache):
            if cache != root:
                print(f"| on {cache}: | | | |")
            times = programs.measure_programs(os.path.abspath(cache), options.rounds)
            print(*rows("benchmarks.programs", times, programs.YARDSTICK, programs.TARGETS), sep="\n", flush=True)
        times = scan.measure_tree(root, options.rounds)
        print(*rows("benchmarks.scan", times, "du -s", scan.TARGETS), sep="\n", flush=True)
        print(f"| first rows of a scan | {scan.first_rows(root):.0f} ms | ≤ 100 ms | `benchmarks.scan` |", flush=True)
        for name, each, total in scan.memory(root):
            line = f"{each:,.0f} bytes an entry, {total:.0f} MB in all"
            print(f"| memory: {name} | {line} | ≤ 1,500 bytes | `benchmarks.scan` |", flush=True)
        sizes = (options.files // 100, options.files // 10, options.files)
        exponent = scan.growth_exponent(sizes, folder, min(3, options.rounds))
        print(f"| growth of a scan's time with files | exponent {exponent:.2f} | 1 | `benchmarks.scan` |", flush=True)
        delete.age_leftovers(root)
        times = delete.measure_removal(root, folder, options.rounds)
        print(*rows("benchmarks.delete", times, "rm -rf", delete.TARGETS), sep="\n", flush=True)
        times = start.measure_start(max(9, options.rounds))
        print(*rows("benchmarks.start", times, "python -c pass", start.TARGETS), sep="\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
