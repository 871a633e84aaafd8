"""What was tried to lose something, and what was lost: `python -m benchmarks.reliability [--long]`.

Runs the tests that break calls, kill, race, mutate, fuzz and load, and prints a row for each kind: how many cases were
tried, how many lost anything, and the figures the tests told. `--long` raises the bounded ones: 100,000 mutated
entries, 500 rounds of installs under load.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

_LOAD_ROUNDS = "PIPCACHE_TUI_LOAD_ROUNDS"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of trial and the tests that are its cases."""

    name: str
    tests: tuple[str, ...]


KINDS = (
    Kind("every call of a removal made to fail", ("tests/faults/test_errors.py",)),
    Kind("killed at every step", ("tests/faults/test_kills.py", "tests/interop/test_kills.py")),
    Kind("raced: swapped, replaced, linked away", ("tests/faults/test_races.py",)),
    Kind("hostile content, decoders fuzzed", ("tests/hostile",)),
    Kind("real pips installing while prunes run", ("tests/interop/test_under_load.py",)),
    Kind("each era pruned, its pip works on", ("tests/interop/test_prune.py",)),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What running a kind's tests gave."""

    tried: int
    lost: int
    seconds: float
    figures: tuple[str, ...]


def run(kind: Kind, *, processes: int, environ: dict[str, str]) -> Outcome:
    """Run a kind's tests; those that failed lost something."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        told = os.path.join(folder, "told.xml")
        command = (sys.executable, "-m", "pytest", "-q", f"-n{processes}", f"--junitxml={told}", *kind.tests)
        ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        if not os.path.exists(told):
            raise RuntimeError(f"{' '.join(kind.tests)}: {ended.stdout[-2000:]}{ended.stderr[-2000:]}")
        cases = ElementTree.parse(told).getroot().findall(".//testcase")
    lost = sum(1 for case in cases if case.find("failure") is not None or case.find("error") is not None)
    skipped = sum(1 for case in cases if case.find("skipped") is not None)
    figures = tuple(
        f"{case.get('name')}: {told_of.get('value')}"
        for case in cases
        for told_of in case.findall("./properties/property[@name='figure']")
    )
    return Outcome(len(cases) - skipped, lost, time.perf_counter() - started, figures)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 where anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reliability", description=(__doc__ or "").split(":")[0])
    parser.add_argument("--long", action="store_true", help="100,000 mutated entries and 500 rounds under load")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    environ = {**os.environ, **({_LOAD_ROUNDS: "500"} if options.long else {})}
    lost = 0
    print(f"{'what was tried':<42} {'cases':>6} {'lost':>5} {'seconds':>8}")
    for kind in KINDS:
        outcome = run(kind, processes=options.processes, environ=environ)
        lost += outcome.lost
        print(f"{kind.name:<42} {outcome.tried:>6,} {outcome.lost:>5} {outcome.seconds:>8.0f}")
        for figure in outcome.figures:
            print(f"    {figure}")
        sys.stdout.flush()
    count = "100000" if options.long else "5000"
    mutations = subprocess.run((sys.executable, "-m", "tests.hostile.mutate", "--count", count), check=False)
    return 1 if lost or mutations.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
