"""File systems that are read-only, full, or mounted over: real mounts, that this process never sees."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
UNSHARE = ["unshare", "--user", "--map-root-user", "--mount"]


def may_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    probe = [*UNSHARE, "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not may_mount(), reason="this system lets no user mount in a namespace of their own")


def removal(case: str, folder: Path) -> dict[str, Any]:
    words = [*UNSHARE, sys.executable, "-m", "tests.faults.mounted", case, str(folder)]
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_read_only(tmp_path: Path) -> None:
    told = removal("read-only", tmp_path)
    assert len(told["failed"]) == told["planned"]
    assert {line.rpartition(": ")[2] for line in told["failed"]} == {"the file system is read-only"}
    assert told["gone"] == []


def test_no_inode_left_for_the_empty_file_under_a_running_pip(tmp_path: Path) -> None:
    """Then the pair stays whole; what needs no such file goes."""
    told = removal("no inode left", tmp_path)
    assert [line.rpartition(": ")[2] for line in told["failed"]] == ["no space left, not even to delete"]
    assert told["removed"] == 2
    assert not [path for path in told["gone"] if path.startswith("http-v2/")]


def test_full(tmp_path: Path) -> None:
    told = removal("no byte left", tmp_path)
    assert told["removed"] == told["planned"]
    assert told["failed"] == told["skipped"] == []


def test_another_file_system_mounted_inside_since(tmp_path: Path) -> None:
    """Its files have the same names, sizes and times."""
    told = removal("another mount inside", tmp_path)
    assert told["skipped"] == ["changed since: another file has its name"]
    assert told["removed"] == told["planned"] - 1
    assert len(list((tmp_path / "theirs").iterdir())) == 2


def command(case: str, folder: Path) -> dict[str, Any]:
    """What the program answered: code, out, err (lines)."""
    return removal(f"command {case}", folder)


def test_an_export_to_a_full_disk_is_one_line(tmp_path: Path) -> None:
    told = command("export, full", tmp_path)
    assert told["code"] == 1
    (line,) = [line for line in told["err"] if line.startswith("pipcache-tui: ")]
    assert line.startswith(f"pipcache-tui: --export: {tmp_path}/house: no space left on device; "), told
    assert line.endswith(" written before, whole")


def test_an_export_to_a_read_only_disk_is_one_line(tmp_path: Path) -> None:
    told = command("export, read-only", tmp_path)
    line = f"pipcache-tui: --export: {tmp_path}/house: read-only file system; 0 files written before, whole"
    assert (told["code"], told["err"]) == (1, [line])


@pytest.mark.parametrize(
    ("case", "words"), [("full", "no space left on device"), ("read-only", "read-only file system")]
)
def test_a_scan_that_can_not_be_remembered_is_whole_and_one_line(tmp_path: Path, case: str, words: str) -> None:
    told = command(f"memory, {case}", tmp_path)
    assert told["code"] == 0
    assert len(told["out"].splitlines()) == 5
    (line,) = told["err"]
    assert line.endswith(f": {words}; the next scan has to read everything again")


def test_a_purge_of_a_read_only_cache_says_so_of_each_and_fails(tmp_path: Path) -> None:
    told = command("prune, read-only", tmp_path)
    assert told["code"] == 1
    failed = [line for line in told["err"] if line.startswith("pipcache-tui: not removed: ")]
    assert len(failed) == 5
    assert all(line.endswith(": the file system is read-only") for line in failed)


def test_mounts_inside_a_cache_are_read_as_folders_are(tmp_path: Path) -> None:
    told = command("scan, mounts inside", tmp_path)
    assert (told["code"], told["err"]) == (0, [])
    assert len(told["out"].splitlines()) == 5
