"""Draw all pictures of the screen: `python -m screenshots.draw [--png] [NAME …]`.

It uses the demo cache, a fixed clock, and fixed values for what differs between disks (blocks, inodes, times of use):
the same code draws the same pictures on every machine. `--png` also draws
them as PNG, with a Chromium that is found or named by CHROMIUM.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipcache_tui.cache import scan
from pipcache_tui.cache.disk.access_times import AtimeKeeping
from pipcache_tui.cache.disk.machine import DiskSpace, Machine
from pipcache_tui.cache.model import Entry, Files, OwnedFile, Root, pack_stamp
from pipcache_tui.cache.roots import Found
from pipcache_tui.demo.http import FILES, INDEX
from pipcache_tui.demo.make import make_demo_cache
from pipcache_tui.pythons.environments import Environments
from pipcache_tui.pythons.interpreters import Python
from pipcache_tui.tui.app import PipCacheApp
from pipcache_tui.tui.launch import Launch
from pipcache_tui.workspace import Options, Workspace

#: 2026-11-21 12:00 UTC
NOW = 1_795_262_400.0
HERE = Path(__file__).parent
_SHOWN_ROOT = "/home/sam/.cache/pip"
_BLOCK = 4096
#: keys after which something is worked out, or another screen comes
_OPENING = ("enter", "o", "p", "d")


@dataclass(frozen=True, slots=True)
class Picture:
    """A screen to draw: its size, its theme, and the keys that lead to it."""

    name: str
    size: tuple[int, int]
    keys: tuple[str, ...] = ()
    theme: str = "pipcache-dark"


PICTURES: tuple[Picture, ...] = (
    Picture("main", (120, 34), ("j", "j", "j", "l", "space", "space", "k", "k")),
    Picture("overview", (120, 34), ("o",)),
    Picture("review", (120, 30), ("p", "space", "down", "space", "down", "down", "space", "enter", "l")),
    Picture("prune", (100, 28), ("p", "space", "down", "space", "down", "down", "space")),
    Picture("details", (150, 36), ("slash", *"numpy", "enter", "l", "j", "j", "j")),
    Picture("light", (120, 34), ("j", "j", "j", "l", "space", "space", "k", "k"), "pipcache-light"),
    Picture("80x24", (80, 24), ("j", "space", "j", "l")),
)


def _python(version: str) -> Python:
    """A Python as a Linux machine has it, with the tags that the demo's wheels know."""
    digits = version.replace(".", "")
    minor = int(version.split(".")[1])
    platforms = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "linux_x86_64")
    tags = {f"cp{digits}-cp{digits}-{platform}" for platform in platforms}
    tags |= {f"cp3{older}-abi3-{platform}" for older in range(2, minor + 1) for platform in platforms}
    tags |= {"py3-none-any", "py2.py3-none-any", f"py{digits}-none-any", f"cp{digits}-none-any"}
    tags |= {f"py3-none-{platform}" for platform in platforms}
    return Python(
        f"/usr/bin/python{version}", f"{version}.1", "cpython", version, frozenset(tags), "26.3", "/usr", "cp", digits
    )


