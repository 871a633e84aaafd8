from __future__ import annotations

from pathlib import Path

from pipcache_tui.cache.disk.machine import THIS_MACHINE


def test_the_space_of_a_real_disk(tmp_path: Path) -> None:
    total, free = THIS_MACHINE.disk_space(str(tmp_path))
    assert 0 <= free <= total
    assert total > 0


def test_a_path_that_is_here_and_one_that_is_not(tmp_path: Path) -> None:
    assert THIS_MACHINE.exists(str(tmp_path))
    assert not THIS_MACHINE.exists(str(tmp_path / "missing"))
