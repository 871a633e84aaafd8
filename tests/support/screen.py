"""Made-up entries, and the screen opened on them."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from pipcache_tui.cache import scan
from pipcache_tui.cache.model import Entry, Files, Kind, OwnedFile, Response, Root, Store, pack_stamp
from pipcache_tui.cache.roots import Found
from pipcache_tui.pythons.environments import Environments
from pipcache_tui.remove.execute import carry_out
from pipcache_tui.remove.plan import Plan
from pipcache_tui.remove.running_pip_policy import RunningPipPolicy
from pipcache_tui.remove.steps import RemovalStep
from pipcache_tui.tui.app import PipCacheApp
from pipcache_tui.tui.launch import Launch
from pipcache_tui.tui.widgets.tree_table import TreeTable
from pipcache_tui.workspace import Options, Workspace

NOW = 1_790_000_000.0
DAY = 86400.0
ROOT = "/home/sam/.cache/pip"
#: the keys that lead from the main screen to each of the others
SCREEN_KEYS = {
    "main": (),
    "opened": ("l", "j", "space"),
    "filter": ("slash", "t", "o", "r"),
    "overview": ("o",),
    "prune": ("p",),
    "review": ("ctrl+a", "d"),
    "purge": ("P",),
    "help": ("question_mark",),
}
SIZES = ((60, 20), (80, 24), (120, 40), (250, 70))


def stamp(size: int, inode: int, age: float, unused: float) -> bytes:
    """The stamp of a file of that size, written and read that many seconds ago."""
    used, stored = NOW - unused, NOW - age
    exact = {
        "st_atime_ns": int(used * 1e9),
        "st_ctime_ns": 0,
        "st_mtime_ns": int(stored * 1e9),
        "st_blocks": -(-size // 4096) * 8,
    }
    plain = (0o100600, inode, 1, 1, 1000, 1000, size, int(used), int(stored), 0)
    return pack_stamp(os.stat_result(plain, exact))


def entry(
    number: int,
    project: str | None = "numpy",
    version: str | None = "1.0",
    *,
    size: int = 1000,
    kind: Kind = "wheel",
    store: Store = "http-v2",
    age: float = DAY,
    unused: float = DAY,
    tags: tuple[str, ...] = ("py3-none-any",),
    **more: Any,
) -> Entry:
    """A believable entry; `number` makes its path."""
    name = f"{number:056x}"
    path = f"{store}/{'/'.join(name[:5])}/{name}"
    if kind == "wheel" and project and "filename" not in more:
        more["filename"] = f"{project}-{version}-{tags[0] if tags else 'none'}.whl"
    return Entry(
        root=more.pop("root", ROOT),
        store=store,
        kind=kind,
        files=Files.of(
            OwnedFile(path, stamp(0, 2 * number, age, unused)),
            OwnedFile(f"{path}.body", stamp(size, 2 * number + 1, age, unused)),
        ),
        project=project,
        version=version,
        tags=tags,
        response=more.pop("response", Response(200, cache_control="max-age=365000000", has_etag=True)),
        **more,
    )


def some_entries() -> list[Entry]:
    """Three projects of different make-up, and things of no project."""
    return [
        entry(1, "torch", "2.0", size=900_000_000, age=400 * DAY, tags=("cp311-cp311-linux_x86_64",)),
        entry(2, "torch", "2.1", size=800_000_000, age=20 * DAY, tags=("cp311-cp311-linux_x86_64",)),
        entry(3, "torch", "2.1", size=700_000_000, age=20 * DAY, tags=("cp312-cp312-linux_x86_64",)),
        entry(4, "torch", None, size=50_000, kind="index-page", tags=(), url="https://index.example/simple/torch/"),
        entry(5, "numpy", "1.26", size=18_000_000, age=100 * DAY),
        entry(6, "numpy", "1.26", size=15_000_000, kind="sdist", tags=(), filename="numpy-1.26.tar.gz"),
        entry(7, "six", "1.16", size=11_000, age=3 * DAY),
        entry(8, None, None, size=4_000_000, kind="orphan", tags=(), response=None),
        entry(9, None, None, size=2_000, kind="other", tags=(), url="https://index.example/robots.txt"),
    ]


def launch(**more: Any) -> Launch:
    """What the screen starts from; by default no Python is found and nothing is remembered."""
    options = {name: more.pop(name) for name in ("keep", "no_delete") if name in more}
    workspace = Workspace(Options(pip_version="26.3", remember=False, **options), clock=lambda: NOW)
    workspace.found = more.pop("found", Found((Root(ROOT, "default", True),), (), (), ()))
    workspace.pythons = more.pop("pythons", ())
    workspace.environments = Environments()
    return Launch(workspace, **more)


def scanner_of(entries: Sequence[Entry], batch: int = 100) -> Callable[[], Iterator[scan.ScanEvent]]:
    def scanned() -> Iterator[scan.ScanEvent]:
        for start in range(0, len(entries), batch):
            yield scan.Found(tuple(entries[start : start + batch]))

    return scanned


def remove_now(plan: Plan, stop: Callable[[], bool]) -> Iterator[RemovalStep]:
    """The real removal, blind to pips that happen to run on this machine."""
    return carry_out(plan, RunningPipPolicy(force=True), stop=stop)


def make_app(entries: Sequence[Entry] | None = None, **more: Any) -> PipCacheApp:
    scanner = more.pop("scanner", None)
    if scanner is None and entries is not None:
        scanner = scanner_of(entries)
    remover = more.pop("remover", remove_now)
    monotonic = more.pop("monotonic", itertools.count().__next__)  # each look at the clock is a second later
    return PipCacheApp(launch(**more), scanner, remover, monotonic)


async def settle(pilot: Pilot[None]) -> None:
    """Until the scan, the judge and every pending layout are through."""
    app = pilot.app
    assert isinstance(app, PipCacheApp)
    for _ in range(400):
        await pilot.pause(0.01)
        busy = any(not worker.is_finished for worker in app.workers)
        if not busy and not app.state.scanning and not app.main.busy:
            await pilot.pause()
            return
    raise AssertionError("the screen did not come to rest")


@asynccontextmanager
async def opened(
    entries: Sequence[Entry] | None = None, size: tuple[int, int] = (120, 40), **more: Any
) -> AsyncIterator[Pilot[None]]:
    """The screen at rest after its first scan."""
    made = some_entries() if entries is None and "scanner" not in more else entries
    app = make_app(made, **more)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        yield pilot


def lines(app: PipCacheApp) -> list[str]:
    """What is on the screen, a line of text each."""
    height = app.size.height
    strips = app.screen._compositor.render_strips()
    assert len(strips) == height
    return ["".join(segment.text for segment in strip) for strip in strips]


def text(app: PipCacheApp) -> str:
    return "\n".join(line.rstrip() for line in lines(app))


def names(app: PipCacheApp) -> list[str]:
    """The names of all rows of the table, as they stand."""
    from pipcache_tui.tui.model.columns import label_of

    listing = app.screen.query_one(TreeTable).listing
    assert listing is not None
    return ["  " * listing.depth(row) + label_of(listing, row) for row in range(len(listing))]


def app_of(pilot: Pilot[None]) -> PipCacheApp:
    assert isinstance(pilot.app, PipCacheApp)
    return pilot.app
