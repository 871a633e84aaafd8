from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipcache_tui.pythons import interpreters
from tests.cli.conftest import Cache, Run
from tests.support.schemas import validator


@pytest.fixture
def filled(cache: Cache) -> Cache:
    cache.add("a.bin", days=40, size=5000)
    cache.add("b.bin", days=3, size=200_000)
    cache.add("c.bin", days=400, size=10, store="v1")
    return cache


def test_info_is_the_answer_where_no_screen_can_be(filled: Cache, run: Run) -> None:
    answer = run(filled.flag)
    assert answer.code == 0
    assert answer.out == run(filled.flag, "--info").out
    assert answer.out.startswith("Roots\n")
    assert "3 entries in 5 files" in answer.out
    assert "What pip 25.3 will do" in answer.out


def test_info_as_json(filled: Cache, run: Run) -> None:
    document = run(filled.flag, "--info", "--json").json
    validator("info").validate(document)
    assert document["totals"]["entries"] == 3
    (line,) = run(filled.flag, "--info", "--json-lines").out.splitlines()
    assert line


def test_info_names_the_roots_alone_on_request(filled: Cache, run: Run) -> None:
    assert run(filled.flag, "--info", "-q").out == f"{filled.path}\n"
    assert run(filled.flag, "--info", "-0").raw == os.fsencode(filled.path) + b"\0"


def test_list_as_json_accounts_for_every_file(filled: Cache, run: Run) -> None:
    document = run(filled.flag, "--list", "--json").json
    validator("list").validate(document)
    paths = [filled.path / file["path"] for entry in document["entries"] for file in entry["files"]]
    assert sorted(paths) == filled.files()
    assert [entry["compatible_with"] for entry in document["entries"]] == [None, None, None]


def test_list_can_be_narrowed_sorted_and_cut(filled: Cache, run: Run) -> None:
    def sizes(*argv: str) -> list[int]:
        return [int(line.split("\t")[5]) for line in run(filled.flag, "--list", *argv).out.splitlines()]

    everything = sizes("--sort", "size")
    assert everything == sorted(everything, reverse=True)
    assert len(everything) == 3
    assert sizes("--sort", "size:asc", "--limit", "1") == [min(everything)]
    assert sizes("--filter", "size>100kB") == [max(everything)]
    assert len(sizes("--store", "http-v2")) == 2
    assert len(sizes("--store", "http-v2", "--store", "http")) == 3
    assert len(sizes("--filter", "age>30d", "--store", "http")) == 1
    assert sizes("--project", "numpy") == []
    head = run(filled.flag, "--list", "--json", "--limit", "1").json
    assert head["totals"]["entries"] == len(head["entries"]) == 1


def test_ids_one_a_line_or_ended_by_nul(filled: Cache, run: Run) -> None:
    ids = run(filled.flag, "--list", "-q").out.splitlines()
    assert len(ids) == 3
    assert run(filled.flag, "--list", "-0").raw == b"".join(id_.encode() + b"\0" for id_ in ids)
    (again,) = run(filled.flag, "--list", "-q", "--filter", f"id={ids[1]}").out.splitlines()
    assert again == ids[1]


def test_json_lines_are_the_entries_of_the_document(filled: Cache, run: Run) -> None:
    import json

    lines = [json.loads(line) for line in run(filled.flag, "--list", "--json-lines").out.splitlines()]
    entries = run(filled.flag, "--list", "--json").json["entries"]
    assert lines == [{"schema_version": 1, **entry} for entry in entries]


def test_a_terminal_gets_a_table_of_its_width_and_color_as_asked(filled: Cache, run: Run) -> None:
    colored = run(filled.flag, "--list", terminals=["out"])
    assert "\x1b[" in colored.out
    plain = run(filled.flag, "--list", "--color=never", terminals=["out"])
    assert "\x1b[" not in plain.out
    assert plain.out.startswith("PROJECT")
    assert max(map(len, plain.out.splitlines())) <= 120
    assert "\x1b[" not in run(filled.flag, "--list").out


