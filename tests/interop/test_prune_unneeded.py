"""After `--prune-unneeded` a real pip installs the same from what is left, without a request, and nothing else is left.

Each group of sets is pruned from a copy of one cache that holds other versions of everything too. pip 26.2 and newer
are asked: those read index pages that are still fresh without a request.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence

from pipcache_tui.cache.model import Root
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.pythons.interpreters import find_pythons
from tests.conftest import Figure
from tests.interop.conftest import PipOf
from tests.interop.groups import files_below
from tests.interop.index_server import Authority, IndexServer
from tests.interop.packages import File, tar_gz_bytes, wheel, zip_bytes
from tests.interop.pips import NEWEST, Generation, Run
from tests.interop.requirement_sets import plain_sets
from tests.interop.test_check import Bench
from tests.interop.test_compatibility import make_environment

SETS, GROUP = 60, 10


def test_pip_installs_the_same_without_a_request_from_what_is_left(
    pip_of: PipOf, authority: Authority, tmp_path: pathlib.Path, figure: Figure
) -> None:
    pip = pip_of(Generation(NEWEST, "3.13"))
    environment = make_environment(pip.python, tmp_path / "env", pip.path)
    (python,) = find_pythons([str(environment)], memory="")
    sets = list(plain_sets(SETS, python.ranked_tags, seed=15))
    for made in sets:  # other versions first, and last what is asked for, so that its pages are fresh
        made.overrides = {}
        made.fetched = (*made.fetched[1:], None)
    files: list[File] = [file for made in sets for file in made.files]
    files_left = files_gone = 0
    with IndexServer(files, authority=authority) as server:
        bench = Bench(pip, python, server, tmp_path)
        bench.fetch(sets)
        for made in sets:
            made.fetched = tuple(made.lines)
        bench.fetch(sets)
        whole = tmp_path / "whole"
        shutil.move(bench.cache_dir, whole)
        for start in range(0, SETS, GROUP):
            lines = [line for made in sets[start : start + GROUP] for line in made.lines]
            before = _installed(bench, whole, lines)
            shutil.copytree(whole, bench.cache_dir)
            total = len(list(files_below(bench.cache_dir)))
            requirements = tmp_path / "needed.txt"
            requirements.write_text("".join(f"{line}\n" for line in lines), "utf-8")
            _prune(bench, str(requirements), str(environment))
            left = set(files_below(bench.cache_dir))
            assert left <= _allowed(bench, before), sorted(left - _allowed(bench, before))
            run, seen, after = bench.install(lines)
            run.check()
            assert [str(request) for request in seen] == []
            assert after == before
            files_left, files_gone = files_left + len(left), files_gone + total - len(left)
            shutil.rmtree(bench.cache_dir)
    assert files_gone > files_left
    figure(f"{SETS} requirement sets: the same installed offline after --prune-unneeded, {files_gone} files gone")


def test_a_ci_job_that_prunes_by_its_lock_file_saves_less_and_the_next_downloads_nothing(
    pip_of: PipOf, authority: Authority, tmp_path: pathlib.Path, figure: Figure
) -> None:
    """The recipe of docs/upkeep.md: install from a lock file, prune by it, save; restore the cache, install again."""
    pip = pip_of(Generation(NEWEST, "3.13"))
    environment = make_environment(pip.python, tmp_path / "env", pip.path)
    (python,) = find_pythons([str(environment)], memory="")
    sets = list(plain_sets(GROUP, python.ranked_tags, seed=51))
    for made in sets:
        made.overrides = {}
    with IndexServer([file for made in sets for file in made.files], authority=authority) as server:
        bench = Bench(pip, python, server, tmp_path)
        bench.fetch(sets)  # what earlier jobs left
        lock = _lock(bench, [line for made in sets for line in made.lines])
        _install_lock(bench, lock).check()
        saved_whole = _save(bench.cache_dir, tmp_path / "whole.tar")
        _prune(bench, lock, str(environment))
        saved = _save(bench.cache_dir, tmp_path / "saved.tar")
        shutil.rmtree(bench.cache_dir)

        with tarfile.open(tmp_path / "saved.tar") as archive:
            archive.extractall(bench.cache_dir, filter="data")
        with server.recording() as seen:
            _install_lock(bench, lock).check()
    assert [str(request) for request in seen if request.status == 200] == []
    assert saved < saved_whole / 2
    figure(f"a CI job that prunes by its lock file saves {saved:,} bytes instead of {saved_whole:,}")


def test_pip_builds_without_a_request_with_what_is_left(
    pip_of: PipOf, authority: Authority, tmp_path: pathlib.Path
) -> None:
    """The backend of a source archive comes from the index, in two versions, and needs a helper in turn."""
    pip = pip_of(Generation(NEWEST, "3.13"))
    environment = make_environment(pip.python, tmp_path / "env", pip.path)
    (python,) = find_pythons([str(environment)], memory="")
    source = _source_with_backend("built", "maker<2")
    files = [
        source,
        *(_backend_wheel("maker", version, ["helper"]) for version in ("1.0", "2.0")),
        wheel("helper", "1.0"),
    ]
    with IndexServer([*files, wheel("other", "1.0")], authority=authority) as server:
        bench = Bench(pip, python, server, tmp_path)
        options = ("--index-url", server.index_url, "--target")
        for number, requirement in enumerate(("maker==2.0", "other", "built")):
            target = str(tmp_path / f"target{number}")
            pip.run("install", *options, target, requirement, cache_dir=bench.cache_dir, server=server).check()
        shutil.rmtree(tmp_path / "pip" / "wheels")  # so that it has to be built again
        named = tmp_path / "needed.txt"
        named.write_text("built\n", "utf-8")
        _prune(bench, str(named), str(environment))
        entries = take_snapshot([Root(bench.cache_dir, "here", True)]).entries
        left = {entry.filename for entry in entries if entry.kind == "wheel"}
        with server.recording() as seen:
            run = pip.run(
                "install", *options, str(tmp_path / "last"), "built", cache_dir=bench.cache_dir, server=server
            )
    run.check()
    assert [str(request) for request in seen] == []
    assert left == {file.filename for file in files if file.kind == "wheel" and file.version == "1.0"}


def _source_with_backend(project: str, requires: str) -> File:
    """A source archive that says what it needs (metadata 2.2: nothing) and is built by a project of the index."""
    info = f"Metadata-Version: 2.2\nName: {project}\nVersion: 1.0\n"
    build = f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "maker"\n'
    texts = {"PKG-INFO": info, "pyproject.toml": build, f"{project}.py": ""}
    content = tar_gz_bytes({f"{project}-1.0/{name}": text.encode() for name, text in texts.items()})
    return File(project, "1.0", f"{project}-1.0.tar.gz", "sdist", content)


def _backend_wheel(project: str, version: str, requires: Sequence[str]) -> File:
    """A wheel of a build backend, which makes an empty wheel."""
    made = wheel(project, version, requires=requires)
    module = """\
