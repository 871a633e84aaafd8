"""`--export DIR` as a command."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.cache_root import Place
from tests.support.mixed_cache import NAME, flag, mixed_cache, spoil
from tests.support.schemas import validator


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return mixed_cache(tmp_path)


def test_exported_files_and_the_index_are_reported(place: Place, run: Run, tmp_path: Path) -> None:
    house = tmp_path / "wheelhouse"
    answer = run(flag(place), "--export", os.fspath(house), "--index")
    assert answer.code == 0
    assert sorted(path.name for path in house.iterdir()) == [NAME, f"{NAME}.metadata", "pure-1.0.tar.gz", "simple"]
    assert [line.split("\t")[0] for line in answer.out.splitlines()] == ["exported", "exported"]
    assert answer.err.splitlines()[0].startswith(f"2 files written to {house}, ")
    assert answer.err.splitlines()[1] == f"a simple index of 1 project and 2 files is in {house}/simple"
    again = run(flag(place), "--export", os.fspath(house))
    assert [line.split("\t")[0] for line in again.out.splitlines()] == ["left", "left"]
    assert run(flag(place), "--export", os.fspath(tmp_path / "other"), "-q").out == f"{NAME}\npure-1.0.tar.gz\n"


def test_json_fits_its_schema_and_a_refused_file_makes_it_fail(place: Place, run: Run, tmp_path: Path) -> None:
    spoil(place)
    house = os.fspath(tmp_path / "wheelhouse")
    answer = run(flag(place), "--export", house, "--index", "--json")
    assert answer.code == 1
    validator("export").validate(answer.json)
    assert answer.json["totals"] == {
        "exported": 2,
        "left": 0,
        "refused": 1,
        "size": sum(each["size"] for each in answer.json["exported"]),
    }
    lines = [json.loads(line) for line in run(flag(place), "--export", house, "--json-lines").out.splitlines()]
    for line in lines:
        validator("export", part="line").validate(line)
    assert [line["event"] for line in lines] == ["left", "left", "refused", "result"]


def test_an_unusable_folder_is_refused_in_one_line(place: Place, run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = run(flag(place), "--export", os.fspath(tmp_path / "file"))
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"pipcache-tui: --export: {tmp_path}/file is not a folder\n"
    assert run(flag(place), f"--export={place.path}").code == 1
    assert run(flag(place), "--export=").code == 2
