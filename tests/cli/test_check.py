from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipcache_tui.pythons import interpreters
from tests.cli.conftest import Run
from tests.support.cache_root import INDEX
from tests.support.index_cache import NOW, PYTHON, Shop, make_python, make_shop
from tests.support.schemas import validator


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """App needs lib; both are kept. The index is the one that pip is set to."""
    shop = make_shop(tmp_path / "pip")
    shop.keep(shop.wheel("app", "1.0", requires=["lib"]), shop.wheel("lib", "1.0"))
    shop.wheel("lib", "2.0")
    shop.keep_pages()
    monkeypatch.setenv("PIP_INDEX_URL", INDEX)
    older = make_python("3.9.1")
    found = {"3.9": (older,), "3.12": (PYTHON,)}
    monkeypatch.setattr(
        interpreters, "find_pythons", lambda named=(), **_: found[named[0]] if len(named) == 1 else (older, PYTHON)
    )
    return shop


@pytest.fixture
def flag(shop: Shop) -> str:
    return f"--cache-dir={shop.place.path}"


def test_requirements_and_files_together(flag: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("app\n-c limits.txt\n")
    (tmp_path / "limits.txt").write_text("lib<2\n")
    answer = run(flag, "--check", str(path), "--check", "lib>=1", now=NOW)
    assert answer.code == 0
    assert answer.out.startswith("Python 3.12 with pip 25.3 ")
    assert "offline-ready: 2 of 2\n" in answer.out
    answer = run(flag, "--check", "app", now=NOW)
    assert answer.code == 1
    assert "download  lib  lib-2.0-py3-none-any.whl" in answer.out
    assert run(flag, "--check", "app", "--no-deps", now=NOW).code == 0


def test_for_each_python_and_as_json(flag: str, run: Run) -> None:
    answer = run(flag, "--check", "lib<2", "--python", "3.9", "--python", "3.12", "--json", now=NOW)
    assert answer.code == 0
    validator("check").validate(answer.json)
    assert [check["python"]["name"] for check in answer.json["checks"]] == ["3.9", "3.12"]
    assert answer.json["asked"] == ["lib<2"]
    (line,) = run(flag, "--check", "lib<2", "--json-lines", now=NOW).out.splitlines()
    assert line.startswith('{"schema_version": 1, "asked": ["lib<2"]')


def test_by_default_the_active_environment(flag: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/usr")
    assert "Python 3.9 with" in run(flag, "--check", "lib<2", now=NOW).out


def test_ids_alone(flag: str, shop: Shop, run: Run) -> None:
    ids = {entry.id for entry in shop.entries() if entry.filename == "lib-1.0-py3-none-any.whl"}
    assert set(run(flag, "--check", "lib<2", "-q", now=NOW).out.split()) == ids


def test_the_wheelhouse_for_a_file(flag: str, run: Run, tmp_path: Path) -> None:
    answer = run(flag, "--check", "app", "--check", "lib<2", "--export", str(tmp_path / "wheelhouse"), now=NOW)
    assert answer.code == 0
    assert sorted(os.listdir(tmp_path / "wheelhouse")) == ["app-1.0-py3-none-any.whl", "lib-1.0-py3-none-any.whl"]
    assert "offline-ready: 2 of 2" in answer.err
    assert "app-1.0-py3-none-any.whl" in answer.out
    missing = run(flag, "--check", "app", "--export", str(tmp_path / "half"), now=NOW)
    assert missing.code == 1
    assert os.listdir(tmp_path / "half") == ["app-1.0-py3-none-any.whl"]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--check", "absent.txt"], "--check: absent.txt: no such file"),
        (["--check", "lib >"], "--check: on the command line: 'lib >' is not a requirement"),
        (["--check", "lib", "--project", "lib"], "--check looks at the whole cache, as pip does; leave out --project"),
        (["--no-deps", "--list"], "--no-deps goes with --check FILE"),
        (["--check", "lib", "--list"], "--list or --check: one at a time"),
        (["--check", "lib", "--prune-stale"], "--check removes nothing and --prune-stale does"),
        (["--check"], "--check needs a value: --check FILE|REQ"),
    ],
)
def test_wrong_combinations_are_refused(flag: str, run: Run, argv: list[str], said: str) -> None:
    answer = run(flag, *argv, now=NOW)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"pipcache-tui: {said}")
    assert answer.err.count("\n") == 1


def test_a_bad_line_is_named(flag: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("lib\n\n--nonsense\n")
    answer = run(flag, "--check", str(path), now=NOW)
    assert answer.code == 2
    assert f"{path} line 3: '--nonsense' is not an option of a requirements file" in answer.err


def test_no_cache(run: Run, tmp_path: Path) -> None:
    assert run(f"--cache-dir={tmp_path / 'none'}", "--check", "lib").code == 3


def test_why_something_is_not_here(flag: str, run: Run) -> None:
    answer = run(flag, "--explain", "lib==2.0", now=NOW)
    assert answer.code == 1
    assert answer.err.startswith(
        "lib-2.0-py3-none-any.whl: listed by https://index.example/simple/lib/ as of 2026-11-21"
    )
    document = run(flag, "--explain", "lib==2.0", "--json", now=NOW).json
    validator("explain").validate(document)
    assert document["absent"][0].startswith("lib-2.0")
