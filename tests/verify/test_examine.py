"""What verifying one entry may take: bytes unpacked, memory and time."""

from __future__ import annotations

import gzip
import hashlib
import tracemalloc
import zlib
from pathlib import Path

import pytest

from pipcache_tui.demo import packages
from pipcache_tui.text import format_size
from pipcache_tui.verify.examine import verify_entry
from pipcache_tui.verify.integrity import Limits, TooMuchError, check_text
from pipcache_tui.verify.known_hashes import KnownHashes, gather_known_hashes
from tests.support.cache_root import FILE_HEADERS, FILES, INDEX, Place

PRIVATE = "https://private.example/files/"
WHEEL = packages.make_wheel("pure", "1.0")
SDIST = packages.make_sdist("pure", "1.0")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "pip")


def test_an_archive_that_unpacks_to_too_much_is_not_followed_to_its_end(place: Place) -> None:
    place.v2(f"{PRIVATE}a", packages.make_sdist("pure", "1.0", files={"zeros": bytes(1 << 22)}))
    deflated = packages.make_sdist("pure", "1.0", "zip", files={"zeros": bytes(1 << 22)})
    place.v2(f"{PRIVATE}b", deflated)
    for entry in place.scan().entries:
        verdict = verify_entry(entry, KnownHashes(), limits=Limits(archive=1 << 16, ratio=1))
        size = format_size((1 << 16) + entry.body.size)
        assert (verdict.state, verdict.means) == ("unchecked", ())
        assert verdict.why == (f"unpacks to more than {size}",)
        assert verify_entry(entry, KnownHashes()).state == "consistent"


def _gzip_bomb(size: int) -> bytes:
    """A gzip file of so many zero bytes: one compressed MiB again and again, without its checksum."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packer.compress(bytes(1 << 20))
    packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + piece * (size >> 20)


PAGE_HEADERS = {**FILE_HEADERS, "Content-Type": "text/html", "Content-Encoding": "gzip"}


def test_an_index_page_that_unpacks_to_10_gb_is_unchecked_after_64_mib(place: Place) -> None:
    place.v2(f"{INDEX}bomb/", _gzip_bomb(10 << 30), PAGE_HEADERS)
    read = 0

    def watch(count: int) -> None:
        nonlocal read
        read += count

    (entry,) = place.scan().entries
    verdict = verify_entry(entry, KnownHashes(), watch)
    assert (verdict.state, verdict.why) == ("unchecked", ("unpacks to more than 67.1 MB",))
    assert read == entry.body.size, "the stored bytes are read and hashed all the same"


def test_a_proof_needs_no_unpacking(place: Place) -> None:
    bomb = _gzip_bomb(100 << 20)
    place.v2(f"{INDEX}bomb/", bomb, {**PAGE_HEADERS, "X-Checksum-Sha256": hashlib.sha256(bomb).hexdigest()})
    (entry,) = place.scan().entries
    assert verify_entry(entry, KnownHashes()).state == "proven"


def test_a_hash_that_may_be_the_unpacked_bodys_does_not_make_it_corrupt(place: Place) -> None:
    place.v2(f"{INDEX}bomb/", _gzip_bomb(100 << 20), {**PAGE_HEADERS, "X-Checksum-Sha256": "0" * 64})
    (entry,) = place.scan().entries
    assert verify_entry(entry, KnownHashes()).state == "unchecked"


def test_a_wrong_length_is_corrupt_however_much_it_unpacks_to(place: Place) -> None:
    place.v2(f"{INDEX}bomb/", _gzip_bomb(100 << 20), {**PAGE_HEADERS, "Content-Length": "5"})
    (entry,) = place.scan().entries
    assert verify_entry(entry, KnownHashes()).state == "corrupt"


def test_json_of_a_million_files_takes_little_memory(place: Place) -> None:
    page = b'{"files": [' + b",".join([b'{"url": "a", "size": 1}'] * 1_000_000) + b"]}"
    tracemalloc.start()
    try:
        assert check_text([page], "json", Limits().text) == ("json",)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * len(page), f"{peak:,} bytes for {len(page):,}"
    with pytest.raises(TooMuchError, match="unpacks to more than"):
        check_text([page], "json", len(page) - 1)


def test_a_page_of_too_many_links_is_not_read_for_hashes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    links = [packages.Listed(f"pure-{number}.tar.gz", f"{FILES}pure-{number}.tar.gz", "a" * 64) for number in range(5)]
    place.v2(f"{INDEX}pure/", packages.index_page_html("pure", links), {**FILE_HEADERS, "Content-Type": "text/html"})
    place.v2(f"{FILES}pure-1.tar.gz", SDIST)
    entries = place.scan(index_urls=[INDEX]).entries
    assert gather_known_hashes(entries).claims
    monkeypatch.setattr("pipcache_tui.verify.known_hashes._MOST_LINKS", 4)
    assert not gather_known_hashes(entries).claims


@pytest.mark.parametrize("body", [SDIST, WHEEL, gzip.compress(b"<html>")], ids=["sdist", "wheel", "page"])
def test_an_entry_that_takes_too_long_is_unchecked(place: Place, body: bytes) -> None:
    """By a clock that moves on with each look at it."""
    place.v2(f"{PRIVATE}x", body, {**FILE_HEADERS, "Content-Encoding": "gzip" if body not in (SDIST, WHEEL) else ""})
    (entry,) = place.scan().entries
    states = set()
    for limit in range(12):
        limits, clock = Limits(seconds=limit, rate=1 << 40), map(float, range(10_000)).__next__
        verdict = verify_entry(entry, KnownHashes(), limits=limits, clock=clock)
        states.add(verdict.state)
        assert verdict.sha256 in (None, hashlib.sha256(body).hexdigest()), "never that of a part"
        if verdict.state == "unchecked":
            assert verdict.why == (f"takes longer than {limit} s",)
    assert states == {"unchecked", "consistent"}
    assert verify_entry(entry, KnownHashes()).state == "consistent"
