"""`http-v2/` (pip 23.3 on): `<key>` holds status and headers, `<key>.body` the raw bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from pipcache_tui.cache.disk.folders import Folder
from pipcache_tui.cache.formats import identify as bodies
from pipcache_tui.cache.formats.responses import HEADERS_LIMIT, EdgesBody, EnvelopeError, parse_metadata
from pipcache_tui.cache.memory.previous import PreviousIdentities
from pipcache_tui.cache.model import UNOPENED, Entry, Files, Kind, OwnedFile, Store, pack_stamp
from pipcache_tui.cache.stores import hashed
from pipcache_tui.cache.stores.base import (
    Evidence,
    Foreign,
    Item,
    Trouble,
    attempt,
    foreign,
    make_entry,
    response_of,
    stat_regular,
    unchanged,
)
from pipcache_tui.text import error_reason

NAME: Store = "http-v2"
_BODY_BESIDE = ("/.body",)
_NOTHING = EdgesBody(0, b"", b"")
_OURS = re.compile(rf"[0-9a-f]{{56}}(?:\.body)?\Z|{hashed.TEMPORARY.pattern}")


def parts(root: Folder) -> Iterator[str | Trouble]:
    return hashed.parts(root, NAME)


def recognises(path: str) -> bool:
    return hashed.recognises(NAME, path, _OURS)


def evidence(root: Folder, names: frozenset[str]) -> Evidence:
    return hashed.evidence(root, names, NAME, recognises)


def read(root: str, top: Folder, part: str, known: PreviousIdentities) -> Iterator[Item]:
    if known.names_only:
        yield from _read_names(root, top, part, known)
        return
    if (all_there := hashed.all_unchanged(top, part, known)) is not None:
        yield from all_there
        return
    for leaf in hashed.leaves(top, part, known):
        if not isinstance(leaf, tuple):
            yield leaf
            continue
        path, folder, names = leaf
        names.sort()
        present = names if len(names) < 9 else frozenset(names)
        for name in names:
            if name.endswith(".body"):
                if name[:-5] not in present or not _OURS.match(name):
                    yield from _read_name(root, folder, path, name, None, known)
                continue
            body = f"{name}.body"
            if body not in present:
                yield from _read_name(root, folder, path, name, None, known)
                continue
            if not hashed.KEY.match(name) or not hashed.belongs(path, name):
                yield from _read_name(root, folder, path, name, body, known)
                continue
            try:  # nearly all are a pair as it should be
                yield (known and unchanged(known, folder, path, name, body)) or _pair(root, folder, path, name)
            except OSError:  # read again, to find out what is wrong
                yield from _read_name(root, folder, path, name, body, known)


def _read_names(root: str, top: Folder, part: str, known: PreviousIdentities) -> Iterator[Item]:
    """Everything in a part from names and stats alone; kind is `other` if only the content shows what it is."""
    for leaf in hashed.leaves(top, part, known):
        if not isinstance(leaf, tuple):
            yield leaf
            continue
        path, folder, names = leaf
        present = frozenset(names)
        for name in sorted(names):
            if not _OURS.match(name) or not hashed.belongs(path, name):
                yield foreign(folder, name)
            elif not name.endswith(".body"):
                yield from _by_name(root, folder, path, name, f"{name}.body" in present)
            elif name[:-5] not in present:
                yield from _by_name(root, folder, path, name, has_body=False)


def _by_name(root: str, folder: Folder, path: str, name: str, has_body: bool) -> Iterator[Item]:
    first = stat_regular(folder, f"{path}/{name}", name)
    body = stat_regular(folder, f"{path}/{name}.body", f"{name}.body") if has_body else None
    if first is None:
        yield foreign(folder, name)
        if body is not None:
            yield Entry(root, NAME, "orphan", Files.of(body))
    elif body is not None:
        yield Entry(root, NAME, "other", Files(first.path, _BODY_BESIDE, first.stamp + body.stamp))
    else:
        kind: Kind = "unreadable" if has_body else "leftover" if name.endswith(".tmp") else "orphan"
        yield Entry(root, NAME, kind, Files.of(first))


def _read_name(
    root: str, folder: Folder, path: str, name: str, body: str | None, known: PreviousIdentities
) -> Iterator[Item]:
    if not _OURS.match(name) or not hashed.belongs(path, name):
        yield foreign(folder, name)
        return
    if known and (same := unchanged(known, folder, path, *((name, body) if body else (name,)))):
        yield same
        return
    item = attempt(root, NAME, folder, f"{path}/{name}", name, _reading(root, folder, path, name, body is not None))
    if item is not None:
        yield item if body is None else _with_body(item, folder, f"{path}/{body}", body)
    if body is not None and isinstance(item, Foreign):
        lone = attempt(
            root, NAME, folder, f"{path}/{body}", body, partial(_lone_body, root, folder, f"{path}/{body}", body)
        )
        if lone is not None:
            yield lone


def _with_body(item: Item, folder: Folder, path: str, name: str) -> Item:
    """What reading a pair gave, its body never left out: where the metadata can't be opened."""
    if isinstance(item, Entry) and len(item.files) == 1 and (body := stat_regular(folder, path, name)) is not None:
        return item._replace(files=Files.of(*item.files, body))
    return item


