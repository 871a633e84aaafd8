"""`wheels/` (pip 7.0 on): wheels built on this machine, below hex folders of 2/2/2/50 digits, with `origin.json`.

A folder may hold several wheels and one `origin.json` for all. It is listed with the first wheel by name; taking
that wheel away while others stay must leave it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from pipcache_tui.cache.disk.folders import Folder, NotPlainFile, open_below
from pipcache_tui.cache.formats import file_names
from pipcache_tui.cache.formats import identify as bodies
from pipcache_tui.cache.formats.responses import FileBody
from pipcache_tui.cache.memory.previous import PreviousIdentities
from pipcache_tui.cache.model import Entry, Files, Origin, OwnedFile, Store, pack_stamp
from pipcache_tui.cache.stores.base import (
    Evidence,
    Item,
    Trouble,
    attempt,
    find_evidence,
    foreign,
    not_shown,
    stat_regular,
    subfolders,
    unchanged,
)
from pipcache_tui.text import error_reason

NAME: Store = "wheels"
ORIGIN = "origin.json"
_LEVELS = (re.compile(r"[0-9a-f]{2}\Z"),) * 3 + (re.compile(r"[0-9a-f]{50}\Z"),)
_PATH = re.compile(
    rf"wheels/[0-9a-f]{{2}}/[0-9a-f]{{2}}/[0-9a-f]{{2}}/[0-9a-f]{{50}}"
    rf"/(?:{re.escape(ORIGIN)}|(?:\.?tmp-?[a-z0-9_]{{8}}/)?[^/]+\.whl)\Z"
)
#: where a build in progress lies: pip 25.3+ and build backends make such a folder in the wheel's own
_BUILD = re.compile(r"\.?tmp-?[a-z0-9_]{8}\Z")
_ORIGIN_LIMIT = 1 << 16


def parts(root: Folder) -> Iterator[str | Trouble]:
    if NAME not in root.names():
        return
    try:
        with root.folder(NAME) as top:
            yield from (f"{NAME}/{name}" for name in subfolders(top) if _LEVELS[0].match(name))
    except FileNotFoundError:
        return
    except OSError as error:
        yield not_shown(f"{root.path}/{NAME}", error)
    yield NAME


def recognises(path: str) -> bool:
    return _PATH.match(path) is not None


def evidence(root: Folder, names: frozenset[str]) -> Evidence:
    return find_evidence(root, names, NAME, recognises, rf"[0-9a-f]{{2}}|[0-9a-f]{{50}}|{_BUILD.pattern}")


def read(root: str, top: Folder, part: str, known: PreviousIdentities) -> Iterator[Item]:
    try:
        folder = open_below(top, part)
    except FileNotFoundError:
        return
    except OSError as error:
        yield not_shown(f"{top.path}/{part}", error)
        return
    with folder:
        if part == NAME:
            folders = frozenset(subfolders(folder))
            for name in sorted(folder.names()):
                if not _LEVELS[0].match(name) or name not in folders:
                    yield foreign(folder, name)
            return
        yield from _descend(root, folder, part, 1, known)


def _descend(root: str, folder: Folder, path: str, level: int, known: PreviousIdentities) -> Iterator[Item]:
    try:
        names = sorted(folder.names())
    except OSError as error:
        yield not_shown(folder.path, error)
        return
    if level == len(_LEVELS):
        # entries in a folder with several wheels depend on each other: such a folder is always read
        wheels = [name for name in names if name != ORIGIN]
        simple = len(wheels) == 1 and wheels[0].endswith(".whl")
        files = (*wheels, ORIGIN) if ORIGIN in names else wheels
        if known and simple and (same := unchanged(known, folder, path, *files)):
            yield same
        else:
            yield from _leaf(root, folder, path, names, names_only=known.names_only)
        return
    for name in names:
        if not _LEVELS[level].match(name):
            yield foreign(folder, name)
            continue
        try:
            inner = folder.folder(name)
        except FileNotFoundError:
            continue
        except NotADirectoryError:
            yield foreign(folder, name)
        except OSError as error:
            yield not_shown(f"{folder.path}/{name}", error)
        else:
            with inner:
                yield from _descend(root, inner, f"{path}/{name}", level + 1, known)


def _leaf(root: str, folder: Folder, path: str, names: list[str], *, names_only: bool) -> Iterator[Item]:
    origin_file = stat_regular(folder, f"{path}/{ORIGIN}", ORIGIN) if ORIGIN in names else None
    origin, problem = _read_origin(folder) if origin_file is not None and not names_only else (None, None)
    unclaimed = origin_file
    for name in names:
        if name.endswith(".whl"):
            reading = partial(_by_name if names_only else _wheel, root, folder, path, name)
            item = attempt(root, NAME, folder, f"{path}/{name}", name, reading)
            if isinstance(item, Entry):
                yield _with_origin(item, origin, problem, unclaimed)
                unclaimed = None
            elif item is not None:
                yield item
        elif _BUILD.match(name):
            yield from _build(root, folder, path, name)
        elif name != ORIGIN or origin_file is None:
            yield foreign(folder, name)
    if unclaimed is not None:
        problems = ("no wheel next to it",) + ((problem,) if problem else ())
        yield Entry(root, NAME, "orphan", Files.of(unclaimed), detail=origin, problems=problems)


def _with_origin(wheel: Entry, origin: Origin | None, problem: str | None, file: OwnedFile | None) -> Entry:
    return wheel._replace(
        files=wheel.files if file is None else Files.of(*wheel.files, file),
        url=origin.url if origin else None,
        url_proof="origin" if origin else None,
        detail=origin,
        problems=wheel.problems + ((problem,) if problem else ()),
    )


def _by_name(root: str, folder: Folder, path: str, name: str) -> Entry:
    """The wheel from its name and stat alone."""
    file = stat_regular(folder, f"{path}/{name}", name)
    if file is None:
        raise NotPlainFile(22, "not a regular file", name)
    return Entry(root, NAME, "built-wheel", Files.of(file))


def _wheel(root: str, folder: Folder, path: str, name: str) -> Entry:
    with folder.file(name) as file:
        files = Files(f"{path}/{name}", (), pack_stamp(file.status))
        inside = bodies.identify_zip(FileBody(file, 0, file.size))
    named = file_names.split_filename(name)
    version, tags = (named[1], file_names.expand_tags("-".join(name[:-4].split("-")[-3:]))) if named else (None, ())
    whole = inside.kind == "wheel"
    return Entry(
        root=root,
        store=NAME,
        kind="built-wheel" if whole else "unreadable",
        files=files,
        project=bodies.normalised(named[0]) if named else inside.project,
        # a file name writes "-" as "_"; METADATA has the version as it is
        version=inside.version if whole else version,
        tags=bodies.shared_tags(tags) or inside.tags,
        filename=name,
        requires_python=inside.requires_python,
        problems=inside.problems,
    )


def _build(root: str, folder: Folder, path: str, name: str) -> Iterator[Item]:
    """A build in progress, or what a stopped build left behind."""
    try:
        inner = folder.folder(name)
    except OSError:
        yield foreign(folder, name)
        return
    with inner:
        for child in sorted(inner.names()):
            file = stat_regular(inner, f"{path}/{name}/{child}", child) if child.endswith(".whl") else None
            if file is None:
                yield foreign(inner, child)
                continue
            named = file_names.split_filename(child)
            yield Entry(
                root,
                NAME,
                "leftover",
                Files.of(file),
                project=bodies.normalised(named[0]) if named else None,
                version=named[1] if named else None,
                filename=child,
                problems=("a build in progress, or one that was stopped",),
            )


def _read_origin(folder: Folder) -> tuple[Origin | None, str | None]:
    """The origin, and the problem with it."""
    try:
        with folder.file(ORIGIN) as file:
            document = json.loads(file.read_at(0, _ORIGIN_LIMIT))
    except OSError as error:
        return None, f"{ORIGIN}: {error_reason(error)}"
    except (ValueError, RecursionError):
        return None, f"{ORIGIN}: not whole JSON"
    if not isinstance(document, dict) or not isinstance(document.get("url"), str):
        return None, f"{ORIGIN}: names no URL"
    return parse_origin(document), None


def parse_origin(document: dict[str, Any]) -> Origin:
    """Parse PEP 610's direct_url.json, whose `url` is known to be text."""
    archive = document.get("archive_info")
    hashes: dict[str, str] = {}
    if isinstance(archive, dict):
        algorithm, _, digest = str(archive.get("hash") or "").partition("=")
        if digest:
            hashes[algorithm] = digest.lower()
        listed = archive.get("hashes")
        if isinstance(listed, dict):
            hashes.update((str(key), str(value).lower()) for key, value in listed.items())
    vcs = document.get("vcs_info")
    vcs = vcs if isinstance(vcs, dict) else {}
    subdirectory = document.get("subdirectory")
    return Origin(
        url=document["url"],
        hashes=tuple(sorted(hashes.items())),
        subdirectory=subdirectory if isinstance(subdirectory, str) else None,
        vcs=str(vcs["vcs"]) if "vcs" in vcs else None,
        commit=str(vcs["commit_id"]) if "commit_id" in vcs else None,
        is_folder=isinstance(document.get("dir_info"), dict),
        legacy_hash=isinstance(archive, dict) and "hash" in archive and "hashes" not in archive,
    )
