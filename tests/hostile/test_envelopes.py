"""Stored responses made to break what reads them: false lengths, floods, bombs, nesting."""

from __future__ import annotations

import base64
import json
import os
import struct
import zlib
from pathlib import Path

import msgpack
import pytest

from pipcache_tui.demo import formats, packages
from pipcache_tui.demo.blob import Blob
from tests.support.hostile_cache import FILE_HEADERS, INDEX, JSON_HEADERS, Shelf

pytestmark = pytest.mark.timeout(20)
URL = f"{INDEX}/files/demo-1.0-py3-none-any.whl"
WHEEL = packages.make_wheel("demo", "1.0")


def nested(opening: bytes, depth: int, innermost: bytes = b"\xc0") -> bytes:
    return opening * depth + innermost


def response(**fields: bytes) -> bytes:
    """A cc=4 entry whose response holds these fields, each as msgpack."""
    items = b"".join(bytes((0xA0 | len(name),)) + name.encode() + value for name, value in fields.items())
    return b"cc=4,\x82\xa8response" + bytes((0x80 | len(fields),)) + items + b"\xa4vary\x80"


GOOD = {"body": b"\xc4\x00", "headers": b"\x80", "status": b"\xcc\xc8", "version": b"\x0b", "reason": b"\xa2OK"}
METADATA = {
    "nothing": b"",
    "only the mark": b"cc=4,",
    "no such format": b"cc=9,\x80",
    "format of two digits": b"cc=44,\x80",
    "a list": b"cc=4,\x90",
    "a map of four thousand million": b"cc=4,\xdf\xff\xff\xff\xff" + b"\xa1a\xc0" * 300_000,
    "a map that says four thousand million and ends": b"cc=4,\xdf\xff\xff\xff\xff",
    "a list that says four thousand million": b"cc=4,\x82\xa8response\xdd\xff\xff\xff\xff",
    "a body that says 4 GiB": b"cc=4,\x82\xa8response\x81\xa4body\xc6\xff\xff\xff\xff",
    "a name that says 4 GiB": b"cc=4,\x82\xdb\xff\xff\xff\xff",
    "headers that say 4 GiB": response(body=b"\xc4\x00", headers=b"\xdf\xff\xff\xff\xff"),
    "an extension that says 4 GiB": response(body=b"\xc4\x00", headers=b"\xc9\xff\xff\xff\xff\x01"),
    "an impossible time": response(**GOOD, extra=b"\xd7\xff" + b"\xff" * 8),
    "lists in lists before the body": response(early=nested(b"\x91", 100_000), **GOOD),
    "lists in lists behind the body": response(**GOOD, late=nested(b"\x91", 500_000)),
    "a header that is lists in lists": response(**{**GOOD, "headers": b"\x81\xa1a" + nested(b"\x91", 900)}),
    "a header that is maps in maps": response(**{**GOOD, "headers": b"\x81\xa1a" + nested(b"\x81\xa1a", 450)}),
    "a name that is a list": response(**{**GOOD, "headers": b"\x81\x90\xa1a"}),
    "a name that is a map": response(**{**GOOD, "headers": b"\x81\x80\xa1a"}),
    "names that are numbers": response(**{**GOOD, "headers": b"\x82\x01\x02\xc3\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"}),
    "a status that is a text": response(**{**GOOD, "status": b"\xa3200"}),
    "a status of 64 bits": response(**{**GOOD, "status": b"\xcf" + b"\xff" * 8}),
    "a status below nought": response(**{**GOOD, "status": b"\xd3\x80" + bytes(7)}),
    "the same body twice": response(body=b"\xc4\x01a")[:-6] + b"\xa4body\xc4\x02bb",
    "no vary": b"cc=4,\x81\xa8response\x85" + response(**GOOD)[16:-6],
    "text that is not UTF-8": response(**{**GOOD, "headers": b"\x81\xa4date\xa4\xff\xfe\xed\xa0"}),
    "surrogates": response(**{**GOOD, "headers": b"\x81\xa8location\xa6\xed\xa0\x80/ab", "status": b"\xcd\x01\x2d"}),
    "a header of 900 kB": response(
        **{**GOOD, "headers": b"\x81\xa1a\xdb" + struct.pack(">I", 900_000) + b"x" * 900_000}
    ),
    "a header of 30 MB": response(
        **{**GOOD, "headers": b"\x81\xa1a\xdb" + struct.pack(">I", 30_000_000) + b"x" * 30_000_000}
    ),
    "30,000 headers": response(
        **{
            **GOOD,
            "headers": b"\xde" + struct.pack(">H", 30_000) + b"".join(b"\xa5%05d\xa1x" % n for n in range(30_000)),
        }
    ),
    "tokens of nothing": b"cc=4," + b"\xc0" * 3_000_000,
    "a megabyte of keys": b"cc=4,\xdf\x00\x10\x00\x00" + b"\xa0\xc0" * 524_288,
    "bytes behind the end": response(**GOOD) + b"\x00" * 100_000,
}


