from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipcache_tui.cache import scan, workers
from pipcache_tui.cache.disk import folders
from pipcache_tui.cache.jobs import Part, part_job
from pipcache_tui.cache.memory.scans import RememberedScan
from pipcache_tui.cache.model import Root, Snapshot
from pipcache_tui.cache.scan import Found, Named, Trouble, scan_roots, take_snapshot
from pipcache_tui.cache.workers import Pool
from pipcache_tui.demo import packages
from pipcache_tui.demo.make import make_demo_cache
from tests.support.cache_root import FILES, Place

NOW = 1_780_000_000.0


def demo_roots(folder: Path) -> list[Root]:
    demo = make_demo_cache(os.fspath(folder / "demo"), now=NOW)
    return [Root(path, "test", exists=True) for path in demo.cache_dirs]


def test_every_file_of_every_store_belongs_to_one_entry_or_is_foreign(tmp_path: Path) -> None:
    roots = demo_roots(tmp_path)
    snapshot = take_snapshot(roots)
    owned = [f"{entry.root}/{file.path}" for entry in snapshot.entries for file in entry.files]
    assert len(owned) == len(set(owned))
    present = [path for root in roots for path in Path(root.path).rglob("*") if not path.is_dir()]
    assert len(present) == len(owned) + snapshot.foreign_files
    assert len({entry.id for entry in snapshot.entries}) == len(snapshot.entries)
    assert snapshot.warnings == ()


def test_workers_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    roots = demo_roots(tmp_path)
    here = take_snapshot(roots, workers=0)
    monkeypatch.setattr(scan, "_SMALL", 10)
    apart = take_snapshot(roots, workers=2)
    assert {entry.key: entry for entry in apart.entries} == {entry.key: entry for entry in here.entries}
    assert apart.foreign_files == here.foreign_files


def test_a_worker_that_dies_costs_nothing_but_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    roots = demo_roots(tmp_path)
    here = take_snapshot(roots, workers=0)
    monkeypatch.setattr(scan, "_SMALL", 10)
    monkeypatch.setattr(workers, "_START", "raise SystemExit(3) # {path}")
    apart = take_snapshot(roots, workers=2)
    assert {entry.key for entry in apart.entries} == {entry.key for entry in here.entries}


def test_a_worker_killed_at_work(tmp_path: Path) -> None:
    root = demo_roots(tmp_path)[0].path
    names = [f"http-v2/{a}/{b}" for a in "0123456789abcdef" for b in "0123456789abcdef"]
    jobs = [part_job(Part(root, "http-v2", name), RememberedScan()) for name in names]
    with Pool(2) as pool:
        running = pool.run(enumerate(jobs))
        done = {next(running)[0]}
        for process in pool._workers:  # there is no gentler way to lose them
            process.kill()
        done |= {index for index, _ in running}
    assert done == set(range(len(jobs)))


def test_workers_end_with_the_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Watched(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **options)  # type: ignore[call-overload]
            started.append(self)

    roots = demo_roots(tmp_path)
    monkeypatch.setattr(scan, "_SMALL", 10)
    monkeypatch.setattr("pipcache_tui.cache.workers.subprocess.Popen", Watched)
    events = scan_roots(roots, workers=2)
    while not started:
        next(events)
    events.close()  # type: ignore[attr-defined]
    assert [process.poll() is not None for process in started] == [True, True]


def test_the_first_batch_comes_early_and_names_come_last(tmp_path: Path) -> None:
    events = list(scan_roots(demo_roots(tmp_path), workers=0))
    assert isinstance(events[0], Found)
    assert len(events[0].entries) == 20
    kinds = [type(event) for event in events]
    assert kinds.index(Named) > max(index for index, kind in enumerate(kinds) if kind is Found)
    seen = {entry.key for event in events if isinstance(event, Found) for entry in event.entries}
    assert {entry.key for event in events if isinstance(event, Named) for entry in event.entries} <= seen


