"""As another user than the cache's, and as root in another's home: what is not ours to delete stays, and is told."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.wheelhouse import Stock
from tests.support.small_caches import tree

NOBODY = 65534
pytestmark = [
    pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can become another user"),
    pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv (util-linux) to become another user"),
]


@pytest.fixture
def home() -> Iterator[Path]:
    """A home outside pytest's own folder, which no other user may enter."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def start(home: Path, *words: str, uid: int | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    become = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"] if uid is not None else []
    return subprocess.run(
        [*become, sys.executable, "-m", "pipcache_tui", *words],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": os.devnull, **environ},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def give(folder: Path, uid: int) -> None:
    os.chown(folder, uid, uid)
    for path in folder.rglob("*"):
        os.chown(path, uid, uid, follow_symlinks=False)


@pytest.fixture
def may_run(home: Path) -> None:
    if start(home, "--version", uid=NOBODY).returncode:
        pytest.skip("the Python here lies where another user can't reach it")


def test_another_user_deletes_nothing_from_a_cache_of_root(home: Path, may_run: None) -> None:
    """It can be read; each entry that can't go has its line."""
    stock = Stock.filled(home / "pip")
    before = tree(stock.place.path)
    answer = start(home, f"--cache-dir={stock.place.path}", "--purge", "--yes", "--force", "--no-memory", uid=NOBODY)
    assert answer.returncode == 1
    failed = [line for line in answer.stderr.splitlines() if line.startswith("pipcache-tui: not removed: ")]
    assert len(failed) == 5
    assert all("permission" in line or "not permitted" in line for line in failed)
    assert tree(stock.place.path) == before


def test_another_user_is_told_what_can_not_be_read(home: Path, may_run: None) -> None:
    stock = Stock.filled(home / "pip")
    for path in stock.place.path.rglob("*"):
        if path.is_file():
            path.chmod(0o600)  # as pip writes them
    before = tree(stock.place.path)
    answer = start(home, f"--cache-dir={stock.place.path}", "--verify", "--no-memory", uid=NOBODY)
    assert answer.returncode == 1
    assert answer.stdout.count("permission denied") == 5
    stock.place.path.chmod(0o700)
    answer = start(home, f"--cache-dir={stock.place.path}", "--list", "--no-memory", uid=NOBODY)
    assert answer.returncode == 3
    assert answer.stdout == ""
    assert answer.stderr.count("\n") == 1
    assert "permission denied" in answer.stderr
    assert tree(stock.place.path) == before


@pytest.mark.parametrize(
    "words",
    [
        ("--list",),
        ("--verify",),
        ("--prune-larger", "100kB", "--force"),
        ("--purge", "--yes", "--force"),
        ("--forget",),
    ],
    ids=" ".join,
)
def test_root_in_the_home_of_another_leaves_nothing_of_its_own(home: Path, words: tuple[str, ...]) -> None:
    """As under sudo, which may keep HOME."""
    (home / ".cache").mkdir()
    Stock.filled(home / ".cache" / "pip")
    give(home, NOBODY)
    answer = start(home, *words, SUDO_USER="nobody", SUDO_UID=str(NOBODY), SUDO_GID=str(NOBODY))
    assert answer.returncode == 0, answer.stderr
    of_root = [str(path.relative_to(home)) for path in home.rglob("*") if path.lstat().st_uid == 0]
    assert of_root == []
