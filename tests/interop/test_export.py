"""What two real pips cached, exported: pips and uv install it, from the folder and from its index, offline."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipcache_tui.cache.model import Root
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.export.copies import ExportResult, export_entries
from pipcache_tui.verify.known_hashes import gather_known_hashes
from tests.conftest import Figure
from tests.interop.conftest import FilledBy, PipOf
from tests.interop.fill import Filled
from tests.interop.pips import NEWEST, Generation, Pip, find_python

OLD, NEW = Generation("23.2.1", "3.8"), Generation(NEWEST, "3.13")
BOTH = (OLD, NEW)
JSON = "application/vnd.pypi.simple.v1+json"
#: what both had installed; backendpkg and zipsdist are there as source only, and as the wheels built from it
WANTED = ("purepkg==1.0", "cextpkg", "abipkg", "backendpkg", "zipsdist", "movedpkg", "pickypkg==1.5")
INSTALLED = {
    "purepkg": "1.0",
    "cextpkg": "1.0",
    "abipkg": "3.2.1",
    "backendpkg": "1.0",
    "zipsdist": "0.5",
    "movedpkg": "1.0",
    "pickypkg": "1.5",
}


@pytest.fixture(scope="module")
def house(filled_by: FilledBy, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ExportResult, list[Filled]]:
    """The wheelhouse of both caches, with its index."""
    folder = tmp_path_factory.mktemp("export") / "wheelhouse"
    both = [filled_by(generation) for generation in BOTH]
    roots = [Root(filled.cache_dir, "test", exists=True) for filled in both]
    entries = take_snapshot(roots, index_urls=[both[0].index_url]).entries
    steps = export_entries(entries, os.fspath(folder), gather_known_hashes(entries), index=True)
    return folder, ExportResult.of(list(steps)), both


def test_every_file_is_what_the_index_served(house: tuple[Path, ExportResult, list[Filled]], figure: Figure) -> None:
    folder, result, both = house
    served = {
        one.filename: one.sha256 for filled in both for one in filled.served.values() if one.kind in ("wheel", "sdist")
    }
    built = {one.filename for filled in both for one in filled.built}
    there = {path.name for path in folder.iterdir() if path.is_file() and not path.name.endswith(".metadata")}
    assert there == served.keys() | built
    for name, sha256 in served.items():
        assert hashlib.sha256((folder / str(name)).read_bytes()).hexdigest() == sha256
    assert result.refused == ()
    assert {step.note for step in result.exported} == {""}
    figure(f"{len(served)} files as the index served them, {len(built)} built wheels")


def test_pips_install_from_the_folder(
    house: tuple[Path, ExportResult, list[Filled]], pip_of: PipOf, tmp_path: Path, figure: Figure
) -> None:
    for generation in BOTH:
        target = tmp_path / str(generation)
        options = ["--no-index", "--find-links", os.fspath(house[0])]
        _install(pip_of(generation), tmp_path, target, options)
        assert installed(target) == INSTALLED
        built = tmp_path / f"{generation}-built"  # from the source this time
        _install(pip_of(generation), tmp_path, built, [*options, "--no-binary", "zipsdist"])
        assert installed(built) == INSTALLED
    figure(f"{len(INSTALLED)} projects installed offline by pips of {len(BOTH)} Pythons")


@pytest.mark.parametrize("as_json", [False, True], ids=["html", "json"])
def test_pips_install_from_the_index(
    house: tuple[Path, ExportResult, list[Filled]], pip_of: PipOf, tmp_path: Path, as_json: bool
) -> None:
    for generation in BOTH:
        target = tmp_path / str(generation)
        with serving(house[0], as_json=as_json) as (url, asked):
            _install(pip_of(generation), tmp_path, target, ["--index-url", url])
        assert installed(target) == INSTALLED
        assert any(path.endswith(".whl.metadata") for path in asked)


@pytest.mark.parametrize("as_json", [False, True], ids=["html", "json"])
def test_uv_installs_from_the_index_and_from_the_folder(
    house: tuple[Path, ExportResult, list[Filled]], tmp_path: Path, as_json: bool
) -> None:
    pytest.importorskip("uv", reason="uv is not installed here")
    for generation in BOTH:
        python = find_python(generation.python)
        target = tmp_path / str(generation)
        with serving(house[0], as_json=as_json) as (url, asked):
            _uv(tmp_path, "--python", python, "--target", os.fspath(target), "--index-url", url)
        assert installed(target) == INSTALLED
        assert any(path.endswith(".whl.metadata") for path in asked)
        if not as_json:
            options = ("--no-index", "--find-links", os.fspath(house[0]), "--target", f"{target}-folder")
            _uv(tmp_path, "--python", python, *options)
            assert installed(Path(f"{target}-folder")) == INSTALLED


def installed(target: Path) -> dict[str, str]:
    """Version by project, as the .dist-info folders say; "wheel" and "setuptools" aside."""
    found = (re.fullmatch(r"(.+?)-(.+)\.dist-info", path.name) for path in target.iterdir())
    return {match[1]: match[2] for match in found if match}


def _install(pip: Pip, scratch: Path, target: Path, options: list[str]) -> None:
    cache = os.fspath(scratch / f"cache-{target.name}")
    pip.install(*WANTED, cache_dir=cache, target=os.fspath(target), options=options).check()


def _uv(scratch: Path, *options: str) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", "--no-config", "--no-progress", *options, *WANTED],
        env={
            **kept,
            "HOME": os.fspath(scratch),
            "UV_CACHE_DIR": os.fspath(scratch / "uv"),
            "UV_PYTHON_DOWNLOADS": "never",
        },
        cwd=scratch,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


class _Handler(SimpleHTTPRequestHandler):
    """The folder as it is, as any web server gives it; with `as_json`, what is accepted decides."""

    as_json = False
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.as_json and self.path.startswith("/simple/") and self.path.endswith("/"):
            assert JSON in self.headers.get("Accept", "")
            self.path += "index.json"
        super().do_GET()

    def guess_type(self, path: str | os.PathLike[str]) -> str:
        return JSON if os.fspath(path).endswith("index.json") else super().guess_type(path)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has
        pass


@contextmanager
def serving(folder: Path, *, as_json: bool) -> Iterator[tuple[str, list[str]]]:
    """The index's URL, and the paths that are asked for."""
    asked: list[str] = []
    handler = type("Handler", (_Handler,), {"as_json": as_json, "asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=os.fspath(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/simple/", asked
        finally:
            server.shutdown()
            thread.join()
