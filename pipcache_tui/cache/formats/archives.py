"""Names from inside archives: a wheel's METADATA and WHEEL, an sdist's PKG-INFO, and nothing else of them.

Everything is bounded: how far an archive is read, how much is inflated. A wheel costs one read of its end and two
small inflates; what looks unusual goes to the standard `zipfile`, within limits.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from pipcache_tui.cache.formats.file_names import TAGS_LIMIT, expand_tags, is_project, is_version
from pipcache_tui.cache.formats.responses import Body

#: the end of a zip read at once (bytes): holds the directory of a small wheel, and mostly its METADATA
_TAIL = 8192
#: the most of a zip's directory that is looked at, from its end (bytes): .dist-info stands last in wheels
_DIRECTORY_LIMIT = 1 << 20
#: the most of a directory that `zipfile` may parse (bytes): it makes an object of each of its records
_ZIPFILE_LIMIT = 2 << 20
#: the most of one METADATA that is inflated (bytes): the fields stand at its start
FIELDS_LIMIT = 1 << 17
#: how much of a deflated METADATA is unpacked first (bytes), and up to which size what a member held is kept
_FIRST_INFLATED = 512
_SMALL_MEMBER = 160
#: fields that must have been seen before the rest is left packed, and how long one line of them may be (bytes)
_DECIDING = (b"\nName:", b"\nVersion:", b"\nRequires-Python:")
_LONGEST_LINE = 256
#: the most of one WHEEL that is looked at for tags (bytes): what was read of the last ones is kept
_TAGS_TEXT_LIMIT = 1 << 14

_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")

_TAG = re.compile(rb"^(Tag|Build)[ \t]*:[ \t]*([^\r\n]*)", re.MULTILINE)
BLANK_LINE = re.compile(rb"\r?\n\r?\n")


class ArchiveError(ValueError):
    """The archive is neither a wheel nor an sdist; the message says in a few words why."""


class DamagedError(ArchiveError):
    """It was meant to be one, and can't be read as such."""


class Fields(NamedTuple):
    """The fields of a METADATA or PKG-INFO that name a project; None where absent or not a possible value."""

    name: str | None = None
    version: str | None = None
    requires_python: str | None = None
    summary: str | None = None


class WheelInside(NamedTuple):
    """What a wheel says of itself. `stem` is the NAME-VERSION of its .dist-info folder."""

    fields: Fields
    stem: str
    tags: tuple[str, ...]
    build: str | None


class SdistInside(NamedTuple):
    """What an sdist says of itself. `stem` is its top folder, NAME-VERSION."""

    fields: Fields
    stem: str


def read_fields(data: bytes) -> Fields:
    """The fields in the header block of core metadata; the first of each counts."""
    block = _header_block(data)
    name, version = _field(block, b"\nName:"), _field(block, b"\nVersion:")
    requires_python, summary = _field(block, b"\nRequires-Python:"), _field(block, b"\nSummary:")
    return Fields(
        name=name if name and is_project(name) else None,
        version=version if version and is_version(version) else None,
        requires_python=requires_python[:256] if requires_python else None,
        summary=summary[:512] if summary else None,
    )


def _header_block(data: bytes) -> bytes:
    """All before the first blank line, a line end put in front."""
    end = data.find(b"\n\n")
    if b"\r" in data[:64] and (blank := BLANK_LINE.search(data)):
        end = blank.start()
    return b"\n" + (data[:end] if end >= 0 else data)


def _field(block: bytes, mark: bytes) -> str | None:
    """The first value of a field, `mark` its name between a line end and a colon."""
    start = block.find(mark)
    if start < 0:
        return None
    start += len(mark)
    end = block.find(b"\n", start)
    return block[start : end if end >= 0 else len(block)].decode("utf-8", "replace").strip()


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
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        return None
    _, _, _, _, _, directory_size, directory_offset, _ = _END.unpack_from(tail, at)
    directory_end = start + at
    if directory_offset == 0xFFFFFFFF or directory_offset + directory_size != directory_end:
        return None  # zip64, something in front of the archive, or a damaged one
    window_start = max(directory_offset, directory_end - _DIRECTORY_LIMIT)
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
        if not (unpacker.eof or _says_enough(text)):
            rest = unpacker.unconsumed_tail + packed[_FIRST_INFLATED:]
            text += unpacker.decompress(rest, max(1, FIELDS_LIMIT - len(text)))
    except zlib.error:
        return None
    return text


def _says_enough(text: bytes) -> bool:
    """Whether the start of core metadata has all fields that decide, or all of its fields."""
    whole = text[:-_LONGEST_LINE]
    name, version, requires = _DECIDING
    return (requires in whole and name in whole and version in whole) or BLANK_LINE.search(text) is not None


#: the same WHEEL, byte for byte, stands in most of the wheels that one version of a build tool made
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


class SeekableBody(io.RawIOBase):
    """A Body as the seekable file that `zipfile` reads."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._position = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._body.size}[whence]
        if base + offset < 0:
            raise OSError(22, "before the start")
        self._position = base + offset
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        count = self._body.size - self._position if size is None or size < 0 else size
        data = self._body.read_at(self._position, min(max(count, 0), _ZIPFILE_LIMIT))
        self._position += len(data)
        return data


def _from_zipfile(body: Body) -> WheelInside | SdistInside:
    directory_size = _directory_size(body)
    if directory_size > _ZIPFILE_LIMIT:
        raise ArchiveError(f"its directory of {directory_size:,} bytes is larger than any archive's on an index")
    try:
        with zipfile.ZipFile(SeekableBody(body)) as archive:
            names = archive.namelist()
            metadata = next((name for name in names if _top_level(name, ".dist-info/METADATA")), None)
            wheel = next((name for name in names if _top_level(name, ".dist-info/WHEEL")), None)
            if metadata is not None and wheel is not None:
                return _wheel(metadata.encode(), _read_member(archive, metadata), _read_member(archive, wheel))
            info = next((name for name in names if _top_level(name, "/PKG-INFO")), None)
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


def _directory_size(body: Body) -> int:
    start = max(0, body.size - 66000)
    tail = body.read_at(start, 66000)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise DamagedError("cut short: a zip without its directory")
    declared = _END.unpack_from(tail, at)
    if declared[5] != 0xFFFFFFFF:
        return int(declared[5])
    at = tail.rfind(b"PK\x06\x06")  # the zip64 record: its size field stands 40 bytes in
    return int.from_bytes(tail[at + 40 : at + 48], "little") if at >= 0 else 1 << 62


def _top_level(name: str, ending: str) -> bool:
    return name.endswith(ending) and name.count("/") == 1


def _read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """The start of a member; b"" for one packed as no index takes it, whose unpacking `zipfile` does not bound."""
    if archive.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return b""
    with archive.open(name) as member:
        return member.read(FIELDS_LIMIT)


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
