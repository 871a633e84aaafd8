"""pip's stored HTTP responses: status and headers, and where the body is.

A file begins with `cc=N,` and is what CacheControl's `Serializer` (serialize.py) wrote. N=1 is a pickle, which is never
opened; N=2 is zlib over JSON whose strings are base64; N=4 is msgpack. In `http/` (pip's `SafeFileCache` over
`FileCache`) the body is inside, in `http-v2/` (over `SeparateBodyFileCache`) in a file of its own. Nothing here reads a
whole body into memory: the header of a msgpack body says where it is, and of a cc=2 body only the ends are kept.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import msgpack

from pipcache_tui.cache.disk.folders import File

#: no pip writes more headers than this; what is larger is not read (bytes)
HEADERS_LIMIT = 1 << 20
_HEAD = 4096
#: how much of a cc=2 body is kept from its start and its end, enough for an archive's directory (bytes)
_EDGE = 1 << 20
_CHUNK = 1 << 16
#: a cc=2 entry may unpack to this many bytes plus this many times its size: pages shrink to a tenth, wheels hardly
_UNPACKED_BASE = 64 << 20
_UNPACKED_TIMES = 30
#: by the first byte of bytes or a raw string in msgpack: how many bytes hold their length
_LENGTH_WIDTHS = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_UNMARKED = "no cc= mark at its start"


class EnvelopeError(ValueError):
    """The file is not what pip writes; the message says in a few words why."""


class Body(Protocol):
    """Bytes that can be read at any offset; `read_at` returns b"" for what is not kept."""

    @property
    def size(self) -> int: ...

    def read_at(self, offset: int, count: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class FileBody:
    """A body that is in a file unpacked, from `offset` on."""

    file: File
    offset: int
    size: int

    def read_at(self, offset: int, count: int) -> bytes:
        count = min(count, self.size - offset)
        return self.file.read_at(self.offset + offset, count) if count > 0 else b""


@dataclass(frozen=True, slots=True)
class EdgesBody:
    """The start and the end of a body that had to be unpacked to be seen."""

    size: int
    head: bytes
    tail: bytes

    def read_at(self, offset: int, count: int) -> bytes:
        if offset + count <= len(self.head) or self.size <= len(self.head):
            return self.head[offset : offset + count]
        start = self.size - len(self.tail)
        return self.tail[offset - start : offset - start + count] if offset >= start else b""


class Envelope(NamedTuple):
    """A stored response. Header names are lower-case; `http_version` 0 marks a download that pip resumed."""

    cache_format: int
    status: int
    headers: Mapping[str, str]
    vary: tuple[tuple[str, str | None], ...]
    http_version: int | None
    #: where the body is in the file; None if it is not inside or is packed (cc=2)
    body_offset: int | None
    body_size: int
    #: the names in `vary` are bytes, as pip 10.0 on Python 2 wrote them
    vary_as_bytes: bool = False


def cache_format(mark: bytes) -> int:
    """N of the mark `cc=N,`; 0 where there is none, which every pip takes as a miss."""
    if len(mark) >= 5 and mark[:3] == b"cc=" and mark[4:5] == b"," and mark[3:4].isdigit():
        return int(mark[3:4])
    return 0


def read_envelope(file: File) -> tuple[Envelope, Body]:
    """The response in a file of `http/` or `http-v2/` and the body inside it (of 0 bytes in `http-v2/`).

    Raises EnvelopeError for what pip would not have written, OSError where the file can't be read.
    """
    head = file.read_at(0, _HEAD)
    form = cache_format(head)
    if form == 4:
        return _read_msgpack(file, head)
    if form == 2:
        return _read_zlib(file)
    if form == 0:
        raise EnvelopeError(_UNMARKED if head else "empty file")
    raise EnvelopeError(f"unknown format cc={form}")


def read_metadata(file: File) -> Envelope:
    """The response in a metadata file of `http-v2/`, whose body is another file. Raises as `read_envelope` does."""
    return parse_metadata(None if file.size > HEADERS_LIMIT else file.read_at(0, file.size))


def parse_metadata(data: bytes | None) -> Envelope:
    """The same from a metadata file's content; None means more than `HEADERS_LIMIT`. Raises EnvelopeError."""
    if data is None:
        raise EnvelopeError("headers larger than any pip writes")
    form = cache_format(data)
    if form != 4:
        raise EnvelopeError(f"unknown format cc={form}" if form else _UNMARKED if data else "empty file")
    document = _unpack(data[5:])
    return _envelope(4, document.get("response"), document.get("vary"), _text, None, 0)


