"""Removal from file systems that are read-only, full, or mounted over: on real mounts, that this process never sees."""

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
    assert told["skipped"] == ["changed since: another file stands in its place"]
    assert told["removed"] == told["planned"] - 1
    assert len(list((tmp_path / "theirs").iterdir())) == 2
