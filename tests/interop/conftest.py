"""What the interop tests share: an index, real pips, and caches that they filled, once a session.

A test that needs a Python or a pip that can't be had is skipped, with the reason.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.interop.fill import Filled, fill_cache, index_for
from tests.interop.index_server import Authority, IndexServer
from tests.interop.packages import project_files
from tests.interop.pips import Generation, Pip, Unavailable, get_pip

PipOf = Callable[[Generation], Pip]
FilledBy = Callable[[Generation], Filled]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = pathlib.Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.interop)


@pytest.fixture(scope="session")
def authority() -> Iterator[Authority]:
    """One certificate authority for all indexes of the session."""
    authority = Authority()
    yield authority
    authority.close()


@pytest.fixture(scope="session")
def index(authority: Authority) -> Iterator[IndexServer]:
    """The index that filled the caches, under the same addresses. Who overrides answers starts one of their own."""
    with IndexServer(project_files(), authority=authority) as server:
        yield server


@pytest.fixture(scope="session")
def pip_of() -> PipOf:
    """The pip of a generation; skips the test where it can't be had."""

    def find(generation: Generation) -> Pip:
        try:
            return get_pip(generation)
        except Unavailable as error:
            pytest.skip(str(error))

    return find


@pytest.fixture(scope="session")
def filled_by(tmp_path_factory: pytest.TempPathFactory, pip_of: PipOf, authority: Authority) -> FilledBy:
    """The cache that a generation filled: made once for all workers of the session, and not to be changed."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent

    def fill(generation: Generation) -> Filled:
        pip = pip_of(generation)
        folder = shared / "filled" / str(generation)
        folder.mkdir(parents=True, exist_ok=True)
        note = folder / "filled.json"
        with _locked(folder / "lock"):
            if note.exists():
                return Filled.load(json.loads(note.read_text("utf-8")))
            shutil.rmtree(folder / "pip", ignore_errors=True)  # of a worker that failed half-way
            with index_for(generation, authority) as server:
                filled = fill_cache(pip, server, str(folder / "pip"))
            note.write_text(json.dumps(filled.dump()), "utf-8")
        return filled

    return fill


@pytest.fixture
def copy_by(tmp_path: pathlib.Path, filled_by: FilledBy) -> FilledBy:
    """As `filled_by`, but a copy for this test alone, its times kept."""

    def copy(generation: Generation) -> Filled:
        filled = filled_by(generation)
        target = tmp_path / str(generation) / "pip"
        shutil.copytree(filled.cache_dir, target)
        return dataclasses.replace(filled, cache_dir=str(target))

    return copy


@contextlib.contextmanager
def _locked(path: pathlib.Path) -> Iterator[None]:
    """Only one process at a time is in here; where the system has no flock the session must have one process."""
    with open(path, "w") as stream:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
