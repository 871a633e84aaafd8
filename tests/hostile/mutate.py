"""Whole entries broken at random, and scanned: `python -m tests.hostile.mutate --count 100000`.

Each is a whole entry with bits flipped, cut short, its halves swapped, mixed with another, its numbers made huge.
Printed: how many were tried, how many scans crashed or hung, the peak memory, the slowest scan. A crash is kept in
--keep DIR, alone, so that `pipcache-tui --cache-dir DIR` shows it again.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

from pipcache_tui.demo import formats
from tests.hostile.seeds import Seed, seeds
from tests.support.hostile_cache import Shelf

#: entries scanned together
_BATCH = 500
#: seconds that a batch may take: a hundred times what it does take
_HANGS_AFTER = 60

Mutation = Callable[[bytes, random.Random], bytes]


def flip_bits(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16, 64))):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def flip_near_an_edge(data: bytes, chance: random.Random) -> bytes:
    """As `flip_bits`, where lengths and directories stand: in the first or the last bytes."""
    edge = min(len(data), chance.choice((8, 64, 400)))
    if chance.random() < 0.5:
        return flip_bits(data[:edge], chance) + data[edge:]
    return data[: len(data) - edge] + flip_bits(data[len(data) - edge :], chance)


def cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def cut_the_start(data: bytes, chance: random.Random) -> bytes:
    return data[chance.randrange(len(data) + 1) :]


def swap_halves(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[at:] + data[:at]


def repeat(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    piece = data[start : start + chance.randrange(1, 200)]
    return data[:start] + piece * chance.choice((2, 3, 50, 2000)) + data[start:]


def drop(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start + chance.randrange(1, 64) :]


def overwrite(data: bytes, chance: random.Random) -> bytes:
    """A number put over another, as big or as odd as its width allows."""
    number = chance.choice(
        (b"\xff", b"\x7f\xff", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", bytes(4), b"\xff" * 8, b"\x80")
    )
    number = chance.choice((number, number[::-1]))
    start = chance.randrange(len(data) + 1)
    return data[:start] + number + data[start + len(number) :]


def insert(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + chance.randbytes(chance.randrange(1, 40)) + data[start:]


def splice(data: bytes, chance: random.Random) -> bytes:
    other = chance.choice(seeds())
    donor = chance.choice((other.first, other.second))
    return data[: chance.randrange(len(data) + 1)] + donor[chance.randrange(len(donor) + 1) :]


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits,
    flip_near_an_edge,
    cut,
    cut_the_start,
    swap_halves,
    repeat,
    drop,
    overwrite,
    insert,
    splice,
)


def break_inside(data: bytes, mutation: Mutation, chance: random.Random) -> bytes:
    """The data broken; of what is packed mostly the content, since broken packing hides all that is in it."""
    if chance.random() < 0.2:
        return mutation(data, chance)
    try:
        if data.startswith(b"cc=2,"):
            return b"cc=2," + zlib.compress(mutation(zlib.decompress(data[5:]), chance), 1)
        if data.startswith(b"\x1f\x8b"):
            return gzip.compress(mutation(gzip.decompress(data), chance), 1)
    except (zlib.error, OSError, EOFError):
        pass  # broken before
    return mutation(data, chance)


def mutate(seed: Seed, chance: random.Random) -> Seed:
    """The seed with one or both of its files broken in one to three ways, or with another's second file."""
    parts = {"first": seed.first, "second": seed.second}
    if chance.random() < 0.1:
        return replace(seed, second=chance.choice(seeds()).second)
    if seed.encode is not None and chance.random() < 0.6:
        return replace(seed, first=seed.encode(break_inside(seed.body, chance.choice(MUTATIONS), chance)))
    names = (
        ("first",) if not seed.second else chance.choice((("first",), ("second",), ("second",), ("first", "second")))
    )
    for name in names:
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            parts[name] = break_inside(parts[name], chance.choice(MUTATIONS), chance)
    return replace(seed, first=parts["first"], second=parts["second"])


