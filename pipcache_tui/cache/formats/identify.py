"""What a body is: its kind, and the name, version and tags from inside it.

The content decides; headers only help. So any index's files are named, whatever it calls them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from packaging.utils import canonicalize_name

from pipcache_tui.cache.formats import archives, file_names, index_pages, metadata, tar_sdists
from pipcache_tui.cache.formats.responses import Body
from pipcache_tui.cache.formats.zips import ArchiveError, DamagedError
from pipcache_tui.cache.model import Detail, IndexPage, Kind, compress_tags

#: what no file name on an index has in one of its parts
_ODD_IN_NAME = re.compile(r"[^A-Za-z0-9._+!-]")
#: what a zip begins with: a member, or the end of an empty one
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
#: how much of a body is read to see what it is (bytes): the fields of most METADATA fit in
_HEAD = 2048
REDIRECTS = (301, 302, 303, 307, 308)
#: the largest JSON that is parsed to name a project by it (bytes): `/pypi/NAME/json` of a large project
_PROJECT_JSON_LIMIT = 32 << 20


class Identity(NamedTuple):
    """What was found out about a body; the fields are `Entry`'s."""

    kind: Kind
    project: str | None = None
    version: str | None = None
    tags: tuple[str, ...] = ()
    filename: str | None = None
    requires_python: str | None = None
    detail: Detail | None = None
    problems: tuple[str, ...] = ()


@lru_cache(maxsize=65536)
def normalised(name: str) -> str:
    """The project name as PEP 503 normalises it."""
    return str(canonicalize_name(name))


@lru_cache(maxsize=4096)
def shared_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """One tuple for equal tags: a cache has few different ones, and many entries."""
    return tags


def identify(body: Body, status: int, headers: Mapping[str, str]) -> Identity:
    """What the body of a stored response is. Never raises for what the bytes are; OSError where unreadable."""
    if status in REDIRECTS:
        return _redirect(headers)
    head = body.read_at(0, _HEAD)
    if head[:4] in _ZIP:
        return _with_headers(identify_zip(body), headers)
    content_type = headers.get("content-type", "").lower()
    encoding = headers.get("content-encoding", "")
    if _is_tar(head, content_type):
        identity = identify_tar(body, head)
        # pip asks for files as they are (HEADERS of network/utils.py) and stores them so, even where a server says of
        # a .tar.gz that gzip is only its Content-Encoding
        if encoding in ("", "identity") or identity.kind == "sdist":
            return _with_headers(identity, headers)
    try:
        return _with_headers(_identify_text(body, head, content_type, encoding), headers)
    except index_pages.PageError as error:
        kind: Kind = "index-page" if "html" in content_type or "simple" in content_type else "other"
        return _with_headers(Identity(kind, problems=(str(error),)), headers)


def identify_file(body: Body) -> Identity:
    """What a file on disk is that came with no headers: a wheel, an sdist, or other."""
    head = body.read_at(0, _HEAD)
    if head[:4] in _ZIP:
        return identify_zip(body)
    if _is_tar(head, ""):
        return identify_tar(body, head)
    return Identity("other")


def identify_zip(body: Body) -> Identity:
    """A wheel or an sdist in a zip; `other` with the problem said where it is neither."""
    try:
        inside = archives.read_zip(body)
    except ArchiveError as error:
        return _no_archive(error)
    if isinstance(inside, archives.SdistInside):
        return _sdist(inside, "zip")
    fields = inside.fields
    tags = shared_tags(inside.tags)
    return Identity(
        "wheel",
        project=normalised(fields.name) if fields.name else None,
        version=fields.version,
        tags=tags,
        filename=_wheel_filename(inside),
        requires_python=fields.requires_python,
        problems=() if tags and fields.name and fields.version else ("its METADATA or WHEEL says too little",),
    )


def identify_tar(body: Body, magic: bytes) -> Identity:
    """An sdist in a tar; `other` with the problem said where it can't be one."""
    suffix = {b"\x1f\x8b": "tar.gz", b"BZ": "tar.bz2", b"\xfd7": "tar.xz"}.get(magic[:2], "tar")
    try:
        return _sdist(tar_sdists.read_tar(body, magic), suffix)
    except ArchiveError as error:
        return _no_archive(error)


