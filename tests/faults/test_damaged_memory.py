"""What past scans and verdicts left on disk is damaged or mixed up: no wrong word of it is believed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from pipcache_tui.cache.memory import scans
from pipcache_tui.cache.model import Entry
from pipcache_tui.demo import packages
from pipcache_tui.verify.batch import verify_entries
from pipcache_tui.verify.examine import Verdict
from pipcache_tui.verify.known_hashes import KnownHashes
from tests.conftest import Figure
from tests.support.cache_root import FILES, Place

#: how many bytes of a file are changed, one at a time
_DAMAGED = 150


def _fill(folder: Path) -> Place:
    place = Place(folder)
    for name in ("lib", "six"):
        place.v2(f"{FILES}{name}-1.0.tar.gz", packages.make_sdist(name, "1.0"))
        place.v2(f"{FILES}{name}-1.0-py3-none-any.whl", packages.make_wheel(name, "1.0"))
    return place


def _told(place: Place, memory: str) -> set[Entry]:
    return set(place.scan(memory=memory, workers=0).entries)


def _verdicts(entries: list[Entry], memory: str) -> list[Verdict]:
    verdicts = verify_entries(entries, KnownHashes(), workers=1, memory=memory)
    return [Verdict(each.entry, each.state, each.means, each.why, each.sha256) for each in verdicts]


def test_no_changed_byte_of_a_kept_scan_is_believed(tmp_path: Path, figure: Figure) -> None:
    place = _fill(tmp_path / "pip")
    memory = os.fspath(tmp_path / "memory")
    fresh = _told(place, memory)
    (file,) = Path(memory).iterdir()
    whole = file.read_bytes()
    for number in range(_DAMAGED):
        damaged = bytearray(whole)
        damaged[number * len(whole) // _DAMAGED] ^= 1
        file.write_bytes(damaged)
        assert _told(place, memory) == fresh, f"byte {number * len(whole) // _DAMAGED}"
    figure(f"{_DAMAGED} changed bytes of a kept scan, none believed")


def test_no_changed_byte_of_kept_verdicts_is_believed(tmp_path: Path, figure: Figure) -> None:
    entries = list(_fill(tmp_path / "pip").scan().entries)
    memory = os.fspath(tmp_path / "memory")
    fresh = _verdicts(entries, memory)
    (file,) = Path(memory).iterdir()
    whole = file.read_bytes()
    for number in range(_DAMAGED):
        damaged = bytearray(whole)
        damaged[number * len(whole) // _DAMAGED] ^= 1
        file.write_bytes(damaged)
        assert _verdicts(entries, memory) == fresh, f"byte {number * len(whole) // _DAMAGED}"
    figure(f"{_DAMAGED} changed bytes of kept verdicts, none believed")


def test_the_kept_scan_of_another_root_is_not_believed(tmp_path: Path) -> None:
    """Its entries would be said to be in a root that has none of them."""
    filled, other = _fill(tmp_path / "pip"), Place(tmp_path / "other")
    other.v2(f"{FILES}other-1.0.tar.gz", packages.make_sdist("other", "1.0"))
    memory = os.fspath(tmp_path / "memory")
    _told(filled, memory)
    (theirs,) = Path(memory).iterdir()
    fresh = _told(other, memory)
    (ours,) = set(Path(memory).iterdir()) - {theirs}
    shutil.copyfile(theirs, ours)
    assert not scans.recall(memory, os.fspath(other.path)).parts
    assert _told(other, memory) == fresh


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_what_is_kept_is_for_its_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        memory = tmp_path / "memory"
        entries = list(_fill(tmp_path / "pip").scan(memory=os.fspath(memory)).entries)
        _verdicts(entries, os.fspath(tmp_path / "verdicts"))
    finally:
        os.umask(before)
    for folder in (memory, tmp_path / "verdicts"):
        assert folder.stat().st_mode & 0o777 == 0o700
        assert [file.stat().st_mode & 0o777 for file in folder.iterdir()] == [0o600]
