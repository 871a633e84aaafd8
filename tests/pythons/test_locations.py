"""Where Pythons are found: PATH, the active environment, version managers, and the one that runs the program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipcache_tui.pythons.interpreters import find_pythons
from pipcache_tui.pythons.locations import environment_of
from tests.support.made_pythons import Machine, made

PROJECT = Path(__file__).parents[2]


@made
class TestPlaces:
    def test_pythons_on_path_are_found(self, machine: Machine) -> None:
        machine.python("bin/python3.12")
        machine.python("bin/python3.9", "3.9.18", prefix="/nine")
        machine.python("bin/pypy3", "3.10.14", implementation="pypy", prefix="/pypy")
        machine.python("bin/python3.13t", "3.13.0", free_threaded=True, prefix="/threads")
        assert machine.names() == ["3.9", "3.12", "3.13t", "pypy3.10"]

    def test_without_pythons_nothing_is_found(self, machine: Machine) -> None:
        assert machine.find() == ()
        assert find_pythons(environ={"HOME": str(machine.top)}, memory="") == ()

    def test_the_active_environment_and_our_own_python_are_found_without_path(
        self, machine: Machine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        own = machine.python("opt/bin/python3.13", "3.13.0")
        machine.python("project/.venv/bin/python", "3.12.1")
        (machine.top / "project/.venv/pyvenv.cfg").touch()
        monkeypatch.setattr("pipcache_tui.pythons.locations.own_python", lambda: str(own))
        machine.environ["VIRTUAL_ENV"] = str(machine.top / "project/.venv")
        assert machine.names() == ["3.12", "3.13"]
        assert machine.names("3.13") == ["3.13"]
        machine.environ["VIRTUAL_ENV"] = "project/.venv"
        assert machine.names() == ["3.13"], "a relative one says nothing"

    def test_files_with_other_names_are_not_run(self, machine: Machine) -> None:
        for name in ("python3-config", "pythonista", "ipython", "python.sh", "python3.py", "pip"):
            machine.python(f"bin/{name}")
        machine.python("bin/python3.11").chmod(0o644)
        (machine.top / "bin" / "python3.10").mkdir()
        (machine.top / "bin" / "python3.8").symlink_to("gone")
        assert machine.find() == ()
        assert machine.runs == 0

    def test_links_to_one_python_are_asked_once(self, machine: Machine) -> None:
        machine.python("bin/python3.12")
        for link in ("python3", "python"):
            (machine.top / "bin" / link).symlink_to("python3.12")
        (machine.top / "bin2").symlink_to("bin")
        machine.environ["PATH"] += f"{os.pathsep}{machine.top}/bin2"
        (python,) = machine.find()
        assert python.executable == str(machine.top / "bin" / "python")
        assert machine.runs == 1

    def test_two_files_of_one_installation_are_one_python(self, machine: Machine) -> None:
        machine.python("bin/python3.12", prefix="/same")
        machine.python("bin/python3", prefix="/same")
        assert machine.names() == ["3.12"]

    def test_relative_folders_of_path_are_not_searched(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        machine.python("bin/python3")
        monkeypatch.chdir(machine.top)
        for path in ("bin", "./bin", "", "."):
            machine.environ["PATH"] = path
            assert machine.find() == ()

    def test_pythons_of_version_managers_are_found(self, machine: Machine) -> None:
        for number, path in enumerate(
            (
                "home/.pyenv/versions/3.8.1/bin/python3.8",
                "home/.asdf/installs/python/3.8.2/bin/python3",
                "home/.local/share/mise/installs/python/3.8.3/bin/python",
                "home/.local/share/uv/python/cpython-3.8.4-linux/bin/python3",
                "home/.rye/py/cpython@3.8.5/bin/python3",
                "home/conda/bin/python",
            ),
            1,
        ):
            machine.python(path, f"3.8.{number}")
        (machine.top / "home" / ".conda").mkdir()
        (machine.top / "home" / ".conda" / "environments.txt").write_text(
            f"relative\n{machine.top}/home/conda\n/gone\n"
        )
        assert machine.names() == [f"3.8.{number}" for number in range(1, 7)]

    def test_variables_move_the_folders_of_version_managers(self, machine: Machine) -> None:
        machine.environ.update(
            PYENV_ROOT=f"{machine.top}/a", ASDF_DATA_DIR=f"{machine.top}/b", UV_PYTHON_INSTALL_DIR=f"{machine.top}/c"
        )
        machine.python("a/versions/x/bin/python3", "3.7.0")
        machine.python("b/installs/python/x/bin/python3", "3.8.0")
        machine.python("c/x/bin/python3", "3.9.0")
        assert machine.names() == ["3.7", "3.8", "3.9"]

    def test_the_python_behind_a_shim_is_run_and_not_the_shim(self, machine: Machine) -> None:
        machine.script("manager/shims/python3", "exit 1")
        machine.python("manager/versions/3.12.1/bin/python3")
        machine.environ["PATH"] = str(machine.top / "manager" / "shims")
        assert machine.names() == ["3.12"]
        assert machine.runs == 1

    def test_an_environment_of_a_manager_counts_on_path_only(self, machine: Machine) -> None:
        machine.python("home/.pyenv/versions/3.12.1/bin/python3")
        machine.python("home/.pyenv/versions/env/bin/python3", pip_version="26.3")
        (machine.top / "home/.pyenv/versions/env/pyvenv.cfg").touch()
        assert machine.names() == ["3.12"]
        machine.environ["PATH"] = str(machine.top / "home/.pyenv/versions/env/bin")
        found = machine.find()
        assert [(python.name, python.pip_version) for python in found] == [
            ("3.12.1 (3.12.1)", "24.0"),
            ("3.12.1 (env)", "26.3"),
        ]

    def test_root_runs_only_its_own_files(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        python = machine.python("bin/python3")
        if os.geteuid() == 0:
            os.chown(python, 12345, 12345)
        monkeypatch.setattr("os.geteuid", lambda: 0)
        assert machine.find() == ()
        assert machine.runs == 0
        assert [found.name for found in machine.find(str(python))] == ["3.12"]


def test_our_own_python_is_the_one_our_environment_was_made_from(tmp_path: Path) -> None:
    """Asked in an environment of an environment: cron runs this in one, and its wheels are the base's."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    program = "from pipcache_tui.pythons.locations import environment_of, own_python as own; print(own())"
    path = os.pathsep.join(entry for entry in sys.path if entry)
    told = subprocess.check_output(
        [tmp_path / "env" / "bin" / "python", "-c", program], text=True, env={"PYTHONPATH": path}, cwd=PROJECT
    ).strip()
    assert os.path.realpath(told) == os.path.realpath(sys.executable)
    assert environment_of(told) is None
