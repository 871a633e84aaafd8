from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from pipcache_tui.demo import formats, packages
from pipcache_tui.remove import running_pip_policy
from tests.cli.conftest import Run
from tests.support.cache_root import FILE_HEADERS, Place
from tests.support.schemas import validator

WHEEL = packages.make_wheel("pure", "1.0")
NAME = "pure-1.0-py3-none-any.whl"
PRIVATE = "https://private.example/"
TOLD = {**FILE_HEADERS, "X-Checksum-Sha256": hashlib.sha256(WHEEL).hexdigest()}


@pytest.fixture(autouse=True)
def _no_pip_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_pip_policy, "PipFinder", lambda *_args, **_named: lambda: ())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A sound entry that is proven, one that is consistent, and half of a pair."""
    root = tmp_path / "pip"
    root.mkdir()
    place = Place(root)
    place.v2(PRIVATE + NAME, WHEEL, TOLD)
    place.v1(f"{PRIVATE}x", packages.make_sdist("pure", "1.0"))
    half = place.v2(f"{PRIVATE}half", b"x")
    (root / formats.http_path("http-v2", half)).unlink()
    return place


def spoil(place: Place) -> str:
    """One more entry, which is corrupt; gives its id."""
    return f"http-v2:{place.v2(PRIVATE + 'spoilt', WHEEL[:-1] + b'?', TOLD)}"


def flag(place: Place) -> str:
    return f"--cache-dir={place.path}"


def test_sound_caches_pass(place: Place, run: Run) -> None:
    answer = run(flag(place), "--verify")
    assert answer.code == 0
    lines = [line.split("\t") for line in answer.out.splitlines()]
    assert sorted((line[0], line[1]) for line in lines) == [
        ("consistent", "compression"),
        ("proven", "header"),
        ("unchecked", ""),
    ]
    assert [line[:10] for line in answer.err.splitlines()] == ["1 entry pr", "1 entry co", "1 entry no"]
    again = run(flag(place), "--verify")
    assert again.out == answer.out
    assert again.err.endswith("2 of these as an earlier run found them, their files unchanged since\n")
    assert run(flag(place), "--verify", "--no-memory").err == answer.err


def test_corrupt_entries_are_named_and_make_it_fail(place: Place, run: Run) -> None:
    spoilt = spoil(place)
    answer = run(flag(place), "--verify")
    assert answer.code == 1
    (line,) = [line for line in answer.out.splitlines() if line.startswith("corrupt\t")]
    assert line.endswith(f"\t{spoilt}\tits sha256 is not the one in a header of its response")
    quiet = run(flag(place), "--verify", "-q")
    assert (quiet.code, quiet.out, quiet.err) == (1, f"{spoilt}\n", "")
    assert run(flag(place), "--verify", "--kind", "sdist").code == 0


def test_what_can_not_be_read_makes_it_fail_too(place: Place, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipcache_tui.verify import examine

    def fail(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(examine, "open_content", fail)
    answer = run(flag(place), "--verify", "--no-memory")
    assert answer.code == 1
    assert "can't be read: permission denied" in answer.out


def test_a_terminal_shows_why_and_of_many_only_what_is_not_sound(place: Place, run: Run) -> None:
    spoil(place)
    few = run(flag(place), "--verify", "--color", "never", terminals=["out"]).out.splitlines()
    assert few[0].split() == ["VERDICT", "NAME", "SIZE", "BECAUSE", "OF"]
    assert len(few) == 5
    assert any(line.startswith("proven") and line.endswith("its hash in a header") for line in few)
    for number in range(50):
        place.v2(f"{PRIVATE}{number}", b"x")
    many = run(flag(place), "--verify", "--color", "never", terminals=["out"]).out.splitlines()
    assert {line.split()[0] for line in many[1:]} == {"corrupt", "unchecked"}


def test_the_same_as_json_fits_its_schema(place: Place, run: Run) -> None:
    spoilt = spoil(place)
    answer = run(flag(place), "--verify", "--json")
    assert answer.code == 1
    validator("verify").validate(answer.json)
    assert {state: total["entries"] for state, total in answer.json["totals"].items()} == {
        "proven": 1,
        "consistent": 1,
        "corrupt": 1,
        "unchecked": 1,
    }
    by_id = {entry["id"]: entry for entry in answer.json["entries"]}
    assert by_id[spoilt]["verdict"] == "corrupt"
    lines = [json.loads(line) for line in run(flag(place), "--verify", "--json-lines").out.splitlines()]
    for line in lines:
        validator("verify", part="line").validate(line)
    assert [line["event"] for line in lines] == ["verdict"] * 4 + ["result"]


def test_prune_corrupt_takes_just_these(place: Place, run: Run) -> None:
    before = place.files()
    assert run(flag(place), "--prune-corrupt").err == "nothing to remove: nothing was found corrupt\n"
    spoilt = spoil(place)
    gone = place.files() - before
    planned = run(flag(place), "-n", "--prune-corrupt", "--json").json
    assert [entry["id"] for entry in planned["selected"]] == [spoilt]
    assert planned["selected"][0]["reasons"] == ["corrupt: its sha256 is not the one in a header of its response"]
    assert place.files() == before | gone
    answer = run(flag(place), "--prune-corrupt", "-q")
    assert (answer.code, answer.out) == (0, f"{spoilt}\n")
    assert place.files() == before
    assert len(gone) == 2


def test_filters_narrow_what_is_verified_before_it_goes(place: Place, run: Run) -> None:
    spoil(place)
    assert run(flag(place), "--prune-corrupt", "-q", "--store", "http").out == ""


def test_export_writes_and_says_so(place: Place, run: Run, tmp_path: Path) -> None:
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


def test_export_as_json_fits_its_schema_and_fails_where_one_is_refused(place: Place, run: Run, tmp_path: Path) -> None:
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


def test_a_folder_that_can_not_be_used_is_one_line(place: Place, run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = run(flag(place), "--export", os.fspath(tmp_path / "file"))
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"pipcache-tui: --export: {tmp_path}/file is not a folder\n"
    assert run(flag(place), f"--export={place.path}").code == 1
    assert run(flag(place), "--export=").code == 2


@pytest.mark.parametrize(
    "argv",
    [
        ("--verify", "--list"),
        ("--verify", "--prune-corrupt"),
        ("--export", "x", "--verify"),
        ("--export", "x", "--prune-stale"),
        ("--index",),
        ("--export",),
        ("--verify", "-n"),
        ("--prune-corrupt", "--no-delete"),
    ],
)
def test_flags_that_make_no_sense_together(place: Place, run: Run, argv: tuple[str, ...]) -> None:
    answer = run(flag(place), *argv)
    assert (answer.code, answer.out, len(answer.err.splitlines())) == (2, "", 1)