def test_roots_that_are_not_there_or_no_folders(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    roots = [Root(os.fspath(tmp_path / "no"), "t", exists=False), Root(os.fspath(tmp_path / "file"), "t", exists=True)]
    (event,) = scan_roots(roots)
    assert isinstance(event, Trouble)
    assert "not a directory" in event.message
    assert take_snapshot(roots).entries == ()


@pytest.mark.parametrize("store", ["http", "http-v2", "wheels", "selfcheck"])
def test_a_file_where_a_folder_should_be(place: Place, store: str) -> None:
    place.write(store, b"not a folder")
    snapshot = place.scan()
    assert snapshot.entries == ()
    assert any("not a directory" in warning for warning in snapshot.warnings)


AS_NOBODY = """
import os, sys
from pipcache_tui.cache.model import Root
from pipcache_tui.cache.scan import take_snapshot
os.setgid(65534); os.setuid(65534)  # after the imports: the interpreter may lie in a closed home
snapshot = take_snapshot([Root(sys.argv[1], "t", True)])
for entry in snapshot.entries: print(entry.kind, *entry.problems)
for warning in snapshot.warnings: print("!", warning)
"""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user")
def test_what_another_user_may_not_read_is_said(tmp_path: Path) -> None:
    for folder in tmp_path.parents:
        if folder != folder.parent and folder.stat().st_uid == os.geteuid():
            folder.chmod(folder.stat().st_mode | 0o755)
    tmp_path.chmod(0o755)
    place = Place(tmp_path / "pip")
    url = FILES + "a/lib-1.0.tar.gz"
    key = place.v2(url, packages.make_sdist("lib", "1.0"))
    (place.path / "/".join(("http-v2", *key[:5], key))).chmod(0o600)
    place.v2(url + "x", b"x")
    hidden = place.path / "http-v2" / key[0] / key[1]
    told = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, os.fspath(place.path)], capture_output=True, text=True, check=True
    ).stdout
    assert "unreadable can't be read: permission denied" in told
    hidden.chmod(0o700)
    told = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, os.fspath(place.path)], capture_output=True, text=True, check=True
    ).stdout
    assert "permission denied; what it holds is not shown" in told


def looked_at(snapshot: Snapshot) -> tuple[object, ...]:
    """What names and stats tell."""
    entries = {
        (entry.id, entry.store, tuple((file.path, file.identity, file.size_on_disk) for file in entry.files))
        for entry in snapshot.entries
    }
    return entries, snapshot.foreign_files, snapshot.foreign_size


@pytest.mark.parametrize("workers", [0, 2])
def test_names_and_stats_alone_tell_the_same_entries_and_files(
    tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "_SMALL", 10)
    roots = demo_roots(tmp_path)
    snapshot = take_snapshot(roots, names_only=True, workers=workers)
    assert looked_at(snapshot) == looked_at(take_snapshot(roots))


def test_odd_files_are_the_same_entries_by_names_and_stats(place: Place) -> None:
    keys = [place.v2(f"{FILES}{number}/lib-1.0.tar.gz", packages.make_sdist("lib", "1.0")) for number in range(9)]
    paths = [place.path / "/".join(("http-v2", *key[:5], key)) for key in keys]
    paths[0].unlink()
    paths[1].with_name(f"{keys[1]}.body").unlink()
    paths[2].unlink()
    paths[2].symlink_to("/etc/passwd")
    paths[3].with_name(f"{keys[3]}.body").unlink()
    paths[3].with_name(f"{keys[3]}.body").mkdir()
    paths[4].write_bytes(b"garbage")
    paths[5].with_name(f"{keys[5]}.bodyabcd_123.tmp").write_bytes(b"")
    paths[6].with_name("mine.txt").write_bytes(b"mine")
    old = place.v1(f"{FILES}old-1.0.tar.gz", packages.make_sdist("old", "1.0"))
    place.raw("http", old, b"", ".lock")
    place.raw("http", "0" * 56, b"garbage")
    for leaf, names in enumerate((("a-1-py3-none-any.whl", "b-1-py3-none-any.whl", "origin.json"), ("origin.json",))):
        for name in names:
            place.write(f"wheels/ab/cd/ef/{leaf:050x}/{name}", b"{}")
    (place.path / f"wheels/ab/cd/ef/{0:050x}/c-1-py3-none-any.whl").symlink_to("/etc/passwd")
    place.write(f"wheels/ab/cd/ef/{0:050x}/tmpabcd_123/d-1-py3-none-any.whl", b"")
    assert looked_at(place.scan(names_only=True)) == looked_at(place.scan())


def test_names_and_stats_alone_open_no_file_of_the_big_stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real = folders.Folder._open_file

    def watched(self: folders.Folder, name: str) -> tuple[int, os.stat_result, bool]:
        opened.append(self.path)
        return real(self, name)

    monkeypatch.setattr(folders.Folder, "_open_file", watched)
    take_snapshot(demo_roots(tmp_path), names_only=True, workers=0)
    assert not [path for path in opened if "/http" in path or "/wheels" in path]
