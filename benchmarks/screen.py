"""Measures the screen: `python -m benchmarks.screen [--entries 100000] [--rows 1000000]`.

First paint is given as a ratio to an empty textual program in the same run; filter, sort, group and draw in processor
time of this machine; the waits of the event loop in time on the wall, the best of three runs: another program at work
makes those longer.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import math
import os
import random
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipcache_tui.cache import scan
from pipcache_tui.cache.disk.machine import THIS_MACHINE
from pipcache_tui.cache.model import Entry, Files, OwnedFile, Root, pack_stamp
from pipcache_tui.cache.roots import Found
from pipcache_tui.pythons.environments import Environments
from pipcache_tui.select.expression import parse_search
from pipcache_tui.select.judge import Judge
from pipcache_tui.tui.app import PipCacheApp
from pipcache_tui.tui.launch import Launch
from pipcache_tui.tui.model.answers import Answers
from pipcache_tui.tui.model.catalog import Batch, Catalog
from pipcache_tui.tui.model.groupings import FLAT, GROUPINGS
from pipcache_tui.tui.model.listing import SORT_KEYS, Listing, View
from pipcache_tui.tui.model.session import matching
from pipcache_tui.workspace import Options, Workspace

NOW = 1_795_230_000.0
_SIZE = (120, 40)


@dataclass(frozen=True, slots=True)
class Figure:
    """One promise and what was measured."""

    what: str
    measured: float
    bound: float
    unit: str

    @property
    def kept(self) -> bool:
        return self.measured <= self.bound

    def __str__(self) -> str:
        sign = "ok" if self.kept else "MISSED"
        return f"{self.what:<58} {self.measured:>9.2f} {self.unit:<6} ≤ {self.bound:<6g} {sign}"


def make_entries(count: int, seed: int = 0) -> list[Entry]:
    """Wheels, metadata and pages of `count / 20` projects."""
    chance = random.Random(seed)
    entries = []
    for number in range(count):
        project, version = (
            f"project-{chance.randrange(max(1, count // 20))}",
            f"{chance.randrange(9)}.{chance.randrange(9)}",
        )
        tag = chance.choice(("cp311-cp311-manylinux_2_17_x86_64", "cp312-cp312-macosx_11_0_arm64", "py3-none-any"))
        name, size = f"{number:056x}", int(chance.paretovariate(0.8) * 2000) % 2_000_000_000
        stored = int((NOW - chance.random() * 3e7) * 1e9)
        exact = {"st_atime_ns": stored, "st_ctime_ns": 0, "st_mtime_ns": stored, "st_blocks": -(-size // 4096) * 8}
        stamp = pack_stamp(os.stat_result((0o100600, number, 1, 1, 0, 0, size, 0, 0, 0), exact))
        path = f"http-v2/{name[0]}/{name[1]}/{name[2]}/{name[3]}/{name[4]}/{name}"
        files = Files.of(OwnedFile(path, stamp), OwnedFile(f"{path}.body", stamp))
        url = f"https://files.example/{number}/{project}-{version}-{tag}.whl"
        filename = url.rpartition("/")[2]
        entries.append(Entry("/c", "http-v2", "wheel", files, project, version, (tag,), filename, url=url))
    return entries


def _launch() -> Launch:
    workspace = Workspace(Options(remember=False), clock=lambda: NOW)
    workspace.found, workspace.pythons = Found((Root("/c", "x", True),), (), (), ()), ()
    workspace.environments = Environments()
    return Launch(workspace)


def best(work: Callable[[], object], times: int = 5) -> float:
    """The quickest of some runs, in milliseconds of processor time: what else runs here should not count."""
    found = math.inf
    for _ in range(times):
        started = time.process_time()
        work()
        found = min(found, time.process_time() - started)
    return found * 1000


# ---------------------------------------------------------------------- first paint

_EMPTY = """
import sys
from textual.app import App
class Empty(App[None]):
    def on_ready(self) -> None:
        sys.__stderr__.write("painted"); self.exit()
Empty().run(headless=True, size=(120, 40))
"""
_OURS = """
import sys
from pipcache_tui.cache.model import Root
from pipcache_tui.cache.roots import Found
from pipcache_tui.tui.app import PipCacheApp
from pipcache_tui.tui.launch import Launch
from pipcache_tui.workspace import Workspace
workspace = Workspace()
workspace.found, workspace.pythons = Found((Root("/c", "x", True),), (), (), ()), ()
class Ours(PipCacheApp):
    def on_ready(self) -> None:
        sys.__stderr__.write("painted"); self.exit()