def _no_archive(error: ArchiveError) -> Identity:
    return Identity("unreadable" if isinstance(error, DamagedError) else "other", problems=(str(error),))


def _redirect(headers: Mapping[str, str]) -> Identity:
    target = headers.get("location", "")
    name = file_names.file_name(target)
    split = file_names.split_filename(name)
    if split is not None:
        return Identity("redirect", project=normalised(split[0]), version=split[1])
    if "/simple/" in target and file_names.is_project(name):
        return Identity("redirect", project=normalised(name))
    return Identity("redirect")


def _is_tar(head: bytes, content_type: str) -> bool:
    if head[:6] == b"Metada":
        return False
    if head[:2] == b"\x1f\x8b":
        return "html" not in content_type and "json" not in content_type
    return head[:3] == b"BZh" or head[:6] == b"\xfd7zXZ\0" or head[257:262] == b"ustar"


def _identify_text(body: Body, head: bytes, content_type: str, encoding: str) -> Identity:
    if not encoding and (head.startswith(b"Metada") or "metadata" in content_type):
        whole = len(head) == body.size or b"\n\n" in head
        fields = metadata.read_fields(head if whole else body.read_at(0, metadata.FIELDS_LIMIT))
        if fields.name and fields.version:
            return Identity(
                "metadata",
                project=normalised(fields.name),
                version=fields.version,
                requires_python=fields.requires_python,
            )
    page = index_pages.page_head(body, content_type, encoding)
    if page is not None:
        return Identity(
            "index-page",
            project=normalised(page.project) if page.project else None,
            detail=IndexPage(None, page.form),
        )
    if "json" in content_type or head[:1] == b"{":
        return _project_json(index_pages.unpack(body, encoding, _PROJECT_JSON_LIMIT))
    return Identity("other")


def _project_json(data: bytes) -> Identity:
    """`/pypi/NAME/json`: what pips asked for their own newest version, and what auditing tools store."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return Identity("other")
    info = document.get("info") if isinstance(document, dict) else None
    if not isinstance(info, dict):
        return Identity("other")
    name, version = info.get("name"), info.get("version")
    return Identity(
        "other",
        project=normalised(name) if isinstance(name, str) and file_names.is_project(name) else None,
        version=version if isinstance(version, str) and file_names.is_version(version) else None,
    )


def _with_headers(identity: Identity, headers: Mapping[str, str]) -> Identity:
    """Project and version from the public index's own headers (`x-pypi-file-…`), if the content has none."""
    if identity.project is not None and identity.version is not None:
        return identity
    name = headers.get("x-pypi-file-project")
    if name is None or identity.kind == "index-page" or not file_names.is_project(name):
        return identity
    version = headers.get("x-pypi-file-version", "")
    return identity._replace(
        project=identity.project or normalised(name),
        version=identity.version or (version if file_names.is_version(version) else None),
    )


def _wheel_filename(inside: archives.WheelInside) -> str | None:
    """NAME-VERSION[-BUILD]-TAGS.whl as the wheel's own folder and tags give it."""
    if not inside.tags or "-" not in inside.stem:
        return None
    build = f"{_ODD_IN_NAME.sub('_', inside.build)}-" if inside.build else ""
    stem = inside.stem
    if _ODD_IN_NAME.search(stem):
        stem = _ODD_IN_NAME.sub("_", stem)
    return f"{stem}-{build}{_tags_in_name(inside.tags)}.whl"


@lru_cache(maxsize=4096)
def _tags_in_name(tags: tuple[str, ...]) -> str:
    return _ODD_IN_NAME.sub("_", compress_tags(tags))


def _sdist(inside: archives.SdistInside, suffix: str) -> Identity:
    fields = inside.fields
    assert fields.name is not None
    named = file_names.split_filename(f"{inside.stem}.{suffix}") is not None
    return Identity(
        "sdist",
        project=normalised(fields.name),
        version=fields.version,
        filename=f"{_ODD_IN_NAME.sub('_', inside.stem)}.{suffix}" if named else None,
        requires_python=fields.requires_python,
    )
