"""Code that the benchmarks share: alternate programs in the same run, then print medians and ratios as a table."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Side:
    """One way of doing the job. `prepare` runs before each turn and is not counted."""

    name: str
    run: Callable[[], object]
    prepare: Callable[[], object] | None = None


@dataclass(slots=True)
class Times:
    """Seconds of wall time, and of processor time of this process and its children, a list a side."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    processor: dict[str, list[float]] = field(default_factory=dict)

    def median(self, name: str) -> float:
        return statistics.median(self.seconds[name])

    def of_processor(self) -> Times:
        """The processor time in place of the wall time: what else runs on the machine disturbs it less."""
        return Times(self.processor)


def in_turn(sides: Sequence[Side], rounds: int) -> Times:
    """Run every side once per round, so that other load on the machine affects all of them."""
    times = Times({side.name: [] for side in sides}, {side.name: [] for side in sides})
    for _ in range(rounds):
        for side in sides:
            if side.prepare is not None:
                side.prepare()
            started, before = time.perf_counter(), os.times()
            side.run()
            after = os.times()
            times.seconds[side.name].append(time.perf_counter() - started)
            times.processor[side.name].append(sum(after[:4]) - sum(before[:4]))
    return times


def command(*words: str, environ: Mapping[str, str] | None = None) -> Callable[[], object]:
    """Runs a command, its output thrown away; a failure is an error."""
    surroundings = {**os.environ, **(environ or {})}

    def run() -> object:
        return subprocess.run(words, env=surroundings, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)

    return run


def program(*words: str) -> tuple[str, ...]:
    """The words that start pipcache-tui with the running Python."""
    return (sys.executable, "-m", "pipcache_tui", *words)


@dataclass(frozen=True, slots=True)
class NewestPip:
    """The newest pip of the index that pip is set to use, in a folder of its own, run by this Python."""

    folder: str
    version: str

    @classmethod
    def fetch(cls, folder: str) -> NewestPip:
        """Install it there; raises CalledProcessError where no index can be reached."""
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", folder, "pip"]
        subprocess.run(install, check=True, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
        asked = [sys.executable, "-m", "pip", "--version"]
        done = subprocess.run(
            asked, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": folder}
        )
        return cls(folder, done.stdout.split()[1])

    def cache(self, root: str, *words: str) -> Callable[[], object]:
        """Runs `pip cache …` on a root."""
        quiet = {"PYTHONPATH": self.folder, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        return command(sys.executable, "-m", "pip", "--cache-dir", root, "cache", *words, environ=quiet)


def table(title: str, times: Times, baseline: str, targets: Mapping[str, float] | None = None) -> list[str]:
    """Lines: each side's median as a multiple of the baseline's, and its target where it has one."""
    base = times.median(baseline)
    lines = [f"{title} (medians; 1.00 = {baseline}, {base * 1000:.0f} ms here)"]
    width = max(map(len, times.seconds))
    for name in times.seconds:
        ratio = times.median(name) / base
        target = (targets or {}).get(name)
        verdict = "" if target is None else f"   target ≤ {target:.2f}  {'met' if ratio <= target else 'MISSED'}"
        lines.append(f"  {name.ljust(width)}  {ratio:7.2f}{verdict}")
    return lines


def peak_memory_of(words: Sequence[str]) -> int:
    """The largest resident size a command reached, in bytes, its children's included one by one."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    return int(done.stdout) * (1 if sys.platform == "darwin" else 1024)


def own_peak() -> int:
    """The largest resident size this process reached, in bytes."""
    try:  # Linux lets `ru_maxrss` of a new process begin at its parent's
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
