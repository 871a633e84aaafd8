"""What verifying and exporting a body of gigabytes costs: `python -m benchmarks.prove [--gigabytes 2] [--rounds 1]`.

The body stands inside its entry, as pips up to 23.2 kept it. Times are multiples of `sha256sum` over the same file, in
the same run; the largest resident size of each command must stay below the bound for any size of the body.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.measure import Side, command, in_turn, peak_memory_of, program, table
from pipcache_tui.demo import formats, packages
from pipcache_tui.demo.blob import Blob

#: the largest resident size a command may reach (bytes)
BOUND = 150_000_000
_HEADERS = {"Date": "Sat, 21 Nov 2026 03:00:00 GMT", "Content-Type": "application/octet-stream"}
FILES = "https://files.index.example"
NAME = "giant-1.0-py3-none-any.whl"


def make_giant(root: str, size: int, *, proven: bool) -> str:
    """A wheel of so many bytes (a hole, mostly) as the one entry of `http/`; gives the entry's file.

    `proven`: a cached index page gives its URL, with the hash; otherwise it must be unpacked, file by file.
    """
    wheel = packages.make_wheel_blob("giant", "1.0", padding=size)
    digest = wheel.hex_digest("blake2b-256")
    url = f"{FILES}/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{NAME}" if proven else f"{FILES}/x/{NAME}"
    if proven:
        page = packages.index_page_html("giant", [packages.Listed(NAME, url)])
        _write(root, "https://index.example/simple/giant/", Blob((page,)), "text/html")
    return _write(root, url, wheel, "application/octet-stream")


def _write(root: str, url: str, body: Blob, content_type: str) -> str:
    path = os.path.join(root, formats.http_path("http", formats.cache_key(url)))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    response = formats.Stored({**_HEADERS, "Content-Type": content_type}, body)
    formats.encode_cc4_blob(response, inside=True, keys=formats.KEYS_TO_23_2).write(path)
    return path


def measure(size: int, rounds: int) -> bool:
    """Print all figures; whether every command stayed below the bound."""
    kept = True
    for proven in (True, False):
        with tempfile.TemporaryDirectory(prefix="pipcache-tui-prove-") as folder:
            root, house = os.path.join(folder, "pip"), os.path.join(folder, "wheelhouse")
            file = make_giant(root, size, proven=proven)
            ours = {
                "--verify": program("--cache-dir", root, "--no-memory", "--verify"),
                "--export": program("--cache-dir", root, "--no-memory", "--export", house),
            }
            sides = [Side("sha256sum", _digester(file))]
            sides += [Side(name, command(*words), partial(_clear, house)) for name, words in ours.items()]
            how = "proven by its URL" if proven else "unpacked file by file"
            print("\n".join(table(f"{size / 1e9:.1f} GB in one entry, {how}", in_turn(sides, rounds), "sha256sum")))
            for name, words in ours.items():
                _clear(house)
                peak = peak_memory_of(words)
                kept = kept and peak < BOUND
                verdict = "met" if peak < BOUND else "MISSED"
                print(f"  {name} at most {peak / 1e6:.0f} MB of memory   target < {BOUND / 1e6:.0f} MB  {verdict}")
    return kept


def _digester(path: str) -> Callable[[], object]:
    if shutil.which("sha256sum"):
        return command("sha256sum", path)

    def digest() -> str:
        with open(path, "rb") as file:
            running = hashlib.sha256()
            while piece := file.read(1 << 20):
                running.update(piece)
        return running.hexdigest()

    return digest


def _clear(folder: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=1)
    chosen = parser.parse_args(arguments)
    return 0 if measure(int(chosen.gigabytes * 1e9), chosen.rounds) else 1


if __name__ == "__main__":
    sys.exit(main())
