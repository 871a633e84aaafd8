"""What an index serves: wheels, source distributions, core metadata and index pages, made in memory.

The same arguments give the same bytes: no clock, no order that changes.
"""

from __future__ import annotations

import base64
import bz2
import hashlib
import html
import io
import json
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from pipcache_tui.demo.blob import Blob, zeros_crc32, zeros_sha256

SdistForm = Literal["tar.gz", "zip", "tar.bz2", "tar.xz"]

#: 1980-01-01 00:00, the first moment a zip can hold
_ZIP_TIME = struct.pack("<HH", 0, 33)
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_HOLE_NAME = "data.bin"


def file_name_part(name: str) -> str:
    """A project or version as wheel file names escape it: "ruamel.yaml-x" is "ruamel_yaml_x"."""
    return re.sub(r"[-_.]+", "_", name)


def wheel_name(name: str, version: str, tags: str = "py3-none-any") -> str:
    """The file name of a wheel; `tags` as compressed in file names ("py2.py3-none-any")."""
    return f"{file_name_part(name)}-{version.replace('-', '_')}-{tags}.whl"


def core_metadata(
    name: str,
    version: str,
    *,
    requires_python: str | None = None,
    requires: Sequence[str] = (),
    summary: str = "",
    description: str = "",
) -> bytes:
    """METADATA of a wheel, PKG-INFO of a source distribution, or the body of a `.metadata` file (PEP 658)."""
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    if summary:
        lines.append(f"Summary: {summary}")
    if requires_python:
        lines.append(f"Requires-Python: {requires_python}")
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    if description:
        lines += ["Description-Content-Type: text/markdown", "", description]
    return ("\n".join(lines) + "\n").encode()


# --- wheels ----------------------------------------------------------------------------------------------


def make_wheel(
    name: str,
    version: str,
    tags: str = "py3-none-any",
    *,
    metadata: bytes | None = None,
    requires_python: str | None = None,
    files: Mapping[str, bytes] | None = None,
    padding: int = 0,
) -> bytes:
    """A wheel that pip installs. `files` default to one small module; `padding` adds so many zero bytes."""
    wheel = make_wheel_blob(
        name, version, tags, metadata=metadata, requires_python=requires_python, files=files, padding=padding
    )
    return bytes(wheel)


def make_wheel_blob(
    name: str,
    version: str,
    tags: str = "py3-none-any",
    *,
    metadata: bytes | None = None,
    requires_python: str | None = None,
    files: Mapping[str, bytes] | None = None,
    padding: int = 0,
    padding_sha256: str | None = None,
) -> Blob:
    """As `make_wheel`; the padding, a stored member, is a hole of up to 4 GiB.

    RECORD needs the SHA-256 of the padding; `padding_sha256` spares running through gigabytes for it.
    """
    escaped = file_name_part(name)
    info = f"{escaped}-{version.replace('-', '_')}.dist-info"
    if files is None:
        files = {f"{escaped}/__init__.py": f'__version__ = "{version}"\n'.encode()}
    members = {
        **files,
        f"{info}/METADATA": metadata or core_metadata(name, version, requires_python=requires_python),
        f"{info}/WHEEL": _wheel_file(tags),
    }
    hole_name = f"{escaped}/{_HOLE_NAME}"
    record = [_record_line(path, _urlsafe(hashlib.sha256(data).digest()), len(data)) for path, data in members.items()]
    if padding:
        digest = bytes.fromhex(padding_sha256 or zeros_sha256(padding))
        record.append(_record_line(hole_name, _urlsafe(digest), padding))
    record.append(f"{info}/RECORD,,\n")
    members[f"{info}/RECORD"] = "".join(record).encode()
    return _zip(members, (hole_name, padding) if padding else None)


def _wheel_file(tags: str) -> bytes:
    python, abi, platform = (part.split(".") for part in tags.split("-"))
    pure = "true" if platform == ["any"] else "false"
    lines = ["Wheel-Version: 1.0", "Generator: made (1.0)", f"Root-Is-Purelib: {pure}"]
    lines += [f"Tag: {'-'.join(tag)}" for tag in product(python, abi, platform)]
    return ("\n".join(lines) + "\n").encode()


def _record_line(path: str, digest: str, size: int) -> str:
    return f"{path},sha256={digest},{size}\n"


def _urlsafe(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _zip(members: Mapping[str, bytes], hole: tuple[str, int] | None) -> Blob:
    """A zip of the members, deflated, and of one stored member of zeros (name, size) before them."""
    pieces: list[bytes | int] = []
    directory: list[bytes] = []
    offset = 0

    def add(name: str, method: int, crc: int, packed: bytes | int, size: int) -> None:
        nonlocal offset
        packed_size = packed if isinstance(packed, int) else len(packed)
        path = name.encode()
        common = struct.pack("<HHH4sIIIHH", 20, 0x800, method, _ZIP_TIME, crc, packed_size, size, len(path), 0)
        pieces.extend((b"PK\x03\x04" + common + path, packed))
        attributes = struct.pack("<HHHII", 0, 0, 0, 0o100644 << 16, offset)
        directory.append(b"PK\x01\x02" + struct.pack("<H", 0x314) + common + attributes + path)
        offset += 30 + len(path) + packed_size

    if hole:
        add(hole[0], 0, zeros_crc32(hole[1]), hole[1], hole[1])
    for name, data in members.items():
        deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        add(name, 8, zlib.crc32(data), deflate.compress(data) + deflate.flush(), len(data))
    listing = b"".join(directory)
    count = len(directory)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, len(listing), offset, 0)
    return Blob((*pieces, listing + end))


