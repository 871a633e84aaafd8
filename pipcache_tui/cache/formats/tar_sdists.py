"""The names in source distributions that are tars: their PKG-INFO, unpacked no further than it lies."""

from __future__ import annotations

import bz2
import io
import lzma
import tarfile
import zlib

from pipcache_tui.cache.formats.archives import SdistInside, sdist_of
from pipcache_tui.cache.formats.metadata import BLANK_LINE, FIELDS_LIMIT
from pipcache_tui.cache.formats.responses import Body
from pipcache_tui.cache.formats.zips import ArchiveError, DamagedError

#: the most of an sdist that is unpacked to find its PKG-INFO (bytes), and how many members are passed
_SDIST_LIMIT = 1 << 20
_SDIST_MEMBERS = 400
#: how much of an sdist is read, and unpacked, at a time (bytes)
_TAR_STEP = 1 << 14


def read_tar(body: Body, magic: bytes) -> SdistInside:
    """An sdist in a (compressed) tar, named by the PKG-INFO in its top folder, else by that folder.

    Raises ArchiveError where no name can be found in its first part, or it is damaged before that.
    """
    if magic[:2] == b"\x1f\x8b" and (quick := _from_first_members(body)) is not None:
        return quick
    data = _unpack_start(body, magic)
    top: str | None = None
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for _ in range(_SDIST_MEMBERS):
                member = archive.next()
                if member is None:
                    break
                parts = member.name.removeprefix("./").split("/")
                top = top or parts[0] or None
                if len(parts) == 2 and parts[1] == "PKG-INFO" and member.isfile():
                    extracted = archive.extractfile(member)
                    assert extracted is not None
                    return sdist_of(extracted.read(FIELDS_LIMIT), parts[0])
    except ArchiveError:
        raise
    except Exception as error:  # tarfile raises whatever comes over it on bytes made for that
        if top is None:
            raise DamagedError(f"damaged tar: {str(error)[:80]}") from None
    if top is None:
        raise ArchiveError("an empty tar")
    return sdist_of(b"", top)


def _from_first_members(body: Body) -> SdistInside | None:
    """The PKG-INFO of a gzipped tar, unpacked only as far as it lies; None where anything is out of the ordinary."""
    unpacker = zlib.decompressobj(31)
    packed = body.read_at(0, _TAR_STEP)
    read = len(packed)
    data = b""
    position = 0
    try:
        for _ in range(_SDIST_MEMBERS):
            # a member's header, and of a PKG-INFO all of it
            while len(data) < position + _TAR_STEP and not unpacker.eof and read <= _SDIST_LIMIT:
                packed = unpacker.unconsumed_tail or packed
                if not packed:
                    break
                data += unpacker.decompress(packed, _TAR_STEP)
                packed = b"" if unpacker.unconsumed_tail else body.read_at(read, _TAR_STEP)
                read += len(packed)
            header = data[position : position + 512]
            if len(header) < 512 or header[257:263] != b"ustar\0":
                return None
            size = int(header[124:136].strip(b"\0 ") or b"0", 8)
            start, kind = position + 512, header[156:157]
            position = start + (size + 511) // 512 * 512
            if size < 0 or position > _SDIST_LIMIT:
                return None
            if kind in b"xg" and kind:
                if size > _TAR_STEP // 2 or b"path=" in data[start : start + size]:
                    return None
            elif kind in b"05\0" and kind:
                name = header[:100].rstrip(b"\0")
                top, _, rest = name.removeprefix(b"./").partition(b"/")
                if header[345:346] == b"\0" and kind != b"5" and rest == b"PKG-INFO":
                    info = data[start : start + size]
                    whole = len(info) == size or BLANK_LINE.search(info)
                    return sdist_of(info, top.decode("utf-8", "replace")) if whole else None
            else:
                return None
    except (zlib.error, ValueError):
        return None
    return None


def _unpack_start(body: Body, magic: bytes) -> bytes:
    """Up to `_SDIST_LIMIT` bytes of the tar inside."""
    packed = body.read_at(0, _SDIST_LIMIT)
    try:
        if magic[:2] == b"\x1f\x8b":
            return zlib.decompressobj(31).decompress(packed, _SDIST_LIMIT)
        if magic[:3] == b"BZh":
            return bz2.BZ2Decompressor().decompress(packed, _SDIST_LIMIT)
        if magic[:5] == b"\xfd7zXZ":
            return lzma.LZMADecompressor(memlimit=256 << 20).decompress(packed, _SDIST_LIMIT)
    except (zlib.error, OSError, lzma.LZMAError, ValueError, EOFError, MemoryError) as error:
        raise DamagedError(f"damaged: {str(error)[:80]}") from None
    return packed