def _reading(root: str, folder: Folder, path: str, name: str, has_body: bool) -> Callable[[], Entry]:
    """The function that reads the entry of this name."""
    if has_body:
        return partial(_pair, root, folder, path, name)
    full = f"{path}/{name}"
    if name.endswith(".tmp"):
        return partial(_leftover, root, folder, full, name)
    if name.endswith(".body"):
        return partial(_lone_body, root, folder, full, name)
    return partial(_lone_metadata, root, folder, full, name)


def _pair(root: str, folder: Folder, path: str, key: str) -> Entry:
    full = f"{path}/{key}"
    status, metadata = folder.content(key, HEADERS_LIMIT)
    stamp = pack_stamp(status)
    try:
        envelope = parse_metadata(metadata)
    except EnvelopeError as error:
        envelope, problem = None, str(error)
    try:
        file = folder.file(f"{key}.body")
    except OSError as error:
        body = stat_regular(folder, f"{full}.body", f"{key}.body")
        problem = f"{UNOPENED}its body: {error_reason(error, 'no regular file')}"
        owned = OwnedFile(full, stamp)
        files = Files.of(owned) if body is None else Files.of(owned, body)
        return make_entry(root, NAME, files, bodies.Identity("unreadable", problems=(problem,)))
    with file:
        files = Files(full, _BODY_BESIDE, stamp + pack_stamp(file.status))
        if envelope is None:
            return make_entry(root, NAME, files, bodies.identify_file(file), kind="unreadable", problems=(problem,))
        identity = bodies.identify(file, envelope.status, envelope.headers)
        return make_entry(root, NAME, files, identity, response=response_of(envelope))


def _lone_metadata(root: str, folder: Folder, path: str, key: str) -> Entry:
    status, metadata = folder.content(key, HEADERS_LIMIT)
    files = Files(path, (), pack_stamp(status))
    try:
        envelope = parse_metadata(metadata)
    except EnvelopeError as error:
        return Entry(root, NAME, "orphan", files, problems=("its body is missing", str(error)))
    identity = bodies.identify(_NOTHING, envelope.status, envelope.headers)
    return make_entry(
        root,
        NAME,
        files,
        identity,
        kind="orphan",
        response=response_of(envelope),
        problems=("its body is missing: pip takes it as not there",),
    )


def _lone_body(root: str, folder: Folder, path: str, name: str) -> Entry:
    with folder.file(name) as file:
        files = Files(path, (), pack_stamp(file.status))
        identity = bodies.identify_file(file)
    problem = "its status and headers are missing: pip takes it as not there"
    return make_entry(root, NAME, files, identity, kind="orphan", problems=(problem,))


def _leftover(root: str, folder: Folder, path: str, name: str) -> Entry:
    with folder.file(name) as file:
        files = Files(path, (), pack_stamp(file.status))
        is_body = ".body" in name
        identity = bodies.identify_file(file) if is_body else bodies.Identity("other")
    problem = "temporary file of a pip that was stopped or is running"
    return make_entry(root, NAME, files, identity._replace(problems=()), kind="leftover", problems=(problem,))
