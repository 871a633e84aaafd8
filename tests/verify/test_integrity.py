"""What an archive or a page says about its own bytes: RECORD, CRC-32, checksums of compression, ends of text."""

from __future__ import annotations

import gzip
import io
import random
import tracemalloc
import zipfile
from collections.abc import Mapping

import pytest

from pipcache_tui.demo import packages
from pipcache_tui.verify.integrity import Limits, TooMuchError, check_text
from tests.support.cache_root import INDEX, Place
from tests.support.verdicts import JSON_PAGE, PAGE, PRIVATE, WHEEL, only, verdicts


def zipped(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_file_that_differs_from_record_is_named(place: Place) -> None:
    with zipfile.ZipFile(io.BytesIO(WHEEL)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["pure/__init__.py"] += b"\n"
    place.v2(f"{PRIVATE}x", zipped(members))
    assert only(place).why == ("pure/__init__.py is not what RECORD says",)


@pytest.mark.parametrize("suffix", ["tar.gz", "tar.bz2", "tar.xz", "zip"])
def test_an_sdist_is_unpacked_to_its_end(place: Place, suffix: str) -> None:
    noise = {"noise.bin": random.Random(1).randbytes(5000)}
    sdist = packages.make_sdist("pure", "1.0", suffix, files=noise)  # type: ignore[arg-type]
    place.v1(f"{PRIVATE}pure-1.0.{suffix}", sdist)
    assert only(place).means == (("crc",) if suffix == "zip" else ("compression",))
    place.v1(f"{PRIVATE}pure-1.0.{suffix}", sdist[:-9])
    assert only(place).state == "corrupt"


def test_bytes_after_a_gzip_stream_are_read_as_other_readers_do(place: Place) -> None:
    sdist = packages.make_sdist("pure", "1.0")
    place.v2(f"{PRIVATE}a", sdist + gzip.compress(bytes(99)))
    place.v2(f"{PRIVATE}b", sdist + bytes(1024))
    place.v2(f"{PRIVATE}c", sdist + b"signed by someone")
    assert {verdict.state for verdict in verdicts(place).values()} == {"consistent"}
    place.v2(f"{PRIVATE}d", sdist + gzip.compress(bytes(99))[:-1])
    assert [verdict.state for verdict in verdicts(place).values()].count("corrupt") == 1


@pytest.mark.parametrize(
    ("body", "headers", "state", "means"),
    [
        (b"<html><title>Links for a</title><a href='a-1.tar.gz'></html>\n", PAGE, "consistent", ("html",)),
        (b"<!DOCTYPE html><title>Links for a</title><a href='a-1.tar.gz'>", PAGE, "consistent", ()),
        (b'{"name": "a", "files": [], "meta": {"filename": 1}}', JSON_PAGE, "consistent", ("json",)),
        (b'{"name": "a", "files": [], "meta": {"filename": 1', JSON_PAGE, "corrupt", ()),
        (gzip.compress(b'{"name": "a", "files": []}', mtime=0), {**JSON_PAGE, "Content-Encoding": "gzip"}, "consistent",
         ("compression", "json")),
        (gzip.compress(b'{"name": "a", "files": []}', mtime=0)[:-1], {**JSON_PAGE, "Content-Encoding": "gzip"},
         "corrupt", ()),
        (b"\x28\xb5\x2f\xfdwhatever", {**JSON_PAGE, "Content-Encoding": "zstd"}, "consistent", ()),
    ],
)  # fmt: skip
def test_a_page_is_checked_after_decoding(
    place: Place, body: bytes, headers: Mapping[str, str], state: str, means: tuple[str, ...]
) -> None:
    place.v2(f"{INDEX}a/", body, headers)
    verdict = only(place)
    assert (verdict.state, verdict.means) == (state, means)


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
