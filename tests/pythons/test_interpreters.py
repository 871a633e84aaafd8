"""Finding, naming, asking and remembering Pythons: mostly with made ones, which are scripts that answer as told.

That the answers are right is tested against real Pythons and pips in tests/interop/test_compatibility.py.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import packaging.tags
import pytest

from pipcache_tui.pythons import queries
from pipcache_tui.pythons.interpreters import Python, PythonError, find_pythons
from pipcache_tui.pythons.locations import environment_of
from pipcache_tui.pythons.queries import Answer, NoAnswer, ask_all, tags_without_pip

PROJECT = Path(__file__).parents[2]
made = pytest.mark.skipif(sys.platform == "win32", reason="the made Pythons are shell scripts")


@dataclass
class Machine:
    """A made PATH and home; each made Python notes every time it is run."""

    top: Path
    environ: dict[str, str]

    @property
    def runs(self) -> int:
        log = self.top / "runs"
        return len(log.read_text().splitlines()) if log.exists() else 0

    def script(self, path: str, *lines: str) -> Path:
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(("#!/bin/sh", f"echo run >> '{self.top}/runs'", *lines, "")))
        file.chmod(0o755)
        return file

    def python(self, path: str, version: str = "3.12.1", **facts: object) -> Path:
        """A made Python; its prefix is its own unless told."""
        return self.answering(path, {**self.plain_answer(path, version), **facts})

    def plain_answer(self, path: str, version: str = "3.12.1") -> dict[str, object]:
        nodot = "".join(version.split(".")[:2])
        return {
            "version": version,
            "implementation": "cpython",
            "interpreter_version": nodot,
            "abi": f"cp{nodot}",
            "platform": "linux-x86_64",
            "prefix": str((self.top / path).parent.parent),
            "pip_version": "24.0",
            "free_threaded": False,
            "bits": 64,
            "tags": [f"cp{nodot}-cp{nodot}-linux_x86_64", "py3-none-any"],
            "watch": [],
        }

    def answering(self, path: str, answer: object) -> Path:
        text = json.dumps(answer)
        return self.script(path, "echo 'sitecustomize says hello'", f"printf '%s\\n' 'pipcache-tui asked: {text}'")

    def find(self, *named: str, memory: str = "") -> tuple[Python, ...]:
        return find_pythons(named, environ=self.environ, memory=memory)

    def names(self, *named: str) -> list[str]:
        return [python.name for python in self.find(*named)]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr("findpython.providers.macos.MacOSProvider.create", lambda: None)
    monkeypatch.setattr("pipcache_tui.pythons.locations.own_python", lambda: None)
    (tmp_path / "home").mkdir()
    return Machine(tmp_path, {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path / "home")})


@made
class TestPlaces:
    def test_path(self, machine: Machine) -> None:
        machine.python("bin/python3.12")
        machine.python("bin/python3.9", "3.9.18", prefix="/nine")
        machine.python("bin/pypy3", "3.10.14", implementation="pypy", prefix="/pypy")
        machine.python("bin/python3.13t", "3.13.0", free_threaded=True, prefix="/threads")
        assert machine.names() == ["3.9", "3.12", "3.13t", "pypy3.10"]

    def test_nothing(self, machine: Machine) -> None:
        assert machine.find() == ()
        assert find_pythons(environ={"HOME": str(machine.top)}, memory="") == ()

    def test_the_active_environment_and_what_runs_us_are_here_whatever_path_says(
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

    def test_what_is_no_python_is_not_run(self, machine: Machine) -> None:
        for name in ("python3-config", "pythonista", "ipython", "python.sh", "python3.py", "pip"):
            machine.python(f"bin/{name}")
        machine.python("bin/python3.11").chmod(0o644)
        (machine.top / "bin" / "python3.10").mkdir()
        (machine.top / "bin" / "python3.8").symlink_to("gone")
        assert machine.find() == ()
        assert machine.runs == 0

    def test_links_are_one_python_asked_once(self, machine: Machine) -> None:
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

    def test_managers(self, machine: Machine) -> None:
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

    def test_managers_where_their_variables_say(self, machine: Machine) -> None:
        machine.environ.update(
            PYENV_ROOT=f"{machine.top}/a", ASDF_DATA_DIR=f"{machine.top}/b", UV_PYTHON_INSTALL_DIR=f"{machine.top}/c"
        )
        machine.python("a/versions/x/bin/python3", "3.7.0")
        machine.python("b/installs/python/x/bin/python3", "3.8.0")
        machine.python("c/x/bin/python3", "3.9.0")
        assert machine.names() == ["3.7", "3.8", "3.9"]

    def test_shims_are_not_run_but_what_they_stand_for(self, machine: Machine) -> None:
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

    def test_root_runs_no_ones_files_but_its_own(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        python = machine.python("bin/python3")
        if os.geteuid() == 0:
            os.chown(python, 12345, 12345)
        monkeypatch.setattr("os.geteuid", lambda: 0)
        assert machine.find() == ()
        assert machine.runs == 0
        assert [found.name for found in machine.find(str(python))] == ["3.12"]


@made
class TestNames:
    def test_told_apart_by_what_it_takes(self, machine: Machine) -> None:
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
    def test_version(self, machine: Machine, name: str, expected: list[str]) -> None:
        assert machine.names(name) == expected

    def test_several(self, machine: Machine) -> None:
        assert machine.names("3.13", "2.7", "2", f"{machine.top}/bin/pypy3.10") == ["2.7", "3.13", "pypy3.10"]

    def test_path_alone_runs_nothing_else(self, machine: Machine) -> None:
        assert machine.names(str(machine.top / "bin" / "python3.13")) == ["3.13"]
        assert machine.runs == 1

    def test_relative_path_and_home(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(machine.top)
        monkeypatch.setenv("HOME", str(machine.top))
        assert machine.names("bin/python3.13") == ["3.13"]
        assert machine.names("~/bin/python3.13") == ["3.13"]

    def test_command(self, machine: Machine) -> None:
        (machine.top / "bin" / "python").symlink_to("python3.11")
        assert machine.names("python") == ["3.11"]

    def test_link_of_another_name(self, machine: Machine) -> None:
        (machine.top / "mine").symlink_to("bin/python3.11")
        assert machine.names(str(machine.top / "mine")) == ["3.11"]

    def test_folder_of_an_environment(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
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


@made
class TestAsking:
    def ask(self, machine: Machine, executable: Path, timeout: float = 10.0) -> Answer | NoAnswer:
        return ask_all([str(executable)], environ=machine.environ, memory="", timeout=timeout)[str(executable)]

    def test_one_that_hangs_is_left(self, machine: Machine) -> None:
        answer = self.ask(machine, machine.script("bin/python3", "exec /bin/sleep 60"), timeout=0.2)
        assert str(answer) == "no answer within 0.2 seconds"

    def test_one_that_leaves_a_child_with_its_output_open(self, machine: Machine) -> None:
        """The child lives on for a while; its parent's answer is not waited for any longer than that."""
        machine.python("bin/python3")
        script = machine.top / "bin" / "python3"
        script.write_text(script.read_text() + "/bin/sleep 20 &\n")
        assert isinstance(self.ask(machine, script, timeout=15.0), Answer)

    @pytest.mark.parametrize(
        "facts",
        [
            {"version": "3.12"},
            {"version": None},
            {"version": "3.12.1\u001b[31m"},
            {"implementation": "c python"},
            {"interpreter_version": 312},
            {"pip_version": 24},
            {"pip_version": "24.0\u202e"},
            {"platform": "linux\n"},
            {"abi": ""},
            {"tags": "py3-none-any"},
            {"tags": [1]},
            {"tags": ["py3-none"]},
            {"tags": ["py3-none-any\n"]},
            {"watch": None},
            {"bits": 65},
            {"free_threaded": "no"},
            {"prefix": ["/"]},
        ],
    )
    def test_answers_of_the_wrong_shape_are_none(self, machine: Machine, facts: dict[str, object]) -> None:
        plain = machine.plain_answer("bin/python3")
        assert isinstance(self.ask(machine, machine.answering("bin/python3", plain)), Answer)
        assert isinstance(self.ask(machine, machine.answering("bin/python3", {**plain, **facts})), NoAnswer)

    def test_many_at_once_one_broken(self, machine: Machine) -> None:
        for number in range(12):
            machine.python(f"bin{number}/python3", f"3.{number}.0", prefix=f"/{number}")
        machine.script("bin5/python3", "exit 1")
        machine.environ["PATH"] = os.pathsep.join(f"{machine.top}/bin{number}" for number in range(12))
        assert machine.names() == [f"3.{number}" for number in range(12) if number != 5]