def _unpack(data: bytes) -> dict[object, Any]:
    try:
        document = msgpack.unpackb(data, strict_map_key=False, unicode_errors="surrogateescape")
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
        raise EnvelopeError(f"not whole msgpack: {str(error)[:80] or type(error).__name__}") from None
    if not isinstance(document, dict):
        raise EnvelopeError("not a map")
    return document


def _read_msgpack(file: File, head: bytes) -> tuple[Envelope, Body]:
    size = file.size
    offset, length, header = _find_body(file, head)
    end = offset + length
    if end > size:
        raise EnvelopeError(f"cut short: its body ends at byte {end:,}, the file at {size:,}")
    if size - length > HEADERS_LIMIT:
        raise EnvelopeError("headers larger than any pip writes")
    before = head[5:header] if header <= len(head) else file.read_at(5, header - 5)
    after = head[end:] if size <= len(head) else file.read_at(end, size - end)
    # the body's place is taken by an empty one, so that all the rest decodes at once
    document = _unpack(before + b"\xc4\x00" + after)
    envelope = _envelope(4, document.get("response"), document.get("vary"), _text, offset, length)
    return envelope, FileBody(file, offset, length)


def _find_body(file: File, head: bytes) -> tuple[int, int, int]:
    """(body offset, body length, offset of the body's own msgpack header), keys in any order."""
    while True:
        try:
            return _find_body_in(head)
        except msgpack.OutOfData:
            if len(head) >= HEADERS_LIMIT:
                raise EnvelopeError("headers larger than any pip writes") from None
            if len(head) >= file.size:
                raise EnvelopeError("cut short in its headers") from None
            head = file.read_at(0, min(HEADERS_LIMIT, 4 * len(head)))
        except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
            raise EnvelopeError(f"not whole msgpack: {str(error)[:80] or type(error).__name__}") from None


def _find_body_in(head: bytes) -> tuple[int, int, int]:
    unpacker = msgpack.Unpacker(read_size=_HEAD, strict_map_key=False, raw=True)
    unpacker.feed(memoryview(head)[5:])
    for _ in range(unpacker.read_map_header()):
        if unpacker.unpack() != b"response":
            unpacker.skip()
            continue
        for _ in range(unpacker.read_map_header()):
            if unpacker.unpack() != b"body":
                unpacker.skip()
                continue
            header = 5 + unpacker.tell()
            length, width = _read_length(head[header : header + 5])
            return header + 1 + width, length, header
        raise EnvelopeError("a response with no body")
    raise EnvelopeError("no response in it")


def _read_length(header: bytes) -> tuple[int, int]:
    """(length of bytes, width of that length in the file); msgpack on Python 2 wrote bytes as raw strings."""
    if header and 0xA0 <= header[0] <= 0xBF:
        return header[0] & 0x1F, 0
    width = _LENGTH_WIDTHS.get(header[0] if header else 0xC4)
    if width is None:
        raise EnvelopeError("its body is not bytes")
    if len(header) <= width:
        raise msgpack.OutOfData
    return int.from_bytes(header[1 : 1 + width], "big"), width


def _read_zlib(file: File) -> tuple[Envelope, Body]:
    edges = _Edges()
    rest = bytearray()
    for piece, is_body in _split_json(file):
        if is_body:
            edges.add(piece)
        else:
            rest += piece
            if len(rest) > HEADERS_LIMIT:
                raise EnvelopeError("headers larger than any pip writes")
    try:
        document = json.loads(rest)
    except (ValueError, RecursionError) as error:
        raise EnvelopeError(f"not whole JSON: {str(error)[:80]}") from None
    if not isinstance(document, dict):
        raise EnvelopeError("not a map")
    body = edges.body()
    envelope = _envelope(2, document.get("response"), document.get("vary"), _base64_text, None, body.size)
    return envelope, body


