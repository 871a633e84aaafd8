"""Names from inside archives: a wheel's METADATA and WHEEL, an sdist's PKG-INFO, and nothing else of them.

Everything is bounded: how far an archive is read, how much is inflated. A wheel costs one read of its end and two
small inflates; what looks unusual goes to the standard `zipfile`, within limits.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from pipcache_tui.cache.formats.file_names import TAGS_LIMIT, expand_tags, is_project, is_version
from pipcache_tui.cache.formats.metadata import FIELDS_LIMIT, METADATA_LIMIT, Fields, read_fields, says_enough
from pipcache_tui.cache.formats.responses import Body
from pipcache_tui.cache.formats.zips import (
    READ_LIMIT,
    ArchiveError,
    DamagedError,
    SeekableBody,
    directory_size,
    find_end_record,
    top_level_member,
)

#: how much of a zip's end is read at once (bytes): the directory of a small wheel, and mostly its METADATA
_TAIL = 8192
#: the most of a zip's directory that is looked at, from its end (bytes): .dist-info comes last in wheels
_DIRECTORY_LIMIT = 1 << 20
#: the most of one that `zipfile` may parse where its METADATA decides what pip installs (bytes)
METADATA_DIRECTORY_LIMIT = 8 << 20
#: how much of a deflated METADATA is unpacked first (bytes), and up to which size a member's content is kept
_FIRST_INFLATED = 512
_SMALL_MEMBER = 160
#: the most of one WHEEL that is looked at for tags (bytes): what was read of the last ones is kept
_TAGS_TEXT_LIMIT = 1 << 14

_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")

_TAG = re.compile(rb"^(Tag|Build)[ \t]*:[ \t]*([^\r\n]*)", re.MULTILINE)


class WheelInside(NamedTuple):
    """What a wheel says about itself. `stem` is the NAME-VERSION of its .dist-info folder."""

    fields: Fields
    stem: str
    tags: tuple[str, ...]
    build: str | None


class SdistInside(NamedTuple):
    """What an sdist says about itself. `stem` is its top folder, NAME-VERSION."""

    fields: Fields
    stem: str


def read_zip(body: Body) -> WheelInside | SdistInside:
    """What a zip archive is: a wheel, or an sdist (or egg) named by its PKG-INFO.

    Raises ArchiveError where it is neither, or damaged.
    """
    return _from_directory(body) or _from_zipfile(body)


# -- the quick way: a window on the end of the archive ----------------------------------------------------------


class _Member(NamedTuple):
    method: int
    flags: int
    packed: int
    offset: int
    name: bytes


def _from_directory(body: Body) -> WheelInside | None:
    """A wheel with its METADATA and WHEEL named near the end of the directory; None where it isn't as simple."""
    size = body.size
    start = max(0, size - _TAIL)
    tail = body.read_at(start, _TAIL)
    end = find_end_record(tail)
    if end is None:
        return None
    at = end.position
    directory_end = start + at
    if end.offset == 0xFFFFFFFF or end.offset + end.size != directory_end:
        return None  # zip64, something in front of the archive, or a damaged one
    window_start = max(end.offset, directory_end - _DIRECTORY_LIMIT)
    if window_start >= start:
        window = tail[window_start - start : at]
    else:
        window = body.read_at(window_start, directory_end - window_start)
    metadata = _find_member(window, b".dist-info/METADATA")
    wheel = _find_member(window, b".dist-info/WHEEL")
    if metadata is None or wheel is None:
        return None
    metadata_text = _inflate_member(body, metadata, tail, start)
    wheel_text = _inflate_member(body, wheel, tail, start)
    if metadata_text is None or wheel_text is None:
        return None
    return _wheel(metadata.name, metadata_text, wheel_text)


def _find_member(directory: bytes, ending: bytes) -> _Member | None:
    """The record of the top-level member with this ending, searched by name instead of record by record."""
    found = len(directory)
    while (found := directory.rfind(ending, 0, found)) >= 0:
        end = found + len(ending)
        record = directory.rfind(b"PK\x01\x02", max(0, found - 300), found)
        if record < 0 or record + _CENTRAL.size > found:
            continue
        values = _CENTRAL.unpack_from(directory, record)
        name_start = record + _CENTRAL.size
        if name_start + values[10] == end and b"/" not in directory[name_start:found]:
            return _Member(values[4], values[3], values[8], values[16], directory[name_start:end])
    return None


def _inflate_member(body: Body, member: _Member, tail: bytes, tail_start: int) -> bytes | None:
    """The start of a member, up to the end of its fields; None where the quick way does not serve."""
    if member.flags & 1 or member.method not in (0, 8):
        return None
    wanted = _LOCAL.size + len(member.name) + 64 + min(member.packed, FIELDS_LIMIT)
    if member.offset >= tail_start:
        local = tail[member.offset - tail_start : member.offset - tail_start + wanted]
    else:
        local = body.read_at(member.offset, wanted)
    if len(local) < _LOCAL.size or local[:4] != b"PK\x03\x04":
        return None
    *_, name_length, extra_length = _LOCAL.unpack_from(local)
    data_start = _LOCAL.size + name_length + extra_length
    packed = local[data_start : data_start + member.packed]
    if member.method == 0:
        return packed[:FIELDS_LIMIT]
    return _inflate_again(packed) if len(packed) <= _SMALL_MEMBER else _inflate_fields(packed)


