from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipcache_tui.cache.disk.own_files import is_anothers
from pipcache_tui.memories import Memories, forget_memories


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", os.fspath(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)


def test_memories_are_below_the_users_own_cache_directory(tmp_path: Path) -> None:
    memories = Memories.of_user()
    assert memories.scans is not None
    assert memories.verdicts is not None
    assert memories.pythons is None, "the usual one"
    assert Path(memories.scans).is_relative_to(tmp_path)
    assert Path(memories.verdicts).is_relative_to(tmp_path)


def test_a_demo_is_not_remembered_but_the_pythons_are() -> None:
    assert Memories.of_user(demo=True) == Memories(None, None, None)


def test_nothing_is_remembered_where_that_is_not_wanted() -> None:
    assert Memories.of_user(allowed=False) == Memories(None, None, "")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="this system has no root user")
def test_root_leaves_nothing_in_the_home_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.stat(tmp_path)

    def owned_by_1000(path: str) -> os.stat_result:
        return os.stat_result((real.st_mode, real.st_ino, real.st_dev, 1, 1000, 1000, 0, 0, 0, 0))

    home = os.fspath(tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with monkeypatch.context() as patch:
        patch.setattr("os.stat", owned_by_1000)
        anothers = is_anothers(home)
    assert anothers


def test_forgetting_deletes_what_is_kept_and_counts_it(tmp_path: Path) -> None:
    scans = Memories.of_user().scans
    assert scans is not None
    os.makedirs(scans)
    (Path(scans) / f"{'0' * 32}.scan").write_text("")
    (Path(scans) / "mine.txt").write_text("")
    assert forget_memories() == (os.path.dirname(scans), 1)
    assert [path.name for path in Path(scans).iterdir()] == ["mine.txt"]
    assert forget_memories() == (os.path.dirname(scans), 0)
