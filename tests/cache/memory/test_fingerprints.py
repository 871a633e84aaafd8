"""A scan that lists no folder which nothing touched since: it must see all that a scan sees which lists them."""

from __future__ import annotations

import itertools
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipcache_tui.cache.disk import folders
from pipcache_tui.cache.disk.folders import BY_DESCRIPTOR
from pipcache_tui.cache.memory import fingerprints
from pipcache_tui.cache.memory.fingerprints import FolderFingerprint
from pipcache_tui.cache.model import Snapshot
from pipcache_tui.demo import formats, packages
from tests.support.cache_root import FILES, Place

pytestmark = pytest.mark.skipif(not BY_DESCRIPTOR, reason="folders are not held open here, and have no fingerprint")
SECOND = 10**9


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every folder had been left alone for a minute."""
    real = fingerprints._now
    monkeypatch.setattr(fingerprints, "_now", lambda: real() + 60)


@pytest.fixture
def filled(place: Place) -> tuple[Place, list[str]]:
    """A place with forty entries of both stores, and their keys."""
    keys = []
    for number in range(40):
        add = place.v2 if number % 3 else place.v1
        keys.append(add(f"{FILES}lib-{number}.0.tar.gz", packages.make_sdist("lib", f"{number}.0")))
    return place, keys


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that were listed."""
    seen: list[str] = []
    real = folders.Folder.names

    def names(self: folders.Folder) -> list[str]:
        seen.append(self.path)
        return real(self)

    monkeypatch.setattr(folders.Folder, "names", names)
    return seen


def wait_for_the_next_tick(folder: Path) -> None:
    """Until what is written gets a time that nothing in the folder has."""
    newest = max(os.lstat(path).st_ctime_ns for path in (folder, *folder.rglob("*")))
    probe = folder.parent / "probe"
    for _ in itertools.count():
        probe.touch()
        if probe.stat().st_mtime_ns > newest:
            return


def told(snapshot: Snapshot) -> tuple[object, ...]:
    return ({entry.key: entry for entry in snapshot.entries}, snapshot.foreign_files, snapshot.foreign_size)


def test_folders_that_nothing_touched_are_not_listed(
    filled: tuple[Place, list[str]], tmp_path: Path, later: None, listed: list[str]
) -> None:
    place, _ = filled
    memory = os.fspath(tmp_path / "memory")
    first = place.scan(memory=memory, workers=0)
    assert max(path.count("/") for path in listed) == str(place.path).count("/") + 6
    listed.clear()
    assert told(place.scan(memory=memory, workers=0)) == told(first)
    assert max(path.count("/") for path in listed) == str(place.path).count("/") + 2