def _plain(entry: Entry, root: str, number: int) -> Entry:
    """An entry as it would be on a disk with blocks of 4 kB that no one else uses."""

    def file(owned: OwnedFile) -> OwnedFile:
        seconds = int(owned.mtime_ns // 10**9)
        exact = {
            "st_mtime_ns": owned.mtime_ns,
            "st_atime_ns": owned.atime_ns,
            "st_ctime_ns": 0,
            "st_blocks": -(-owned.size // _BLOCK) * (_BLOCK // 512),
        }
        status = (0o100600, number, 1, 1, 1000, 1000, owned.size, seconds, seconds, 0)
        return OwnedFile(owned.path, pack_stamp(os.stat_result(status, exact)))

    shown = entry.root.replace(root, _SHOWN_ROOT)
    return entry._replace(root=shown, files=Files.of(*map(file, entry.files)))


def read_demo(folder: str) -> tuple[Entry, ...]:
    """Make the demo cache in a folder that does not exist yet, and read it."""
    demo = make_demo_cache(folder, now=NOW, sparse=True, here=("cp", "311"))
    snapshot = scan.take_snapshot([Root(demo.root, "demo", True)], index_urls=[f"{INDEX}/simple/"], file_hosts=[FILES])
    ordered = sorted(snapshot.entries, key=lambda entry: entry.key)
    return tuple(_plain(entry, demo.root, number) for number, entry in enumerate(ordered, 1))


#: a usual mount and disk, whatever this machine's are
_MACHINE = Machine(
    os.path.exists,
    lambda _: AtimeKeeping("daily", "kept to the day"),
    lambda _: DiskSpace(256 * 10**9, 41 * 10**9),
)


async def draw(picture: Picture, entries: Sequence[Entry]) -> str:
    """The picture as SVG."""

    def scanner() -> Iterator[scan.ScanEvent]:
        yield scan.Found(tuple(entries))

    workspace = Workspace(Options(pip_version="26.3", remember=False), clock=lambda: NOW)
    workspace.found = Found((Root(_SHOWN_ROOT, "default", True),), (), (), ())
    workspace.pythons = (_python("3.11"), _python("3.12"), _python("3.13"))
    workspace.environments = Environments()
    workspace.machine = _MACHINE
    app = PipCacheApp(Launch(workspace, theme=picture.theme), scanner)
    async with app.run_test(size=picture.size) as pilot:
        await _rest(app)
        for key in picture.keys:
            await pilot.press(key)
            if key in _OPENING:
                await _rest(app)
        await _rest(app)
        await pilot.pause(0.3)
        await _rest(app)
        return _stable(app.export_screenshot(title="pipcache-tui"), picture.name)


async def _rest(app: PipCacheApp) -> None:
    """Until nothing is being read, worked out or laid out."""
    for _ in range(1000):
        await asyncio.sleep(0.02)
        settled = app.state.pythons is not None and not app.state.scanning and not app.main.busy
        if settled and all(worker.is_finished for worker in app.workers):
            await asyncio.sleep(0.1)
            return
    raise RuntimeError("the screen does not become idle")


def _stable(svg: str, name: str) -> str:
    """Without the numbers that textual makes up for each picture, and without fonts from elsewhere."""
    svg = re.sub(r"terminal-\d+", f"pipcache-{name}", svg)
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def draw_all(names: Sequence[str] = ()) -> dict[str, str]:
    """All pictures, or those of these names, as SVG."""
    with tempfile.TemporaryDirectory() as folder:
        entries = read_demo(os.path.join(folder, "demo"))
    chosen = [picture for picture in PICTURES if not names or picture.name in names]
    return {picture.name: asyncio.run(draw(picture, entries)) for picture in chosen}


def draw_png(svg: Path) -> None:
    """Draw the same picture as PNG, in the same folder. Raises FileNotFoundError without a Chromium."""
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        raise FileNotFoundError("no Chromium found: set CHROMIUM to its path")
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg.read_text("utf-8"))
    assert box is not None
    width, height = (int(float(number)) + 1 for number in box.groups())
    with tempfile.TemporaryDirectory() as profile:
        quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
        command = (browser, "--headless", "--no-sandbox", "--disable-gpu", *quiet, f"--user-data-dir={profile}")
        target = f"--screenshot={svg.with_suffix('.png')}"
        shape = (f"--window-size={width},{height}", "--default-background-color=00000000")
        done = subprocess.run([*command, *shape, target, svg.as_uri()], capture_output=True, check=False, timeout=120)
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace")[-500:])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(picture.name for picture in PICTURES))
    parser.add_argument("--png", action="store_true", help="draw PNGs as well")
    asked = parser.parse_args(arguments)
    for name, svg in draw_all(asked.names).items():
        path = HERE / f"{name}.svg"
        path.write_text(svg, encoding="utf-8")
        if asked.png:
            draw_png(path)
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