class _Edges:
    """Keeps the first and the last `_EDGE` bytes of what is added."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._size = 0

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        if len(self._head) < _EDGE:
            self._head += piece[: _EDGE - len(self._head)]
        self._tail += piece
        if len(self._tail) > 2 * _EDGE:
            del self._tail[:-_EDGE]

    def body(self) -> EdgesBody:
        return EdgesBody(self._size, bytes(self._head), bytes(self._tail))


def _split_json(file: File) -> Iterator[tuple[bytes, bool]]:
    """The JSON of a cc=2 file in pieces: (decoded piece of the body, True) or (all the rest, False).

    The body's base64 is between `"body":"` and the next quote, near the start since the keys are sorted; it comes
    decoded, and the rest has an empty string in its place.
    """
    pieces = _inflate(file)
    mark = b'"body":'
    seen = b""
    for piece in pieces:
        seen += piece
        found = seen.find(mark)
        if found >= 0 and b'"' in seen[found + len(mark) :]:
            break
        if len(seen) > HEADERS_LIMIT:
            raise EnvelopeError("headers larger than any pip writes")
    else:
        yield seen, False
        return
    start = seen.index(b'"', found + len(mark)) + 1
    yield seen[:start], False
    left = seen[start:]
    while True:
        end = left.find(b'"')
        coded = left if end < 0 else left[:end]
        whole = len(coded) if end >= 0 else len(coded) - len(coded) % 4
        try:
            yield base64.b64decode(coded[:whole], validate=True), True
        except (binascii.Error, ValueError):
            raise EnvelopeError("its body is not base64") from None
        if end >= 0:
            yield left[end:], False
            break
        following = next(pieces, None)
        if following is None:
            raise EnvelopeError("cut short in its body")
        left = coded[whole:] + following
    for piece in pieces:
        yield piece, False


def _inflate(file: File) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    offset = 5
    left = _UNPACKED_BASE + _UNPACKED_TIMES * file.size
    try:
        while not unpacker.eof:
            packed = unpacker.unconsumed_tail
            if not packed:
                packed = file.read_at(offset, _CHUNK)
                offset += len(packed)
                if not packed:
                    raise EnvelopeError("cut short")
            piece = unpacker.decompress(packed, 16 * _CHUNK)
            left -= len(piece)
            if left < 0:
                raise EnvelopeError("unpacks to far more than any pip packed")
            yield piece
    except zlib.error:
        raise EnvelopeError("not whole zlib data") from None


def stream_body(file: File, envelope: Envelope) -> Iterator[bytes]:
    """The body inside a file of `http/` in pieces of at most 1 MiB, whatever its format and size.

    Raises EnvelopeError and OSError as `read_envelope` does.
    """
    if envelope.body_offset is None:
        yield from (piece for piece, is_body in _split_json(file) if is_body and piece)
        return
    yield from stream_file(file, envelope.body_offset, envelope.body_size)


def stream_file(file: File, offset: int, size: int) -> Iterator[bytes]:
    """`size` bytes of a file from `offset` on, in pieces of at most 1 MiB."""
    end = offset + size
    while offset < end:
        piece = file.read_at(offset, min(1 << 20, end - offset))
        if not piece:
            raise EnvelopeError("cut short while it was read")
        offset += len(piece)
        yield piece


def _envelope(form: int, response: Any, vary: Any, text: Any, body_offset: int | None, body_size: int) -> Envelope:
    if not isinstance(response, dict):
        raise EnvelopeError("no response in it")
    status = response.get("status")
    headers = response.get("headers")
    if not isinstance(status, int) or not isinstance(headers, dict):
        raise EnvelopeError("a response with no status or no headers")
    if not 0 <= status <= 999:
        raise EnvelopeError("a status that HTTP does not have")
    version = response.get("version")
    pairs = vary.items() if isinstance(vary, dict) else ()
    return Envelope(
        form,
        status,
        _headers(headers, text),
        tuple([(str(text(name)), text(value)) for name, value in pairs]),
        version if isinstance(version, int) else None,
        body_offset,
        body_size,
        bytes in map(type, vary) if pairs else False,
    )


def _headers(stored: dict[Any, Any], text: Any) -> dict[str, str]:
    """Names in lower case. msgpack has them as text, but pips on Python 2 wrote bytes."""
    if text is _text:
        try:
            "".join(stored.values())  # takes nothing but text, as `str.lower` does
            return dict(zip(_lower(tuple(stored)), stored.values(), strict=True))
        except TypeError:
            pass
    return {str(text(name)).lower(): str(text(value)) for name, value in stored.items()}


@lru_cache(maxsize=32)
def _lower(names: tuple[str, ...]) -> tuple[str, ...]:
    """Most answers of a server have the same names; few are kept, since they may be long."""
    return tuple(map(str.lower, names))


def _text(value: object) -> str | None:
    if value is None or type(value) is str:
        return value
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _base64_text(value: object) -> str | None:
    """cc=2 writes every name and value as base64; a vary value may be null."""
    if not isinstance(value, str):
        return None if value is None else str(value)
    try:
        return base64.b64decode(value, validate=True).decode("latin-1")
    except (binascii.Error, ValueError):
        raise EnvelopeError("a header that is not base64") from None
