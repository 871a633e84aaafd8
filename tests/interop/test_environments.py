"""Environments are found where the real tools put them: each makes one, and a wheel is installed into it.

The tools come from the package index that this machine's own pip is set up for, once, and are kept with the pips.
"""

from __future__ import annotations

import io
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping

import pytest

from pipcache_tui.cache.pip.config import Place
from pipcache_tui.demo.packages import make_wheel, wheel_name
from pipcache_tui.pythons.environments import Environment, find_environments
from pipcache_tui.pythons.installed import read_files
from tests.interop.pips import Unavailable, find_python, store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="runs the tools as POSIX has them")

TOOLS = ("virtualenvwrapper", "poetry", "pipenv", "pipx", "uv", "hatch", "tox", "nox")
PATIENCE = 240


class Bench:
    """A home, a project in it, a wheel, and the tools."""

    def __init__(self, tools: pathlib.Path, python: str, home: pathlib.Path) -> None:
        self.tools, self.python, self.home = tools, python, home
        self.project = home / "src" / "api"
        self.project.mkdir(parents=True)
        self.wheel = home / wheel_name("thing_one", "1.0", "py3-none-any")
        self.wheel.write_bytes(_with_command(make_wheel("thing-one", "1.0", "py3-none-any")))

    def environ(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("LANG", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
        path = os.pathsep.join((str(self.tools), os.path.dirname(self.python), "/usr/bin", "/bin"))
        return {**kept, "HOME": str(self.home), "PATH": path, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1"}

    def run(self, tool: str, *arguments: str | pathlib.Path, **environ: str) -> None:
        command = [str(self.tools / tool), *map(str, arguments)]
        done = subprocess.run(
            command,
            env=self.environ() | environ,
            cwd=self.project,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout.decode('utf-8', 'replace')}"

    def file(self, name: str, text: str) -> None:
        (self.project / name).write_text(text, "utf-8")

    def found(self) -> list[Environment]:
        """The environments below the home, as they are found without any folder given."""
        environ: Mapping[str, str] = self.environ()
        place = Place.of(environ, home=str(self.home), prefix="/nowhere")
        found = find_environments(place=place, current_folder=str(self.project))
        assert [line for line in found.warnings if str(self.home) in line] == []
        return [each for each in found.found if each.prefix.startswith(os.path.realpath(self.home))]


def _with_command(wheel: bytes) -> bytes:
    """The wheel with a command in it, without which pipx and uv refuse it."""
    data = io.BytesIO(wheel)
    with zipfile.ZipFile(data, "a") as archive:
        (info,) = {name.partition("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        archive.writestr(f"{info}/entry_points.txt", "[console_scripts]\nthing-one = thing_one:main\n")
    return data.getvalue()


@pytest.fixture(scope="session")
def tools() -> pathlib.Path:
    """The folder of the tools' commands; skips where they can't be had."""
    folder = pathlib.Path(store()) / "environment-tools"
    whole = folder / "whole"
    try:
        python = find_python("3.12")
    except Unavailable as error:
        pytest.skip(str(error))
    if not whole.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([python, "-m", "venv", folder], check=True)
        install = [str(folder / "bin/python"), "-m", "pip", "install", "-q", "setuptools", *TOOLS]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"{', '.join(TOOLS)} can't be had: {done.stderr.strip().splitlines()[-1][:200]}")
        whole.touch()
    return folder / "bin"


def by_virtualenvwrapper(bench: Bench) -> None:
    script = bench.tools / "virtualenvwrapper.sh"
    wrapped = f"source {script}; mkvirtualenv --no-download -p {bench.python} api"
    python = str(bench.tools / "python")
    subprocess.run(
        ["/bin/bash", "-c", wrapped],
        env=bench.environ() | {"VIRTUALENVWRAPPER_PYTHON": python},
        check=True,
        cwd=bench.project,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )


def by_poetry(bench: Bench) -> None:
    bench.file("pyproject.toml", '[project]\nname = "api"\nversion = "1.0"\nrequires-python = ">=3.9"\n')
    bench.run("poetry", "env", "use", bench.python)


def by_pipenv(bench: Bench) -> None:
    bench.file("Pipfile", "[packages]\n")
    bench.run("pipenv", "--python", bench.python, PIPENV_IGNORE_VIRTUALENVS="1")


def by_pipx(bench: Bench) -> None:
    bench.run("pipx", "install", "--python", bench.python, bench.wheel)


def by_uv(bench: Bench) -> None:
    bench.run("uv", "tool", "install", "--offline", "--python", bench.python, bench.wheel)


def by_hatch(bench: Bench) -> None:
    text = '[project]\nname = "api"\nversion = "1.0"\n[tool.hatch.envs.default]\nskip-install = true\n'
    bench.file("pyproject.toml", f'{text}python = "{bench.python}"\n')
    bench.run("hatch", "env", "create")


def by_tox(bench: Bench) -> None:
    bench.file("tox.ini", "[testenv]\nskip_install = true\ncommands =\n")
    bench.run("tox", "run", "-e", "py", "--notest")


def by_nox(bench: Bench) -> None:
    bench.file("noxfile.py", "import nox\n@nox.session\ndef lint(session):\n    pass\n")
    bench.run("nox", "-s", "lint")


@pytest.mark.parametrize(
    ("make", "manager", "name"),
    [
        (by_virtualenvwrapper, "virtualenvwrapper", "api"),
        (by_poetry, "poetry", "api-"),
        (by_pipenv, "pipenv", "api-"),
        (by_pipx, "pipx", "thing-one"),
        (by_uv, "uv tool", "thing-one"),
        (by_hatch, "hatch", "api/"),
        (by_tox, "tox", "api/.tox/py"),
        (by_nox, "nox", "api/.nox/lint"),
    ],
)
def test_what_a_real_tool_made_is_found_with_what_is_in_it(
    make: Callable[[Bench], None], manager: str, name: str, tools: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    bench = Bench(tools, find_python("3.12"), tmp_path / "home")
    make(bench)
    made = [each for each in bench.found() if each.manager == manager and each.name.startswith(name)]
    assert len(made) == 1, bench.found()
    python = os.path.join(made[0].prefix, "bin", "python")
    if manager not in ("pipx", "uv tool"):
        bench.run("uv", "pip", "install", "--offline", "--python", python, bench.wheel)
    (environment,) = (each for each in bench.found() if each.prefix == made[0].prefix)
    assert (environment.python_version or "").startswith("3.12")
    (thing,) = (each for each in environment.distributions if each.project == "thing-one")
    assert thing.version == "1.0"
    assert read_files(thing).installer in ("pip", "uv")
