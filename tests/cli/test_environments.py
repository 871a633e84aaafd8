"""`--environments`, and what the other flags say of where a version is installed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pipcache_tui.demo.packages import make_wheel, wheel_name
from tests.cli.conftest import Cache, Run
from tests.support.cache_root import FILE_HEADERS, Place
from tests.support.schemas import validator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="lays out environments as POSIX does")


@pytest.fixture
def project(cache: Cache, tmp_path: Path) -> Path:
    """A cache with two versions of a wheel, and an environment in a project that has one of them."""
    for version in ("1.0", "2.0"):
        name = wheel_name("thing-one", version, "py3-none-any")
        wheel = make_wheel("thing-one", version, "py3-none-any")
        Place(cache.path).v2(f"https://files.index.example/packages/{name}", wheel, FILE_HEADERS)
    info = tmp_path / "src/api/.venv/lib/python3.12/site-packages/thing_one-1.0.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thing-one\nVersion: 1.0.0\n\n")
    (info / "INSTALLER").write_text("uv\n")
    (info.parents[3] / "pyvenv.cfg").write_text("home = /gone\nversion = 3.12.1\n")
    return tmp_path / "src"


def test_json_names_the_environments_that_have_a_version(cache: Cache, project: Path, run: Run) -> None:
    document = run(cache.flag, "--list", "--json", "--environments", str(project)).json
    validator("list").validate(document)
    assert {entry["version"]: entry["installed_in"] for entry in document["entries"]} == {
        "1.0": [
            {
                "name": "api/.venv",
                "manager": "venv",
                "python_version": "3.12.1",
                "path": os.path.realpath(project / "api/.venv"),
            }
        ],
        "2.0": [],
    }


def test_explain_says_where_and_by_what_it_was_installed(cache: Cache, project: Path, run: Run) -> None:
    told = run(cache.flag, "--environments", str(project), "--explain", "thing-one")
    path = os.path.realpath(project / "api/.venv")
    assert f"installed   in api/.venv ({path}) by uv\n" in told.out
    assert "installed   in no environment here\n" in told.out
    assert f"{path}: the Python of this environment is gone: it was made from /gone\n" in told.err


@pytest.mark.parametrize(
    ("expression", "versions"),
    [("installed=no", ["2.0"]), ("installed=yes", ["1.0"]), ("environment='api/*'", ["1.0"]), ("environment=x", [])],
)
def test_filters_by_where_it_is_installed(
    cache: Cache, project: Path, run: Run, expression: str, versions: list[str]
) -> None:
    told = run(cache.flag, "--list", "--json", "--environments", str(project), "--filter", expression).json
    assert [entry["version"] for entry in told["entries"]] == versions


def test_a_prune_of_what_is_installed_nowhere(cache: Cache, project: Path, run: Run) -> None:
    run(cache.flag, "--prune", "--filter", "installed=no", "--environments", str(project))
    assert [entry["version"] for entry in run(cache.flag, "--list", "--json").json["entries"]] == ["1.0"]


def test_the_setting_stands_in_for_the_flag(
    cache: Cache, project: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPCACHE_TUI_ENVIRONMENTS", os.fspath(project))
    told = run(cache.flag, "--list", "--json", "--filter", "installed=yes").json
    assert [entry["version"] for entry in told["entries"]] == ["1.0"]


def test_a_folder_that_is_not_there_is_refused_before_anything_goes(cache: Cache, project: Path, run: Run) -> None:
    told = run(cache.flag, "--prune", "--filter", "installed=no", "--environments", str(project / "gone"))
    assert told.code == 2
    assert "--environments" in told.err
    assert "no such folder; name one that has environments below it" in told.err
    assert len(run(cache.flag, "--list", "-q").out.splitlines()) == 2


def test_the_demo_is_installed_nowhere(run: Run) -> None:
    entries = run("--demo", "--list", "--json", "--kind", "wheel").json["entries"]
    assert {tuple(entry["installed_in"]) for entry in entries} == {()}
