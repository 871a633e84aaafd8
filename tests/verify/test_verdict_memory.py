"""Verdicts that are remembered: when they are used again, and when the file is read once more."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from pipcache_tui.demo import formats
from pipcache_tui.verify import examine, verdict_memory
from pipcache_tui.verify.batch import verify_entries
from pipcache_tui.verify.known_hashes import KnownHashes, gather_known_hashes
from tests.support.cache_root import INDEX, Place
from tests.support.verdicts import FILE_HOST, JSON_PAGE, PRIVATE, WHEEL, address, listing, verdicts


@pytest.fixture
def memory(tmp_path: Path) -> str:
    return os.fspath(tmp_path / "memory")


def test_a_sound_body_is_not_read_again(place: Place, memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place.v2(address(WHEEL, "pure-1.0-py3-none-any.whl"), WHEEL)
    place.v2(f"{INDEX}a/", b'{"name": "a", "files": [], "meta": {"filename": 1}}', JSON_PAGE)
    first = verdicts(place, hosts=(FILE_HOST,), memory=memory)
    entries = place.scan(index_urls=[INDEX]).entries
    known_hashes = gather_known_hashes(entries, file_hosts=(FILE_HOST,))
    monkeypatch.setattr(examine, "open_content", lambda _: pytest.fail("it was read"))
    again = {verdict.entry.id: verdict for verdict in verify_entries(entries, known_hashes, memory=memory)}
    assert again == {key: replace(verdict, remembered=True) for key, verdict in first.items()}
    assert {verdict.entry.url_proof for verdict in again.values()} == {"content", "index-page"}


def test_a_changed_file_a_new_hash_and_a_corrupt_body_are_read_again(place: Place, memory: str) -> None:
    key = listing(place, WHEEL)
    assert not verdicts(place, memory=memory)[key].remembered
    assert verdicts(place, memory=memory)[key].remembered
    listing(place, WHEEL, sha256="0" * 64)  # rewrites the file, too
    assert [verdicts(place, memory=memory)[key].state for _ in range(2)] == ["corrupt", "corrupt"]
    entries = place.scan(index_urls=[INDEX]).entries
    assert not verdicts(place, memory=memory)[key].remembered
    unsaid = {verdict.entry.id: verdict for verdict in verify_entries(entries, KnownHashes(), memory=memory)}
    assert unsaid[key].state == "consistent"
    assert {verdict.entry.id: verdict for verdict in verify_entries(entries, KnownHashes(), memory=memory)}[
        key
    ].remembered
    assert verdicts(place, memory=memory)[key].state == "corrupt"  # the page speaks again


def test_a_damaged_memory_is_ignored_and_written_again(place: Place, memory: str) -> None:
    key = listing(place, WHEEL)
    verdicts(place, memory=memory)
    (kept,) = Path(memory).iterdir()
    content = kept.read_bytes()
    for damaged in (
        b"",
        content[:-1],
        content + b"x",
        content[:200] + bytes([content[200] ^ 1]) + content[201:],
        b"[]\n" + content,
        b"\xff\xfe\n",
        json.dumps({"format": "another", "checksum": ""}).encode() + b"\n",
    ):
        kept.write_bytes(damaged)
        assert not verdicts(place, memory=memory)[key].remembered
        assert verdicts(place, memory=memory)[key].remembered
    assert len(list(Path(memory).iterdir())) == 1
    assert verdict_memory.forget_verdicts(memory) == 1
    assert not verdicts(place, memory=memory)[key].remembered
    assert verdict_memory.forget_verdicts(os.path.join(memory, "nowhere")) == 0


def test_deleted_entries_are_forgotten_and_others_are_kept(place: Place, memory: str) -> None:
    keys = [place.v2(f"{PRIVATE}{number}", WHEEL) for number in range(3)]
    verdicts(place, memory=memory)
    for body in (False, True):
        (place.path / formats.http_path("http-v2", keys[0], body=body)).unlink()
    place.v2(f"{PRIVATE}new", WHEEL)
    entries = place.scan().entries
    new = [entry for entry in entries if entry.files[0].path not in [formats.http_path("http-v2", key) for key in keys]]
    list(verify_entries(new, KnownHashes(), memory=memory))
    records = verdict_memory._read(memory, entries[0].root)
    assert records.keys() == {entry.files[0].path for entry in entries}
    assert all(verdict.remembered for verdict in verdicts(place, memory=memory).values())