@pytest.mark.parametrize("name", METADATA)
def test_odd_msgpack_is_no_crash(tmp_path: Path, name: str) -> None:
    shelf = Shelf(tmp_path)
    v2 = shelf.raw_pair(URL, METADATA[name], WHEEL)
    v1 = shelf.single(URL, METADATA[name])
    lone = formats.cache_key(URL + "?lone")
    shelf.write(formats.http_path("http-v2", lone), METADATA[name])
    found = {entry.id: entry for entry in shelf.scan().entries}
    assert found.keys() == {f"http-v2:{v2}", f"http:{v1}", f"http-v2:{lone}"}
    assert found[f"http-v2:{lone}"].kind == "orphan"
    if name != "surrogates":  # a redirect has no body
        assert found[f"http-v2:{v2}"].project == "demo"  # its body is a wheel, whatever stands in front of it


def cc2(**changes: object) -> bytes:
    """A cc=2 entry with parts of its JSON replaced."""
    document = json.loads(zlib.decompress(formats.encode_cc2(formats.Stored(FILE_HEADERS, WHEEL))[5:]))
    document["response"].update(changes)
    return b"cc=2," + zlib.compress(json.dumps(document, sort_keys=True).encode())


def packed(text: bytes) -> bytes:
    return b"cc=2," + zlib.compress(text)


CC2 = {
    "nothing": b"cc=2,",
    "not zlib": b"cc=2,zlib",
    "a body that is no base64": cc2(body="&&&&"),
    "a body that is a number": cc2(body=7),
    "a body that is a list": cc2(body=["QQ=="]),
    "no body": packed(b'{"response":{"headers":{},"status":200},"vary":{}}'),
    "a body without end": packed(b'{"response":{"body":"' + b"QUFB" * 500_000),
    "a body of quotes": packed(b'{"response":{"body":' + b'"' * 3_000_000),
    "body after body": packed(b'{"response":{' + b'"body":"QQ==",' * 60_000),
    "headers that are lists in lists": packed(b'{"response":{"body":"","headers":' + b"[" * 900 + b"]" * 900 + b"}}"),
    "a header that is lists in lists": packed(
        b'{"response":{"body":"","headers":{"QQ==":' + b"[" * 900 + b"]" * 900 + b'},"status":200},"vary":{}}'
    ),
    "deep": packed(b"[" * 900_000),
    "deep in the body's place": packed(b'{"response":{"body":' + b"[" * 900_000),
    "a number of 900,000 digits": packed(b'{"response":{"body":"","headers":{},"status":' + b"1" * 900_000 + b"}}"),
    "a status of 4,000 digits": packed(
        b'{"response":{"body":"","headers":{},"status":' + b"1" * 4000 + b'},"vary":{}}'
    ),
    "a flood of headers": cc2(headers={base64.b64encode(os.urandom(9)).decode(): "QQ==" for _ in range(30_000)}),
    "surrogates": cc2(headers={"\ud800": "\ud800"}),
    "constants": cc2(status=float("nan")),
    "100 MB of spaces": packed(b" " * 100_000_000),
    "100 MB behind the body": packed(b'{"response":{"body":""' + b" " * 100_000_000),
    "a second zlib stream": formats.encode_cc2(formats.Stored(FILE_HEADERS, WHEEL)) + zlib.compress(b"x" * 1000),
}


@pytest.mark.parametrize("name", CC2)
def test_odd_cc2_is_no_crash(tmp_path: Path, name: str) -> None:
    shelf = Shelf(tmp_path)
    key = shelf.single(URL, CC2[name])
    assert shelf.entry(key).store == "http"


