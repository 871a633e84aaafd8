"""Naming the Pythons found, choosing them by name, and what a Python accepts."""

from __future__ import annotations

import os

import pytest

from pipcache_tui.pythons.interpreters import Python, PythonError
from tests.support.made_pythons import Machine, made


@made
class TestNames:
    def test_a_name_is_as_long_as_it_must_be_to_be_unique(self, machine: Machine) -> None:
        machine.python("a/bin/python3", "3.11.2", prefix="/usr")
        machine.python("b/bin/python3", "3.11.7", prefix="/one/env")
        machine.python("c/bin/python3", "3.11.7", prefix="/two/env")
        machine.python("d/bin/python3", "3.11.7", prefix="/three/other")
        machine.python("e/bin/python3", "3.9.0", prefix="/nine")
        machine.environ["PATH"] = os.pathsep.join(f"{machine.top}/{letter}/bin" for letter in "abcde")
        assert machine.names() == ["3.9", "3.11.2", "3.11.7 (/one/env)", "3.11.7 (other)", "3.11.7 (/two/env)"]


@made
class TestNamed:
    @pytest.fixture(autouse=True)
    def pythons(self, machine: Machine) -> None:
        machine.python("bin/python2.7", "2.7.18", prefix="/27")
        machine.python("bin/python3.1", "3.1.0", prefix="/31")
        machine.python("bin/python3.11", "3.11.2", prefix="/311")
        machine.python("more/bin/python3.11", "3.11.7", prefix="/3117")
        machine.python("bin/python3.13", "3.13.0", prefix="/313")
        machine.python("bin/python3.13t", "3.13.0", free_threaded=True, prefix="/313t")
        machine.python("bin/pypy3.10", "3.10.14", implementation="pypy", prefix="/pypy")
        machine.environ["PATH"] += f"{os.pathsep}{machine.top}/more/bin"

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("2.7", ["2.7"]),
            ("27", ["2.7"]),
            ("2", ["2.7"]),
            ("3.1", ["3.1"]),
            ("3.11", ["3.11.2", "3.11.7"]),
            ("311", ["3.11.2", "3.11.7"]),
            ("3.11.7", ["3.11"]),
            ("python3.11", ["3.11.2", "3.11.7"]),
            ("cp311", ["3.11.2", "3.11.7"]),
            ("cpython-3.11.2", ["3.11"]),
            ("3", ["3.1", "3.11.2", "3.11.7", "3.13", "pypy3.10"]),
            ("3.13", ["3.13"]),
            ("3.13t", ["3.13t"]),
            ("3.10", ["pypy3.10"]),
            ("pypy3.10", ["pypy3.10"]),
            ("PyPy", ["pypy3.10"]),
            ("pp310", ["pypy3.10"]),
        ],
    )
    def test_a_version_chooses_pythons(self, machine: Machine, name: str, expected: list[str]) -> None:
        assert machine.names(name) == expected

    def test_several_names_choose_each_python_once(self, machine: Machine) -> None:
        assert machine.names("3.13", "2.7", "2", f"{machine.top}/bin/pypy3.10") == ["2.7", "3.13", "pypy3.10"]

    def test_a_path_runs_no_other_python(self, machine: Machine) -> None:
        assert machine.names(str(machine.top / "bin" / "python3.13")) == ["3.13"]
        assert machine.runs == 1

    def test_relative_paths_and_home_are_expanded(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(machine.top)
        monkeypatch.setenv("HOME", str(machine.top))
        assert machine.names("bin/python3.13") == ["3.13"]
        assert machine.names("~/bin/python3.13") == ["3.13"]

    def test_a_command_on_path_chooses_its_python(self, machine: Machine) -> None:
        (machine.top / "bin" / "python").symlink_to("python3.11")
        assert machine.names("python") == ["3.11"]

    def test_a_link_with_another_name_is_followed(self, machine: Machine) -> None:
        (machine.top / "mine").symlink_to("bin/python3.11")
        assert machine.names(str(machine.top / "mine")) == ["3.11"]

    def test_the_folder_of_an_environment_chooses_its_python(
        self, machine: Machine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        machine.python("project/.venv/bin/python", "3.11.7")
        monkeypatch.chdir(machine.top / "project")
        assert machine.names(".venv") == ["3.11"]
        assert machine.names(str(machine.top / "project" / ".venv")) == ["3.11"]

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("3.99", r"no such Python here \(found: 2\.7, 3\.1, 3\.11, 3\.13, 3\.13t, pypy3\.10\); give its path"),
            ("pypy2.7", "no such Python here"),
            ("/nowhere/python3", "no such file or folder"),
            ("nosuchpython", "no such command on PATH"),
            ("3.x", "no such command on PATH"),
            ("", "give a version such as 3.11"),
            ("a\0b", "give a version such as 3.11"),
            ("{top}/home", "no Python in this folder"),
            ("{top}/runs.txt", "not an executable file"),
            ("{top}/bin/rm", "so it is not run"),
            ("{top}/bin/python-broken", "stopped with status 3"),
            ("{top}/bin/python-silent", "did not answer as a Python does"),
            ("{top}/bin/python-nothing", "Exec format error"),
        ],
    )
    def test_errors_are_one_line(self, machine: Machine, name: str, words: str) -> None:
        (machine.top / "runs.txt").touch()
        machine.script("bin/rm")
        machine.script("bin/python-broken", "exit 3")
        machine.script("bin/python-silent", "echo 'pipcache-tui asked: [1, 2]'")
        empty = machine.top / "bin" / "python-nothing"
        empty.write_bytes(b"\x00\x01\x02\x03")
        empty.chmod(0o755)
        before = machine.runs
        with pytest.raises(PythonError, match=words) as caught:
            machine.find(name.replace("{top}", str(machine.top)))
        assert str(caught.value).startswith("--python ")
        assert str(caught.value).isprintable()
        if name.endswith("/rm"):
            assert machine.runs == before


