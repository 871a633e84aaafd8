"""Core metadata (METADATA, PKG-INFO and `.metadata` files): the fields that name a project, and what it requires."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from pipcache_tui.cache.formats.file_names import is_project, is_version

#: bytes that are read of one METADATA to name a project (its fields come first), and of one whose
#: requirements count: it has long descriptions too
FIELDS_LIMIT = 1 << 17
METADATA_LIMIT = 4 << 20
#: the fields that name a project and decide who may install it, and how long one line of them may be (bytes)
_DECIDING = (b"\nName:", b"\nVersion:", b"\nRequires-Python:")
_LONGEST_LINE = 256
BLANK_LINE = re.compile(rb"\r?\n\r?\n")


class Fields(NamedTuple):
    """The fields of a METADATA or PKG-INFO that name a project; None where absent or not a possible value."""

    name: str | None = None
    version: str | None = None
    requires_python: str | None = None
    summary: str | None = None


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


def says_enough(text: bytes) -> bool:
    """Whether the start of core metadata has all fields that decide, or all of its fields."""
    whole = text[:-_LONGEST_LINE]
    name, version, requires = _DECIDING
    return (requires in whole and name in whole and version in whole) or BLANK_LINE.search(text) is not None


@dataclass(frozen=True, slots=True)
class CoreMetadata:
    """The fields that decide what else is installed: `Requires-Dist` lines as written, extras normalised.

    `name` and `version` are as written; None where absent or given twice.
    """

    requires: tuple[str, ...]
    extras: frozenset[str]
    requires_python: str | None
    name: str | None = None
    version: str | None = None


def parse_core_metadata(data: bytes) -> CoreMetadata:
    """The fields of a METADATA file."""
    from packaging.metadata import parse_email  # slow to import, and a scan does without
    from packaging.utils import canonicalize_name

    raw, _ = parse_email(data)
    extras = frozenset(map(canonicalize_name, raw.get("provides_extra", ())))
    return CoreMetadata(
        tuple(raw.get("requires_dist", ())),
        extras,
        raw.get("requires_python") or None,
        raw.get("name") or None,
        raw.get("version") or None,
    )
