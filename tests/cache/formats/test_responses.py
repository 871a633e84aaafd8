from __future__ import annotations

import base64
import json
import os
import zlib
from pathlib import Path

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipcache_tui.cache.disk.folders import Folder
from pipcache_tui.cache.formats.responses import EdgesBody, EnvelopeError, cache_format, read_envelope, stream_body
from pipcache_tui.demo.formats import KEYS_FROM_23_3, KEYS_TO_23_2, Stored, encode_cc2, encode_cc4

HEADERS = {"Content-Type": "text/plain", "ETag": '"x"'}


def decode(folder: Path, data: bytes):  # type: ignore[no-untyped-def]
    (folder / "file").write_bytes(data)
    with Folder.at(os.fspath(folder)) as top, top.file("file") as file:
        envelope, body = read_envelope(file)
        return envelope, body.read_at(0, body.size), b"".join(stream_body(file, envelope))


@pytest.mark.parametrize("keys", [KEYS_FROM_23_3, KEYS_TO_23_2, tuple(reversed(KEYS_TO_23_2))])
@pytest.mark.parametrize("vary_first", [False, True])
@pytest.mark.parametrize("size", [0, 5, 300, 70_000, 2_000_000])
def test_a_cc4_entry_is_read_in_any_order_of_keys(
    tmp_path: Path, keys: tuple[str, ...], vary_first: bool, size: int
) -> None:
    body = os.urandom(size)
    stored = Stored(HEADERS, body, vary={"Accept-Encoding": "gzip", "Accept": None})
    data = encode_cc4(stored, inside=True, keys=keys, vary_first=vary_first, vary_as_bytes=True)
    envelope, read, streamed = decode(tmp_path, data)
    assert read == streamed == body
    assert envelope.status == 200
    assert envelope.headers == {"content-type": "text/plain", "etag": '"x"'}
    assert envelope.vary == (("Accept-Encoding", "gzip"), ("Accept", None))
    assert envelope.body_size == size


@pytest.mark.parametrize("size", [0, 1, 2, 3, 50_000, 5_000_000])
def test_a_cc2_entry_is_read_and_its_body_streamed(tmp_path: Path, size: int) -> None:
    body = os.urandom(size)
    envelope, _, streamed = decode(tmp_path, encode_cc2(Stored(HEADERS, body, vary={"Accept": None})))
    assert streamed == body
    assert envelope.body_size == size
    assert envelope.cache_format == 2
    assert envelope.headers["content-type"] == "text/plain"
    assert envelope.vary == (("Accept", None),)


def test_cc2_keeps_both_ends_of_a_large_body(tmp_path: Path) -> None:
    body = os.urandom(5_000_000)
    (tmp_path / "file").write_bytes(encode_cc2(Stored(HEADERS, body)))
    with Folder.at(os.fspath(tmp_path)) as top, top.file("file") as file:
        _, edges = read_envelope(file)
    assert edges.read_at(0, 1000) == body[:1000]
    assert edges.read_at(len(body) - 9000, 9000) == body[-9000:]
    assert edges.read_at(2_500_000, 10) == b""  # not kept, and not invented


def test_edges_of_a_small_body_overlap() -> None:
    assert EdgesBody(6, b"abcdef", b"abcdef").read_at(3, 100) == b"def"


def test_a_sparse_body_of_gigabytes_is_skipped(tmp_path: Path) -> None:
    small = encode_cc4(Stored(HEADERS, b"x" * 70_000), inside=True)
    size = 3 << 30
    start = small.index(b"\xc6" + (70_000).to_bytes(4, "big"))
    with (tmp_path / "file").open("wb") as file:
        file.write(small[:start] + b"\xc6" + size.to_bytes(4, "big"))
        file.seek(size, os.SEEK_CUR)
        file.write(small[start + 5 + 70_000 :])
    with Folder.at(os.fspath(tmp_path)) as top, top.file("file") as opened:
        envelope, body = read_envelope(opened)
        assert body.size == envelope.body_size == size
        assert body.read_at(size - 4, 10) == bytes(4)


