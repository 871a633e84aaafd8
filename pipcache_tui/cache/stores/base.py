"""Code that all stores share: the items that `read` yields, and how entries are made."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from pipcache_tui.cache.disk.folders import Folder, NotPlainFile, is_folder
from pipcache_tui.cache.formats.identify import REDIRECTS, Identity
from pipcache_tui.cache.formats.responses import Envelope
from pipcache_tui.cache.memory.previous import AllUnchanged, PartFingerprint, PreviousIdentities, Unchanged
from pipcache_tui.cache.model import UNOPENED, Entry, Files, Kind, OwnedFile, Response, Store, pack_stamp
from pipcache_tui.text import error_reason


@dataclass(frozen=True, slots=True)
class Foreign:
    """Files below a store that pip would not have written: how many, and their bytes."""

    files: int
    size: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """What could not be read, in one line."""

    message: str


Item: TypeAlias = Entry | Unchanged | AllUnchanged | PartFingerprint | Foreign | Trouble
Recognises: TypeAlias = Callable[[str], bool]


class Evidence(NamedTuple):
    """The evidence that a root has a store. Nothing is deleted from a store that is not proven."""

    #: there is a file at a path that only the store's own program would write
    proven: bool = False
    #: its file names prove nothing by themselves: it counts as proven if one of these stores is, or if the rest is bare
    alongside: frozenset[Store] = frozenset()
    #: names in the root that are the store's and hold nothing
    bare: frozenset[str] = frozenset()


class StoreModule(Protocol):
    """A layout on disk; each module of this package implements it."""

    @property
    def NAME(self) -> Store: ...  # noqa: N802

    def parts(self, root: Folder) -> Iterable[str | Trouble]:
        """Folders, relative to the root, that make up the store and can be read separately; none if it is absent.

        Raises OSError if that can't be found out.
        """

    def read(self, root: str, top: Folder, part: str, known: PreviousIdentities) -> Iterator[Item]:
        """Everything in one part; `root` is the path for the entries, `top` the open root folder.

        Files that `known` shows as unchanged need not be opened; a store that is always small may ignore `known`.
        """

    def recognises(self, path: str) -> bool:
        """Whether pip would have written a file at this path, relative to the root."""

    def evidence(self, root: Folder, names: frozenset[str]) -> Evidence:
        """The evidence for the store in a root that holds these names (`find_evidence` does it for folders)."""


#: if the first files of a store are behind more folders than this, it counts as empty
_FOLDERS_LIMIT = 20_000


def find_evidence(root: Folder, names: frozenset[str], store: str, recognises: Recognises, below: str) -> Evidence:
    """The evidence for a store in a folder of its own name: a file that it recognises, or an empty folder.

    `below` is the pattern for the names of its subfolders; others are skipped.
    """
    if store not in names:
        return Evidence()
    look = _Look(recognises, re.compile(rf"(?:{below})\Z"))
    look.into(root, store, store)
    return Evidence(look.proven, bare=frozenset({store} if look.empty else ()))


class _Look:
    """Searches folders until the first file that proves the store."""

    def __init__(self, recognises: Recognises, below: re.Pattern[str]) -> None:
        self.proven = False
        self.empty = True
        self._recognises = recognises
        self._below = below
        self._left = _FOLDERS_LIMIT

    def into(self, parent: Folder, name: str, path: str) -> None:
        self._left -= 1
        try:
            with parent.folder(name) as folder:
                for child in folder.names():
                    child_path = f"{path}/{child}"
                    if self._recognises(child_path) and stat.S_ISREG(folder.status(child).st_mode):
                        self.proven = True
                    elif self._below.match(child):
                        self.into(folder, child, child_path)
                    else:
                        self.empty = False
                    if self.proven or self._left <= 0:
                        return
        except OSError:  # a link, a file, or no permission: proves nothing
            self.empty = False


def is_bare(root: Folder, name: str) -> bool:
    """Whether this is a folder with nothing in it."""
    try:
        with root.folder(name) as folder:
            return not folder.names()
    except OSError:
        return False


def subfolders(folder: Folder) -> list[str]:
    """The names of real subfolders (not links), sorted."""
    return sorted(name for name in folder.names() if _is_folder(folder, name))


def _is_folder(folder: Folder, name: str) -> bool:
    try:
        return is_folder(folder.status(name))
    except FileNotFoundError:
        return False
    except OSError:
        return True  # opening it will show what is wrong


def not_shown(path: str, error: OSError) -> Trouble:
    """A folder that can't be read."""
    return Trouble(f"{path}: {error_reason(error)}; what it holds is not shown")


def stat_regular(folder: Folder, path: str, name: str) -> OwnedFile | None:
    """A file's stamp without opening it; None if it is gone or not a regular file."""
    try:
        status = folder.status(name)
    except OSError:
        return None
    return OwnedFile(path, pack_stamp(status)) if stat.S_ISREG(status.st_mode) else None


def foreign(folder: Folder, name: str, depth: int = 0) -> Foreign:
    """Counts the files under a name that is not pip's, including subfolders; follows no links."""
    try:
        status = folder.status(name)
        if not is_folder(status):
            return Foreign(1, status.st_size)
        if depth > 64:
            return Foreign(0, 0)
        files = size = 0
        with folder.folder(name) as inner:
            for child in inner.names():
                counted = foreign(inner, child, depth + 1)
                files += counted.files
                size += counted.size
        return Foreign(files, size)
    except OSError:
        return Foreign(0, 0)


def unchanged(known: PreviousIdentities, folder: Folder, path: str, *names: str) -> Unchanged | None:
    """Whether an earlier scan made an entry of exactly these files in a folder (`path` is relative to the root)."""
    stamps: list[bytes] = []
    try:
        for name in names:
            status = folder.status(name)
            if not stat.S_ISREG(status.st_mode):
                return None
            stamps.append(pack_stamp(status))
    except OSError:
        return None
    return known.unchanged(f"{path}/{names[0]}", stamps)


def attempt(root: str, store: Store, folder: Folder, path: str, name: str, read: Callable[[], Entry]) -> Item | None:
    """The result of `read`; an `unreadable` entry if the file can't be read; None if it is gone."""
    try:
        return read()
    except FileNotFoundError:
        return None  # pip replaced or removed it meanwhile
    except NotPlainFile:
        return foreign(folder, name)
    except OSError as error:
        file = stat_regular(folder, path, name)
        if file is None:  # it is there, but not even its size is known
            return Trouble(f"{folder.path}/{name}: {error_reason(error)}; it is not shown")
        return Entry(root, store, "unreadable", Files.of(file), problems=(UNOPENED + error_reason(error),))


def make_entry(
    root: str,
    store: Store,
    files: Files,
    identity: Identity,
    *,
    kind: Kind | None = None,
    response: Response | None = None,
    problems: tuple[str, ...] = (),
) -> Entry:
    """An entry, given the identity of its body."""
    found, project, version, tags, filename, requires_python, detail, more = identity
    return Entry(
        root,
        store,
        kind or found,
        files,
        project,
        version,
        tags,
        filename,
        requires_python,
        response=response,
        detail=detail,
        problems=problems + more,
    )


def response_of(envelope: Envelope) -> Response:
    """The parts of a stored response that pip's decision needs."""
    form, status, headers, vary, http_version, _, _, vary_as_bytes = envelope
    header = headers.get
    has_etag = "etag" in headers
    return Response(
        status,
        header("date"),
        header("cache-control"),
        header("expires"),
        has_etag,
        vary,
        header("location") if status in REDIRECTS else None,
        http_version == 0,
        form,
        None if has_etag else header("last-modified"),
        vary_as_bytes,
    )
