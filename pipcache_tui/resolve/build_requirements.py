"""What building a cached source archive needs, read from it: its build system's requirements and its own."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from dataclasses import dataclass

from packaging.metadata import parse_email

from pipcache_tui.cache.content import open_content
from pipcache_tui.cache.formats.metadata import METADATA_LIMIT, CoreMetadata, parse_core_metadata
from pipcache_tui.cache.formats.responses import EnvelopeError
from pipcache_tui.cache.formats.zips import SeekableBody
from pipcache_tui.cache.model import Entry

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: what pip takes where pyproject.toml doesn't say (pip's `pyproject.py`), and what setuptools before 70.1 asks for
#: besides while it builds
_DEFAULT = ("setuptools>=40.8.0",)
_OF_SETUPTOOLS = ("wheel",)
_FILES = ("pyproject.toml", "PKG-INFO")
#: bytes of an archive that are unpacked to find them, and how many members are passed
_UNPACKED_LIMIT = 64 << 20
_MOST_MEMBERS = 20_000


@dataclass(frozen=True, slots=True)
class SourceNeeds:
    """`build`: the requirements of its build system. `core`: its own metadata; None where only a build tells it."""

    build: tuple[str, ...]
    core: CoreMetadata | None


def read_source_needs(entry: Entry) -> SourceNeeds | None:
    """What a source archive needs; None where it can't be read."""
    try:
        with open_content(entry) as content:
            body = SeekableBody(content.body)
            is_zip = content.body.read_at(0, 2) == b"PK"
            files = _files_in_zip(body) if is_zip else _files_in_tar(body)
    except (OSError, EnvelopeError):
        return None
    except Exception:  # tarfile and zipfile raise whatever comes over them on bytes made for that
        return None
    try:
        table = tomllib.loads(files.get("pyproject.toml", b"").decode("utf-8")).get("build-system", {})
        requires = tuple(table.get("requires", _DEFAULT))
        backend = str(table.get("build-backend", "setuptools"))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
    if not all(isinstance(text, str) for text in requires):
        return None
    build = (*requires, *_OF_SETUPTOOLS) if backend.startswith("setuptools") else requires
    return SourceNeeds(build, _own_needs(files.get("PKG-INFO")))


def _own_needs(info: bytes | None) -> CoreMetadata | None:
    """PKG-INFO as core metadata, where the wheel is sure to say the same.

    From metadata 2.2 on a field that isn't named in Dynamic is the wheel's too (PEP 643).
    """
    if info is None:
        return None
    raw, _ = parse_email(info)
    version = raw.get("metadata_version", "")
    dynamic = {name.lower() for name in raw.get("dynamic", ())}
    if not version.startswith("2.") or version in ("2.0", "2.1") or dynamic & {"requires-dist", "provides-extra"}:
        return None
    return parse_core_metadata(info)


def _files_in_tar(body: SeekableBody) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=body, mode="r:*") as archive:
        for _ in range(_MOST_MEMBERS):
            member = archive.next()
            # a member that claims to be huge would be unpacked to pass it
            if member is None:
                return found
            if member.offset_data + member.size > _UNPACKED_LIMIT:
                break
            name = _wanted(member.name)
            if name and member.isfile() and member.size <= METADATA_LIMIT:
                file = archive.extractfile(member)
                found[name] = file.read() if file else b""
            if len(found) == len(_FILES):
                return found
    raise ValueError("too large to be searched")


def _files_in_zip(body: SeekableBody) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with zipfile.ZipFile(body) as archive:
        for info in archive.infolist()[:_MOST_MEMBERS]:
            if name := _wanted(info.filename):
                with archive.open(info) as file:
                    found[name] = file.read(METADATA_LIMIT)
    return found


def _wanted(path: str) -> str | None:
    """Which of the files a member is: they are in the archive's top folder."""
    top, _, name = path.removeprefix("./").partition("/")
    return name if top and name in _FILES else None
