"""Whether a body is complete in itself: archives unpack, their checksums agree, text has its end.

Everything is streamed: unpacked bytes are hashed and dropped.
"""

from __future__ import annotations

import base64
import bz2
import csv
import errno
import hashlib
import io
import json
import lzma
import os
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from pipcache_tui.cache.content import Content
from pipcache_tui.cache.formats.responses import Body, FileBody
from pipcache_tui.cache.formats.zips import DamagedError, SeekableBody, directory_size, top_level_member
from pipcache_tui.text import format_size, safe_text
from pipcache_tui.verify.known_hashes import Means

#: called with the number of bytes just dealt with; raises to end the work
OnBytes = Callable[[int], None]

_PIECE = 1 << 18
#: the largest directory of a zip (bytes): each of its entries takes some hundred bytes of memory
_DIRECTORY_LIMIT = 8 << 20
_RECORD_LIMIT = 16 << 20
_METADATA_LIMIT = 16 << 20
_END_TAG = re.compile(rb"</html\s*>", re.I)
_START_TAG = re.compile(rb"<html[\s>]", re.I)
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    RuntimeError,
    NotImplementedError,  # a compression that the zipfile module, which pip uses too, does not know
    struct.error,
    OverflowError,
)


class DisagreementError(ValueError):
    """The body is damaged; the message says in a few words how."""


class TooMuchError(Exception):
    """Checking it takes more memory or time than a real file does; the message says of what it has too much."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that verifying one entry may take; real files stay far below.

    An archive of `size` bytes may unpack to `archive + ratio * size` bytes; a page or another text to `text` bytes (the
    largest pages of the public index have 20 MB). An entry may take `seconds + size / rate` seconds.
    """

    archive: int = 1 << 30
    ratio: int = 100
    text: int = 64 << 20
    seconds: float = 60.0
    #: bytes per second
    rate: int = 1 << 20

    def of_archive(self, size: int) -> int:
        """How many bytes an archive of this size may unpack to."""
        return self.archive + self.ratio * size

    def time(self, size: int) -> float:
        """How many seconds an entry of this size may take."""
        return self.seconds + size / self.rate