Ours(Launch(workspace)).run(headless=True, size=(120, 40))
"""


def first_paint(times: int = 7) -> Iterator[Figure]:
    """From the start of the interpreter to the first frame, both programs alternately."""
    empty: list[float] = []
    ours: list[float] = []
    for _ in range(times):
        for code, into in ((_EMPTY, empty), (_OURS, ours)):
            started = time.perf_counter()
            with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) as process:
                assert process.stderr is not None
                process.stderr.read(7)
                into.append(time.perf_counter() - started)
                process.kill()
    ratio = statistics.median(ours) / statistics.median(empty)
    yield Figure("first paint, × an empty textual program", ratio, 1.3, "×")
    print(f"  (empty {statistics.median(empty) * 1000:.0f} ms, ours {statistics.median(ours) * 1000:.0f} ms)")


# ---------------------------------------------------------------------- the event loop


async def _stream(entries: list[Entry]) -> list[float]:
    """How long each turn of the event loop kept others waiting, in milliseconds, while entries stream in."""

    def scanned() -> Iterator[scan.ScanEvent]:
        for start in range(0, len(entries), 500):
            yield scan.Found(tuple(entries[start : start + 500]))

    app = PipCacheApp(_launch(), scanned)
    waits: list[float] = []

    async def beat() -> None:
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0.002)
            waits.append((time.perf_counter() - started - 0.002) * 1000)

    async with app.run_test(size=_SIZE) as pilot:
        beating = asyncio.create_task(beat())
        for key in "jjkk":
            await pilot.press(key)
        while app.state.scanning or app.main.busy or len(app.state.catalog) < len(entries):
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
        beating.cancel()
    return waits


def event_loop(entries: list[Entry]) -> Iterator[Figure]:
    runs = [sorted(asyncio.run(_stream(entries))) for _ in range(3)]
    count = f"{len(entries):,}"
    longest = min(waits[-1] for waits in runs)
    yield Figure(f"event loop kept waiting while {count} stream in, at most", longest, 100, "ms")
    yield Figure("… and in 99 of 100 turns", min(waits[int(len(waits) * 0.99)] for waits in runs), 30, "ms")


# ---------------------------------------------------------------------- filter, sort, group, draw


def arranging(entries: list[Entry]) -> Iterator[Figure]:
    catalog = Catalog()
    catalog.add(Batch.of(entries))
    everything = range(len(entries))
    judge = Judge(entries, now=NOW, machine=THIS_MACHINE)
    answers = Answers(judge)
    for text in ("project-1", "size>100MB", "kind=wheel size>1MB", "age>30d 311"):
        expression = parse_search(text)
        took = best(lambda expression=expression: matching(catalog, everything, expression, judge))  # type: ignore[misc]
        yield Figure(f"filter {text!r}", took, 50, "ms")
    for grouping in GROUPINGS:
        took = best(lambda grouping=grouping: Listing.build(catalog, everything, View(grouping), answers), 3)  # type: ignore[misc]
        yield Figure(f"group by {grouping.name}", took, 250, "ms")
    for key in SORT_KEYS:
        view = View(FLAT).sorted_by(key)
        took = best(lambda view=view: Listing.build(catalog, everything, view, answers), 2)  # type: ignore[misc]
        yield Figure(f"sort all by {key}", took, 250, "ms")


async def _page(rows: int) -> float:
    """The median time to draw one page of a listing of that many rows, anywhere in it."""
    few = make_entries(1000)
    catalog = Catalog()
    catalog.add(Batch.of(few))
    listing = Listing.build(catalog, range(len(few)), View(FLAT), Answers())
    listing.rows = listing.rows * (rows // len(few))
    listing.parents = listing.parents * (rows // len(few))
    app = PipCacheApp(_launch(), lambda: iter(()))
    took = []
    async with app.run_test(size=_SIZE) as pilot:
        while app.state.scanning or app.main.busy:
            await pilot.pause(0.02)
        table = app.main.table
        table.display = True
        app.main.query_one("#advice").display = False
        app.main.query_one("#details").display = False
        await pilot.pause()
        table.show(listing, NOW)
        await pilot.pause()
        height = table.size.height
        assert height > 20
        for step in range(40):
            table.move_to(step * rows // 40)
            started = time.process_time()
            for y in range(height):
                table.render_line(y)
            took.append((time.process_time() - started) * 1000)
            await pilot.pause()
    return statistics.median(took)


def page(rows: int) -> Iterator[Figure]:
    yield Figure(f"a page of {rows:,} rows", asyncio.run(_page(rows)), 5, "ms")


def memory(count: int) -> Iterator[Figure]:
    """Memory of entries with their columns and rows."""
    gc.collect()
    tracemalloc.start()
    entries = make_entries(count)
    alone, _ = tracemalloc.get_traced_memory()
    print(f"  (the entries alone: {alone / count / 1000:.2f} kB each)")
    catalog = Catalog()
    catalog.add(Batch.of(entries))
    listing = Listing.build(catalog, range(count), View(FLAT), Answers())
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(listing) == count
    yield Figure("memory an entry, with its row", size / count / 1000, 1, "kB")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()
    figures = []

    def told(some: Iterator[Figure]) -> None:
        for figure in some:
            print(figure, flush=True)
            figures.append(figure)

    told(first_paint())
    told(memory(min(asked.entries, 20_000)))
    entries = make_entries(asked.entries)
    told(event_loop(entries))
    told(arranging(entries))
    told(page(asked.rows))
    return 0 if all(figure.kept for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