def test_explain_finds_by_url_and_tells_what_pip_will_do(filled: Cache, run: Run) -> None:
    answer = run(filled.flag, "--explain", "https://files.index.example/a.bin")
    assert answer.code == 0
    assert "pip 25.3    reuse: fresh until" in answer.out
    document = run(filled.flag, "--explain", "https://files.index.example/a.bin", "--json").json
    validator("explain").validate(document)
    assert len(document["entries"]) == 1
    assert run(filled.flag, "--explain", "https://files.index.example/a.bin", "-q").out.startswith("http-v2:")
    old = run(filled.flag, "--pip-version", "22.3", "--explain", "https://files.index.example/a.bin")
    assert "pip 22.3    never-read: " in old.out


def test_explain_of_what_is_not_there_says_so(filled: Cache, run: Run) -> None:
    answer = run(filled.flag, "--explain", "no\x1bsuch")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "pipcache-tui: nothing in the cache is called 'no\\\\x1bsuch'\n"


def test_unreadable_files_are_reported_on_stderr_and_in_the_document(filled: Cache, run: Run) -> None:
    folder = filled.path / "selfcheck"
    folder.symlink_to("/nowhere")
    answer = run(filled.flag, "--list", "--json")
    assert answer.code == 0
    assert answer.json["warnings"] == [line.removeprefix("pipcache-tui: ") for line in answer.err.splitlines()]


def test_nothing_is_changed_by_looking(filled: Cache, run: Run) -> None:
    def stamps() -> list[tuple[Path, int, int]]:
        return [(file, file.stat().st_mtime_ns, file.stat().st_atime_ns) for file in filled.files()]

    before = stamps()
    for argv in (["--info"], ["--list", "--json"], ["--explain", "six"], ["--purge", "-n"]):
        run(filled.flag, *argv)
    assert stamps() == before


@pytest.mark.parametrize("argv", [["--info"], ["--list"], ["--list", "--json"], ["--verify"]])
def test_looking_at_a_folder_that_is_no_cache_says_so(argv: list[str], tmp_path: Path, run: Run) -> None:
    """A mistyped folder must not pass for a cache that is empty."""
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    flag = f"--cache-dir={wrong}"
    assert (run(flag, *argv).code, run(flag, *argv).err) == (0, "")
    (wrong / "notes.txt").write_text("mine")
    answer = run(flag, *argv)
    assert answer.code == 3
    assert answer.err.splitlines()[-1].startswith(f"pipcache-tui: --cache-dir {wrong}: not laid out as pip's cache")
    assert answer.err.count("not laid out as pip's cache") == 1
    assert run(flag, "-q", "--list").code == 3


@pytest.mark.parametrize("argv", [["--list"], ["--verify"], ["--list", "--json"]])
def test_filters_that_let_nothing_through_are_named(argv: list[str], filled: Cache, run: Run) -> None:
    answer = run(filled.flag, *argv, "--project", "zzz")
    assert answer.code == 0
    assert 'no entry matches project="zzz"\n' in answer.err
    assert run(filled.flag, *argv, "-q" if "--json" not in argv else "--no-memory", "--kind", "orphan,other").code == 0
    assert "no entry matches" not in run(filled.flag, *argv, "--kind", "orphan,other").err


def test_scans_are_remembered_outside_the_cache_and_forgotten_on_request(
    filled: Cache, tmp_path: Path, run: Run
) -> None:
    def kept() -> list[Path]:
        return [path for path in (tmp_path / "home").rglob("*") if path.is_file()]

    fresh = run(filled.flag, "--list", "--json", "--no-memory").json
    assert kept() == []
    assert run(filled.flag, "--list", "--json").json == fresh
    assert {path.suffix for path in kept()} == {".scan", ".upkeep"}
    assert run(filled.flag, "--list", "--json").json == fresh
    Path(interpreters.default_memory()).write_text("{}")
    answer = run("--forget")
    assert answer.code == 0
    assert answer.err.startswith("what was kept of 1 root and of the Pythons here is deleted from ")
    assert kept() == []
    assert run("--forget", "-q").err == ""
