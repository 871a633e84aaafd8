"""Asking Pythons, remembering their answers, and the tags of a Python without pip."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import packaging.tags
import pytest

from pipcache_tui.pythons import queries
from pipcache_tui.pythons.interpreters import Python
from pipcache_tui.pythons.queries import Answer, NoAnswer, ask_all, tags_without_pip
from tests.support.made_pythons import Machine, made


@made
class TestAsking:
    def ask(self, machine: Machine, executable: Path, timeout: float = 10.0) -> Answer | NoAnswer:
        return ask_all([str(executable)], environ=machine.environ, memory="", timeout=timeout)[str(executable)]

    def test_a_python_that_hangs_is_stopped(self, machine: Machine) -> None:
        answer = self.ask(machine, machine.script("bin/python3", "exec /bin/sleep 60"), timeout=0.2)
        assert str(answer) == "no answer within 0.2 seconds"

    def test_a_child_that_keeps_the_output_open_is_not_waited_for(self, machine: Machine) -> None:
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
    def test_an_answer_of_the_wrong_shape_is_refused(self, machine: Machine, facts: dict[str, object]) -> None:
        plain = machine.plain_answer("bin/python3")
        assert isinstance(self.ask(machine, machine.answering("bin/python3", plain)), Answer)
        assert isinstance(self.ask(machine, machine.answering("bin/python3", {**plain, **facts})), NoAnswer)

    def test_one_broken_python_among_many_is_left_out(self, machine: Machine) -> None:
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

    def test_a_remembered_python_is_not_asked_again(self, machine: Machine, memory: str) -> None:
        machine.python("bin/python3")
        first = machine.find(memory=memory)
        assert machine.runs == 1
        assert machine.find(memory=memory) == first
        assert machine.runs == 1
        assert os.listdir(os.path.dirname(memory)) == ["pythons.json"]

    def test_without_a_memory_each_search_asks(self, machine: Machine) -> None:
        machine.python("bin/python3")
        machine.find()
        machine.find()
        assert machine.runs == 2

    def test_pythons_of_earlier_searches_stay_remembered(self, machine: Machine, memory: str) -> None:
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
    def test_a_damaged_memory_is_ignored_and_written_again(self, machine: Machine, memory: str, content: bytes) -> None:
        exe = machine.python("bin/python3")
        content = content.replace(b"MACHINE", json.dumps(queries._machine()).encode())
        os.makedirs(os.path.dirname(memory))
        Path(memory).write_bytes(content.replace(b"EXE", str(exe).encode()))
        assert [python.name for python in machine.find(memory=memory)] == ["3.12"]
        assert machine.runs == 1
        assert [python.name for python in machine.find(memory=memory)] == ["3.12"]
        assert machine.runs == 1

    def test_an_invalid_answer_in_a_valid_memory_is_ignored(self, machine: Machine, memory: str) -> None:
        machine.python("bin/python3")
        machine.find(memory=memory)
        data = json.loads(Path(memory).read_text())
        (entry,) = data["pythons"].values()
        entry["answer"]["tags"] = ["py3-none-any\u001b[2J"]
        Path(memory).write_text(json.dumps(data))
        (python,) = machine.find(memory=memory)
        assert all(tag.isprintable() for tag in python.tags)

    def test_a_memory_that_cannot_be_written_is_no_error(self, machine: Machine) -> None:
        machine.python("bin/python3")
        (machine.top / "file").touch()
        for place in (str(machine.top / "file" / "pythons.json"), str(machine.top / "home")):
            assert [python.name for python in machine.find(memory=place)] == ["3.12"]

    def test_root_writes_nothing_in_the_home_of_another_user(
        self, machine: Machine, memory: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        python = machine.python("bin/python3")
        if os.geteuid() == 0:
            os.chown(machine.top, 12345, 12345)
        monkeypatch.setattr("os.geteuid", lambda: 0)
        machine.find(str(python), memory=memory)
        assert not os.path.exists(memory)


class TestTagsWithoutPip:
    def answer(self, **facts: object) -> Answer:
        plain = Answer("3.12.1", "cpython", "312", "cp312", "linux-x86_64", "/", None, False, 64, (), ())
        return replace(plain, **facts)  # type: ignore[arg-type]

    def test_the_tags_of_our_own_python_are_those_of_packaging(self, this: Python) -> None:
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
    def test_tags_of_other_pythons(self, facts: dict[str, object], accepted: list[str], refused: list[str]) -> None:
        here = str(facts.get("platform", "linux-x86_64")).replace("-", "_")
        tags = frozenset(tags_without_pip(self.answer(**facts)))

        def is_accepted(compressed: str) -> bool:
            return not tags.isdisjoint(map(str, packaging.tags.parse_tag(compressed.replace("-L", f"-{here}"))))

        assert [tag for tag in accepted if not is_accepted(tag)] == []
        assert [tag for tag in refused if is_accepted(tag)] == []
