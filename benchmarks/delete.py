"""How quick removing is: `python -m benchmarks.delete [--files 20000] [--rounds 5] [--cache DIR]`.

Everything in equal copies of one tree goes: with `rm -rf`, with a plan carried out (each file looked at again before
it goes), with the whole command from its start to its report, and with the newest pip's own `pip cache purge`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence

from benchmarks.caches import make_big_cache
from benchmarks.measure import NewestPip, Side, Times, command, in_turn, program, table
from pipcache_tui.cache.model import Root
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.remove.execute import carry_out
from pipcache_tui.remove.plan import Plan, plan_of
from pipcache_tui.remove.running_pip_policy import RunningPipPolicy
from pipcache_tui.remove.steps import RemovalResult

#: multiples of `rm -rf`
TARGETS = {"a plan carried out": 1.15}


class Copies:
    """One tree, copied again before each turn; each turn must remove everything that pip would have written."""

    def __init__(self, template: str, folder: str) -> None:
        self._template = template
        self._root = Root(os.path.join(folder, "copy"), "benchmark", exists=True)
        self._plan: Plan | None = None

    @property
    def path(self) -> str:
        return self._root.path

    def renew(self) -> None:
        subprocess.run(["rm", "-rf", self.path], check=True)
        subprocess.run(["cp", "-a", "--sparse=always", self._template, self.path], check=True)
        os.sync()  # so that writing the copy to disk is not measured

    def renew_and_plan(self) -> None:
        self.renew()
        snapshot = take_snapshot([self._root])
        self._plan = plan_of(snapshot, ((entry, ("benchmark",)) for entry in snapshot.entries))

    def carry_out(self) -> None:
        assert self._plan is not None
        result = RemovalResult.of(carry_out(self._plan, RunningPipPolicy(look=lambda: ())))
        assert result.files_removed == self._plan.files, (result.skipped[:1], result.failed[:1])

    def checked(self, run: Callable[[], object]) -> Callable[[], object]:
        """`run`, then a look at what it left: a tree that is not empty was not removed."""

        def run_and_look() -> None:
            run()
            for store in ("http", "http-v2", "wheels"):
                left = [name for name in _names(os.path.join(self.path, store)) if name != "README.txt"]
                assert not left, f"{store} still has {left[:3]}"

        return run_and_look


def _names(path: str) -> list[str]:
    return os.listdir(path) if os.path.isdir(path) else []


def age_leftovers(root: str) -> int:
    """Make every temporary file old enough to go; the number of files in all."""
    count = 0
    for path, _, names in os.walk(root):
        count += len(names)
        for name in names:
            if name.endswith(".tmp"):
                os.utime(os.path.join(path, name), (0, 0))
    return count


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delete", description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cache", help="a cache made before, which is copied, instead of a new one")
    parser.add_argument("--folder", help="where the copies are made: the file system that is measured")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        template = os.path.join(folder, "template")
        if options.cache is None:
            make_big_cache(template, options.files)
        else:
            subprocess.run(["cp", "-a", "--sparse=always", options.cache, template], check=True)
        files = age_leftovers(template)
        times = measure_removal(template, folder, options.rounds)
        print(*table(f"removing {files:,} files", times, "rm -rf", TARGETS), sep="\n")
    return 0


def measure_removal(template: str, folder: str, rounds: int) -> Times:
    """Every side on copies, made below a folder, of a tree whose leftovers are old enough to go."""
    pip = NewestPip.fetch(os.path.join(folder, "pip"))
    copies = Copies(template, folder)
    purge = program("--purge", "--yes", "--force", "--quiet", "--cache-dir", copies.path)
    return in_turn(
        [
            Side("rm -rf", copies.checked(command("rm", "-rf", copies.path)), copies.renew),
            Side("a plan carried out", copies.checked(copies.carry_out), copies.renew_and_plan),
            Side("pipcache-tui --purge, all of it", copies.checked(command(*purge)), copies.renew),
            Side("pip cache purge", copies.checked(pip.cache(copies.path, "purge")), copies.renew),
        ],
        rounds,
    )


if __name__ == "__main__":
    sys.exit(main())