def pack(document: object) -> bytes:
    return b"cc=4," + bytes(msgpack.packb(document))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty file"),
        (b"garbage", "no cc= mark"),
        (b"cc=3,{}", "unknown format cc=3"),
        (b"cc=9,{}", "unknown format cc=9"),
        (b"cc=4,", "cut short"),
        (pack([1, 2]), "not whole msgpack: Unexpected type"),
        (pack({"vary": {}}), "no response"),
        (pack({b"response": 1}), "not whole msgpack"),
        (pack({"response": {"body": b"x" * 300}})[:18], "cut short in its headers"),
        (pack({"response": {"status": 200}}), "no body"),
        (pack({"response": {"body": 5}}), "not bytes"),
        (pack({"response": {"body": b"", "headers": {}}, "vary": {}}), "no status"),
        (pack({"response": {"body": b"", "headers": [], "status": 200}}), "no headers"),
        (pack({"response": {"body": b"abc", "headers": {}, "status": 200}})[:-4], "not whole msgpack"),
        (b"cc=4,\x82\xa8response\x81\xa4body\xc6\xff\xff\xff\xff", "cut short: its body ends"),
        (b"cc=4,\x82\xa1a" + b"\x91" * 4000, "not whole msgpack: StackError"),
        (b"cc=4,\x82\xa1a\xc1", "not whole msgpack: FormatError"),
        (b"cc=4,\x82\xa1a\xdd\xff\xff\xff\xff", "cut short"),
        (b"cc=4,\x82\xc3", "cut short"),
        (b"cc=2,not zlib", "not whole zlib"),
        (b"cc=2,", "cut short"),
        (b"cc=2," + zlib.compress(b"{}"), "no response"),
        (b"cc=2," + zlib.compress(b"[]"), "not a map"),
        (b"cc=2," + zlib.compress(b'{"response": {"body": "@@@@"}}'), "no response|not base64"),
        (b"cc=2," + zlib.compress(b'{"response":{"body":"@@@@"}}'), "not base64"),
        (b"cc=2," + zlib.compress(b'{"response":{"body":"YWJj'), "not whole JSON|cut short"),
        (b"cc=2," + zlib.compress(b'{"response":{"body":"YWJj"'), "not whole JSON"),
        (
            b"cc=2,"
            + zlib.compress(json.dumps({"response": {"body": "", "headers": {"é": "x"}, "status": 1}}).encode()),
            "no response|not base64",
        ),
    ],
)
def test_what_no_pip_writes_is_refused_with_the_reason(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(EnvelopeError, match=message):
        decode(tmp_path, data)


def test_headers_have_a_limit(tmp_path: Path) -> None:
    flood = pack({"response": {"headers": {str(n): "x" * 100 for n in range(20_000)}, "body": b"", "status": 200}})
    with pytest.raises(EnvelopeError, match="larger than any pip writes"):
        decode(tmp_path, flood)
    flood = pack({"response": {"body": b"", "headers": {str(n): "x" * 100 for n in range(20_000)}, "status": 200}})
    with pytest.raises(EnvelopeError, match="larger than any pip writes"):
        decode(tmp_path, flood)
    packed = {"response": {"body": "", "headers": {}, "status": 200, "z": base64.b64encode(bytes(4 << 20)).decode()}}
    with pytest.raises(EnvelopeError, match="larger than any pip writes"):
        decode(tmp_path, b"cc=2," + zlib.compress(json.dumps(packed, separators=(",", ":")).encode()))


def test_a_zlib_bomb_costs_no_memory(tmp_path: Path) -> None:
    bomb = zlib.compress(b'{"response":{"body":"' + b"A" * (64 << 20) + b'","headers":{},"status":200},"vary":{}}', 9)
    assert len(bomb) < 100_000
    (tmp_path / "file").write_bytes(b"cc=2," + bomb)
    with Folder.at(os.fspath(tmp_path)) as top, top.file("file") as file:
        envelope, body = read_envelope(file)
    assert envelope.body_size == 48 << 20
    assert isinstance(body, EdgesBody)
    assert len(body.head) + len(body.tail) < 4 << 20


@given(st.binary(max_size=200), st.sampled_from([b"", b"cc=4,", b"cc=2,", b"cc=4,\x82\xa8response\x86"]))
def test_garbage_is_refused_in_words(tmp_path_factory: pytest.TempPathFactory, data: bytes, mark: bytes) -> None:
    folder = tmp_path_factory.mktemp("garbage")
    try:
        decode(folder, mark + data)
    except EnvelopeError as error:
        assert str(error)


def test_the_mark_says_the_format() -> None:
    assert [cache_format(mark) for mark in (b"cc=1,", b"cc=4,\x82", b"cc=4", b"", b"cc=x,")] == [1, 4, 0, 0, 0]
