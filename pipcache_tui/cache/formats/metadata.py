"""Core metadata: what a distribution says it needs, read from a wheel or from the `.metadata` served beside it."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass

from packaging.metadata import parse_email
from packaging.utils import canonicalize_name

from pipcache_tui.cache.content import open_content
from pipcache_tui.cache.formats.archives import SeekableBody
from pipcache_tui.cache.formats.responses import Body, EnvelopeError
from pipcache_tui.cache.model import Entry

#: bytes of one METADATA that are read; long descriptions stand in it too
_LIMIT = 4 << 20
#: bytes of a zip's directory beyond which it is not opened: `zipfile` makes an object of each of its records
_DIRECTORY_LIMIT = 8 << 20
_END_RECORD = 66_000


@dataclass(frozen=True, slots=True)
class CoreMetadata:
    """The fields that decide what else is installed: `Requires-Dist` lines as they stand, extras normalised."""

    requires: tuple[str, ...]
    extras: frozenset[str]
    requires_python: str | None


def read_core_metadata(entry: Entry) -> CoreMetadata | None:
    """Of a wheel, a built wheel or a `.metadata`; None for all else, and where it can't be read."""
    if entry.kind not in ("wheel", "built-wheel", "metadata"):
        return None
    try:
        with open_content(entry) as content:
            body = content.body
            data = body.read_at(0, min(body.size, _LIMIT)) if entry.kind == "metadata" else _from_wheel(body)
    except (OSError, EnvelopeError, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        return None
    return None if data is None else parse_core_metadata(data)


def parse_core_metadata(data: bytes) -> CoreMetadata:
    """The fields of a METADATA file."""
    raw, _ = parse_email(data)
    extras = frozenset(map(canonicalize_name, raw.get("provides_extra", ())))
    return CoreMetadata(tuple(raw.get("requires_dist", ())), extras, raw.get("requires_python") or None)


def _from_wheel(body: Body) -> bytes | None:
    tail = body.read_at(max(0, body.size - _END_RECORD), _END_RECORD)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or int.from_bytes(tail[end + 12 : end + 16], "little") > _DIRECTORY_LIMIT:
        return None
    with zipfile.ZipFile(SeekableBody(body)) as archive:
        for name in archive.namelist():
            if name.endswith(".dist-info/METADATA") and name.count("/") == 1:
                if archive.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    return None
                with archive.open(name) as member:
                    return member.read(_LIMIT)
    return None
