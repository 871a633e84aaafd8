"""Reading, with every call to the file system failing in turn: a scan never raises, and makes nothing up."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pipcache_tui.cache.disk import folders as reading
from pipcache_tui.cache.model import Entry
from pipcache_tui.demo.formats import built_wheel_folder, download_names, origin_json, selfcheck_note, selfcheck_path
from pipcache_tui.demo.packages import make_wheel, wheel_name
from tests.conftest import Figure
from tests.faults.system import System
from tests.faults.test_errors import ERRORS as EVERY_ERROR
from tests.support.cache_root import FILES, Place

ERRORS = tuple(number for number in EVERY_ERROR if number != errno.ENOTDIR)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Something in every store, a stranger in each of pip's."""
    place = Place(tmp_path / "cache")
    for number, write in enumerate((place.v2, place.v1)):
        name = wheel_name("six", f"1.{number}")
        write(FILES + name, make_wheel("six", f"1.{number}"))
    folder = built_wheel_folder(f"{FILES}lxml-5.0.tar.gz", ("cp", "312"))
    place.write(f"{folder}/{wheel_name('lxml', '5.0')}", make_wheel("lxml", "5.0"))
    place.write(f"{folder}/origin.json", origin_json(f"{FILES}lxml-5.0.tar.gz"))
    place.write(selfcheck_path("/usr"), selfcheck_note("/usr", 1_700_000_000.0, "25.0"))
    for name in download_names(f"{FILES}old-1.0.tar.gz"):
        place.write(name, b"x")
    place.write("binaries/v7/old:1.0:py2.7.tar.gz", b"x")
    place.write("sources/old-1.0.tar.gz", b"x")
    for store in ("http", "http-v2", "wheels", "selfcheck"):
        place.write(f"{store}/notes/mine.txt", b"mine")
    return place


@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
@pytest.mark.parametrize("by_descriptor", [True, False], ids=["by descriptor", "by path"])
def test_every_call_fails_in_turn(
    place: Place, by_descriptor: bool, number: int, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    if not by_descriptor:
        monkeypatch.setattr(reading, "BY_DESCRIPTOR", False)
    before = place.scan(workers=1)
    whole = {bare(entry) for entry in before.entries}
    failing = fewer = 0
    while True:

        def fail(call: int, _: str, failing: int = failing) -> None:
            if call == failing:
                raise OSError(number, "made to fail")

        system = System(fail)
        with monkeypatch.context() as patch:
            patch.setattr(reading, "os", system)
            found = place.scan(workers=1)
        if len(system.made) <= failing:
            break
        sound = {bare(entry) for entry in found.entries if not entry.problems and entry.kind != "orphan"}
        named = {identity for identity, *_ in whole}
        assert {identity for identity, *_ in sound} <= named
        assert all(entry in whole or entry[2] is None for entry in sound), "what is known of an entry is right"
        if len(found.entries) < len(whole):
            fewer += 1
            told = found.warnings or found.foreign_files > before.foreign_files
            assert number == errno.ENOENT or told, f"what call {failing} hid is told"
        failing += 1
    assert failing > 40
    assert fewer > 10
    figure(f"{failing} calls of a scan failed in turn: no error of its own, and nothing made up")


@pytest.mark.parametrize("store", ["http", "http-v2"])
def test_a_folder_closed_to_us_hides_no_other_and_is_told(
    tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a pip under sudo made one of the first level, for root alone."""
    place = Place(tmp_path)
    write = place.v2 if store == "http-v2" else place.v1
    keys = {write(f"{FILES}{number}", b"x") for number in range(20)}
    closed = min(keys)[0]
    assert {key[0] for key in keys} > {closed}
    real = reading.Folder.folder

    def folder(self: reading.Folder, name: str) -> reading.Folder:
        if name == closed and self.path.endswith(f"/{store}"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(self, name)

    monkeypatch.setattr(reading.Folder, "folder", folder)
    found = place.scan(workers=1)
    assert {entry.id for entry in found.entries} == {f"{store}:{key}" for key in keys if key[0] != closed}
    assert found.warnings == (f"{tmp_path}/{store}/{closed}: permission denied; what it holds is not shown",)


def bare(entry: Entry) -> tuple[str, str, str | None, str | None]:
    return (entry.id, entry.kind, entry.project, entry.version)


def test_a_folder_that_only_lists_its_names_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one without the permission to search it: neither opening nor asking for a size works."""
    real = reading.Folder._open_file, reading.Folder.status
    closed = {entry.files[0].path.rsplit("/", 1)[-1] for entry in place.scan().entries if entry.store == "http-v2"}

    def refuse(name: str) -> None:
        if name.removesuffix(".body") in closed:
            raise PermissionError(errno.EACCES, "Permission denied")

    def open_file(self: reading.Folder, name: str) -> tuple[int, os.stat_result, bool]:
        refuse(name)
        return real[0](self, name)

    def status(self: reading.Folder, name: str) -> os.stat_result:
        refuse(name)
        return real[1](self, name)

    monkeypatch.setattr(reading.Folder, "_open_file", open_file)
    monkeypatch.setattr(reading.Folder, "status", status)
    (key,) = closed
    assert any(f"{key}: permission denied; it is not shown" in told for told in place.scan(workers=1).warnings)
