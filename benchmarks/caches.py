"""Big caches to measure on: `python -m benchmarks.caches DIR --files 200000`.

Made of the demo's own projects-and-pages machinery: mostly http-v2, some http/, some built wheels, index pages of tens
to hundreds of kilobytes which list what was fetched among much that was not, and a few bodies of gigabytes that are
holes. The same seed and number of files give the same cache, however many processes write it.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from pipcache_tui.demo import other_entries
from pipcache_tui.demo.http import HttpCache
from pipcache_tui.demo.projects import GIANTS, Project, Release, sdist_forms, wheel_tags
from pipcache_tui.demo.writer import Writer

#: files written by one job; a job's content depends on the seed and its number only
_FILES_A_JOB = 500
#: 2026-11-21: a fixed day, so that two machines measure the same cache
NOW = 1_795_230_000.0
#: the Python that built wheels, whichever makes the cache
_HERE = ("cp", "311")
_PYTHONS = ("cp38", "cp311", "cp312", "cp313")


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: the pip root, its number of files, and how many seconds it took."""

    root: str
    files: int
    seconds: float


def make_big_cache(root: str, files: int, *, seed: int = 0, processes: int | None = None) -> Made:
    """Fill the folder `root`, which must be empty or not exist, with about so many files (never fewer)."""
    started = time.perf_counter()
    os.makedirs(root, exist_ok=True)
    if os.listdir(root):
        raise FileExistsError(f"{root} is not empty")
    jobs = max(1, files // _FILES_A_JOB)
    write = partial(_write_job, root, seed, -(-files // jobs))
    with ProcessPoolExecutor(processes or min(jobs, os.cpu_count() or 1)) as pool:
        written = sum(pool.map(write, range(jobs)))
    return Made(root, written, time.perf_counter() - started)


def _write_job(root: str, seed: int, files: int, job: int) -> int:
    """Write at least so many files; how many it were."""
    writer = Writer(root, NOW, random.Random(f"{seed} {job}"), allocate=False)
    first = HttpCache(writer, never_fetched=(4, 40))
    if job == 0:
        other_entries.add_selfchecks(writer)
        other_entries.add_broken_entries(writer, first)
        for project in GIANTS:
            first.add_giant(project)
            (release,) = project.releases
            old = replace(release, version="1.0", days_ago=1000)  # of the days when a body stood inside its entry
            first.add_giant(replace(project, releases=(old,)))
        first.add_pages()
    number = 0
    while writer.files < files:
        cache = HttpCache(writer, never_fetched=(4, 40))
        cache.add_public(_project(f"made-{job:04}-{number:03}", writer.chance))
        cache.add_pages()
        other_entries.add_built_wheels(writer, cache, _HERE)
        number += 1
    return writer.files


def _project(name: str, chance: random.Random) -> Project:
    """Three to 24 releases of the last years, in a shape that projects have: pure, native, or sdist only.

    So an index page comes on some forty other entries, as it does where a cache has been kept for years.
    """
    shape = chance.choices(("pure", "native", "sdist"), (55, 38, 7))[0]
    releases = []
    days = chance.randrange(1, 300)
    for minor in reversed(range(chance.randrange(3, 25))):
        fetched: tuple[str, ...] = ("py3",)
        if shape == "native":
            fetched = tuple(chance.sample(_PYTHONS, chance.randrange(1, 4)))
        wheels = () if shape == "sdist" else wheel_tags(fetched)
        sdists = sdist_forms(("sdist",)) if shape == "sdist" or chance.random() < 0.04 else ()
        releases.append(Release(f"1.{minor}.0", days, wheels, sdists))
        days += chance.randrange(5, 110)
    # one project in a hundred has wheels of megabytes; hashing bigger ones would take all the time
    size = chance.randrange(1_000_000, 8_000_000) if chance.random() < 0.01 else chance.randrange(500, 60_000)
    return Project(name, size, ">=3.8", tuple(reversed(releases)))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 0 when the cache is made, 2 when something is in the way."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.caches", description=(__doc__ or "").split(":")[0])
    parser.add_argument("folder", metavar="DIR", help="empty or not there yet")
    parser.add_argument("--files", type=int, default=2000, help="at least so many (default: 2000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, help="default: one a processor")
    options = parser.parse_args(arguments)
    try:
        made = make_big_cache(options.folder, options.files, seed=options.seed, processes=options.processes)
    except FileExistsError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{made.files} files in {made.seconds:.1f} s: {made.root}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
