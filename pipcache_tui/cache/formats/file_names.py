"""File names of distributions: their suffixes, and the project, version and tags in them."""

from __future__ import annotations

import re
from itertools import islice, product
from urllib.parse import unquote

#: of source archives, the most usual first: `ARCHIVE_EXTENSIONS` of pip's `utils/filetypes.py` without .whl. pips up to
#: 6.0 knew only .zip, .tar, .tar.gz, .tgz, .tar.bz2 and .tbz
SDIST_SUFFIXES = (
    *(".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tar"),
    *(".tbz", ".txz", ".tlz", ".tar.lz", ".tar.lzma"),
)
#: of all files that index pages list as distributions. pip skips .egg and .exe, and counts them as files of a project
ARCHIVE_SUFFIXES = (".whl", *SDIST_SUFFIXES, ".egg", ".exe")
#: the most tags of one wheel that are kept; the largest sets on the public index have some dozens
TAGS_LIMIT = 256

_PROJECT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,198}[A-Za-z0-9])?\Z")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]{0,127}\Z")
_TAG_SET = re.compile(r"[A-Za-z0-9_.]{1,200}-[A-Za-z0-9_.]{1,200}-[A-Za-z0-9_.]{1,200}\Z")
_SUFFIX = re.compile("(?:" + "|".join(map(re.escape, ARCHIVE_SUFFIXES)) + r")\Z", re.IGNORECASE)


def is_project(name: str) -> bool:
    """Whether the core metadata specification allows the name (and it is of a length a file name can have)."""
    return _PROJECT.match(name) is not None


def is_version(text: str) -> bool:
    """Whether it has the letters and the length of a version, in a file name or in core metadata."""
    return _VERSION.match(text) is not None


def is_archive(filename: str) -> bool:
    """Whether a file's name has a distribution's suffix, in any case."""
    return filename.lower().endswith(ARCHIVE_SUFFIXES)


def file_name(url: str) -> str:
    """The last part of a URL's path, unquoted."""
    if "#" in url or "?" in url or "%" in url:
        return unquote(url.split("#", 1)[0].split("?", 1)[0].rstrip("/").rsplit("/", 1)[-1])
    return url.rstrip("/").rpartition("/")[2]


def project_of(filename: str) -> str | None:
    """The project a distribution's file name begins with, as written there; None where it has no such form."""
    parts = split_filename(filename)
    return parts[0] if parts else None


def split_filename(filename: str) -> tuple[str, str] | None:
    """(project, version) of a wheel's or an sdist's file name, as written; None where it is neither.

    An sdist named before PEP 625 is ambiguous: the version begins after the last "-" that a digit follows.
    """
    if filename.endswith(".whl"):
        parts = filename[:-4].split("-")
        whole = len(parts) in (5, 6) and is_project(parts[0]) and is_version(parts[1])
        return (parts[0], parts[1]) if whole else None
    stem, found = _SUFFIX.subn("", filename)
    if not found:
        return None
    cut = max((match.start() for match in re.finditer(r"-(?=\d)", stem)), default=-1)
    name, version = stem[:cut], stem[cut + 1 :]
    return (name, version) if cut > 0 and is_project(name) and is_version(version) else None


def expand_tags(label: str) -> tuple[str, ...]:
    """Single tags of a compressed set: "py2.py3-none-any" is two (PEP 425); () where it is none. At most 256."""
    if not _TAG_SET.match(label):
        return ()
    return tuple(islice(map("-".join, product(*(part.split(".") for part in label.split("-")))), TAGS_LIMIT))
