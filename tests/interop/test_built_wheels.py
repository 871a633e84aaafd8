"""Which Python built a wheel, and which pips find it again: as real pips file wheels and look for them.

A cache that one pip filled is scanned; its forecast for another pip, on the Python that pip runs on, must be what that
pip then does: take the wheel out of the cache, or not.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import time
from collections.abc import Sequence

import pytest

from pipcache_tui.cache.model import Entry, Origin, Root
from pipcache_tui.cache.pip.built_wheels import MadeBy, made_by
from pipcache_tui.cache.pip.freshness import Forecast, forecast
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.pythons.interpreters import Python, find_pythons
from tests.conftest import Figure
from tests.interop.conftest import FilledBy, PipOf
from tests.interop.fill import index_for
from tests.interop.index_server import Authority, IndexServer
from tests.interop.packages import File, project_files
from tests.interop.pips import NEWEST, Generation, Pip, Run

FILLERS = {
    generation.pip: generation
    for generation in (
        Generation("9.0.3", "2.7"),
        Generation("20.3.4", "2.7"),
        Generation("22.3.1", "3.7"),
        Generation("23.2.1", "3.8"),
        Generation("25.3", "3.12"),
        Generation(NEWEST, "3.13"),
    )
}
#: who filled the cache, who looks into it, and what is said of the wheels built from the index's archives
CASES = (
    ("22.3.1", Generation("22.3.1", "3.7"), "reuse"),  # keys without the hash, as it looks for them
    ("22.3.1", Generation("24.0", "3.7"), None),  # which only a link without a hash would find
    ("22.3.1", Generation("23.2.1", "3.8"), "never-read"),  # another Python
    ("23.2.1", Generation("23.2.1", "3.8"), "reuse"),
    ("23.2.1", Generation("20.3.4", "3.8"), "reuse"),
    ("23.2.1", Generation("22.2.2", "3.8"), "reuse"),  # the hash is left out from 22.3 on only
    ("23.2.1", Generation("22.3.1", "3.8"), None),
    ("23.2.1", Generation("19.3.1", "3.8"), "never-read"),
    ("23.2.1", Generation("25.3", "3.12"), "never-read"),
    ("25.3", Generation("25.3", "3.12"), "reuse"),
    (NEWEST, Generation(NEWEST, "3.13"), "reuse"),
    (NEWEST, Generation("25.3", "3.13"), "reuse"),
    # no origin.json: nothing can be said of py2.py3 wheels, for good reason
    ("9.0.3", Generation("20.3.4", "2.7"), None),
    ("20.3.4", Generation("20.3.4", "2.7"), None),
)
_TAKEN = re.compile(r"Using cached wheel link: \S*?/(wheels/\S+\.whl)")


def built_entries(cache_dir: str) -> list[Entry]:
    snapshot = take_snapshot([Root(cache_dir, "--cache-dir", True)])
    return [entry for entry in snapshot.entries if entry.kind == "built-wheel"]


def python_of(pip: Pip) -> Python:
    (python,) = find_pythons([pip.python])
    return python


def taken(run: Run) -> set[str]:
    """The wheels that a pip took out of its cache, as paths below it."""
    return set(_TAKEN.findall(run.output))


def said(entry: Entry, pip: Pip) -> Forecast:
    return forecast(entry, pip.version, time.time(), pythons=[python_of(pip)])


@pytest.mark.parametrize(("filler", "reader", "expected"), CASES, ids=str)
def test_pip_finds_the_wheels_that_were_said_to_be_found(
    filler: str,
    reader: Generation,
    expected: str | None,
    copy_by: FilledBy,
    pip_of: PipOf,
    authority: Authority,
    figure: Figure,
) -> None:
    filled, pip = copy_by(FILLERS[filler]), pip_of(reader)
    wheels = built_entries(filled.cache_dir)
    forecasts = {entry.files[0].path: said(entry, pip) for entry in wheels}
    with index_for(reader, authority) as server:
        projects = sorted({str(entry.project) for entry in wheels})
        run = pip.install(*projects, cache_dir=filled.cache_dir, server=server, options=["-vvv", "--no-deps"])
    if reader.pip != "19.3.1":  # it can't build these projects, only look for wheels of them
        run.check()
    found = taken(run)
    assert {path: told for path, told in forecasts.items() if told.pip_will not in (expected, "never-read")} == {}
    assert any(told.pip_will == expected for told in forecasts.values())
    for path, told in forecasts.items():
        if told.pip_will is not None:
            assert (told.pip_will == "reuse") == (path in found), told
    figure(f"{len(wheels)} wheels, {len(found)} taken, as said")


@pytest.mark.parametrize(
    "generation", [each for each in FILLERS.values() if each.pip not in ("9.0.3", "20.3.4")], ids=str
)
def test_the_python_that_built_a_wheel_is_proven(generation: Generation, filled_by: FilledBy) -> None:
    filled = filled_by(generation)
    wheels = built_entries(filled.cache_dir)
    assert len(wheels) >= 2
    for entry in wheels:
        assert isinstance(entry.detail, Origin)
        hash_name = None if generation.pip == "22.3.1" else "sha256"  # pages were JSON
        expected = MadeBy("interpreter", ("cp", generation.python.replace(".", "")), hash_name)
        assert made_by(entry.files[0].path, entry.detail) == expected


# --- wheels from elsewhere than an index -----------------------------------------------------------------
# (pip looks into the cache only for what it has a name for: "project @ URL", not a bare URL or path)

BUILDER = Generation("25.3", "3.12")


def source(project: str) -> File:
    (file,) = [file for file in project_files() if file.project == project]
    return file


def unpack(file: File, folder: pathlib.Path) -> pathlib.Path:
    """The source tree of an archive, in a folder named after it ("backendpkg-1.0")."""
    archive = folder / file.filename
    archive.write_bytes(file.content)
    shutil.unpack_archive(archive, folder)
    return folder / file.filename.removesuffix(".tar.gz")


def build(pip: Pip, requirement: str, cache_dir: str, server: IndexServer | None = None) -> Run:
    return pip.install(requirement, cache_dir=cache_dir, server=server, options=["-vvv", "--no-deps"]).check()


def install_again(pips: Sequence[Pip], requirement: str, cache_dir: str, server: IndexServer | None = None) -> None:
    """Each pip takes the one wheel that is in the cache if and only if this was said."""
    (entry,) = built_entries(cache_dir)
    for pip in pips:
        told = said(entry, pip)
        run = build(pip, requirement, cache_dir, server)
        assert told.pip_will == ("reuse" if entry.files[0].path in taken(run) else "never-read"), told


def test_a_local_folder(pip_of: PipOf, tmp_path: pathlib.Path) -> None:
    builder, cache_dir = pip_of(BUILDER), str(tmp_path / "pip")
    tree = unpack(source("backendpkg"), tmp_path)
    requirement = f"backendpkg @ {tree.as_uri()}"
    build(builder, requirement, cache_dir)
    (entry,) = built_entries(cache_dir)
    assert isinstance(entry.detail, Origin)
    assert entry.detail.is_folder
    assert made_by(entry.files[0].path, entry.detail) == MadeBy("interpreter", ("cp", "312"), None)
    install_again([builder, pip_of(Generation(NEWEST, BUILDER.python))], requirement, cache_dir)


def test_a_local_archive(pip_of: PipOf, tmp_path: pathlib.Path) -> None:
    builder, cache_dir = pip_of(BUILDER), str(tmp_path / "pip")
    file = source("backendpkg")
    archive = tmp_path / file.filename
    archive.write_bytes(file.content)
    requirement = f"backendpkg @ {archive.as_uri()}"
    build(builder, requirement, cache_dir)
    (entry,) = built_entries(cache_dir)
    assert isinstance(entry.detail, Origin)
    assert entry.detail.hashes  # told, though not part of the key
    assert made_by(entry.files[0].path, entry.detail) == MadeBy("interpreter", ("cp", "312"), None)
    assert said(entry, builder).pip_will is None  # it depends on how the archive is named
    assert taken(build(builder, str(archive), cache_dir)) == set()
    assert taken(build(builder, requirement, cache_dir)) == {entry.files[0].path}


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_checkout_with_a_subdirectory(pip_of: PipOf, tmp_path: pathlib.Path) -> None:
    builder, cache_dir = pip_of(BUILDER), str(tmp_path / "pip")
    repository = tmp_path / "repository"
    repository.mkdir()
    unpack(source("backendpkg"), tmp_path).rename(repository / "python")
    identity = ("-c", "user.name=test", "-c", "user.email=test@index.example")
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-q", "-m", "x"]):
        subprocess.run(["git", *command], cwd=repository, env=git_environ(tmp_path), check=True)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        cwd=repository,
        env=git_environ(tmp_path),
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    requirement = f"backendpkg @ git+file://{repository}@{commit}#subdirectory=python"
    build(builder, requirement, cache_dir)
    (entry,) = built_entries(cache_dir)
    assert isinstance(entry.detail, Origin)
    assert (entry.detail.vcs, entry.detail.commit, entry.detail.subdirectory) == ("git", commit, "python")
    assert made_by(entry.files[0].path, entry.detail) == MadeBy("interpreter", ("cp", "312"), None)
    install_again([builder, pip_of(Generation(NEWEST, BUILDER.python))], requirement, cache_dir)


def git_environ(home: pathlib.Path) -> dict[str, str]:
    """No setting of the person's gets in."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8"}


