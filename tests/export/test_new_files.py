"""New files of an export: their permissions, names that are taken meanwhile, and what a killed export leaves."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from pipcache_tui.export import new_files
from tests.support.cache_root import Place
from tests.support.exports import NAME, export, files, refusing
from tests.support.verdicts import PRIVATE, WHEEL, address


def test_files_have_the_permissions_of_any_new_file(place: Place, house: Path) -> None:
    place.v2(PRIVATE + NAME, WHEEL)
    before = os.umask(0o027)
    try:
        export(place, house)
    finally:
        os.umask(before)
    assert (house / NAME).stat().st_mode & 0o777 == 0o640


def test_a_file_that_appears_during_the_export_stays(
    place: Place, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.v2(PRIVATE + NAME, WHEEL)
    name_new = new_files._name_new

    def late(path: str, target: str) -> None:
        Path(target).write_bytes(b"quicker")
        name_new(path, target)

    for links in (True, False):
        monkeypatch.setattr(new_files, "_name_new", late)
        if not links:
            monkeypatch.setattr(os, "link", refusing(errno.EPERM))
        assert len(export(place, house).refused) == 1
        assert files(house) == {NAME: b"quicker"}
        (house / NAME).unlink()


def test_without_hard_links_files_are_renamed(place: Place, house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.v2(PRIVATE + NAME, WHEEL)
    monkeypatch.setattr(os, "link", refusing(errno.EOPNOTSUPP))
    assert len(export(place, house).exported) == 1
    assert files(house) == {NAME: WHEEL}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells of no file whether another is writing it")
def test_files_of_a_killed_export_are_deleted_and_those_of_a_running_one_stay(place: Place, house: Path) -> None:
    place.v2(address(WHEEL, NAME), WHEEL)
    house.mkdir()
    left = house / ".pipcache-tui-0123456789abcdef.tmp"
    left.write_bytes(b"half")
    theirs = {".pipcache-tui-notes.tmp": b"1", ".pipcache-tui-0123456789abcdef.tmp.txt": b"2"}
    for name, content in theirs.items():
        (house / name).write_bytes(content)
    link = house / ".pipcache-tui-fedcba9876543210.tmp"
    link.symlink_to(house / ".pipcache-tui-notes.tmp")

    with new_files.new_file(os.fspath(house)) as unfinished:
        unfinished.write([b"another's"])
        export(place, house)
        unfinished.place("theirs-1.0.tar.gz")

    assert files(house) == {NAME: WHEEL, "theirs-1.0.tar.gz": b"another's", link.name: b"1", **theirs}


def test_a_new_file_that_another_export_deleted_is_made_again(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house.mkdir()
    lock = new_files._lock
    taken: list[Path] = []

    def locked_too_late(descriptor: int) -> bool | None:
        if not taken:
            (path,) = house.iterdir()
            path.unlink()
            taken.append(path)
        return lock(descriptor)

    monkeypatch.setattr(new_files, "_lock", locked_too_late)
    with new_files.new_file(os.fspath(house)) as new:
        new.write([b"whole"])
        new.place("x")
    assert taken
    assert files(house) == {"x": b"whole"}
