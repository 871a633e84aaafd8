"""The decoders under coverage-guided fuzzing, as long as one likes.

`pip install -e .[fuzz]`, then `python -m tests.hostile.fuzz_atheris --seconds 600` for all of them in turn, or with
names of decoders for some. What a run learns is kept in --corpus DIR and used by the next. Prints a line for each
decoder: how many inputs were tried, and whether one broke it (that one is kept beside the corpus).
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

_TRIED = re.compile(r"^#(\d+)\s", re.MULTILINE)
_STATISTICS = re.compile(r"number_of_executed_units:\s*(\d+)")


def fuzz(name: str, arguments: Sequence[str]) -> None:
    """Run one decoder under libFuzzer with its own arguments; ends the process."""
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]

    with atheris.instrument_imports(include=["pipcache_tui.cache", "pipcache_tui.select", "zipfile", "tarfile"]):
        from tests.hostile.decoders import DECODERS

    decoder = DECODERS[name]
    atheris.Setup([f"fuzz-{name}", *arguments], decoder)
    atheris.Fuzz()


def run(name: str, seconds: int, corpus: Path) -> tuple[int, str]:
    """Fuzz one decoder in a process of its own: how many inputs it took, and what broke it, if anything."""
    from tests.hostile.decoders import examples

    folder = corpus / name
    folder.mkdir(parents=True, exist_ok=True)
    for number, example in enumerate(examples(name)):
        (folder / f"whole-{number}").write_bytes(example)
    limits = [f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=1500", "-max_len=20000"]
    command = [sys.executable, "-m", "tests.hostile.fuzz_atheris", "--inside", name, "--"]
    told = subprocess.run(
        [*command, str(folder), *limits, f"-artifact_prefix={corpus}/{name}-", "-print_final_stats=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    tried = _STATISTICS.search(told.stdout)
    count = int(tried.group(1)) if tried else max((int(number) for number in _TRIED.findall(told.stdout)), default=0)
    return count, "" if told.returncode == 0 else told.stdout[-3000:]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: 0 when nothing broke, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.fuzz_atheris")
    parser.add_argument("names", nargs="*", help="decoders (default: all)")
    parser.add_argument("--seconds", type=int, default=60, help="for each (default: 60)")
    parser.add_argument("--corpus", type=Path, help="where inputs are kept (default: nowhere)")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options, rest = parser.parse_known_args(arguments)
    if options.inside:
        fuzz(options.inside, [*options.names, *rest])
        return 0
    from tests.hostile.decoders import DECODERS

    unknown = set(options.names) - set(DECODERS)
    if unknown:
        parser.error(f"no such decoder: {', '.join(sorted(unknown))}; there are {', '.join(DECODERS)}")
    if importlib.util.find_spec("atheris") is None:
        parser.error("atheris is not installed here: pip install -e '.[fuzz]'")
    total = broken = 0
    with tempfile.TemporaryDirectory() as temporary:
        corpus = (options.corpus or Path(temporary)).absolute()
        for name in options.names or DECODERS:
            count, trouble = run(name, options.seconds, corpus)
            total += count
            broken += bool(trouble)
            print(f"{name}: {count:,} inputs, {'BROKEN' if trouble else 'whole'}", flush=True)
            if trouble:
                print(trouble, file=sys.stderr)
    print(f"all: {total:,} inputs in {options.seconds} s each, {broken} of {len(options.names or DECODERS)} broken")
    return 1 if broken else 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    sys.exit(main())
