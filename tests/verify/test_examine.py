"""What verifying one entry says, what it takes as proof, and what it may take: bytes unpacked, memory and time."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib

import pytest

from pipcache_tui.cache.model import Entry
from pipcache_tui.demo import formats, packages
from pipcache_tui.text import format_size
from pipcache_tui.verify import examine
from pipcache_tui.verify.examine import verify_entry
from pipcache_tui.verify.integrity import Limits
from pipcache_tui.verify.known_hashes import KnownHashes
from tests.support.cache_root import FILE_HEADERS, INDEX, Place
from tests.support.verdicts import FILE_HOST, PAGE, PRIVATE, WHEEL, address, listing, only, verdicts

SDIST = packages.make_sdist("pure", "1.0")


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


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pure-1.0-py3-none-any.whl", WHEEL),
        ("Zope.Interface-5.0-py3-none-any.whl", packages.make_wheel("Zope.Interface", "5.0")),
        ("zope_interface-5.0-py3-none-any.whl", packages.make_wheel("zope.interface", "5.0")),
        ("zope.interface-5.0-py3-none-any.whl", packages.make_wheel("zope.interface", "5.0")),
        ("pure-1.0+cu12-py3-none-any.whl", packages.make_wheel("pure", "1.0+cu12")),
        ("pure-1.0-py2.py3-none-any.whl", packages.make_wheel("pure", "1.0", "py3.py2-none-any")),
        (
            "c-1.0-cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            packages.make_wheel("c", "1.0", "cp39-cp39-manylinux2014_x86_64.manylinux_2_17_x86_64"),
        ),
        ("pure-1.0.tar.gz", packages.make_sdist("pure", "1.0")),
        ("pure-1.0.zip", packages.make_sdist("pure", "1.0", "zip")),
        ("pure-1.0.tgz", packages.make_sdist("pure", "1.0")),
        ("some_name-1.0.tar.gz", packages.make_sdist("some-name", "1.0")),
        ("Some.Name-1.0.tar.bz2", packages.make_sdist("Some.Name", "1.0", "tar.bz2")),
        ("pure-1.0.0-rc1.tar.gz", packages.make_sdist("pure", "1.0.0-rc1")),
    ],
)
@pytest.mark.parametrize("host", [FILE_HOST, "https://mirror.example/pypi"])
def test_the_content_alone_proves_url_and_name(place: Place, name: str, content: bytes, host: str) -> None:
    url = address(content, name, host)
    place.v2(url, content)
    verdict = only(place, hosts=("https://elsewhere.example", host))
    assert (verdict.state, verdict.means) == ("proven", ("content-address",))
    assert (verdict.entry.url, verdict.entry.url_proof, verdict.entry.filename) == (url, "content", name)
    assert verdict.sha256 == hashlib.sha256(content).hexdigest()


def test_without_a_known_host_a_body_is_consistent_and_not_proven(place: Place) -> None:
    place.v2(address(WHEEL, "pure-1.0-py3-none-any.whl"), WHEEL)
    verdict = only(place)
    assert (verdict.state, verdict.means, verdict.entry.url) == ("consistent", ("record", "crc"), None)


def test_a_page_cannot_overrule_what_the_url_proves(place: Place) -> None:
    url = address(WHEEL, "pure-1.0-py3-none-any.whl")
    listed = packages.Listed("pure-1.0-py3-none-any.whl", url, sha256="0" * 64)
    place.v2(f"{INDEX}pure/", packages.index_page_html("pure", [listed]), PAGE)
    key = place.v2(url, WHEEL)
    verdict = verdicts(place)[f"http-v2:{key}"]
    assert (verdict.state, verdict.means) == ("proven", ("content-address",))
    assert verdict.why == ("its sha256 is not the one in its index page",)


def test_metadata_is_compared_with_the_page_and_with_its_wheel(place: Place) -> None:
    metadata = packages.core_metadata("pure", "1.0")
    url = f"{PRIVATE}pure-1.0-py3-none-any.whl"
    listing(place, WHEEL, metadata_sha256=hashlib.sha256(metadata).hexdigest())
    key = f"http-v2:{place.v2(url + '.metadata', metadata)}"
    assert verdicts(place)[key].means == ("index-page",)
    listing(place, WHEEL)
    assert verdicts(place)[key].means == ("wheel",)
    place.v2(url + ".metadata", metadata.replace(b"1.0", b"1.1"))
    assert verdicts(place)[key].why == ("it is not the METADATA inside pure-1.0-py3-none-any.whl",)
    place.v2(url + ".metadata", gzip.compress(metadata), {**FILE_HEADERS, "Content-Encoding": "gzip"})
    assert verdicts(place)[key].state in ("proven", "consistent")


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate"])
def test_a_hash_may_be_of_the_body_before_encoding(place: Place, encoding: str) -> None:
    import zlib

    packed = zlib.compress(WHEEL) if encoding == "deflate" else gzip.compress(WHEEL)
    told = {"Content-Encoding": encoding, "X-Checksum-Sha256": hashlib.sha256(WHEEL).hexdigest()}
    place.v2(f"{PRIVATE}x", packed, {**FILE_HEADERS, **told})
    assert only(place).means == ("header",)


def test_a_tar_gz_that_a_server_calls_gzip_encoded_is_judged_as_it_is(place: Place) -> None:
    sdist = packages.make_sdist("pure", "1.0")
    told = {"Content-Encoding": "x-gzip", "X-Checksum-Sha256": hashlib.sha256(sdist).hexdigest()}
    place.v2(f"{PRIVATE}pure-1.0.tar.gz", sdist, {**FILE_HEADERS, **told})
    assert only(place).state == "proven"


def test_an_entry_that_cannot_be_checked_says_why(place: Place) -> None:
    key = place.v2(f"{PRIVATE}x", WHEEL)
    (place.path / formats.http_path("http-v2", key)).unlink()
    place.raw("http", "a" * 56, formats.encode_cc1(formats.Stored(FILE_HEADERS, b"x")))
    place.raw("http-v2", "b" * 56, b"half", ".bodyabcdefgh.tmp")
    found = verdicts(place)
    assert {verdict.state for verdict in found.values()} == {"unchecked"}
    assert all(verdict.why and verdict.why[0] for verdict in found.values())
    assert len(found) == 3


def test_a_file_that_changed_since_the_scan_is_not_checked(place: Place) -> None:
    key = place.v2(f"{PRIVATE}x", WHEEL)
    (entry,) = place.scan().entries
    body = place.path / formats.http_path("http-v2", key, body=True)
    os.utime(body, (1, 1))
    assert verify_entry(entry, KnownHashes()).why == ("changed since it was scanned",)
    body.unlink()
    assert verify_entry(entry, KnownHashes()).why == ("gone since it was scanned",)


def test_a_body_that_cannot_be_read_is_not_called_corrupt(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.v2(f"{PRIVATE}x", WHEEL)
    (entry,) = place.scan().entries

    def fail(_: Entry) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(examine, "open_content", fail)
    verdict = verify_entry(entry, KnownHashes())
    assert (verdict.state, verdict.why) == ("unchecked", ("can't be read: input/output error",))


def test_reading_does_not_change_the_time_of_last_use(place: Place) -> None:
    key = place.v2(address(WHEEL, "pure-1.0-py3-none-any.whl"), WHEEL)
    body = place.path / formats.http_path("http-v2", key, body=True)
    os.utime(body, (1_000_000_000, 1_100_000_000))
    assert only(place, hosts=(FILE_HOST,)).state == "proven"
    assert body.stat().st_atime == 1_000_000_000