def test_a_cc2_body_that_unpacks_to_gigabytes_is_not_unpacked_to_its_end(tmp_path: Path) -> None:
    packer = zlib.compressobj(9)
    start = packer.compress(b'{"response":{"body":"') + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(b"QUFB" * (1 << 22)) + packer.flush(zlib.Z_FULL_FLUSH)  # stands alone, so may be repeated
    shelf = Shelf(tmp_path)
    key = shelf.single(URL, b"cc=2," + start + 2000 * again)  # 32 GB in 32 MB
    found = shelf.entry(key)
    assert found.kind == "unreadable"
    assert "far more than any pip packed" in found.problems[0]


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    mark = tmp_path / "loaded"
    harmful = b"cc=1,cposix\nsystem\n(S'touch " + os.fsencode(mark) + b"'\ntR."
    shelf = Shelf(tmp_path / "cache")
    key = shelf.single(URL, harmful)
    assert shelf.entry(key).kind == "other"
    assert not mark.exists()


def test_a_body_of_four_gigabytes_inside_an_entry_costs_nothing(tmp_path: Path) -> None:
    body = packages.make_wheel_blob("demo", "1.0", padding=(1 << 32) - 5000, padding_sha256="0" * 64)
    entry = formats.encode_cc4_blob(formats.Stored(FILE_HEADERS, body), inside=True)
    shelf = Shelf(tmp_path)
    entry.write(str(shelf.place("http", URL)))
    found = shelf.entry(formats.cache_key(URL))
    assert (found.project, found.version, found.size > 4_000_000_000) == ("demo", "1.0", True)


@pytest.mark.parametrize(
    "text",
    ["\x1b]0;owned\x07", "\u202egnp.exe", "[red]x[/red]", "a\r\nb", "\x00", "x" * 200_000, "\udc80", "é" * 1000],
)
def test_odd_header_values_are_no_crash(tmp_path: Path, text: str) -> None:
    names = (
        "Content-Type",
        "Content-Encoding",
        "Location",
        "Date",
        "ETag",
        "x-pypi-file-project",
        "x-pypi-file-version",
    )
    metadata = b"cc=4," + msgpack.packb(
        {
            "response": {
                "body": b"",
                "headers": dict.fromkeys(names, text),
                "status": 301,
                "version": 11,
                "reason": text,
            },
            "vary": {text: text},
        },
        unicode_errors="surrogateescape",
    )
    shelf = Shelf(tmp_path)
    for number, status in enumerate((b"\xcd\x01\x2d", b"\xcc\xc8")):
        shelf.raw_pair(f"{URL}{number}", metadata.replace(b"status\xcd\x01\x2d", b"status" + status), b"text")
    found = shelf.scan().entries
    assert len(found) == 2
    assert {entry.project for entry in found} <= {None, "x" * 200}


def test_a_redirect_without_a_target_is_no_crash(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    places = ["https://[::1", "//", "\x00", "https://" + "a/" * 50_000, "https://x@y@z:99999999/simple/", "é://é/é"]
    for number, place in enumerate(places):
        metadata = formats.encode_cc4(formats.Stored({"Location": place}, status=301), inside=False)
        shelf.raw_pair(f"{URL}?{number}", metadata, b"")
    shelf.pair(f"{INDEX}/simple/demo/", packages.index_page_json("demo", []), JSON_HEADERS)
    assert [entry.kind for entry in shelf.scan().entries].count("redirect") == len(places)


def test_sparse_metadata_of_terabytes(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    Blob((b"cc=4,\x82\xa8response\x81\xa4body", 1 << 42)).write(str(shelf.place("http-v2", URL)))
    Blob((b"PK\x03\x04", 1 << 42)).write(str(shelf.place("http-v2", URL, body=True)))
    Blob((b"cc=2,", 1 << 42)).write(str(shelf.place("http", URL)))
    assert [entry.kind for entry in shelf.scan().entries] == ["unreadable", "unreadable"]


def test_a_version_from_headers_is_one(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for version, expected in (("\x1b[2J", None), ("1.0\u202e", None), ("x" * 500, None), ("1.0", "1.0")):
        headers = {**FILE_HEADERS, "x-pypi-file-project": "demo", "x-pypi-file-version": version}
        key = shelf.pair(URL, b"no archive", headers)
        found = shelf.entry(key)
        assert (found.project, found.version) == ("demo", expected)
