"""What pip-accel kept (until 2016): `sources/` with sdists, `binaries/v7/NAME:VERSION:py2.7.tar.gz` built from them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipcache_tui.cache.disk.folders import Folder, open_below
from pipcache_tui.cache.formats import file_names
from pipcache_tui.cache.formats import identify as bodies
from pipcache_tui.cache.memory.previous import PreviousIdentities
from pipcache_tui.cache.model import Entry, Files, Store
from pipcache_tui.cache.stores.base import Evidence, Item, Trouble, foreign, is_bare, not_shown, stat_regular

NAME: Store = "pip-accel"
#: "$" stands for ":" where file names can't have one; a checksum may be next to it, as `.txt`
_BINARY = re.compile(
    r"(?P<name>[^/:$]+)[:$](?P<version>[^/:$]+)[:$](?P<python>(?:py|pypy)[0-9.]+)\.tar\.gz(?P<side>\.txt)?\Z"
)
_FOLDERS = frozenset({"sources", "binaries", "eggs"})
_VERSIONED = re.compile(r"v\d+\Z")
_EGG = re.compile(r"[^/]+\.egg\Z")


def parts(root: Folder) -> Iterator[str | Trouble]:
    names = frozenset(root.names())
    if not {"sources", "binaries"} <= names:
        return
    yield from (part for part in ("sources", "eggs") if part in names)
    try:
        with root.folder("binaries") as folder:
            yield from (f"binaries/{version}" for version in sorted(folder.names()) if _VERSIONED.match(version))
    except FileNotFoundError:
        return
    except OSError as error:
        yield not_shown(f"{root.path}/binaries", error)


def recognises(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    if folder == "sources":
        return file_names.split_filename(name) is not None
    if folder == "eggs":
        return _EGG.match(name) is not None
    top, _, version = folder.partition("/")
    return top == "binaries" and bool(_VERSIONED.match(version)) and _BINARY.match(name) is not None


def evidence(root: Folder, names: frozenset[str]) -> Evidence:
    """Other programs have folders of these names too: only built archives are proof."""
    if not {"sources", "binaries"} <= names:
        return Evidence()
    try:
        for part in parts(root):
            if isinstance(part, str) and part.startswith("binaries/"):
                with open_below(root, part) as folder:
                    if any(recognises(f"{part}/{name}") for name in folder.names()):
                        return Evidence(proven=True)
    except OSError:
        return Evidence()
    return Evidence(bare=frozenset(name for name in names & _FOLDERS if is_bare(root, name)))


def read(root: str, top: Folder, part: str, known: PreviousIdentities) -> Iterator[Item]:
    del known
    try:
        folder = open_below(top, part)
    except OSError as error:
        yield not_shown(f"{top.path}/{part}", error)
        return
    with folder:
        names = sorted(folder.names())
        present = frozenset(names)
        for name in names:
            path = f"{part}/{name}"
            if name.endswith(".txt") and name.removesuffix(".txt") in present and recognises(path):
                continue  # part of the archive's entry
            file = stat_regular(folder, path, name) if recognises(path) else None
            if file is None:
                yield foreign(folder, name)
                continue
            sidecar = stat_regular(folder, f"{path}.txt", f"{name}.txt") if f"{name}.txt" in present else None
            yield _entry(root, part, name, Files.of(file) if sidecar is None else Files.of(file, sidecar))


def _entry(root: str, part: str, name: str, files: Files) -> Entry:
    binary = _BINARY.match(name)
    if binary is not None:
        return Entry(
            root,
            NAME,
            "other" if binary["side"] is None else "orphan",
            files,
            project=bodies.normalised(binary["name"]),
            version=binary["version"],
            filename=name,
            problems=() if binary["side"] is None else ("the archive it belongs to is missing",),
        )
    named = file_names.split_filename(name)
    return Entry(
        root,
        NAME,
        "sdist" if part == "sources" else "other",
        files,
        project=bodies.normalised(named[0]) if named else None,
        version=named[1] if named else None,
        filename=name,
    )
