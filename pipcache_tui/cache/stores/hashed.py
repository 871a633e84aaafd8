"""The layout that `http/` and `http-v2/` share: five levels of folders for the first hex digits of a key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from pipcache_tui.cache.disk.folders import Folder, open_below
from pipcache_tui.cache.memory.fingerprints import FolderFingerprint
from pipcache_tui.cache.memory.previous import AllUnchanged, PartFingerprint, PreviousIdentities, are_same
from pipcache_tui.cache.model import STAMP_BYTES, pack_stamp
from pipcache_tui.cache.stores.base import (
    Evidence,
    Foreign,
    Recognises,
    Trouble,
    find_evidence,
    foreign,
    not_shown,
    subfolders,
)

_DIGITS = frozenset("0123456789abcdef")
#: ELOOP or EMLINK: a link instead of a folder
_LINK = frozenset((40, 31, 62))
_Inside: TypeAlias = tuple[Folder, str]
KEY = re.compile(r"[0-9a-f]{56}\Z")
#: pip writes to a file next to the target: the target's name and eight random characters (`adjacent_tmp_file`)
TEMPORARY = re.compile(r"[0-9a-f]{56}(?:\.body)?[a-z0-9_]{8}\.tmp\Z")


def parts(root: Folder, store: str) -> Iterator[str | Trouble]:
    """The second-level folders of a store; the first level alone would leave work for 16 hands at most."""
    if store not in root.names():
        return
    try:
        with root.folder(store) as top:
            for first in subfolders(top):
                if first in _DIGITS:
                    yield from _second_level(top, store, first)
    except FileNotFoundError:
        return
    except OSError as error:
        yield not_shown(f"{root.path}/{store}", error)
    yield store  # last: everything else on the first two levels


def _second_level(top: Folder, store: str, first: str) -> Iterator[str | Trouble]:
    try:
        with top.folder(first) as folder:
            seconds = subfolders(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        if not _is_other(error):  # not a folder: the part `<store>` counts it as foreign
            yield not_shown(f"{top.path}/{first}", error)
        return
    for second in seconds:
        if second in _DIGITS:
            yield f"{store}/{first}/{second}"


def _is_other(error: OSError) -> bool:
    """Whether something other than a folder has its name."""
    return isinstance(error, NotADirectoryError) or error.errno in _LINK


def leaves(
    top: Folder, part: str, known: PreviousIdentities
) -> Iterator[tuple[str, Folder, list[str]] | PartFingerprint | Foreign | Trouble]:
    """Each folder that can hold entries: (its path relative to the root, the folder, names in it).

    The part `<store>` gives only what does not belong on the first two levels. If a fingerprint is wanted, it comes
    last.
    """
    try:
        folder = open_below(top, part)
    except FileNotFoundError:
        return
    except OSError as error:
        yield not_shown(f"{top.path}/{part}", error)
        return
    with folder:
        if "/" in part:
            fingerprint = FolderFingerprint() if known.counts else None
            for third in _inside(folder, part, fingerprint):
                if isinstance(third, tuple):
                    yield from _leaves_below(third, fingerprint)
                else:
                    yield third
            if fingerprint is not None:
                yield PartFingerprint(fingerprint.digest())
        else:
            yield from _foreign_names(folder, 0)


def _foreign_names(folder: Folder, level: int) -> Iterator[Foreign | Trouble]:
    for name in sorted(folder.names()):
        if name not in _DIGITS:
            yield foreign(folder, name)
        else:
            try:
                inner = folder.folder(name)
            except FileNotFoundError:
                continue
            except OSError as error:
                if level == 1 or _is_other(error):
                    yield foreign(folder, name)  # on the second level its own part reports it
                else:
                    yield not_shown(f"{folder.path}/{name}", error)
            else:
                with inner:
                    if level == 0:
                        yield from _foreign_names(inner, 1)


def _leaves_below(
    third: _Inside, fingerprint: FolderFingerprint | None
) -> Iterator[tuple[str, Folder, list[str]] | Foreign | Trouble]:
    for fourth in _inside(*third, fingerprint):
        if not isinstance(fourth, tuple):
            yield fourth
            continue
        for fifth in _inside(*fourth, fingerprint):
            if not isinstance(fifth, tuple):
                yield fifth
                continue
            folder, path = fifth
            try:
                names = _names(folder, fingerprint)
            except OSError as error:
                yield not_shown(folder.path, error)
            else:
                yield path, folder, names


def _names(folder: Folder, fingerprint: FolderFingerprint | None) -> list[str]:
    if fingerprint is None:
        return folder.names()
    status = folder.own_status()
    names = folder.names()
    fingerprint.add(status, len(names))
    return names


def _inside(folder: Folder, path: str, fingerprint: FolderFingerprint | None) -> Iterator[_Inside | Foreign | Trouble]:
    """The single-digit subfolders with their relative paths; each is closed before the next is opened."""
    try:
        names = _names(folder, fingerprint)
    except OSError as error:
        yield not_shown(folder.path, error)
        return
    for name in sorted(names):
        if name not in _DIGITS:
            yield foreign(folder, name)
            continue
        try:
            inner = folder.folder(name)
        except FileNotFoundError:
            continue
        except OSError as error:
            yield foreign(folder, name) if _is_other(error) else not_shown(f"{folder.path}/{name}", error)
            continue
        try:
            yield inner, f"{path}/{name}"
        finally:
            inner.close()


def all_unchanged(top: Folder, part: str, known: PreviousIdentities) -> list[AllUnchanged | PartFingerprint] | None:
    """Everything in a part if its folders and files are unchanged; None if they may have changed.

    Nothing is listed or opened: a folder with the same times still holds the same names.
    """
    if not known.fingerprint:
        return None
    try:
        with open_below(top, part) as folder:
            if _fingerprint_of(folder, part, known.stamps) != known.fingerprint:
                return None
            stamps = _stamps_now(folder, len(part) + 1, known.stamps)
    except (OSError, ValueError):  # ValueError: the remembered paths are invalid
        return None
    return None if stamps is None else [AllUnchanged(stamps), PartFingerprint(known.fingerprint)]


def _stamps_now(folder: Folder, skipped: int, before: Mapping[str, bytes]) -> list[bytes] | None:
    """The current stamps of the files of each entry; None if a file was replaced or its content changed.

    Something with the inode and ctime of a regular file is that file.
    """
    found: list[bytes] = []
    status = folder.status
    for path, old in before.items():
        name = path[skipped:]
        now = pack_stamp(status(name))
        if len(old) > STAMP_BYTES:
            now += pack_stamp(status(f"{name}.body"))
        if not are_same(old, now):
            return None
        found.append(now)
    return found


def _fingerprint_of(folder: Folder, part: str, before: Mapping[str, bytes]) -> bytes:
    """The current fingerprint of a part with unchanged files: digits of three levels, then the number of names."""
    tree: dict[str, dict[str, dict[str, int]]] = {}
    for path, stamps in before.items():
        third, fourth, fifth, _ = path[len(part) + 1 :].split("/")
        leaf = tree.setdefault(third, {}).setdefault(fourth, {})
        leaf[fifth] = leaf.get(fifth, 0) + len(stamps) // STAMP_BYTES
    fingerprint = FolderFingerprint()
    fingerprint.add(folder.own_status(), len(tree))
    for third, inside_third in tree.items():
        fingerprint.add(folder.status(third), len(inside_third))
        for fourth, inside_fourth in inside_third.items():
            fingerprint.add(folder.status(f"{third}/{fourth}"), len(inside_fourth))
            for fifth, names in inside_fourth.items():
                fingerprint.add(folder.status(f"{third}/{fourth}/{fifth}"), names)
    return fingerprint.digest()


def evidence(root: Folder, names: frozenset[str], store: str, recognises: Recognises) -> Evidence:
    """The evidence for a store with this layout."""
    return find_evidence(root, names, store, recognises, r"[0-9a-f]|[0-9a-f]{56}\.lock")


def belongs(path: str, name: str) -> bool:
    """Whether a name that begins with a key is in the right folder for it (`path` ends with five digits)."""
    return path[-9::2] == name[:5]


def recognises(store: str, path: str, name_pattern: re.Pattern[str]) -> bool:
    """Whether a path is the store, five single digits, and a name that matches the pattern and begins with them."""
    folder, _, name = path.rpartition("/")
    return folder == f"{store}/{'/'.join(name[:5])}" and name_pattern.match(name) is not None
