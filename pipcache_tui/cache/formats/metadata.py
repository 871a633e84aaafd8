"""Core metadata: what a distribution says it needs, read from a wheel or from the `.metadata` served beside it."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass

from packaging.metadata import parse_email
from packaging.utils import canonicalize_name

from pipcache_tui.cache.formats.archives import SeekableBody
from pipcache_tui.cache.formats.responses import Body

#: bytes of one METADATA that are read; long descriptions stand in it too
METADATA_LIMIT = 4 << 20
#: bytes of a zip's directory beyond which it is not opened: `zipfile` makes an object of each of its records
_DIRECTORY_LIMIT = 8 << 20
_END_RECORD = 66_000


@dataclass(frozen=True, slots=True)
class CoreMetadata:
    """The fields that decide what else is installed: `Requires-Dist` lines as they stand, extras normalised."""

    requires: tuple[str, ...]
    extras: frozenset[str]
    requires_python: str | None


def parse_core_metadata(data: bytes) -> CoreMetadata:
    """The fields of a METADATA file."""
    raw, _ = parse_email(data)
    extras = frozenset(map(canonicalize_name, raw.get("provides_extra", ())))
    return CoreMetadata(tuple(raw.get("requires_dist", ())), extras, raw.get("requires_python") or None)


def metadata_of_wheel(body: Body) -> bytes | None:
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
                    return member.read(METADATA_LIMIT)
    return None
