"""Environments are read without running anything, and damaged ones are named in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipcache_tui.demo.packages import make_wheel, wheel_name
from pipcache_tui.pythons.environments import (
    NoEnvironmentError,
    read_environment,
)
from pipcache_tui.pythons.installed import read_files
from tests.support.environments import find, here, make_environment, posix, warnings_of


@posix
def test_user_site_packages_count_as_an_environment(home: Path) -> None:
    (home / ".local/lib/python3.12/site-packages/six-1.16.0.dist-info").mkdir(parents=True)
    (environment,) = here(find(home), home)
    assert (environment.manager, environment.name) == ("user", "user site-packages")


@posix
class TestBadInput:
    def test_a_folder_that_is_not_there_is_refused(self, home: Path) -> None:
        with pytest.raises(NoEnvironmentError, match="no such folder; name one"):
            find(home, home / "gone")

    def test_a_folder_that_is_no_environment_is_refused(self, home: Path) -> None:
        with pytest.raises(NoEnvironmentError, match=r"neither pyvenv\.cfg nor site-packages"):
            read_environment(str(home))

    def test_an_environment_whose_python_is_gone_still_counts(self, home: Path) -> None:
        make_environment(home / "src/.venv", "six-1.16.0.dist-info", python=False)
        found = find(home, home / "src")
        assert [each.project for each in here(found, home)[0].distributions] == ["six"]
        assert warnings_of(found, home) == [
            f"{home}/src/.venv: the Python of this environment is gone: it was made from /opt/py/bin"
        ]

    def test_broken_records_are_one_line_and_the_rest_counts(self, home: Path) -> None:
        site = make_environment(home / "env", "six-1.16.0.dist-info", "nameless.dist-info", "~ix-1.0.dist-info")
        (site / "nameless.dist-info/METADATA").unlink()
        (site / "stray.egg-info").write_bytes(b"\xff\x00no metadata")
        found = find(home, home / "env")
        assert [each.project for each in here(found, home)[0].distributions] == ["six"]
        (line,) = warnings_of(found, home)
        assert line.startswith(f"{home}/env: 3 records of installed projects can't be read (nameless.dist-info: it has")
        assert "~ix-1.0.dist-info is left over from an uninstall" in line

    def test_a_site_packages_that_is_a_file_holds_nothing(self, home: Path) -> None:
        site = make_environment(home / "env")
        site.rmdir()
        site.write_text("no folder")
        assert here(find(home, home / "env"), home)[0].distributions == ()

    def test_control_characters_in_names_are_escaped(self, home: Path) -> None:
        make_environment(home / "env", "\x1b[31m.dist-info")
        (line,) = warnings_of(find(home, home / "env"), home)
        assert "\x1b" not in line

    def test_a_pyvenv_cfg_that_is_a_pipe_does_not_block(self, home: Path) -> None:
        make_environment(home / "env")
        (home / "env/pyvenv.cfg").unlink()
        os.mkfifo(home / "env/pyvenv.cfg")
        (environment,) = here(find(home, home / "env"), home)
        assert environment.python_version == "3.12"


@posix
def test_versions_are_compared_as_pip_compares_them(home: Path) -> None:
    make_environment(home / "a", "thing_one-1.16.dist-info")
    make_environment(home / "b", "thing_one-1.16.0.dist-info")
    make_environment(home / "c", "thing_one-1.17.0.dist-info")
    found = find(home, home)
    assert [each.name for each in found.having("thing-one", "1.16.0")] == ["a", "b"]
    assert found.having("thing-one", "2") == found.having("other", "1.16.0") == found.having(None, "1") == ()


def run(command: Sequence[str | Path], **environ: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "VIRTUAL"))}
    subprocess.run(
        [str(part) for part in command],
        env=kept | environ,
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )


@pytest.fixture(scope="session")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheelhouse")
    for version in ("1.0", "2.0"):
        wheel = wheel_name("thing_one", version, "py3-none-any")
        (folder / wheel).write_bytes(make_wheel("thing-one", version, "py3-none-any"))
    return folder


@pytest.mark.parametrize("maker", ["venv", "virtualenv", "uv"])
def test_a_real_environment_and_what_was_really_installed_in_it(
    maker: str, home: Path, wheelhouse: Path, tmp_path: Path
) -> None:
    prefix = home / "src/api/.venv"
    offline: list[str | Path] = ["--no-index", "--find-links", wheelhouse]
    python = prefix / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    make: dict[str, list[str | Path]] = {
        "venv": [sys.executable, "-m", "venv", "--without-pip", prefix],
        "virtualenv": [sys.executable, "-m", "virtualenv", "--no-seed", "--no-download", prefix],
        "uv": [sys.executable, "-m", "uv", "venv", "--offline", "--python", sys.executable, prefix],
    }
    run(make[maker])
    cache = tmp_path / "cache"
    install: list[str | Path] = ["install", *offline, "--cache-dir", cache, "thing-one<2"]
    if maker == "uv":
        run([sys.executable, "-m", "uv", "pip", *install, "--python", python])
    else:
        run([sys.executable, "-m", "pip", "--python", python, *install])
    (environment,) = here(find(home, home / "src"), home)
    assert environment.name == "api/.venv"
    assert (environment.python_version or "").startswith(f"{sys.version_info[0]}.{sys.version_info[1]}.")
    (distribution,) = environment.distributions
    assert (distribution.project, distribution.version) == ("thing-one", "1.0")
    assert read_files(distribution).installer == ("uv" if maker == "uv" else "pip")
