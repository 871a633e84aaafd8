"""`python -m tests.faults.mounted CASE FOLDER`, in a mount namespace of its own: remove from real mounts; as JSON."""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil
import subprocess
import sys
from pathlib import Path

from pipcache_tui.act.remove import Result, carry_out
from tests.act.caches import ALONE, Cache, files
from tests.faults.test_errors import AROUND_PIPS, fill


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


def main(case: str, folder: Path) -> None:
    if case == "read-only":
        cache = filled(folder)
        plan, caution = cache.plan(), ALONE
        mount("-o", "remount,ro", str(folder))
    elif case == "no inode left":
        cache = filled(folder, "nr_inodes=80")
        plan, caution = cache.plan(), AROUND_PIPS
        use_up_inodes(folder)
    elif case == "no byte left":
        cache = filled(folder, "size=256k")
        plan, caution = cache.plan(), ALONE
        use_up_space(folder)
    else:
        assert case == "another mount inside"
        cache = fill(folder / "pip")
        plan, caution = cache.plan(), ALONE
        metadata = next(path for path in files(cache.folder) if path.startswith("http-v2/") and len(path) > 60)
        leaf = (cache.folder / metadata).parent
        shutil.copytree(leaf, folder / "theirs")
        mount("--bind", str(folder / "theirs"), str(leaf))
    before = files(cache.folder)
    result = Result.of(carry_out(plan, caution))
    told = {
        "planned": len(plan.choices),
        "removed": len(result.removed),
        "skipped": [skipped.why for skipped in result.skipped],
        "failed": [failed.error for failed in result.failed],
        "remarks": list(result.remarks),
        "gone": sorted(before - files(cache.folder)),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
