"""What a person means by a name: a project, "six==1.16.0", a file name, a URL, a hash, a path, an entry's id."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches

from packaging.utils import canonicalize_name

from pipcache_tui.cache.model import STORES, Entry
from pipcache_tui.cache.pip.cache_keys import cache_key, entry_key
from pipcache_tui.pep440 import is_release

_HASH = re.compile(r"[0-9a-f]{6,56}\Z")
_ID = re.compile(rf"(?:{'|'.join(STORES)}):.")
_WHOLE_HASH = re.compile(r"[0-9a-f]{56}")
_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://.")
_RELEASE = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*?)\s*={2,3}\s*(\S+)\s*\Z")
#: names offered for one that is not there
_OFFERED = 3


def find_entries(entries: Sequence[Entry], what: str) -> list[Entry]:
    """The entries that `what` names, in their order: by its most exact meaning that finds any."""
    for test in _readings(what):
        found = [entry for entry in entries if test(entry)]
        if found:
            return found
    return []


def near_names(entries: Iterable[Entry], what: str) -> list[str]:
    """Projects here with names similar to `what`."""
    projects = sorted({entry.project for entry in entries if entry.project})
    return get_close_matches(canonicalize_name(what), projects, _OFFERED)


def _readings(what: str) -> Iterable[Callable[[Entry], bool]]:
    if _ID.match(what):
        yield lambda entry: entry.id == what
    if _URL.match(what):
        url = what.partition("#")[0]
        key = cache_key(url)
        yield lambda entry: entry_key(entry) == key or entry.url == url
        return
    yield lambda entry: entry.filename == what
    release = _RELEASE.match(what)
    if release:
        project, version = canonicalize_name(release[1]), release[2]
        yield lambda entry: entry.project == project and entry.version == version
        if "===" not in what:
            yield lambda entry: entry.project == project and is_release(entry.version, version)
        return
    project = canonicalize_name(what)
    yield lambda entry: entry.project == project
    if _HASH.match(what):
        yield lambda entry: _hash_of(entry).startswith(what)
    if os.sep in what or "/" in what:
        path = os.path.abspath(os.path.expanduser(what))
        yield lambda entry: any(os.path.join(entry.root, *file.path.split("/")) == path for file in entry.files)
        yield lambda entry: any(file.path == what for file in entry.files)


def _hash_of(entry: Entry) -> str:
    """The hex digits an entry can be called by: its key, or its folders' names put together; "" where it has none."""
    _, *folders, name = entry.files.path.split("/")
    return next((digits for digits in (name, "".join(folders)) if _WHOLE_HASH.match(digits)), "")
