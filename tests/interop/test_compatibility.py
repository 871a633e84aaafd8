"""Which files each Python accepts: our verdict against what its own pip does with a page of links.

`pip download -vvv --find-links PAGE` says of every link on a page whether it is one to install ("Found link"), so
one run of a pip is its verdict on all of them; the files need not exist. `pip debug --verbose` lists the tags.
"""

from __future__ import annotations

import html
import itertools
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from packaging.tags import parse_tag
from packaging.version import Version

from pipcache_tui.pythons.interpreters import Python, find_pythons
from pipcache_tui.pythons.queries import ask, tags_without_pip
from tests.interop.conftest import PipOf
from tests.interop.pips import NEWEST, PATIENCE, Generation

INTERPRETERS = (
    "cp27-cp27m",
    "cp27-cp27mu",
    "cp27-none",
    "cp35-abi3",
    "cp36-cp36m",
    "cp36-abi3",
    "cp37-cp37m",
    "cp38-cp38",
    "cp38-abi3",
    "cp39-cp39",
    "cp310-cp310",
    "cp310-abi3",
    "cp311-cp311",
    "cp311-none",
    "cp311-cp311d",
    "cp312-cp312",
    "cp312-abi3",
    "cp313-cp313",
    "cp313-cp313t",
    "cp313-abi3",
    "cp314-cp314",
    "cp314-cp314t",
    "cp315-abi3t",
    "cp39.cp310.cp311-abi3",
    "pp27-pypy_73",
    "pp39-pypy39_pp73",
    "pp310-pypy310_pp73",
    "graalpy311-graalpy242_311_native",
    "py2-none",
    "py27-none",
    "py3-none",
    "py36-none",
    "py311-none",
    "py312-none",
    "py2.py3-none",
)
PLATFORMS = (
    "any",
    "linux_x86_64",
    "linux_i686",
    "linux_aarch64",
    "manylinux1_x86_64",
    "manylinux2010_x86_64",
    "manylinux2014_x86_64",
    "manylinux2014_aarch64",
    "manylinux1_i686",
    "manylinux_2_5_x86_64",
    "manylinux_2_17_x86_64",
    "manylinux_2_17_x86_64.manylinux2014_x86_64",
    "manylinux_2_28_x86_64",
    "manylinux_2_31_x86_64",
    "manylinux_2_36_x86_64",
    "manylinux_2_37_x86_64",
    "manylinux_2_39_x86_64",
    "manylinux_2_99_x86_64",
    "manylinux_3_0_x86_64",
    "manylinux_2_17_aarch64",
    "musllinux_1_1_x86_64",
    "musllinux_1_2_x86_64",
    "macosx_10_9_x86_64",
    "macosx_10_9_universal2",
    "macosx_11_0_arm64",
    "macosx_14_0_arm64",
    "win32",
    "win_amd64",
    "win_arm64",
)
TAGS = [f"{interpreter}-{platform}" for interpreter, platform in itertools.product(INTERPRETERS, PLATFORMS)]
REQUIREMENTS = (
    "",
    ">=3.8",
    ">=3.11.7",
    "==3.11.7",
    "===3.11.7",
    "==3.11",
    "<=3.11",
    "<=3.11.*",
    ">3.11",
    ">3.11.*",
    "<3.11.7.*",
    "!=3.11",
    "> 3.11",
    ">= 3.6.*",
    ">=3.6.0.*",
    ">=3.5.*",
    ">3.5.*",
    "<=3.5.*",
    "<3.6.*",
    "<4.0.*",
    "<4.*,>=3.6",
    ">=3.7, <3.7.*",
    ">=3.6.*,<3.12",
    ">=3.8,>=3.6.*",
    ">=2.7,!=3.0.*,!=3.1.*",
    ">=2.6, !=3.0.*, !=3.1.*, <4",
    "<3",
    "~=3.6",
    "==3.*",
    "==3.6.*",
    ">=3.10,<4.0",
    ">=3.12.0rc1",
    ">=2.7.dev0",
    " >=3.6 ",
    ">=v3.6",
    ">=3.6,",
    "~3.6",
    "=>3.6",
    "3.7",
    "!=3.1*",
    ">=3.6;<4",
    ">=3.6 <4",
    "not a specifier",
)
#: one of each way in which pips know their tags, beside those that the Pythons here have
GENERATIONS = (
    Generation("9.0.3", "3.6"),
    Generation("10.0.1", "3.6"),
    Generation("20.0.2", "3.8"),
    Generation("20.3.4", "3.9"),
    Generation("21.3.1", "3.6"),
    Generation("24.0", "3.10"),
    Generation("24.1", "3.11"),
    Generation("25.3", "3.12"),
    Generation(NEWEST, "3.13"),
)


