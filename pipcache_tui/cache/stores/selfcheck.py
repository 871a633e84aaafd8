"""Results of pip's checks for a newer pip: `selfcheck/<key>` (19.3 on), `selfcheck.json` before."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from pipcache_tui.cache.disk.folders import Folder
from pipcache_tui.cache.memory.previous import PreviousIdentities
from pipcache_tui.cache.model import Entry, Files, SelfCheck, Store, pack_stamp
from pipcache_tui.cache.stores.base import Evidence, Item, attempt, find_evidence, foreign, not_shown, stat_regular

NAME: Store = "selfcheck"
_OLD = "selfcheck.json"
_OLD_FILES = frozenset({_OLD, f"{_OLD}.lock"})
_IN_FOLDER = re.compile(r"[0-9a-f]{56}(?:\.lock|[a-z0-9_]{8}\.tmp)?\Z")
#: no pip writes more than a few hundred bytes for each environment (bytes)
_LIMIT = 1 << 20


def parts(root: Folder) -> list[str]:
    names = frozenset(root.names())
    return [part for part in (NAME, _OLD, f"{_OLD}.lock") if part in names]


def recognises(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    if folder == NAME:
        return _IN_FOLDER.match(name) is not None
    return path in _OLD_FILES


def evidence(root: Folder, names: frozenset[str]) -> Evidence:
    found = find_evidence(root, names, NAME, recognises, r"(?!)")
    old = names & _OLD_FILES
    return Evidence(found.proven, frozenset({"http", "http-v2", "wheels"} if old else ()), found.bare | old)


def read(root: str, top: Folder, part: str, known: PreviousIdentities) -> Iterator[Item]:
    del known
    if part != NAME:
        yield from _read_file(root, top, part, part)
        return
    try:
        folder = top.folder(NAME)
    except OSError as error:
        yield not_shown(f"{top.path}/{NAME}", error)
        return
    with folder:
        for name in sorted(folder.names()):
            if _IN_FOLDER.match(name):
                yield from _read_file(root, folder, f"{NAME}/{name}", name)
            else:
                yield foreign(folder, name)


def _read_file(root: str, folder: Folder, path: str, name: str) -> Iterator[Item]:
    if name.endswith((".lock", ".tmp")):
        file = stat_regular(folder, path, name)
        if file is None:
            yield foreign(folder, name)
        else:
            yield Entry(root, NAME, "leftover", Files.of(file), problems=("left by a pip that was stopped",))
        return
    reading = partial(_read, root, folder, path, name)
    if (item := attempt(root, NAME, folder, path, name, reading)) is not None:
        yield item


def _read(root: str, folder: Folder, path: str, name: str) -> Entry:
    with folder.file(name) as file:
        files = Files(path, (), pack_stamp(file.status))
        try:
            document = json.loads(file.read_at(0, _LIMIT))
        except (ValueError, RecursionError):
            return Entry(root, NAME, "unreadable", files, project="pip", problems=("not whole JSON",))
    if not isinstance(document, dict):
        return Entry(root, NAME, "unreadable", files, project="pip", problems=("not a JSON object",))
    return Entry(root, NAME, "selfcheck", files, project="pip", detail=_detail(document))


def _detail(document: dict[str, Any]) -> SelfCheck:
    """Both forms: one file per environment, or (up to 19.2) a map from prefix to the result for it."""
    prefix = document.get("key")
    if len(document) == 1 and isinstance(next(iter(document.values())), dict):
        prefix, document = next(iter(document.items()))
    return SelfCheck(_short(prefix), _short(document.get("last_check")), _short(document.get("pypi_version")))


def _short(value: object) -> str | None:
    return value[:4096] if isinstance(value, str) else None
