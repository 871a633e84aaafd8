from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipcache_tui.remove import running_pip_policy
from tests.cli.conftest import Run
from tests.support.cache_root import Place
from tests.support.mixed_cache import PRIVATE, flag, mixed_cache, spoil
from tests.support.schemas import validator


@pytest.fixture(autouse=True)
def _no_pip_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_pip_policy, "PipFinder", lambda *_args, **_named: lambda: ())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return mixed_cache(tmp_path)


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


def test_an_unreadable_entry_makes_it_fail_too(place: Place, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
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
