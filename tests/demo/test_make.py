"""The demo cache: believable, whole, the same each time, and nowhere but in its folder."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from pipcache_tui.cache.model import KINDS, STORES, Entry, Root, Snapshot
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.demo.http import FILES, INDEX
from pipcache_tui.demo.make import Demo, make_demo_cache
from pipcache_tui.demo.writer import DAY

NOW = 1_795_230_000.0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return make_demo_cache(str(tmp_path_factory.mktemp("demo")), now=NOW, sparse=True)


@pytest.fixture(scope="module")
def snapshot(demo: Demo) -> Snapshot:
    roots = [Root(path, "--cache-dir", True) for path in demo.cache_dirs]
    return take_snapshot(roots, index_urls=[f"{INDEX}/simple/"], file_hosts=[FILES])


def files_below(folder: Path) -> dict[str, os.stat_result]:
    return {
        str((Path(parent) / name).relative_to(folder)): (Path(parent) / name).lstat()
        for parent, _, names in os.walk(folder)
        for name in names
    }


def of(snapshot: Snapshot, project: str) -> list[Entry]:
    return [entry for entry in snapshot.entries if entry.project == project]


def test_every_store_and_every_kind_is_there(snapshot: Snapshot) -> None:
    assert {entry.store for entry in snapshot.entries} == set(STORES)
    assert {entry.kind for entry in snapshot.entries} == set(KINDS)
    assert 250 <= len(snapshot.entries) <= 400
    assert len({entry.project for entry in snapshot.entries if entry.project}) > 40


def test_every_file_is_owned_once_but_for_one_note(demo: Demo, snapshot: Snapshot) -> None:
    owned = Counter(
        os.path.join(entry.root, *file.path.split("/")) for entry in snapshot.entries for file in entry.files
    )
    assert set(owned.values()) == {1}
    made = {os.path.join(root, path) for root in demo.cache_dirs for path in files_below(Path(root))}
    assert made - set(owned) == {os.path.join(demo.root, "http-v2", "README.txt")}
    assert snapshot.foreign_files == 1
    assert snapshot.warnings == ()


def test_names_and_urls_are_found_and_proven(snapshot: Snapshot) -> None:
    numpy = [entry for entry in of(snapshot, "numpy") if entry.kind == "wheel" and entry.store.startswith("http")]
    assert [entry.version for entry in sorted(numpy, key=lambda entry: entry.stored)] == [
        "1.19.5",
        "1.24.4",
        *("1.26.4", "1.26.4"),
        "2.3.3",
    ]
    assert {entry.url_proof for entry in numpy} == {"index-page"}
    assert {entry.url_proof for entry in of(snapshot, "acme-tools")} == {"index-page"}  # by relative links
    assert {entry.url_proof for entry in of(snapshot, "idna")} == {None}  # its page is gone: only hashing proves it
    (yanked,) = (entry for entry in of(snapshot, "urllib3") if entry.yanked)
    assert yanked.version == "2.0.4"


def test_it_is_dated_over_years_never_after_now(demo: Demo) -> None:
    statuses = [status for root in demo.cache_dirs for status in files_below(Path(root)).values()]
    assert max(max(status.st_mtime, status.st_atime) for status in statuses) <= NOW
    assert min(status.st_mtime for status in statuses) < NOW - 10 * 365 * DAY
    assert all(status.st_atime >= status.st_mtime for status in statuses)
    for least, most in ((0, 90), (90, 365), (365, 1000), (1000, 2200)):
        inside = [status for status in statuses if least * DAY < NOW - status.st_mtime <= most * DAY]
        assert len(inside) > 20, (least, most)


@pytest.mark.skipif(os.name == "nt", reason="Windows allocates every byte of a hole, so the giants are not made there")
def test_giants_take_no_room(snapshot: Snapshot) -> None:
    giants = [entry for entry in snapshot.entries if entry.size > 400_000_000]
    assert sorted(entry.project or "" for entry in giants) == [
        "nvidia-cublas-cu12",
        "nvidia-cudnn-cu12",
        "torch",
        "torch",
    ]
    assert all(entry.size_on_disk < 1_000_000 and entry.url for entry in giants)


def test_the_same_seed_gives_the_same_cache(demo: Demo, tmp_path: Path) -> None:
    again = make_demo_cache(str(tmp_path / "again"), now=NOW, sparse=True)
    for first, second in zip(demo.cache_dirs, again.cache_dirs, strict=True):
        files = files_below(Path(first))
        same = files_below(Path(second))
        assert files.keys() == same.keys()
        for path, status in files.items():
            assert (status.st_size, status.st_mtime_ns) == (same[path].st_size, same[path].st_mtime_ns), path
            if status.st_size < 1_000_000:
                assert (Path(first) / path).read_bytes() == (Path(second) / path).read_bytes(), path
    other = make_demo_cache(str(tmp_path / "other"), now=NOW, seed=1, sparse=True)
    assert files_below(Path(other.root)).keys() != files_below(Path(demo.root)).keys()


@pytest.mark.parametrize("here", [("cp", "38"), ("cp", "311"), ("cp", "312"), ("cp", "314"), ("pp", "310")])
def test_it_is_made_for_any_python(here: tuple[str, str], tmp_path: Path) -> None:
    made = make_demo_cache(str(tmp_path), now=NOW, sparse=True, here=here)
    assert 250 <= len(files_below(Path(made.root))) <= 800


def test_scale_adds_projects(demo: Demo, tmp_path: Path) -> None:
    bigger = make_demo_cache(str(tmp_path / "bigger"), now=NOW, scale=2, sparse=True)
    assert len(files_below(Path(bigger.root))) > len(files_below(Path(demo.root))) + 300


def test_nothing_is_written_where_something_is(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(FileExistsError, match="not empty"):
        make_demo_cache(str(tmp_path), now=NOW, sparse=True)
    assert list(files_below(tmp_path)) == ["mine"]
    with pytest.raises(FileExistsError):
        make_demo_cache(str(tmp_path / "mine"), now=NOW, sparse=True)
    assert (tmp_path / "mine").read_text() == "mine"


def test_nothing_is_written_outside(tmp_path: Path) -> None:
    make_demo_cache(str(tmp_path / "a" / "demo"), now=NOW, sparse=True)
    assert sorted(os.listdir(tmp_path)) == ["a"]
    assert sorted(os.listdir(tmp_path / "a")) == ["demo"]
    assert sorted(os.listdir(tmp_path / "a" / "demo")) == ["pip", "pip-accel", "pip-download-cache"]