@made
class TestMemory:
    @pytest.fixture
    def memory(self, machine: Machine) -> str:
        return str(machine.top / "cache" / "deep" / "pythons.json")

    def test_asked_once(self, machine: Machine, memory: str) -> None:
        machine.python("bin/python3")
        first = machine.find(memory=memory)
        assert machine.runs == 1
        assert machine.find(memory=memory) == first
        assert machine.runs == 1
        assert os.listdir(os.path.dirname(memory)) == ["pythons.json"]

    def test_no_memory(self, machine: Machine) -> None:
        machine.python("bin/python3")
        machine.find()
        machine.find()
        assert machine.runs == 2

    def test_those_not_asked_for_stay_remembered(self, machine: Machine, memory: str) -> None:
        one, two = machine.python("bin/python3.11", "3.11.0"), machine.python("bin/python3.12")
        machine.find(memory=memory)
        machine.find(str(one), memory=memory)
        other = machine.python("elsewhere/python3", "3.10.0")
        machine.find(str(other), memory=memory)
        machine.find(str(two), memory=memory)
        assert machine.runs == 3

    def test_asked_again_when_the_executable_changed(self, machine: Machine, memory: str) -> None:
        machine.python("bin/python3", "3.12.1")
        machine.find(memory=memory)
        machine.python("bin/python3", "3.12.2")
        assert [python.version for python in machine.find(memory=memory)] == ["3.12.2"]

    def test_asked_again_when_the_link_leads_elsewhere(self, machine: Machine, memory: str) -> None:
        link = machine.top / "bin" / "python3"
        machine.python("one/python3.11", "3.11.0")
        machine.python("two/python3.12", "3.12.0")
        (machine.top / "bin").mkdir()
        for target, version in (("../one/python3.11", "3.11.0"), ("../two/python3.12", "3.12.0")):
            link.unlink(missing_ok=True)
            link.symlink_to(target)
            assert [python.version for python in machine.find(memory=memory)] == [version]

    def test_asked_again_when_its_pip_changed_or_came(self, machine: Machine, memory: str) -> None:
        pip = machine.top / "lib" / "pip.py"
        machine.python("bin/python3", watch=[str(pip)])
        machine.find(memory=memory)
        pip.parent.mkdir()
        pip.write_text("1")
        machine.find(memory=memory)
        assert machine.runs == 2
        pip.write_text("22")
        machine.find(memory=memory)
        machine.find(memory=memory)
        assert machine.runs == 3

    def test_asked_again_on_another_system(
        self, machine: Machine, memory: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        machine.python("bin/python3")
        machine.find(memory=memory)
        monkeypatch.setattr(queries, "_machine", lambda: "linux x86_64 glibc 9.99")
        machine.find(memory=memory)
        assert machine.runs == 2

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\xff\xfe",
            b"null",
            b"[]",
            b"[" * 100_000,
            b"{}",
            b'{"form": 2}',
            b'{"form": 2, "machine": MACHINE}',
            b'{"form": 2, "machine": MACHINE, "pythons": []}',
            b'{"form": 2, "machine": MACHINE, "pythons": {"EXE": null}}',
            b'{"form": 2, "machine": MACHINE, "pythons": {"EXE": {"stamp": [1], "answer": {}}}}',
            b'{"form": 2, "machine": MACHINE, "pythons": {"EXE": {"stamp": [], "answer": {"version": "3.1.1"}}}}',
            b'{"form": 1, "machine": MACHINE, "pythons": {}}',
        ],
    )
    def test_a_broken_memory_remembers_nothing(self, machine: Machine, memory: str, content: bytes) -> None:
        exe = machine.python("bin/python3")
        content = content.replace(b"MACHINE", json.dumps(queries._machine()).encode())
        os.makedirs(os.path.dirname(memory))
        Path(memory).write_bytes(content.replace(b"EXE", str(exe).encode()))
        assert [python.name for python in machine.find(memory=memory)] == ["3.12"]
        assert machine.runs == 1
        assert [python.name for python in machine.find(memory=memory)] == ["3.12"]
        assert machine.runs == 1

    def test_a_false_answer_in_a_true_frame_is_not_believed(self, machine: Machine, memory: str) -> None:
        machine.python("bin/python3")
        machine.find(memory=memory)
        data = json.loads(Path(memory).read_text())
        (entry,) = data["pythons"].values()
        entry["answer"]["tags"] = ["py3-none-any\u001b[2J"]
        Path(memory).write_text(json.dumps(data))
        (python,) = machine.find(memory=memory)
        assert all(tag.isprintable() for tag in python.tags)

    def test_a_memory_that_cannot_be_kept(self, machine: Machine) -> None:
        machine.python("bin/python3")
        (machine.top / "file").touch()
        for place in (str(machine.top / "file" / "pythons.json"), str(machine.top / "home")):
            assert [python.name for python in machine.find(memory=place)] == ["3.12"]

    def test_root_leaves_nothing_in_the_home_of_another(
        self, machine: Machine, memory: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        python = machine.python("bin/python3")
        if os.geteuid() == 0:
            os.chown(machine.top, 12345, 12345)
        monkeypatch.setattr("os.geteuid", lambda: 0)
        machine.find(str(python), memory=memory)
        assert not os.path.exists(memory)


@pytest.fixture(scope="module")
def this() -> Python:
    (python,) = find_pythons([sys.executable], memory="")
    return python


class TestThisPython:
    """The Python that runs the tests, really asked."""

    def test_what_it_is(self, this: Python) -> None:
        assert this.version == ".".join(map(str, sys.version_info[:3]))
        assert this.implementation == sys.implementation.name
        assert this.prefix == sys.prefix
        assert this.interpreter_name == packaging.tags.interpreter_name()
        assert this.interpreter_version == packaging.tags.interpreter_version()
        assert this.accepts(["py3-none-any"], f"=={this.version}")
        assert not this.accepts(["py3-none-any"], f"!={this.version}")

    @pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="this environment was made without pip")
    def test_its_pip(self, this: Python) -> None:
        assert this.pip_version == importlib.metadata.version("pip")
        program = (
            "from pip._internal.utils.compatibility_tags import get_supported\n"
            "print(*get_supported(), sep='\\n')"
        )  # fmt: skip
        said = subprocess.check_output([sys.executable, "-I", "-c", program], text=True)
        assert this.tags == frozenset(said.split())

    def test_what_lies_about_is_not_imported(
        self, tmp_path: Path, this: Python, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in ("json", "re", "glob", "sysconfig", "sitecustomize", "usercustomize", "platform", "ensurepip"):
            (tmp_path / f"{module}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
        monkeypatch.chdir(tmp_path)
        environ = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONSTARTUP": str(tmp_path / "re.py")}
        assert find_pythons([sys.executable], environ=environ, memory="") == (this,)
        assert not (tmp_path / "ran").exists()

    def test_environment_without_pip(self, tmp_path: Path, this: Python) -> None:
        """It is told from the Python it was made from; its tags are those of the pip that it would install."""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
        (python,) = find_pythons([str(tmp_path / "env")], memory="")
        assert python.prefix == str(tmp_path / "env")
        assert python.pip_version is None
        assert python.version == this.version
        own = f"cp{python.interpreter_version}-{this.interpreter_name}{this.interpreter_version}"
        assert {tag for tag in python.tags if tag.startswith(own)} <= this.tags | {
            str(tag) for tag in packaging.tags.sys_tags()
        }
        assert python.accepts(["py3-none-any"])


class TestTagsWithoutPip:
    def answer(self, **facts: object) -> Answer:
        plain = Answer("3.12.1", "cpython", "312", "cp312", "linux-x86_64", "/", None, False, 64, (), ())
        return replace(plain, **facts)  # type: ignore[arg-type]

    def test_ours(self, this: Python) -> None:
        """What packaging counts for this Python itself, in its own way."""
        answer = ask_all([this.executable], environ=os.environ, memory="")[this.executable]
        assert isinstance(answer, Answer)
        assert tags_without_pip(answer) == tuple(map(str, packaging.tags.sys_tags()))

    @pytest.mark.parametrize(
        ("facts", "accepted", "refused"),
        [
            (
                {"version": "2.7.18", "interpreter_version": "27", "abi": "cp27mu"},
                ["cp27-cp27mu-L", "cp27-none-L", "py2-none-L", "py2.py3-none-any", "py27-none-any"],
                ["cp27-cp27m-L", "cp27-abi3-L", "py3-none-any", "cp36-abi3-L"],
            ),
            (
                {"version": "3.6.15", "interpreter_version": "36", "abi": "cp36m"},
                ["cp36-cp36m-L", "cp36-abi3-L", "cp32-abi3-L", "py3-none-any", "py36-none-any"],
                ["cp36-cp36-L", "cp37-abi3-L", "py37-none-any", "py2-none-any"],
            ),
            (
                {"version": "3.13.0", "interpreter_version": "313", "abi": "cp313t", "free_threaded": True},
                ["cp313-cp313t-L", "py3-none-any", "cp313-none-any"],
                ["cp313-cp313-L", "cp313-abi3-L", "cp312-abi3-L"],
            ),
            (
                {"version": "3.10.14", "implementation": "pypy", "interpreter_version": "310", "abi": "pypy310_pp73"},
                ["pp310-pypy310_pp73-L", "pp310-none-any", "py3-none-any", "py310-none-L"],
                ["cp310-cp310-L", "cp36-abi3-L", "pp39-pypy39_pp73-L"],
            ),
            (
                {"bits": 32},
                ["cp312-cp312-linux_i686", "py3-none-any"],
                ["cp312-cp312-linux_x86_64", "cp312-cp312-manylinux_2_17_x86_64"],
            ),
            (
                {"platform": "linux-ppc64le"},
                ["cp312-cp312-linux_ppc64le"],
                ["cp312-cp312-linux_x86_64", "cp312-cp312-win_amd64"],
            ),
            ({"platform": "win-amd64"}, ["cp312-cp312-win_amd64"], ["cp312-cp312-linux_x86_64"]),
        ],
    )
    def test_others(self, facts: dict[str, object], accepted: list[str], refused: list[str]) -> None:
        here = str(facts.get("platform", "linux-x86_64")).replace("-", "_")
        tags = frozenset(tags_without_pip(self.answer(**facts)))

        def is_accepted(compressed: str) -> bool:
            return not tags.isdisjoint(map(str, packaging.tags.parse_tag(compressed.replace("-L", f"-{here}"))))

        assert [tag for tag in accepted if not is_accepted(tag)] == []
        assert [tag for tag in refused if is_accepted(tag)] == []


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

    def test_tags(self) -> None:
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
    def test_requires_python(self, requires: str | None, expected: bool) -> None:
        assert self.python().accepts([], requires) is expected
        assert self.python(pip_version=None).accepts([], requires) is expected

    @pytest.mark.parametrize("requires", ["nonsense", ">=3.12.*", "~3.12", "3.12", ">=3.12,;"])
    def test_what_pip_cannot_read_it_accepts(self, requires: str) -> None:
        assert self.python().accepts([], requires)

    def test_pips_before_24_1_read_more(self) -> None:
        old = self.python(pip_version="24.0")
        assert not old.accepts([], ">=3.12.*")
        assert old.accepts([], ">=3.8, >=3.11.*")
        assert self.python("3.11.0", "24.0").accepts([], ">3.11.*")
        assert not self.python("3.11.0", "24.0").accepts([], "<=3.11.*")
        assert old.accepts([], "!=3.0.*,>=3.5.*,<4.*")

    def test_pips_before_9_read_none(self) -> None:
        assert self.python(pip_version="8.1.2").accepts([], ">=3.12")

    def test_a_pip_of_unknown_version(self) -> None:
        assert not self.python(pip_version="my own").accepts([], ">=3.12")


def test_what_runs_us_is_the_python_an_environment_was_made_from(tmp_path: Path) -> None:
    """Asked in an environment of an environment: cron runs this in one, and its wheels are the base's."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    program = "from pipcache_tui.pythons.locations import environment_of, own_python as own; print(own())"
    path = os.pathsep.join(entry for entry in sys.path if entry)
    told = subprocess.check_output(
        [tmp_path / "env" / "bin" / "python", "-c", program], text=True, env={"PYTHONPATH": path}, cwd=PROJECT
    ).strip()
    assert os.path.realpath(told) == os.path.realpath(sys.executable)
    assert environment_of(told) is None