def run_pip(python: Python, folder: Path, *arguments: str) -> str:
    """All that the Python's own pip prints, at work in an empty folder and free of this machine's settings.

    HOME stays: a pip may lie there, among the user's packages, and comes first.
    """
    kept = ("HOME", "PATH", "SYSTEMROOT", "LD_LIBRARY_PATH")
    environ = {name: os.environ[name] for name in kept if name in os.environ}
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        [python.executable, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir", *arguments],
        env=environ | {"LC_ALL": "C.UTF-8", "PIP_CONFIG_FILE": os.devnull},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE,
        check=False,
    )
    return done.stdout.decode("utf-8", "replace")


def disagreements(python: Python, folder: Path) -> tuple[int, list[str]]:
    """How many files pip was asked about, and those on which it and we differ."""
    cases = [(tags, "") for tags in TAGS] + [("py2.py3-none-any", requires) for requires in REQUIREMENTS]
    links = [
        f'<a href="probe-{number}.0-{tags}.whl" data-requires-python="{html.escape(requires)}">probe</a><br/>'
        for number, (tags, requires) in enumerate(cases)
    ]
    folder.mkdir(exist_ok=True)
    page = folder / "page.html"
    page.write_text("\n".join(links))
    output = run_pip(
        python,
        folder / "empty",
        *("download", "-vvv", "--no-deps", "--no-index", "--find-links", str(page), "--dest", str(folder), "probe"),
    )
    accepted = {int(number) for number in re.findall(r"Found link \S*probe-(\d+)\.0-", output)}
    assert accepted, output
    differing = []
    for number, (tags, requires) in enumerate(cases):
        ours = python.accepts(map(str, parse_tag(tags)), requires)
        if ours != (number in accepted):
            differing.append(f"{tags} {requires!r}: we say {ours}, pip {python.pip_version} {number in accepted}")
    return len(cases), differing


def listed_tags(python: Python, folder: Path) -> frozenset[str] | None:
    """What `pip debug` (19.2 on) lists."""
    if Version(python.pip_version or "0") < Version("19.2"):
        return None
    _, _, after = run_pip(python, folder, "debug", "--verbose").partition("Compatible tags:")
    return frozenset(re.findall(r"^  (\S+-\S+-\S+)\s*$", after, re.MULTILINE))


def compare(python: Python, folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    files, differing = disagreements(python, folder)
    listed = listed_tags(python, folder / "empty")
    if listed is not None and listed != python.tags:
        differing.append(f"tags: {sorted(listed ^ python.tags)[:10]}")
    with capsys.disabled():
        tags = "no list" if listed is None else f"{len(listed)} tags"
        print(f"\n{python.name}, pip {python.pip_version}: {files} files, {tags}, {len(differing)} differ", end="")
    return [f"{python.name}: {line}" for line in differing]


def test_every_python_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pythons = [python for python in find_pythons(memory="") if python.pip_version is not None]
    if not pythons:
        pytest.skip("no Python with a pip on PATH or in a known manager's folder")
    differing: list[str] = []
    for number, python in enumerate(pythons):
        differing += compare(python, tmp_path / str(number), capsys)
    with capsys.disabled():
        print(f"\n{len(pythons) * (len(TAGS) + len(REQUIREMENTS)):,} comparisons", end="")
    assert differing == []


@pytest.mark.parametrize("generation", GENERATIONS, ids=str)
def test_generations_of_pip(
    generation: Generation, pip_of: PipOf, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Environments with pips of other ages than their Pythons."""
    pip = pip_of(generation)
    environment = make_environment(pip.python, tmp_path / "env", pip.path)
    (python,) = find_pythons([str(environment)], memory="")
    assert (python.pip_version, python.prefix) == (pip.version, str(environment))
    assert compare(python, tmp_path / "pip", capsys) == []


def test_without_pip_as_the_newest_pip(pip_of: PipOf, tmp_path: Path) -> None:
    """What is counted without any pip is what the newest pip would count."""
    pip = pip_of(Generation(NEWEST, "3.13"))
    environment = make_environment(pip.python, tmp_path / "env", pip.path)
    (python,) = find_pythons([str(environment)], memory="")
    answer = ask(python.executable, os.environ, PATIENCE)
    assert tags_without_pip(answer) == python.ranked_tags


def make_environment(python: str, folder: Path, path: Sequence[str]) -> Path:
    """A virtual environment whose packages are those of the folders in `path`."""
    subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True, cwd=folder.parent)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text("\n".join(path) + "\n")
    return folder