def test_folders_that_are_young_are_listed(
    filled: tuple[Place, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: list[str]
) -> None:
    """What comes within a tick of the clock leaves no trace; once they have been left alone, it is made up for."""
    place, _ = filled
    memory = os.fspath(tmp_path / "memory")
    place.scan(memory=memory, workers=0)
    listed.clear()
    place.scan(memory=memory, workers=0)
    deep = str(place.path).count("/") + 6
    assert max(path.count("/") for path in listed) == deep
    real = fingerprints._now
    monkeypatch.setattr(fingerprints, "_now", lambda: real() + 60)
    place.scan(memory=memory, workers=0)
    listed.clear()
    place.scan(memory=memory, workers=0)
    assert max(path.count("/") for path in listed) < deep


def test_empty_folders_are_no_news(filled: tuple[Place, list[str]], tmp_path: Path, later: None) -> None:
    """Pips that remove an entry leave its folders."""
    place, keys = filled
    for key in keys[2:]:
        for file in (place.path / formats.http_path("http-v2", key)).parent.glob("*"):
            file.unlink()
    memory = tmp_path / "memory"
    first = place.scan(memory=os.fspath(memory), workers=0)
    (kept,) = memory.iterdir()
    before = kept.stat().st_ino
    assert told(place.scan(memory=os.fspath(memory), workers=0)) == told(first)
    assert kept.stat().st_ino == before


def _changes(chance: random.Random) -> Iterator[tuple[str, Callable[[Place, str], None]]]:
    """What may happen to the entry of a key, or beside it."""

    def path(place: Place, key: str, *, body: bool = False) -> Path:
        there = place.path / formats.http_path("http-v2", key, body=body)
        return there if there.parent.exists() else place.path / formats.http_path("http", key)

    def rewrite(place: Place, key: str) -> None:
        path(place, key).write_bytes(path(place, key).read_bytes()[:-1] + b"x")

    def replace(place: Place, key: str) -> None:
        (place.path / "new").write_bytes(path(place, key).read_bytes())
        os.replace(place.path / "new", path(place, key))

    def link(place: Place, key: str) -> None:
        path(place, key).unlink()
        path(place, key).symlink_to("/etc/passwd")

    def link_folder(place: Place, key: str) -> None:
        folder = path(place, key).parent.parent
        folder.rename(place.path / f"away{chance.random()}")
        folder.symlink_to(place.path)

    def beside(place: Place, key: str) -> None:
        (path(place, key).parent / f"mine{chance.random()}").write_bytes(b"mine")

    def again(place: Place, key: str) -> None:
        del key
        number = chance.randrange(10**6)
        place.v2(f"{FILES}lib-{number}.0.tar.gz", packages.make_sdist("lib", f"{number}.0"))

    yield "file gone", lambda place, key: path(place, key).unlink()
    yield "body gone", lambda place, key: path(place, key, body=True).unlink()
    yield "folder gone", lambda place, key: shutil.rmtree(path(place, key).parent)
    yield "upper folder gone", lambda place, key: shutil.rmtree(path(place, key).parent.parent.parent)
    yield "rewritten in place", rewrite
    yield "replaced by another file", replace
    yield "a link in its place", link
    yield "a link in a folder's place", link_folder
    yield "a stranger beside it", beside
    yield "an empty folder beside it", lambda place, key: (path(place, key).parent.parent / "f").mkdir(exist_ok=True)
    yield "a new entry", again


@pytest.mark.parametrize("what", [name for name, _ in _changes(random.Random(0))])
def test_every_change_is_seen(filled: tuple[Place, list[str]], tmp_path: Path, later: None, what: str) -> None:
    place, keys = filled
    change = dict(_changes(random.Random(1)))[what]
    memory = os.fspath(tmp_path / "memory")
    place.scan(memory=memory, workers=0)
    for key in keys[1:4]:
        wait_for_the_next_tick(place.path)
        before = told(place.scan())
        change(place, key)
        now = told(place.scan())
        assert told(place.scan(memory=memory, workers=0)) == now
        assert told(place.scan(memory=memory, workers=2)) == now
        assert (now == before) == (what == "an empty folder beside it")


def test_what_is_no_entry_stays_counted(filled: tuple[Place, list[str]], tmp_path: Path, later: None) -> None:
    """A stranger, a lock and a temporary file are told of in each scan, not in the first alone."""
    place, keys = filled
    place.raw("http-v2", keys[1], b"mine", ".txt")
    place.raw("http-v2", keys[2], b"left", "abcd_123.tmp")
    memory = os.fspath(tmp_path / "memory")
    first = place.scan(memory=memory, workers=0)
    assert first.foreign_files == 1
    assert any(entry.kind == "leftover" for entry in first.entries)
    assert told(place.scan(memory=memory, workers=0)) == told(first)


def status(**times: int) -> os.stat_result:
    """Of a folder that was left alone since 2017."""
    fine = {"st_mtime_ns": 1_500_000_000 * SECOND + 5, "st_ctime_ns": 1_500_000_000 * SECOND + 7} | times
    return os.stat_result((0o40700, 5, 1, 2, 0, 0, 4096, 0, 0, 0), fine)


def digest(*folders: tuple[os.stat_result | None, int]) -> bytes:
    counted = FolderFingerprint()
    for folder, names in folders:
        counted.add(folder, names)
    return counted.digest()


def test_a_fingerprint_covers_times_and_the_number_of_names() -> None:
    there = digest((status(), 3))
    assert len(there) == 16
    assert there == digest((status(), 3))
    others = {
        digest((status(), 2)),
        digest((status(st_mtime_ns=7), 3)),
        digest((status(st_ctime_ns=7), 3)),
        digest((status(), 3), (status(), 3)),
    }
    assert len({there, *others}) == 5


def test_no_fingerprint_without_usable_times() -> None:
    now = int(fingerprints._now() * SECOND) + 1
    assert digest((None, 3)) == b""
    assert digest((status(st_mtime_ns=now), 3)) == b""
    assert digest((status(st_ctime_ns=now), 3)) == b""
    assert digest((status(st_ctime_ns=1_500_000_000 * SECOND), 3)) == b"", "no finer times than a second"
    assert digest((status(st_mtime_ns=-(1 << 70)), 3)) == b"", "no time that any file system keeps"
    assert digest((status(), 3), (None, 1)) == b""


def test_a_folder_of_another_device_has_another_fingerprint() -> None:
    """The numbers of inodes are unique on one device only."""
    here = status()
    there = os.stat_result(
        (*here[:2], here.st_dev + 1, *here[3:]), {"st_mtime_ns": here.st_mtime_ns, "st_ctime_ns": here.st_ctime_ns}
    )
    assert digest((here, 3)) != digest((there, 3))


@pytest.mark.parametrize(("seconds", "counts"), [(2.5, False), (3.5, True)])
def test_a_folder_counts_once_it_was_left_alone_for_three_seconds(
    monkeypatch: pytest.MonkeyPatch, seconds: float, counts: bool
) -> None:
    """The clock of FAT has ticks of two seconds: what comes within one leaves the times as they were."""
    changed = 1_500_000_000 * SECOND + 5
    monkeypatch.setattr(fingerprints, "_now", lambda: 1_500_000_000 + seconds)
    assert bool(digest((status(st_mtime_ns=changed), 3))) is counts