def _inflate_fields(packed: bytes) -> bytes | None:
    """What deflated core metadata unpacks to, as far as its fields are needed; None where it is damaged."""
    unpacker = zlib.decompressobj(-15)
    try:
        text = unpacker.decompress(packed[:_FIRST_INFLATED], FIELDS_LIMIT)
        if not (unpacker.eof or says_enough(text)):
            rest = unpacker.unconsumed_tail + packed[_FIRST_INFLATED:]
            text += unpacker.decompress(rest, max(1, FIELDS_LIMIT - len(text)))
    except zlib.error:
        return None
    return text


#: most wheels that one version of a build tool made have the same WHEEL, byte for byte
_inflate_again = lru_cache(maxsize=1024)(_inflate_fields)


def _wheel(member_name: bytes, metadata: bytes, wheel: bytes) -> WheelInside:
    tags, build = _tags_and_build(wheel[:_TAGS_TEXT_LIMIT])
    stem = member_name.split(b"/", 1)[0].decode("utf-8", "replace").removesuffix(".dist-info")
    fields = read_fields(metadata)
    if fields.name is None or fields.version is None:
        name, _, version = stem.rpartition("-")
        fields = Fields(
            fields.name or (name if is_project(name) else None),
            fields.version or (version if is_version(version) else None),
            fields.requires_python,
            fields.summary,
        )
    return WheelInside(fields, stem, tags, build)


@lru_cache(maxsize=256)
def _tags_and_build(wheel: bytes) -> tuple[tuple[str, ...], str | None]:
    """What a WHEEL file says. A cache has many wheels, and few that differ in this."""
    found: dict[bytes, list[str]] = {b"Tag": [], b"Build": []}
    for field, value in _TAG.findall(wheel):
        found[field].append(value.decode("utf-8", "replace").strip())
    tags: dict[str, None] = {}
    for tag in found[b"Tag"][:TAGS_LIMIT]:
        tags.update(dict.fromkeys(expand_tags(tag)))
        if len(tags) >= TAGS_LIMIT:
            break
    build = found[b"Build"][0] if found[b"Build"] else None
    return tuple(islice(tags, TAGS_LIMIT)), build or None


# -- the standard way, for what is unusual ----------------------------------------------------------------------


def _from_zipfile(body: Body) -> WheelInside | SdistInside:
    size = directory_size(body)
    if size > READ_LIMIT:
        raise ArchiveError(f"its directory of {size:,} bytes is larger than any archive's on an index")
    try:
        with zipfile.ZipFile(SeekableBody(body)) as archive:
            names = archive.namelist()
            metadata = top_level_member(names, ".dist-info/METADATA")
            wheel = top_level_member(names, ".dist-info/WHEEL")
            if metadata is not None and wheel is not None:
                return _wheel(metadata.encode(), _read_member(archive, metadata), _read_member(archive, wheel))
            info = top_level_member(names, "/PKG-INFO")
            if info is not None:
                return sdist_of(_read_member(archive, info), info.split("/")[0])
            tops = {name.split("/", 1)[0] for name in names if "/" in name}
            if len(tops) == 1:
                return sdist_of(b"", tops.pop())
    except ArchiveError:
        raise
    except Exception as error:  # zipfile raises whatever comes over it on bytes made for that
        raise DamagedError(f"damaged zip: {str(error)[:80] or type(error).__name__}") from None
    raise ArchiveError("a zip that is neither a wheel nor an sdist")


def read_wheel_metadata(body: Body) -> bytes | None:
    """The METADATA of a wheel, as much of it as `METADATA_LIMIT`; None where it has none.

    Raises ArchiveError where the archive is damaged or its directory too large.
    """
    if directory_size(body) > METADATA_DIRECTORY_LIMIT:
        raise ArchiveError("its directory is larger than any archive's on an index")
    try:
        with zipfile.ZipFile(SeekableBody(body, METADATA_DIRECTORY_LIMIT)) as archive:
            name = top_level_member(archive.namelist(), ".dist-info/METADATA")
            return None if name is None else _read_member(archive, name, METADATA_LIMIT) or None
    except OSError:
        raise
    except Exception as error:  # zipfile raises many kinds of errors on bytes made for that
        raise DamagedError(f"damaged zip: {str(error)[:80] or type(error).__name__}") from None


def _read_member(archive: zipfile.ZipFile, name: str, limit: int = FIELDS_LIMIT) -> bytes:
    """The start of a member; b"" for one packed as no index takes it, whose unpacking `zipfile` does not bound."""
    if archive.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return b""
    with archive.open(name) as member:
        return member.read(limit)


# -- sdists -----------------------------------------------------------------------------------------------------


def sdist_of(info: bytes, top: str) -> SdistInside:
    """PKG-INFO where it says enough, the top folder's NAME-VERSION for the rest."""
    fields = read_fields(info)
    if fields.name is not None and fields.version is not None:
        return SdistInside(fields, top)
    name, _, version = top.rpartition("-")
    if not is_project(name) or not is_version(version):
        raise ArchiveError("no PKG-INFO and no NAME-VERSION folder in it")
    fields = Fields(fields.name or name, fields.version or version, fields.requires_python, fields.summary)
    return SdistInside(fields, top)