def put(shelf: Shelf, seed: Seed, number: int) -> None:
    """The files of an entry, under names of its own. All of a batch share a folder, since making folders is slow."""
    name = f"abcde{number:051x}"
    if seed.shape == "pair":
        shelf.write(formats.http_path("http-v2", name), seed.first)
        shelf.write(formats.http_path("http-v2", name, body=True), seed.second)
    elif seed.shape == "single":
        shelf.write(formats.http_path("http", name), seed.first)
    elif seed.shape == "wheel":
        leaf = f"wheels/ab/cd/ef/{number:050x}"
        shelf.write(f"{leaf}/demo-1.0-py3-none-any.whl", seed.second)
        shelf.write(f"{leaf}/origin.json", seed.first)
    elif seed.shape == "selfcheck":
        shelf.write(f"selfcheck/{name}", seed.first)
    else:
        content, content_type = formats.download_names(f"https://index.example/{number}/demo-1.0.tar.gz")
        shelf.write(content, seed.second)
        shelf.write(content_type, seed.first)


@dataclass(slots=True)
class Figures:
    """What a run saw."""

    tried: int = 0
    crashes: int = 0
    hangs: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0


class Hang(BaseException):
    """A scan took far too long. No `except Exception` may take it for damage."""


@contextmanager
def no_longer_than(seconds: int) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def run(count: int, seed: int, folder: Path, keep: Path | None = None) -> Figures:
    """Break and scan so many entries, below `folder`."""
    figures = Figures()
    chance = random.Random(seed)
    while figures.tried < count:
        batch = [mutate(chance.choice(seeds()), chance) for _ in range(min(_BATCH, count - figures.tried))]
        _scan(batch, folder / f"{figures.tried:08}", figures, keep)
        figures.tried += len(batch)
    return figures


def _scan(batch: Sequence[Seed], folder: Path, figures: Figures, keep: Path | None) -> None:
    shelf = Shelf(folder)
    for number, seed in enumerate(batch):
        put(shelf, seed, number)
    started = time.perf_counter()
    try:
        with no_longer_than(_HANGS_AFTER):
            snapshot = shelf.scan()
            figures.kinds.update(entry.kind for entry in snapshot.entries)
    except (Exception, Hang) as error:
        before = (figures.crashes, figures.hangs)
        if len(batch) > 1:
            for number, seed in enumerate(batch):  # each alone, to find whose it is
                _scan([seed], folder.with_name(f"{folder.name}-{number}"), figures, keep)
        if (figures.crashes, figures.hangs) == before:  # one alone, or what only all of them together do
            figures.crashes += not isinstance(error, Hang)
            figures.hangs += isinstance(error, Hang)
            print(f"{batch[0].name} ({batch[0].shape}), {len(batch)} in all:", file=sys.stderr)
            traceback.print_exception(error, limit=-3, file=sys.stderr)
            if keep is not None:
                shutil.copytree(folder, keep / folder.name)
    finally:
        figures.slowest = max(figures.slowest, time.perf_counter() - started)
        shutil.rmtree(folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: 0 when nothing crashed or hung, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.mutate", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=5000, help="entries to break (default: 5000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where to keep what crashed")
    options = parser.parse_args(arguments)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        figures = run(options.count, options.seed, Path(folder), options.keep)
    unit = 1 if sys.platform == "darwin" else 1024
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit
    kinds = ", ".join(f"{count} {kind}" for kind, count in figures.kinds.most_common())
    print(f"tried {figures.tried}, crashes {figures.crashes}, hangs {figures.hangs}")
    print(f"memory at its peak {grown / 1e6:.0f} MB above the start, slowest {_BATCH} entries {figures.slowest:.1f} s")
    print(f"read as: {kinds}")
    print(f"{time.perf_counter() - started:.0f} s with {os.cpu_count()} processors")
    return 1 if figures.crashes or figures.hangs else 0


if __name__ == "__main__":
    sys.exit(main())
