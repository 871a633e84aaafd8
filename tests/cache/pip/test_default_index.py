"""What pip knows of the public index, read from pips of every age, here made ones."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pipcache_tui.cache.pip.default_index import DefaultIndex, pip_knowledge


def write(top: Path, path: str, text: str) -> None:
    file = top / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


class TestPipKnowledge:
    MODERN = (
        "class PackageIndex:\n    def __init__(self, url, file_storage_domain): ...\n\n"
        'PyPI = PackageIndex("https://index.example/", file_storage_domain="files.index.example")\n'
        'TestPyPI = PackageIndex(\n    "https://test.index.example/",'
        ' file_storage_domain="test-files.index.example"\n)\n'
    )
    KNOWN = DefaultIndex(
        ("https://index.example/simple", "https://test.index.example/simple"),
        ("https://files.index.example", "https://test-files.index.example"),
    )

    @pytest.mark.parametrize("quote", ['"', "'"])
    def test_modern_pip(self, tmp_path: Path, quote: str) -> None:
        write(tmp_path, "lib/pip/_internal/models/index.py", self.MODERN.replace('"', quote))
        assert pip_knowledge({}, [str(tmp_path / "lib")]) == self.KNOWN

    def test_pip_9(self, tmp_path: Path) -> None:
        write(tmp_path, "lib/pip/models/index.py", "PyPI = Index('https://index.example/')\n")
        assert pip_knowledge({}, [str(tmp_path / "lib")]) == DefaultIndex(("https://index.example/simple",))

    def test_pip_1_5(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            "lib/pip/cmdoptions.py",
            "index_url = OptionMaker(\n    '-i', '--index-url', '--pypi-url',\n    dest='index_url',\n"
            "    metavar='URL',\n    default='https://index.example/simple/',\n"
            "    help='Base URL of Python Package Index.')\n",
        )
        assert pip_knowledge({}, [str(tmp_path / "lib")]) == DefaultIndex(("https://index.example/simple",))

    def test_wheel_of_pip(self, tmp_path: Path) -> None:
        path = tmp_path / "pip-99-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr("pip/_internal/models/index.py", self.MODERN)
        assert pip_knowledge({}, [str(path)]) == self.KNOWN

    def test_the_first_that_tells(self, tmp_path: Path) -> None:
        (tmp_path / "no-pip").mkdir()
        write(tmp_path, "damaged.whl", "no zip")
        write(tmp_path, "vague/pip/_internal/models/index.py", "PyPI = somewhere_else()\n")
        write(tmp_path, "lib/pip/_internal/models/index.py", self.MODERN)
        names = ("absent", "no-pip", "damaged.whl", "vague", "lib")
        assert pip_knowledge({}, [str(tmp_path / name) for name in names]) == self.KNOWN
        assert pip_knowledge({}, [str(tmp_path / name) for name in names[:-1]]) == DefaultIndex()

    def test_pip_next_to_a_command_on_path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.path", [])
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        monkeypatch.setattr("sysconfig.get_config_var", lambda name: str(tmp_path / "nowhere"))
        write(tmp_path, "opt/bin/pip", "#!/bin/sh\n")
        write(tmp_path, "opt/lib/python3.12/site-packages/pip/_internal/models/index.py", self.MODERN)
        assert pip_knowledge({"PATH": "relative"}) == DefaultIndex()
        assert pip_knowledge({"PATH": f"relative{os.pathsep}{tmp_path}/opt/bin"}) == self.KNOWN
        assert pip_knowledge({"VIRTUAL_ENV": f"{tmp_path}/opt"}) == self.KNOWN

    def test_nothing_of_pip_is_run(self, tmp_path: Path) -> None:
        write(tmp_path, "lib/pip/__init__.py", "raise SystemExit('pip was imported')\n")
        write(tmp_path, "lib/pip/_internal/models/index.py", self.MODERN + "raise SystemExit('pip was run')\n")
        assert pip_knowledge({}, [str(tmp_path / "lib")]) == self.KNOWN

    @pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="this environment was made without pip")
    def test_this_environments_pip(self) -> None:
        """What is read as text is what pip says when it runs."""
        program = (
            "from pip._internal.models.index import PyPI, TestPyPI\n"
            "for index in PyPI, TestPyPI: print(index.simple_url, 'https://' + index.file_storage_domain)"
        )
        lines = subprocess.check_output([sys.executable, "-I", "-c", program], text=True).split()
        assert pip_knowledge({}) == DefaultIndex(tuple(lines[0::2]), tuple(lines[1::2]))