def _bounded(pieces: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """The same pieces. Raises TooMuchError once they are more than `limit` bytes."""
    left = limit
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise TooMuchError(f"unpacks to more than {format_size(limit)}")
        yield piece


@contextmanager
def seekable(content: Content, watch: OnBytes) -> Iterator[Body]:
    """The body with random access; a compressed one (cc=2) is unpacked to a temporary file."""
    if isinstance(content.body, FileBody):
        yield content.body
        return
    with tempfile.TemporaryFile(prefix="pipcache-tui-") as file:
        for piece in content.stream():
            file.write(piece)
            watch(0)
        file.flush()
        yield _Spooled(file.fileno(), os.fstat(file.fileno()).st_size)


@dataclass(frozen=True, slots=True)
class _Spooled:
    descriptor: int
    size: int

    def read_at(self, offset: int, count: int) -> bytes:
        os.lseek(self.descriptor, offset, os.SEEK_SET)
        return os.read(self.descriptor, count)


# --- zip ---------------------------------------------------------------------------------------------------------


def check_zip(body: Body, watch: OnBytes, limit: int) -> tuple[Means, ...]:
    """Check that every member has its CRC-32, and in a wheel the hash that RECORD lists.

    Raises DisagreementError, and TooMuchError where all members have more than `limit` bytes.
    """
    with _opened(body) as archive:
        record = _read_record(archive)
        recorded = 0
        left = limit
        for member in archive.infolist():
            watch(0)
            if member.is_dir():
                continue
            expected = record.get(member.filename)
            digest = hashlib.new(expected[0], usedforsecurity=False) if expected else None
            with archive.open(member) as stream:
                while piece := stream.read(_PIECE):
                    watch(0)
                    left -= len(piece)
                    if left < 0:
                        raise TooMuchError(f"unpacks to more than {format_size(limit)}")
                    if digest is not None:
                        digest.update(piece)
            if digest is not None and expected is not None:
                recorded += 1
                if digest.digest() != expected[1]:
                    raise DisagreementError(f"{_shown(member.filename)} is not what RECORD says")
    return ("record", "crc") if recorded else ("crc",)


def read_metadata_member(body: Body) -> bytes | None:
    """The METADATA of a wheel, its CRC-32 checked; None if there is none. Raises DisagreementError."""
    with _opened(body) as archive:
        name = top_level_member(archive.namelist(), ".dist-info/METADATA")
        if name is None:
            return None
        with archive.open(name) as stream:
            text = stream.read(_METADATA_LIMIT)
            return None if stream.read(1) else text


class _ErrorKeepingBody:
    """A body that keeps the error reading it raised: zipfile takes some of those for a damaged archive."""

    __slots__ = ("_body", "failure", "size")

    def __init__(self, body: Body) -> None:
        self._body = body
        self.size = body.size
        self.failure: OSError | None = None

    def read_at(self, offset: int, count: int) -> bytes:
        try:
            return self._body.read_at(offset, count)
        except OSError as error:
            self.failure = error
            raise


@contextmanager
def _opened(body: Body) -> Iterator[zipfile.ZipFile]:
    try:
        too_much = body.size > _DIRECTORY_LIMIT and directory_size(body) > _DIRECTORY_LIMIT
    except DamagedError as error:
        raise DisagreementError(str(error)) from None
    if too_much:
        raise TooMuchError(f"its zip directory has more than {format_size(_DIRECTORY_LIMIT)}")
    kept = _ErrorKeepingBody(body)
    try:
        with zipfile.ZipFile(SeekableBody(kept, _DIRECTORY_LIMIT)) as archive:
            yield archive
    except (DisagreementError, TooMuchError):
        raise
    except (*_DAMAGED, OSError) as error:
        if kept.failure is not None:
            raise kept.failure from None
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # which a position outside the archive gives
            raise
        raise DisagreementError(f"damaged zip: {_shown(str(error)) or type(error).__name__}") from None


def _read_record(archive: zipfile.ZipFile) -> Mapping[str, tuple[str, bytes]]:
    """By path: (algorithm, digest) of RECORD's rows that have a hash; empty without RECORD."""
    name = top_level_member(archive.namelist(), ".dist-info/RECORD")
    if name is None:
        return {}
    with archive.open(name) as stream:
        data = stream.read(_RECORD_LIMIT + 1)
    if len(data) > _RECORD_LIMIT:
        raise TooMuchError(f"its RECORD has more than {format_size(_RECORD_LIMIT)}")
    return dict(_record_rows(data))


def _record_rows(data: bytes) -> Iterator[tuple[str, tuple[str, bytes]]]:
    try:
        for row in csv.reader(io.StringIO(data.decode("utf-8"))):
            if len(row) < 2:
                continue
            algorithm, _, value = row[1].partition("=")
            if algorithm in ("sha256", "sha384", "sha512"):
                yield row[0], (algorithm, base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    except (csv.Error, ValueError):
        raise DisagreementError("its RECORD can't be read") from None


# --- compressed streams ------------------------------------------------------------------------------------------


_Unpacker: TypeAlias = "bz2.BZ2Decompressor | lzma.LZMADecompressor | zlib._Decompress"
_MAGICS = {"gzip": b"\x1f\x8b", "bzip2": b"BZh", "xz": b"\xfd7zXZ"}


def check_tar(pieces: Iterable[bytes], magic: bytes, watch: OnBytes, limit: int) -> tuple[Means, ...]:
    """Check that a compressed tar unpacks to its end. A bare tar has no checksum.

    Raises DisagreementError, and TooMuchError where it has more than `limit` bytes.
    """
    form = next((form for form, begins in _MAGICS.items() if magic.startswith(begins)), None)
    if form is None:
        return ()
    for _ in unpacked(pieces, form, limit):
        watch(0)
    return ("compression",)


def unpacked(pieces: Iterable[bytes], form: str, limit: int) -> Iterator[bytes]:
    """Unpack a stream (gzip, deflate, bzip2 or xz) to at most `limit` bytes.

    Raises DisagreementError, TooMuchError, and what reading the pieces raises.
    """
    try:
        yield from _bounded(_unpack(pieces, form), limit)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
        if isinstance(error, DisagreementError) or (isinstance(error, OSError) and error.errno):
            raise  # bzip2's own errors are OSErrors too, without a number
        raise DisagreementError(f"damaged {form}: {_shown(str(error))}") from None


def _unpack(pieces: Iterable[bytes], form: str) -> Iterator[bytes]:
    """Unpack concatenated streams. Bytes after the last that start no other are padding, as for gzip and xz."""
    unpacker: _Unpacker | None = None
    ended = False
    for piece in pieces:
        data = piece
        while data:
            if unpacker is None:
                if ended and not data.startswith(_MAGICS.get(form, data + b"?")):
                    return
                unpacker = _new_unpacker(form, data)
            yield from _feed(unpacker, data)
            data = b""
            if unpacker.eof:
                data, unpacker, ended = unpacker.unused_data, None, True
    if unpacker is not None or not ended:
        raise DisagreementError(f"cut short: its {form} data has no end")


def _new_unpacker(form: str, start: bytes) -> _Unpacker:
    if form == "bzip2":
        return bz2.BZ2Decompressor()
    if form == "xz":
        return lzma.LZMADecompressor(memlimit=256 << 20)
    if form == "gzip":
        return zlib.decompressobj(31)
    # zlib by RFC 9110, but many servers send bare deflate
    is_zlib = len(start) > 1 and start[0] & 0x0F == 8 and int.from_bytes(start[:2], "big") % 31 == 0
    return zlib.decompressobj(15 if is_zlib else -15)


def _feed(unpacker: _Unpacker, data: bytes) -> Iterator[bytes]:
    """What the next bytes of the stream unpack to, in small pieces."""
    while True:
        piece = unpacker.decompress(data, _PIECE)
        yield piece
        if isinstance(unpacker, bz2.BZ2Decompressor | lzma.LZMADecompressor):
            data, waiting = b"", not unpacker.needs_input
        else:
            data = unpacker.unconsumed_tail
            waiting = bool(data) or len(piece) == _PIECE
        if unpacker.eof or not waiting:
            return


# --- text --------------------------------------------------------------------------------------------------------


def check_text(pieces: Iterable[bytes], form: str | None, limit: int) -> tuple[Means, ...]:
    """Check that JSON is complete, or see whether HTML has its end tag, which it may leave out.

    Args:
        pieces: the text.
        form: "json", "html" or None for neither, which is only read to its end.
        limit: the most bytes of JSON or HTML.

    Raises:
        DisagreementError: the JSON is not complete.
        TooMuchError: there are more bytes.
    """
    if form is None:
        for _ in pieces:
            pass
        return ()
    text = bytearray()
    for piece in _bounded(pieces, limit):
        text += piece
    if form == "json":
        try:
            json.loads(bytes(text), object_pairs_hook=_nothing)  # a page of a million files takes little memory
        except (ValueError, RecursionError) as error:
            raise DisagreementError(f"not whole JSON: {_shown(str(error))}") from None
        return ("json",)
    return ("html",) if _START_TAG.search(text) and _END_TAG.search(text, max(0, len(text) - 4096)) else ()


def _nothing(_: object) -> None:
    return None


def _shown(text: str) -> str:
    return safe_text(text, 120)
