"""Which files of a cache stand and fall together, worked out here from pip's layouts, apart from the program's."""

from __future__ import annotations

import hashlib
import os
import urllib.parse
from collections.abc import Iterator

from tests.interop.fill import Filled

DAY = 86_400.0
_STORES = ("http", "http-v2", "wheels", "selfcheck")


def files_below(folder: str) -> Iterator[str]:
    """The paths of all files, relative to the folder, with "/"."""
    for where, _, names in os.walk(folder):
        for name in names:
            yield os.path.relpath(os.path.join(where, name), folder).replace(os.sep, "/")


def groups(cache_dir: str) -> dict[str, list[str]]:
    """Name of a group → its files' paths. What is in no store of pip's is in no group."""
    found: dict[str, list[str]] = {}
    flat = not any(os.path.isdir(os.path.join(cache_dir, store)) for store in _STORES)
    for path in sorted(files_below(cache_dir)):
        store = path.partition("/")[0]
        if store == "wheels":
            found.setdefault(os.path.dirname(path), []).append(path)
        elif store in _STORES or store == "selfcheck.json" or flat:
            found.setdefault(path.removesuffix(".body").removesuffix(".content-type"), []).append(path)
    return found


def group_of_url(filled: Filled, url: str) -> str:
    """The group in which this pip keeps the answer of an address (which must be in its normal form)."""
    if filled.store == "downloads":
        return urllib.parse.quote(url, "")
    digest = hashlib.sha224(url.encode()).hexdigest()
    return "/".join([filled.store, *digest[:5], digest])


def set_age(cache_dir: str, paths: list[str], seconds: float, now: float) -> None:
    """Makes files look as though they were written and read so long before `now` (seconds since 1970)."""
    for path in paths:
        os.utime(os.path.join(cache_dir, path), (now - seconds, now - seconds))
