"""How long filters and rules take over many entries: `python -m benchmarks.select [COUNT]`.

Figures are medians over several runs, in milliseconds of processor time and as ratios to a plain Python loop that
reads one attribute of each entry, measured in turn in the same run: ratios hold anywhere, milliseconds here.
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from email.utils import formatdate
from functools import partial
from hashlib import sha224
from types import SimpleNamespace

from pipcache_tui.cache.disk.access_times import AtimeKeeping
from pipcache_tui.cache.disk.machine import DiskSpace, Machine
from pipcache_tui.cache.model import Entry, Files, Kind, OwnedFile, Response, pack_stamp
from pipcache_tui.pythons.interpreters import Python
from pipcache_tui.quantities import Share
from pipcache_tui.select import budgets, rules
from pipcache_tui.select.expression import Expression, parse_filter, parse_search
from pipcache_tui.select.judge import Judge
from pipcache_tui.select.rule import Rule

NOW = 1_800_000_000.0
DAY = 86400.0
COUNT = 100_000
RUNS = 5
KINDS: tuple[Kind, ...] = ("wheel", "metadata", "index-page", "sdist", "built-wheel")
MACHINE = Machine(lambda _: True, lambda _: AtimeKeeping("daily", ""), lambda _: DiskSpace(10**15, 0))
FILTERS = (
    "size>100MB",
    "kind=wheel,sdist",
    "project=p12*",
    "age>30d",
    "unused>90d",
    "filename~=manylinux",
    "version<2.0",
    "tag=cp311-*",
    "kind=wheel size>1MB age>30d",
    "stored<2026-01-31",
    "pip-will=revalidate",
    "compatible-with=3.11",
    "superseded=yes",
)
SEARCHES = ("p12", "numpy 1.2 kind=wheel")


def make_entries(count: int, seed: int = 0) -> list[Entry]:
    """Entries as a big cache has them: 1 project for 80, wheels with their metadata, pages, sdists, builds."""
    chance = random.Random(seed)
    entries = []
    for number in range(count):
        key = sha224(str(number).encode()).hexdigest()
        folder = "/".join(("http-v2", *key[:5], key))
        kind = chance.choices(KINDS, (45, 30, 12, 8, 5))[0]
        project = f"p{chance.randrange(count // 80 + 1)}"
        version = f"{chance.randrange(4)}.{chance.randrange(12)}.{chance.randrange(4)}"
        minor = chance.choice((8, 9, 10, 11, 12, 13))
        tags = ("py3-none-any",) if chance.random() < 0.5 else (f"cp3{minor}-cp3{minor}-manylinux_2_17_x86_64",)
        stored = NOW - chance.randrange(900) * DAY
        page = kind == "index-page"
        name = f"{project}-{version}-{tags[0]}.whl"
        paths = (
            (f"wheels/{key[:2]}/{key[2:4]}/{key[4:6]}/{key[6:]}/{name}",)
            if kind == "built-wheel"
            else (folder, f"{folder}.body")
        )
        entries.append(
            Entry(
                root="/home/someone/.cache/pip",
                store="wheels" if kind == "built-wheel" else "http-v2",
                kind=kind,
                files=Files.of(*(_file(path, chance, stored) for path in paths)),
                project=project,
                version=None if page else version,
                tags=tags if kind in ("wheel", "built-wheel", "metadata") else (),
                filename=None if page else name,
                requires_python=None if page else chance.choice((None, ">=3.8", ">=3.9", ">=3.10")),
                url=f"https://files.index.example/packages/{key[:2]}/{key[2:4]}/{key[4:]}/{name}",
                url_proof="index-page",
                response=None
                if kind == "built-wheel"
                else Response(
                    200, formatdate(stored, usegmt=True), f"max-age={600 if page else 365000000}", has_etag=True
                ),
            )
        )
    return entries


def _file(path: str, chance: random.Random, stored: float) -> OwnedFile:
    size = int(10 ** chance.uniform(2, 8))
    used = int(min(NOW, stored + chance.randrange(400) * DAY) * 1e9)
    status = SimpleNamespace(
        st_dev=1,
        st_ino=chance.randrange(1 << 40),
        st_size=size,
        st_mtime_ns=int(stored * 1e9),
        st_blocks=-(-size // 512),
        st_atime_ns=used,
        st_nlink=1,
    )
    return OwnedFile(path, pack_stamp(status))  # type: ignore[arg-type]


def make_pythons() -> tuple[Python, ...]:
    def python(minor: int) -> Python:
        tags = {"py3-none-any", f"cp3{minor}-cp3{minor}-manylinux_2_17_x86_64"}
        tags |= {f"cp3{minor}-cp3{minor}-made_up_{number}" for number in range(1200)}
        version = f"3.{minor}"
        return Python("", f"{version}.1", "cpython", version, frozenset(tags), "25.3", "", "cp", f"3{minor}")

    return tuple(python(minor) for minor in (9, 11, 12, 13))


def plain_loop(entries: Sequence[Entry]) -> int:
    """What everything is compared with: a loop that reads one attribute of each entry."""
    count = 0
    for entry in entries:
        if entry.kind == "wheel":
            count += 1
    return count


def cases(entries: Sequence[Entry]) -> Iterator[tuple[str, Callable[[Judge], int]]]:
    """(name, what is measured)"""

    def filtering(expression: Expression) -> Callable[[Judge], int]:
        matches = expression.matches
        return lambda judge: len([entry for entry in entries if matches(entry, judge)])

    def choosing(rule: Rule) -> Callable[[Judge], int]:
        return lambda judge: sum(1 for _ in rule.choose(entries, judge))

    for text in FILTERS:
        yield f"filter {text}", filtering(parse_filter(text))
    for text in SEARCHES:
        yield f"search {text}", filtering(parse_search(text))
    total = sum(entry.size_on_disk for entry in entries)
    for name, rule in {
        "older": rules.older(30 * DAY),
        "unused": rules.unused(90 * DAY),
        "larger": rules.larger(100_000_000),
        "stale": rules.stale(),
        "superseded": rules.superseded(),
        "keep-latest": rules.keep_latest(2),
        "incompatible": rules.incompatible(),
        "orphans": rules.orphans(),
        "max-size": budgets.max_size(total // 2),
        "min-free": budgets.min_free(Share("half", size=total // 2)),
        "purge": rules.everything(),
    }.items():
        yield f"rule {name}", choosing(rule)


def measure(count: int = COUNT, runs: int = RUNS) -> Iterator[tuple[str, int, float, float, float]]:
    """(name, entries chosen, ratio of the first time, ratio of later times, milliseconds of later times).

    The first time is with a judge that was not asked before, the later ones with the same judge again, as when one
    types on.
    """
    entries = make_entries(count)
    pythons = make_pythons()
    gc.collect()
    gc.freeze()
    for name, work in cases(entries):
        plain, first, later = [], [], []
        for _ in range(runs):
            judge = Judge(entries, now=NOW, pythons=pythons, machine=MACHINE)
            plain.append(_seconds(partial(plain_loop, entries))[0])
            ask = partial(work, judge)
            first.append(_seconds(ask)[0])
            seconds, chosen = _seconds(ask)
            later.append(seconds)
        base = statistics.median(plain)
        again = statistics.median(later)
        yield name, chosen, statistics.median(first) / base, again / base, again * 1000


def _seconds(work: Callable[[], int]) -> tuple[float, int]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    print(f"{count:,} entries; × a plain loop over them; medians of {RUNS}")
    print(f"{'what':<42} {'chosen':>8} {'first ×':>9} {'later ×':>9} {'later ms':>9}")
    for name, chosen, first, later, milliseconds in measure(count):
        print(f"{name:<42} {chosen:>8,} {first:>9.1f} {later:>9.1f} {milliseconds:>9.1f}")


if __name__ == "__main__":
    main()
