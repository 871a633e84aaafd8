"""The download cache of pip 1.5.6 and before: `<quoted URL>` and `<quoted URL>.content-type`, in one folder.

The name is the URL itself, quoted so that no "/" is left, which makes it its own proof.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from urllib.parse import unquote

from pipcache_tui.cache.disk.folders import Folder
from pipcache_tui.cache.formats import file_names
from pipcache_tui.cache.formats import identify as bodies
from pipcache_tui.cache.formats.responses import FileBody
from pipcache_tui.cache.memory.previous import PreviousIdentities
from pipcache_tui.cache.model import Entry, Files, OwnedFile, Store, pack_stamp
from pipcache_tui.cache.stores.base import Evidence, Item, attempt, stat_regular

NAME: Store = "downloads"
_SIDECAR = ".content-type"
#: what `urllib.quote(url, "")` leaves: letters, digits, "_", ".", "-" (and "~" later), everything else as %XX
_QUOTED = re.compile(r"https?%3A%2F%2F(?:[A-Za-z0-9_.~-]|%[0-9A-F]{2})+\Z")


def parts(root: Folder) -> list[str]:
    return [""] if any(_QUOTED.match(name) for name in root.names()) else []


def recognises(path: str) -> bool:
    return _QUOTED.match(path) is not None


def evidence(root: Folder, names: frozenset[str]) -> Evidence:
    """A browser may name downloads like this too, but stores no content type."""
    del root
    sidecars = (name for name in names if name.endswith(_SIDECAR) and recognises(name))
    return Evidence(any(name.removesuffix(_SIDECAR) in names for name in sidecars))


def read(root: str, top: Folder, part: str, known: PreviousIdentities) -> Iterator[Item]:
    del part, known  # one small folder
    names = sorted(name for name in top.names() if _QUOTED.match(name))
    present = frozenset(names)
    for name in names:
        if name.endswith(_SIDECAR) and name.removesuffix(_SIDECAR) in present:
            continue
        if name.endswith(_SIDECAR):
            file = stat_regular(top, name, name)
            if file is not None:
                yield Entry(root, NAME, "orphan", Files.of(file), problems=("the download it describes is missing",))
            continue
        sidecar = stat_regular(top, name + _SIDECAR, name + _SIDECAR) if name + _SIDECAR in present else None
        reading = partial(_read, root, top, name, sidecar)
        if (item := attempt(root, NAME, top, name, name, reading)) is not None:
            yield item


def _read(root: str, top: Folder, name: str, sidecar: OwnedFile | None) -> Entry:
    with top.file(name) as file:
        owned = OwnedFile(name, pack_stamp(file.status))
        identity = bodies.identify_file(FileBody(file, 0, file.size))
    url = unquote(name)
    filename = file_names.file_name(url)
    named = file_names.split_filename(filename)
    return Entry(
        root=root,
        store=NAME,
        kind=identity.kind if sidecar is not None else "orphan",
        files=Files.of(owned) if sidecar is None else Files.of(sidecar, owned),
        project=identity.project or (bodies.normalised(named[0]) if named else None),
        version=identity.version or (named[1] if named else None),
        tags=identity.tags,
        filename=filename or None,
        requires_python=identity.requires_python,
        url=url,
        url_proof="file-name",
        problems=identity.problems + (() if sidecar is not None else ("its .content-type is missing",)),
    )
