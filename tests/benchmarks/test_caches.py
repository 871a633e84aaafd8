"""The caches to measure on: as many files as asked, all of them pip's, the same each time."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.caches import main, make_big_cache
from pipcache_tui.cache.model import Root
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.demo.http import FILES, INDEX


def files_below(folder: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            status = (Path(parent) / name).stat()
            found[str((Path(parent) / name).relative_to(folder))] = (status.st_size, status.st_mtime_ns)
    return found


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("big")
    assert main([str(folder), "--files", "1500", "--processes", "1"]) == 0
    return folder


def test_number_of_files(cache: Path) -> None:
    assert 1500 <= len(files_below(cache)) <= 1800


def test_it_does_not_matter_how_many_processes_write_it(cache: Path, tmp_path: Path) -> None:
    made = make_big_cache(str(tmp_path / "again"), 1500, processes=2)
    again = files_below(tmp_path / "again")
    assert made.files == len(again)
    assert again == files_below(cache)


def test_the_scan_names_what_is_in_it(cache: Path) -> None:
    snapshot = take_snapshot(
        [Root(str(cache), "--cache-dir", True)], index_urls=[f"{INDEX}/simple/"], file_hosts=[FILES]
    )
    assert sum(len(entry.files) for entry in snapshot.entries) == len(files_below(cache)) - snapshot.foreign_files
    kinds = Counter(entry.kind for entry in snapshot.entries)
    assert kinds["wheel"] > 250
    assert kinds["metadata"] > 100
    assert kinds["index-page"] > 20
    assert kinds["built-wheel"] > 10
    stores = Counter(entry.store for entry in snapshot.entries)
    assert stores["http"] > 30
    wheels = [entry for entry in snapshot.entries if entry.kind == "wheel"]
    assert sum(entry.url_proof == "index-page" for entry in wheels) > 0.98 * len(wheels)
    # a body of gigabytes stands inside an entry of the old format
    assert max(entry.size for entry in snapshot.entries if entry.store == "http") > 2_000_000_000


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("mine")
    assert main([str(tmp_path)]) == 2
    assert "not empty" in capsys.readouterr().err
    assert list(files_below(tmp_path)) == ["mine"]
