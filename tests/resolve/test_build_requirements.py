"""What a cached source archive says that building it needs."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from pipcache_tui.resolve.build_requirements import SourceNeeds, read_source_needs
from tests.support.cache_root import FILE_HEADERS, INDEX, Place

URL = "https://files.index.example/packages/thing-1.0"
INFO = "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\nRequires-Dist: base\n\n"


def tar(files: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return data.getvalue()


def zipped(files: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def needs(folder: Path, content: bytes, suffix: str = ".tar.gz") -> SourceNeeds | None:
    place = Place(folder / "pip")
    place.v2(URL + suffix, content, FILE_HEADERS)
    (entry,) = place.scan(index_urls=[INDEX]).entries
    return read_source_needs(entry)


@pytest.mark.parametrize("pack", [tar, zipped])
def test_its_build_system_says_so(pack: object, tmp_path: Path) -> None:
    project = '[build-system]\nrequires = ["hatchling>=1", "hatch-vcs"]\nbuild-backend = "hatchling.build"\n'
    files = {"thing-1.0/PKG-INFO": INFO, "thing-1.0/deep/pyproject.toml": "[", "thing-1.0/pyproject.toml": project}
    found = needs(tmp_path, pack(files), ".zip" if pack is zipped else ".tar.gz")  # type: ignore[operator]
    assert found is not None
    assert found.build == ("hatchling>=1", "hatch-vcs")


def test_without_one_pip_takes_setuptools_which_may_ask_for_wheel(tmp_path: Path) -> None:
    found = needs(tmp_path, tar({"thing-1.0/PKG-INFO": INFO, "thing-1.0/setup.py": ""}))
    assert found is not None
    assert found.build == ("setuptools>=40.8.0", "wheel")


@pytest.mark.parametrize(
    ("info", "requires"),
    [
        (INFO, None),
        (INFO.replace("2.1", "2.2"), ("base",)),
        (INFO.replace("2.1", "2.4"), ("base",)),
        (INFO.replace("2.1\n", "2.2\nDynamic: Requires-Dist\n"), None),
    ],
)
def test_its_own_needs_count_only_where_a_wheel_must_say_the_same(
    info: str, requires: tuple[str, ...] | None, tmp_path: Path
) -> None:
    found = needs(tmp_path, tar({"thing-1.0/PKG-INFO": info}))
    assert found is not None
    assert (found.core.requires if found.core else None) == requires


@pytest.mark.parametrize(
    "table", ["[", "build-system = 3", "[build-system]\nrequires = [3]", "[build-system]\nrequires = 3"]
)
def test_what_can_not_be_read_is_not_known(table: str, tmp_path: Path) -> None:
    assert needs(tmp_path, tar({"thing-1.0/PKG-INFO": INFO, "thing-1.0/pyproject.toml": table})) is None


def test_an_archive_that_claims_to_be_huge_is_not_unpacked(tmp_path: Path) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        info = tarfile.TarInfo("thing-1.0/PKG-INFO")
        info.size = len(INFO)
        archive.addfile(info, io.BytesIO(INFO.encode()))
        huge = tarfile.TarInfo("thing-1.0/huge")
        huge.size = 1 << 40
        archive.fileobj.write(huge.tobuf())
    assert needs(tmp_path, data.getvalue()) is None