# --- source distributions --------------------------------------------------------------------------------


def sdist_name(name: str, version: str, form: SdistForm = "tar.gz") -> str:
    """The file name of a source distribution, the name as the project writes it (as before PEP 625)."""
    return f"{name}-{version}.{form}"


def make_sdist(
    name: str,
    version: str,
    form: SdistForm = "tar.gz",
    *,
    metadata: bytes | None = None,
    files: Mapping[str, bytes] | None = None,
) -> bytes:
    """A source distribution that any setuptools builds: PKG-INFO, a setup.py, one module, and `files`."""
    top = f"{name}-{version}"
    module = file_name_part(name)
    members = {
        f"{top}/PKG-INFO": metadata or core_metadata(name, version),
        f"{top}/setup.py": (
            f"from setuptools import setup\n\nsetup(name={name!r}, version={version!r}, packages=[{module!r}])\n"
        ).encode(),
        f"{top}/{module}/__init__.py": f'__version__ = "{version}"\n'.encode(),
        **{f"{top}/{path}": data for path, data in (files or {}).items()},
    }
    if form == "zip":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, data in members.items():
                archive.writestr(zipfile.ZipInfo(path, _ZIP_DATE), data, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()
    return make_tar(members, form)


def make_tar(members: Mapping[str, bytes], form: Literal["tar.gz", "tar.bz2", "tar.xz"] = "tar.gz") -> bytes:
    """A compressed tar of plain files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, data in members.items():
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(data), 0o644
            archive.addfile(member, io.BytesIO(data))
    tar = buffer.getvalue()
    if form == "tar.gz":
        return gzipped(tar)
    return bz2.compress(tar) if form == "tar.bz2" else lzma.compress(tar)


# --- index pages -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as an index page lists it; None: the page does not say."""

    filename: str
    url: str
    sha256: str | None = None
    size: int | None = None
    requires_python: str | None = None
    #: the reason, "" for none given; None: not yanked
    yanked: str | None = None
    #: the SHA-256 of its `.metadata` file (PEP 658)
    metadata_sha256: str | None = None
    #: RFC 3339
    upload_time: str | None = None


def index_page_html(project: str, files: Iterable[Listed], *, base: str | None = None) -> bytes:
    """The HTML page of a project (PEP 503, 592, 658, 714); `base` as the href of a <base>."""
    name = html.escape(project)
    lines = [
        "<!DOCTYPE html>",
        "<html>",
        "  <head>",
        '    <meta name="pypi:repository-version" content="1.3">',
    ]
    if base is not None:
        lines.append(f'    <base href="{html.escape(base)}">')
    lines += [
        f"    <title>Links for {name}</title>",
        "  </head>",
        "  <body>",
        f"    <h1>Links for {name}</h1>",
    ]
    for file in files:
        fragment = f"#sha256={file.sha256}" if file.sha256 else ""
        attributes = [f'href="{html.escape(file.url + fragment)}"']
        if file.requires_python is not None:
            attributes.append(f'data-requires-python="{html.escape(file.requires_python)}"')
        if file.yanked is not None:
            attributes.append(f'data-yanked="{html.escape(file.yanked)}"')
        if file.metadata_sha256 is not None:
            value = f"sha256={file.metadata_sha256}"
            attributes += [f'data-dist-info-metadata="{value}"', f'data-core-metadata="{value}"']
        lines.append(f"<a {' '.join(attributes)}>{html.escape(file.filename)}</a><br />")
    return "\n".join([*lines, "  </body>", "</html>", "<!--SERIAL 20000000-->"]).encode()


def index_page_json(project: str, files: Iterable[Listed], *, versions: Sequence[str] = ()) -> bytes:
    """The JSON page of a project (PEP 691, 700)."""
    document = {
        "meta": {"_last-serial": 20000000, "api-version": "1.3"},
        "name": project,
        "versions": list(versions),
        "files": [_json_file(file) for file in files],
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _json_file(file: Listed) -> dict[str, object]:
    metadata = {"sha256": file.metadata_sha256} if file.metadata_sha256 else False
    described: dict[str, object] = {
        "core-metadata": metadata,
        "data-dist-info-metadata": metadata,
        "filename": file.filename,
        "hashes": {"sha256": file.sha256} if file.sha256 else {},
        "requires-python": file.requires_python,
        "url": file.url,
        "yanked": file.yanked or file.yanked is not None,
    }
    if file.size is not None:
        described["size"] = file.size
    if file.upload_time is not None:
        described["upload-time"] = file.upload_time
    return described


def gzipped(content: bytes) -> bytes:
    """What gzip packs, without a time: `gzip.compress` writes another header in each Python."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(content) + packer.flush()
