"""URL and file name of a body from its content alone: the content proof.

The public index's file host has a file at `/packages/aa/bb/…/NAME`, where the hex digits are the blake2b-256 of its
content (`_make_path` of Warehouse's `forklift/legacy.py`). NAME has the project and version that are inside, in one of
several forms; the entry's own key says which one is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from packaging.version import InvalidVersion, Version

from pipcache_tui.cache.formats import file_names
from pipcache_tui.cache.model import Entry
from pipcache_tui.cache.pip.cache_keys import cache_key, entry_key

_SIGNS = re.compile(r"[-_.]+")
#: how many names are tried: a few milliseconds of hashing
_MOST = 5000


def url_by_content(entry: Entry, digest: str, bases: Sequence[str]) -> str | None:
    """The URL of an entry of `http/` or `http-v2/` whose body has this blake2b-256 (hex), proven by the entry's key."""
    key = entry_key(entry)
    if key is None:
        return None
    folder = f"packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}"
    for count, name in enumerate(_names(entry)):
        if count >= _MOST:
            break
        for base in bases:
            url = f"{base}/{folder}/{name}"
            if cache_key(url) == key:
                return url
    return None


def _names(entry: Entry) -> Iterator[str]:
    """File names that the entry's content may have been published under, the most likely first, each once."""
    if entry.project is None or entry.version is None:
        return
    seen: set[str] = set()
    for name in _wheel_names(entry) if entry.tags else _sdist_names(entry):
        if name not in seen:
            seen.add(name)
            yield name


def _wheel_names(entry: Entry) -> Iterator[str]:
    filename = entry.filename or ""
    if filename:
        yield filename
    parts = filename.removesuffix(".whl").split("-")
    build = parts[2] if len(parts) == 6 else None
    for name, version, tags in product(_projects(entry, parts[0]), _versions(entry), _tag_labels(entry.tags)):
        escaped = _SIGNS.sub("_", name) if "-" in name else name
        yield "-".join(filter(None, (escaped, version.replace("-", "_"), build, tags))) + ".whl"


def _sdist_names(entry: Entry) -> Iterator[str]:
    filename = entry.filename or ""
    if filename:
        yield filename
    written = file_names.split_filename(filename)
    own = next((suffix for suffix in file_names.SDIST_SUFFIXES if filename.endswith(suffix)), None)
    suffixes = dict.fromkeys(filter(None, (own, *file_names.SDIST_SUFFIXES)))
    for suffix, name, version in product(suffixes, _projects(entry, written[0] if written else ""), _versions(entry)):
        yield f"{name}-{version}{suffix}"


def _projects(entry: Entry, written: str) -> Iterable[str]:
    """The project's name as it may be written in a file name."""
    project = entry.project or ""
    names = [written] if written else []
    names += [project.replace("-", "_"), project, project.replace("-", ".")]
    if written:
        joined = _SIGNS.sub("_", written)
        names += [joined, joined.lower(), _SIGNS.sub("-", written), _SIGNS.sub(".", written)]
    return dict.fromkeys(names)


def _versions(entry: Entry) -> Iterable[str]:
    version = entry.version or ""
    texts = [version]
    try:
        texts.append(str(Version(version)))
    except InvalidVersion:
        pass
    texts += [text.replace("+", sign) for text in tuple(texts) for sign in "_-" if "+" in text]
    return dict.fromkeys(texts)


def _tag_labels(tags: Sequence[str]) -> Iterable[str]:
    """The tags compressed (PEP 425), each part in the orders tools write it in."""
    columns: tuple[dict[str, None], ...] = ({}, {}, {})
    for tag in tags:
        for column, part in zip(columns, tag.split("-", 2), strict=False):
            column[part] = None
    orders = [
        dict.fromkeys((".".join(column), ".".join(sorted(column)), ".".join(sorted(column, reverse=True))))
        for column in columns
    ]
    return dict.fromkeys("-".join(parts) for parts in product(*orders))