class TestAccepts:
    def python(self, version: str = "3.11.7", pip_version: str | None = "26.3") -> Python:
        return Python(
            executable="/bin/python3",
            version=version,
            implementation="cpython",
            name="3.11",
            tags=frozenset({"cp311-cp311-linux_x86_64", "py3-none-any"}),
            pip_version=pip_version,
            prefix="/",
            interpreter_name="cp",
            interpreter_version="311",
        )

    def test_one_matching_tag_is_enough(self) -> None:
        python = self.python()
        assert python.accepts(["py2-none-any", "py3-none-any"])
        assert python.accepts(["PY3-none-any"])
        assert not python.accepts(["py2-none-any"])
        assert python.accepts([])  # an sdist
        assert not python.accepts(["py2-none-any"], ">=3")

    @pytest.mark.parametrize(
        ("requires", "expected"),
        [(None, True), ("", True), (">=3.8", True), (">=3.12", False), ("<3.11.7", False), ("==3.11.*", True)],
    )
    def test_requires_python_is_compared_with_the_version(self, requires: str | None, expected: bool) -> None:
        assert self.python().accepts([], requires) is expected
        assert self.python(pip_version=None).accepts([], requires) is expected

    @pytest.mark.parametrize("requires", ["nonsense", ">=3.12.*", "~3.12", "3.12", ">=3.12,;"])
    def test_a_requires_python_that_pip_cannot_parse_is_ignored(self, requires: str) -> None:
        assert self.python().accepts([], requires)

    def test_pips_before_24_1_parse_more_forms(self) -> None:
        old = self.python(pip_version="24.0")
        assert not old.accepts([], ">=3.12.*")
        assert old.accepts([], ">=3.8, >=3.11.*")
        assert self.python("3.11.0", "24.0").accepts([], ">3.11.*")
        assert not self.python("3.11.0", "24.0").accepts([], "<=3.11.*")
        assert old.accepts([], "!=3.0.*,>=3.5.*,<4.*")

    def test_pips_before_9_ignore_requires_python(self) -> None:
        assert self.python(pip_version="8.1.2").accepts([], ">=3.12")

    def test_a_pip_of_unknown_version_compares_requires_python(self) -> None:
        assert not self.python(pip_version="my own").accepts([], ">=3.12")