import helper, os, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    texts = {"METADATA": "Metadata-Version: 2.2\\nName: built\\nVersion: 1.0\\n", "RECORD": "",
             "WHEEL": "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
    name = "built-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for path, text in texts.items():
            archive.writestr("built-1.0.dist-info/" + path, text)
    return name
"""
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files |= {f"{project}.py": module.encode(), f"{project}-{version}.dist-info/RECORD": b""}
    return dataclasses.replace(made, content=zip_bytes(files))


def _lock(bench: Bench, lines: Sequence[str]) -> str:
    """The lock file that pip writes for these requirements."""
    wanted, lock = bench.folder / "wanted.txt", bench.folder / "pylock.toml"
    wanted.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    arguments = ("--no-build-isolation", "--index-url", bench.server.index_url, "-r", str(wanted), "-o", str(lock))
    bench.pip.run("lock", *arguments, cache_dir=bench.cache_dir, server=bench.server).check()
    return str(lock)


def _install_lock(bench: Bench, lock: str) -> Run:
    return bench.pip.install("-r", lock, cache_dir=bench.cache_dir, server=bench.server)


def _save(cache_dir: str, path: pathlib.Path) -> int:
    """Pack a cache as CI does; how many bytes that takes."""
    with tarfile.open(path, "w:gz") as archive:
        archive.add(cache_dir, ".")
    return path.stat().st_size


def _installed(bench: Bench, whole: pathlib.Path, lines: Sequence[str]) -> dict[str, str]:
    """What pip takes from the whole cache, by project: all of it without a request."""
    shutil.copytree(whole, bench.cache_dir)
    run, seen, taken = bench.install(lines)
    run.check()
    assert [str(request) for request in seen] == []
    shutil.rmtree(bench.cache_dir)
    return taken


def _prune(bench: Bench, needed_by: str, environment: str) -> None:
    command = [sys.executable, "-m", "pipcache_tui", "--cache-dir", bench.cache_dir, "--python", environment]
    command += ["--prune-unneeded", "--needed-by", needed_by, "--force", "--no-memory", "--json"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    environ |= {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": bench.server.index_url}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["warnings"] == []


def _allowed(bench: Bench, taken: dict[str, str]) -> set[str]:
    """The files that may be left: those of what pip took, its metadata, its projects' pages, and wheels built of it."""
    pages = [f"{bench.server.index_url}{project}/" for project in taken]
    urls = [*taken.values(), *(f"{url}.metadata" for url in taken.values()), *pages]
    found = set()
    for url in urls:
        digest = hashlib.sha224(url.encode()).hexdigest()
        found |= {"/".join(["http-v2", *digest[:5], digest]) + suffix for suffix in ("", ".body")}
    for path in files_below(bench.cache_dir):
        if path.endswith("/origin.json"):
            origin = json.loads(pathlib.Path(bench.cache_dir, path).read_text("utf-8"))
            if origin["url"] in taken.values():
                folder = os.path.dirname(path)
                found |= {each for each in files_below(bench.cache_dir) if each.startswith(f"{folder}/")}
    return found
