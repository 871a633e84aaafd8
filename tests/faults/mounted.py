"""`python -m tests.faults.mounted CASE FOLDER`, in a mount namespace of its own: work on real mounts; told as JSON.

Cases that begin with "command" run the program itself, as a person would.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from pipcache_tui.remove.execute import carry_out
from pipcache_tui.remove.steps import RemovalResult
from tests.faults.test_errors import AROUND_PIPS, fill
from tests.faults.wheelhouse import CACHED, Stock
from tests.support.small_caches import ALONE, Cache, files


def mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


def filled(folder: Path, options: str = "size=2m") -> Cache:
    mount("-t", "tmpfs", "-o", options, "none", str(folder))
    return fill(folder / "pip")


def use_up_inodes(folder: Path) -> None:
    with contextlib.suppress(OSError):
        for number in itertools.count():
            (folder / f"filler{number}").touch()


def use_up_space(folder: Path) -> None:
    with contextlib.suppress(OSError), open(folder / "filler", "wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass


def run_command(*words: str, home: Path) -> None:
    """The program as a process; what it says, and its exit code."""
    environ = {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PIP_CONFIG_FILE": os.devnull,
        "PATH": os.defpath,
    }
    command = [sys.executable, "-m", "pipcache_tui", *words]
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)
    print(json.dumps({"code": ran.returncode, "out": ran.stdout, "err": ran.stderr.splitlines()}))


def command(case: str, folder: Path) -> None:
    stock, home, house = Stock.filled(folder / "pip"), folder / "home", folder / "house"
    house.mkdir()
    home.mkdir()
    flag = f"--cache-dir={stock.place.path}"
    if case == "export, full":
        mount("-t", "tmpfs", "-o", "size=1m", "none", str(house))  # one of the files needs more
        run_command(flag, f"--export={house}", "--no-memory", home=home)
        check_small_house(house)
    elif case == "export, read-only":
        mount("-t", "tmpfs", "-o", "ro", "none", str(house))
        run_command(flag, f"--export={house}", "--no-memory", home=home)
    elif case == "memory, full":
        mount("-t", "tmpfs", "-o", "size=8k,nr_inodes=40", "none", str(home))
        use_up_space(home)
        run_command(flag, "--list", home=home)
    elif case == "memory, read-only":
        mount("-t", "tmpfs", "-o", "ro", "none", str(home))
        run_command(flag, "--list", home=home)
    elif case == "prune, read-only":
        mount("--bind", str(stock.place.path), str(stock.place.path))
        mount("-o", "remount,ro,bind", str(stock.place.path))
        run_command(flag, "--purge", "--yes", "--force", "--no-memory", home=home)
    else:
        assert case == "scan, mounts inside"
        inside = stock.place.path / "http-v2" / "0"
        inside.mkdir(exist_ok=True)
        mount("-t", "tmpfs", "none", str(inside))
        (inside / "theirs.txt").write_bytes(b"theirs")
        wheels = stock.place.path / "wheels"
        wheels.mkdir()
        mount("-t", "tmpfs", "none", str(wheels))
        run_command(flag, "--list", "--no-memory", home=home)


def check_small_house(house: Path) -> None:
    """No file there is half of one."""
    for path in house.iterdir():
        assert path.read_bytes() == CACHED[path.name], path


def main(case: str, folder: Path) -> None:
    if case.startswith("command "):
        command(case.removeprefix("command "), folder)
        return
    if case == "read-only":
        cache = filled(folder)
        plan, policy = cache.plan(), ALONE
        mount("-o", "remount,ro", str(folder))
    elif case == "no inode left":
        cache = filled(folder, "nr_inodes=80")
        plan, policy = cache.plan(), AROUND_PIPS
        use_up_inodes(folder)
    elif case == "no byte left":
        cache = filled(folder, "size=256k")
        plan, policy = cache.plan(), ALONE
        use_up_space(folder)
    else:
        assert case == "another mount inside"
        cache = fill(folder / "pip")
        plan, policy = cache.plan(), ALONE
        metadata = next(path for path in files(cache.folder) if path.startswith("http-v2/") and len(path) > 60)
        leaf = (cache.folder / metadata).parent
        shutil.copytree(leaf, folder / "theirs")
        mount("--bind", str(folder / "theirs"), str(leaf))
    before = files(cache.folder)
    result = RemovalResult.of(carry_out(plan, policy))
    told = {
        "planned": len(plan.entries),
        "removed": len(result.removed),
        "skipped": [skipped.why for skipped in result.skipped],
        "failed": [failed.error for failed in result.failed],
        "remarks": list(result.remarks),
        "gone": sorted(before - files(cache.folder)),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
