"""`http/` (pip 6.0 to 23.2): one file per entry, with the body inside."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from functools import partial

from pipcache_tui.cache.disk.folders import Folder
from pipcache_tui.cache.formats import identify as bodies
from pipcache_tui.cache.formats.responses import EnvelopeError, cache_format, read_envelope
from pipcache_tui.cache.memory.previous import PreviousIdentities
from pipcache_tui.cache.model import Entry, Files, OwnedFile, Response, Store, pack_stamp
from pipcache_tui.cache.stores import hashed
from pipcache_tui.cache.stores.base import (
    Evidence,
    Item,
    Trouble,
    attempt,
    foreign,
    make_entry,
    response_of,
    stat_regular,
    unchanged,
)

NAME: Store = "http"
_OURS = re.compile(rf"[0-9a-f]{{56}}(?:\.lock)?\Z|{hashed.TEMPORARY.pattern}")
#: what the locks of pips before 19.3 leave in `<key>.lock/`: host, thread and process
_IN_LOCK = re.compile(r"[^/]+\.[^/]*-?\d+\Z")
_OLD_PICKLE = "a pickle of pip 6.0 to 6.0.6, which pips up to 23.2 load: never opened here"


def parts(root: Folder) -> Iterator[str | Trouble]:
    return hashed.parts(root, NAME)


def recognises(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    if folder.endswith(".lock"):
        return _IN_LOCK.match(name) is not None and hashed.recognises(NAME, folder, _OURS)
    return hashed.recognises(NAME, path, _OURS)


def evidence(root: Folder, names: frozenset[str]) -> Evidence:
    return hashed.evidence(root, names, NAME, recognises)


def read(root: str, top: Folder, part: str, known: PreviousIdentities) -> Iterator[Item]:
    if (all_there := hashed.all_unchanged(top, part, known)) is not None:
        yield from all_there
        return
    for leaf in hashed.leaves(top, part, known):
        if not isinstance(leaf, tuple):
            yield leaf
            continue
        path, folder, names = leaf
        for name in sorted(names):
            if not _OURS.match(name) or not hashed.belongs(path, name):
                yield foreign(folder, name)
            elif name.endswith((".lock", ".tmp")):
                yield from _leftover(root, folder, path, name)
            elif known.names_only:
                yield _by_name(root, folder, f"{path}/{name}", name)
            elif known and (same := unchanged(known, folder, path, name)):
                yield same
            else:
                reading = partial(_read_entry, root, folder, f"{path}/{name}", name)
                if (item := attempt(root, NAME, folder, f"{path}/{name}", name, reading)) is not None:
                    yield item


def _by_name(root: str, folder: Folder, path: str, name: str) -> Item:
    """The entry from its name and stat alone; its kind is `other` if only its content shows what it is."""
    file = stat_regular(folder, path, name)
    return foreign(folder, name) if file is None else Entry(root, NAME, "other", Files.of(file))


def _read_entry(root: str, folder: Folder, path: str, key: str) -> Entry:
    with folder.file(key) as file:
        files = Files(path, (), pack_stamp(file.status))
        if cache_format(file.read_at(0, 5)) == 1:
            return Entry(root, NAME, "other", files, response=Response(0, cache_format=1), problems=(_OLD_PICKLE,))
        try:
            envelope, body = read_envelope(file)
        except EnvelopeError as error:
            return Entry(root, NAME, "unreadable", files, problems=(str(error),))
        identity = bodies.identify(body, envelope.status, envelope.headers)
        return make_entry(root, NAME, files, identity, response=response_of(envelope))


def _leftover(root: str, folder: Folder, path: str, name: str) -> Iterator[Item]:
    full = f"{path}/{name}"
    problem = "lock" if name.endswith(".lock") else "temporary file"
    problem = f"{problem} of a pip that was stopped"
    file = stat_regular(folder, full, name)
    if file is not None:
        yield Entry(root, NAME, "leftover", Files.of(file), problems=(problem,))
        return
    try:
        if not stat.S_ISDIR(folder.status(name).st_mode) or not name.endswith(".lock"):
            yield foreign(folder, name)
            return
        with folder.folder(name) as lock:
            held: list[OwnedFile] = []
            for inner in sorted(lock.names()):
                inside = stat_regular(lock, f"{full}/{inner}", inner) if _IN_LOCK.match(inner) else None
                if inside is None:
                    yield foreign(lock, inner)
                else:
                    held.append(inside)
    except OSError:
        return
    if held:
        yield Entry(root, NAME, "leftover", Files.of(*held), problems=(problem,))
