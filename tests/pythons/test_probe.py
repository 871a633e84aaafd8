"""What the probe says of the Python that runs the tests.

That the answers of other Pythons and pips are right is tested in tests/interop/test_compatibility.py.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import packaging.tags
import pytest

from pipcache_tui.pythons.interpreters import Python, find_pythons


class TestThisPython:
    """The Python that runs the tests, really asked."""

    def test_version_implementation_and_prefix_are_those_of_this_python(self, this: Python) -> None:
        assert this.version == ".".join(map(str, sys.version_info[:3]))
        assert this.implementation == sys.implementation.name
        assert this.prefix == sys.prefix
        assert this.interpreter_name == packaging.tags.interpreter_name()
        assert this.interpreter_version == packaging.tags.interpreter_version()
        assert this.accepts(["py3-none-any"], f"=={this.version}")
        assert not this.accepts(["py3-none-any"], f"!={this.version}")

    @pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="this environment was made without pip")
    def test_pip_and_tags_are_those_of_its_pip(self, this: Python) -> None:
        assert this.pip_version == importlib.metadata.version("pip")
        program = (
            "from pip._internal.utils.compatibility_tags import get_supported\n"
            "print(*get_supported(), sep='\\n')"
        )  # fmt: skip
        said = subprocess.check_output([sys.executable, "-I", "-c", program], text=True)
        assert this.tags == frozenset(said.split())

    def test_modules_in_the_current_folder_and_pythonpath_are_not_imported(
        self, tmp_path: Path, this: Python, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in ("json", "re", "glob", "sysconfig", "sitecustomize", "usercustomize", "platform", "ensurepip"):
            (tmp_path / f"{module}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
        monkeypatch.chdir(tmp_path)
        environ = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONSTARTUP": str(tmp_path / "re.py")}
        assert find_pythons([sys.executable], environ=environ, memory="") == (this,)
        assert not (tmp_path / "ran").exists()

    def test_an_environment_without_pip_has_the_tags_of_the_pip_it_would_install(
        self, tmp_path: Path, this: Python
    ) -> None:
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
