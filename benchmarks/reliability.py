"""Attempts to make the program lose data, and what was lost: `python -m benchmarks.reliability [--long]`.

Runs the tests that load, break calls, kill, race and fuzz, and prints a row for each kind: how many trials its tests
reported, how many of its cases lost anything, and the command to repeat the row. 2,000 of the kills and 2,000 of the
races are at random calls of random removals (`--trials`). Takes about half an hour on two processors; `--long` adds
100,000 broken entries, raises the installs under load to 1,000, and sends the demo signals at 40 moments instead of 2.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

_LOAD_ROUNDS = "PIPCACHE_LOAD_ROUNDS"
#: how many random kills, and as many races, tests/faults/test_random.py makes
_TRIALS = "PIPCACHE_TRIALS"
#: how many moments of a demo a signal comes at, for each of three signals
_MOMENTS = "PIPCACHE_MOMENTS"
_COUNT = re.compile(r"[\d,]+")
_RACES = "races or changes_between or another_fills or at_once"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of trial: what is counted, and the arguments that make pytest run its cases."""

    name: str
    counted: str
    tests: tuple[str, ...]

    @property
    def command(self) -> str:
        return shlex.join(("pytest", "-n2", *self.tests))


KINDS = (
    Kind("load held", "installs", ("tests/interop/test_under_load.py",)),
    Kind("faults tried", "calls", ("tests/faults", "-k", f"not kill and not ({_RACES})")),
    Kind("kills survived", "kills", ("tests/faults", "tests/interop/test_kills.py", "-k", "kill")),
    Kind("races won", "races", ("tests/faults", "-k", _RACES)),
    Kind("signals to a demo", "signals", ("tests/demo/test_folder.py",)),
    Kind("inputs fuzzed", "inputs", ("tests/hostile",)),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What running a kind's tests gave."""

    trials: int
    cases: int
    lost: int
    seconds: float
    figures: tuple[str, ...]


def run(kind: Kind, *, processes: int, environ: dict[str, str]) -> Outcome:
    """Run a kind's tests; those that failed lost something."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report.xml")
        command = (sys.executable, "-m", "pytest", "-q", f"-n{processes}", f"--junitxml={report}", *kind.tests)
        ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        if not os.path.exists(report):
            raise RuntimeError(f"{kind.command}: {ended.stdout[-2000:]}{ended.stderr[-2000:]}")
        cases = ElementTree.parse(report).getroot().findall(".//testcase")
    lost = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    skipped = sum(1 for case in cases if case.find("skipped") is not None)
    figures = tuple(
        f"{case.get('name')}: {figure.get('value')}"
        for case in cases
        for figure in case.findall("./properties/property[@name='figure']")
    )
    for case in lost:
        print(f"lost: {case.get('classname')}::{case.get('name')}", file=sys.stderr)
    trials = sum(map(count, figures))
    return Outcome(trials, len(cases) - skipped, len(lost), time.perf_counter() - started, figures)


def count(figure: str) -> int:
    """The number that a figure begins with: "test_x[y]: 1,090 calls failed" → 1090; 0 if it has no number."""
    begins = _COUNT.match(figure.partition(": ")[2])
    return int(begins.group().replace(",", "")) if begins else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 if anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reliability", description=(__doc__ or "").split(":")[0])
    parser.add_argument("--long", action="store_true", help="100,000 more broken entries and 1,000 installs under load")
    parser.add_argument("--trials", type=int, default=2000, help="random kills, and as many races (default 2000)")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--figures", action="store_true", help="also what each test reported")
    options = parser.parse_args(arguments)
    environ = {
        **os.environ,
        _TRIALS: str(options.trials),
        **({_LOAD_ROUNDS: "1000", _MOMENTS: "40"} if options.long else {}),
    }
    lost = 0
    print("| what | trials | cases | lost | seconds | repeat with |")
    print("|---|---:|---:|---:|---:|---|")
    for kind in KINDS:
        outcome = run(kind, processes=options.processes, environ=environ)
        lost += outcome.lost
        print(
            f"| {kind.name} | {outcome.trials:,} {kind.counted} | {outcome.cases:,} | {outcome.lost} "
            f"| {outcome.seconds:.0f} | `{kind.command}` |"
        )
        for figure in outcome.figures if options.figures else ():
            print(f"    {figure}")
        sys.stdout.flush()
    if options.long:
        mutations = subprocess.run((sys.executable, "-m", "tests.hostile.mutate", "--count", "100000"), check=False)
        lost += mutations.returncode != 0
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
