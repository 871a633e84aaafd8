"""Whether two files came to pip from the same index: only then does a newer one take an older one's place.

pip picks a version by name from the indexes it is given. A file that was named by its URL, or built from a checkout or
a folder, is never picked that way. The cache doesn't say which index listed a file, so its URL decides, with the parts
that differ from file to file taken out: index servers keep the files of one index below one path, and the file's hash,
project and version in the path below it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from pipcache_tui.cache.model import Entry, Origin

#: of a file that no index offers by name
NOT_BY_NAME = "not by name"

#: the hash of a file in a URL's path; devpi shortens it to "abc/0123456789abc"
_HASH = re.compile(r"[0-9a-f]{10,}\Z")
_START_OF_HASH = re.compile(r"[0-9a-f]{2,4}\Z")
_SEPARATORS = re.compile(r"[-_.]+")


def source_of(entry: Entry) -> str | None:
    """What entries from the same index have in common; `NOT_BY_NAME`; None where nothing is known."""
    if isinstance(entry.detail, Origin) and (entry.detail.vcs is not None or entry.detail.is_folder):
        return NOT_BY_NAME
    if entry.url is None:
        return None
    return _index_path(entry.url, entry.project, entry.version)


@lru_cache(maxsize=1 << 14)
def _index_path(url: str, project: str | None, version: str | None) -> str:
    folder = url.partition("#")[0].partition("?")[0].rpartition("/")[0]
    if "://" not in folder:
        return folder
    try:
        parts = urlsplit(folder)
    except ValueError:  # "[" that no "]" closes
        return folder
    segments = parts.path.split("/")
    is_hash = False
    for index in reversed(range(len(segments))):
        name = unquote(segments[index])
        is_hash = _HASH.match(name) is not None or (is_hash and _START_OF_HASH.match(name) is not None)
        if is_hash or name == version or _is_projects(name, project):
            segments[index] = "*"
    host = parts.netloc.rpartition("@")[2].lower()
    return f"{parts.scheme}://{host}{'/'.join(segments)}"


def _is_projects(name: str, project: str | None) -> bool:
    """Whether a folder is named after the project, or by its first letter as in `packages/source/n/numpy/`."""
    return project is not None and _SEPARATORS.sub("-", name).lower() in (project, project[:1])
