from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pipcache_tui.cli import session as session_module
from tests.cli.conftest import Cache, Run

LOOKS = (["--info"], ["--list"], ["--explain", "six"], ["--prune-older", "30d"], ["--purge", "-n"])


@pytest.mark.parametrize("argv", LOOKS)
def test_a_named_root_that_is_missing(argv: list[str], tmp_path: Path, run: Run) -> None:
    missing = tmp_path / "missing"
    answer = run(f"--cache-dir={missing}", *argv)
    assert (answer.code, answer.out) == (3, "")
    assert answer.err == f"pipcache-tui: --cache-dir {missing}: no such folder\n"
    assert not missing.exists()


@pytest.mark.parametrize("argv", LOOKS)
def test_a_file_where_a_folder_should_be(argv: list[str], tmp_path: Path, run: Run) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    answer = run(f"--cache-dir={file}", *argv)
    assert (answer.code, answer.out) == (3, "")
    assert answer.err.startswith(f"pipcache-tui: --cache-dir {file}: not a folder")
    assert answer.err.count("\n") == 1
    assert file.read_text() == "mine"


@pytest.mark.parametrize("argv", LOOKS)
def test_a_root_that_may_not_be_read(argv: list[str], cache: Cache, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> list[str]:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(session_module.os, "listdir", refuse)  # type: ignore[attr-defined]
    answer = run(cache.flag, *argv)
    assert answer.code == 3
    assert answer.err.splitlines()[-1] == f"pipcache-tui: no cache that can be read: {cache.path}: permission denied"


@pytest.mark.parametrize("argv", [*LOOKS, ["-q", "--prune-stale"], ["--list", "--json"]])
def test_stores_that_may_not_be_read(argv: list[str], cache: Cache, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The root open and the stores closed, as `sudo pip` leaves them."""
    cache.add("a", days=99)
    real, store = os.listdir, os.fspath(cache.path / "http-v2")

    def listdir(path: Any) -> list[str]:
        if path == store:
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "listdir", listdir)
    answer = run(cache.flag, *argv)
    assert answer.code == 3
    assert answer.err.splitlines()[-1] == f"pipcache-tui: no cache that can be read: {store}: permission denied"
    (cache.path / "wheels").mkdir()
    assert run(cache.flag, *argv).code == 3, "the one that can be read holds nothing"
    cache.add("b", days=99, store="v1")
    assert run(cache.flag, *argv).code != 3


@pytest.mark.parametrize("argv", [["--prune-older", "30d"], ["--purge", "--yes"], ["-n", "--max-size", "1GB"]])
def test_a_prune_of_no_cache_has_nothing_to_do(
    argv: list[str], tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the first job on a fresh machine: whatever pip's settings say, a cache that isn't there yet is small."""
    quiet = run("-q", *argv)
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    assert run(*argv).err.startswith("nothing to remove: no pip cache here (looked at ")
    document = run("--json", *argv).json
    assert (document["selected"], document["plan"]["entries"]) == ([], 0)
    monkeypatch.setenv("PIP_CACHE_DIR", os.fspath(tmp_path / "not-yet"))
    assert run("-q", *argv).code == 0
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    assert run("-q", *argv).code == 0


@pytest.mark.parametrize("text", ["10", "999999", "1.5", "5000000000"])
@pytest.mark.parametrize("flag", ["--prune-larger", "--max-size", "--min-free"])
def test_a_size_without_a_unit_is_refused_by_every_rule(flag: str, text: str, cache: Cache, run: Run) -> None:
    """5 is 5 GB to a person, and a crontab ends a command at "%"."""
    cache.add("a", days=99)
    answer = run(cache.flag, flag, text)
    assert answer.code == 2
    assert answer.err.startswith(
        f"pipcache-tui: {flag}: '{text}' has no unit: write {text}MB or {text}GB, or {text}B for bytes"
    )
    assert len(cache.files()) == 2
    assert run(cache.flag, flag, "0", "-n").code == 0, "the one number that needs none"


@pytest.mark.parametrize("text", ["size>10", "size <= 500", "size=4096"])
def test_a_size_without_a_unit_is_refused_in_a_filter(text: str, cache: Cache, run: Run) -> None:
    cache.add("a", days=99)
    for command in (["--prune"], ["--list"], ["--prune-orphans"]):
        answer = run(cache.flag, *command, "--filter", text)
        assert answer.code == 2
        assert "has no unit: write" in answer.err
    assert len(cache.files()) == 2


def test_no_cache_at_all_says_where_it_looked(tmp_path: Path, run: Run) -> None:
    answer = run("--list")
    assert (answer.code, answer.out) == (3, "")
    assert answer.err.startswith("pipcache-tui: no pip cache here (looked at ")
    assert os.fspath(tmp_path / "home") in answer.err
    info = run("--info")
    assert info.code == 3
    assert "not there" in info.out
    assert run("--info", "-q").out == ""


def test_an_empty_cache_is_nothing_to_do(cache: Cache, run: Run) -> None:
    for argv in (["--info"], ["--list"], ["--prune-older", "1h"], ["--purge", "-y"], ["--list", "--json"]):
        assert run(cache.flag, *argv).code == 0
    (cache.path / "http-v2").mkdir()
    assert run(cache.flag, "--prune-older", "1h").code == 0


def test_an_empty_name_of_a_root_and_one_with_nul(run: Run) -> None:
    assert run("--cache-dir", "", "--list").code == 2
    assert run("--cache-dir", "a\0b", "--list").code in (2, 3)


def test_a_setting_that_turns_the_cache_off_is_reported(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "0")
    answer = run("--info")
    assert "keeps no cache: PIP_NO_CACHE_DIR is set" in answer.out


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--prune-older", "30"], "--prune-older: '30' has no unit"),
        (["--prune-older", "-5d"], "--prune-older: '-5d' is negative"),
        (["--prune-older=-5d"], "--prune-older: '-5d' is negative"),
        (["--prune-older", "1e9y"], "--prune-older: '1e9y' has the unknown unit 'e'"),
        (["--prune-older", "99999y"], "--prune-older: '99999y' is longer than 1000 years"),
        (["--prune-older", ""], "--prune-older: a duration is missing"),
        (["--prune-older", "2099-01-01"], "--prune-older: 2099-01-01 is still to come"),
        (["--prune-unused", "soon"], "--prune-unused: 'soon' is not a duration"),
        (["--prune-larger", "big"], "--prune-larger: 'big' is not a size"),
        (["--max-size", "-1GB"], "--max-size: '-1GB' is negative"),
        (["--min-free", "120%"], "--min-free: '120%' is more than the whole disk"),
        (["--prune-older", "1d", "--wait", "5"], "--wait: '5' has no unit"),
        (["--list", "--filter", "sise>1MB"], "--filter: there is no field 'sise'; did you mean size?"),
        (["--list", "--filter", "size>>1MB"], "--filter: '>>' is not an operator"),
        (["--list", "--filter", ""], "--filter: an expression is missing"),
        (["--list", "--kind", "whel"], "--kind: there is no kind 'whel'"),
        (["--list", "--store", "http2"], "--store: there is no store 'http2'"),
        (["--list", "--sort", "sise"], "--sort: can't sort by 'sise'; did you mean 'size'?"),
        (["--list", "--pip-version", "new"], "--pip-version: 'new' is no version"),
        (["--list", "--pip-version", "21.4"], "--pip-version: there is no pip 21.4; the newest known is "),
        (["--theme", "darkest"], "--theme: 'darkest' is not a theme; there are pipcache-dark, "),
    ],
)
def test_a_value_that_is_none_is_answered_in_one_line_before_anything_is_read(
    argv: list[str], says: str, cache: Cache, run: Run
) -> None:
    cache.add("a", days=9999)
    answer = run(cache.flag, *argv)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"pipcache-tui: {says}"), answer.err
    assert answer.err.count("\n") == 1
    assert len(cache.files()) == 2