@pytest.mark.parametrize("reader", [BUILDER, Generation(NEWEST, BUILDER.python)], ids=str)
@pytest.mark.parametrize("form", ["plain", "query", "quoted", "credentials", "config settings"])
def test_a_link_without_a_hash(
    form: str, reader: Generation, pip_of: PipOf, authority: Authority, tmp_path: pathlib.Path
) -> None:
    """The same link finds the wheel again; the index's own link, which has a hash, does not."""
    builder, cache_dir = pip_of(BUILDER), str(tmp_path / "pip")
    with index_for(BUILDER, authority) as server:
        url = server.file_url(source("backendpkg"))
        if form == "query":
            url += "?token=a&b=c"
        elif form == "quoted":
            url = url.replace("backendpkg-", "%62ackendpkg-")
        elif form == "credentials":
            url = url.replace("://", "://user:secret@")
        options = ["--config-settings", "a=b"] if form == "config settings" else []
        how = ["-vvv", "--no-deps", *options]
        requirement = f"backendpkg @ {url}"
        builder.install(requirement, cache_dir=cache_dir, server=server, options=how).check()
        (entry,) = built_entries(cache_dir)
        assert isinstance(entry.detail, Origin)
        made = None if form == "credentials" else MadeBy("interpreter", ("cp", "312"), None)
        assert made_by(entry.files[0].path, entry.detail) == made
        pip = pip_of(reader)
        assert said(entry, pip).pip_will == "reuse"
        again = pip.install(requirement, cache_dir=cache_dir, server=server, options=how).check()
        assert taken(again) == {entry.files[0].path}
        assert taken(build(pip, "backendpkg", cache_dir, server)) == set()
