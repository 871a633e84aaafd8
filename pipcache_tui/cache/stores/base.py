"""What every store shares: the items a store gives, and the making of entries from what was read."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from pipcache_tui.cache.body import REDIRECTS, Identity
from pipcache_tui.cache.envelope import Envelope
from pipcache_tui.cache.folders import Folder, NotPlainFile, is_folder
from pipcache_tui.cache.known import Known, Unchanged
from pipcache_tui.cache.model import UNOPENED, Entry, Kind, OwnedFile, Response, Store, pack_stamp


@dataclass(frozen=True, slots=True)
class Foreign:
    """Files below a store that pip would not have written: how many, and their bytes."""

    files: int
    size: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """What could not be read, in one line."""

    message: str


Item: TypeAlias = Entry | Unchanged | Foreign | Trouble


class StoreModule(Protocol):
    """A layout on disk. Each module of this package is one."""

    @property
    def NAME(self) -> Store: ...  # noqa: N802

    def parts(self, root: Folder) -> list[str]:
        """Folders relative to the root that together hold the store and can be read apart; [] where it is absent."""

    def read(self, root: str, top: Folder, part: str, known: Known) -> Iterator[Item]:
        """Everything in one part; `root` is the path for the entries, `top` the root opened.

        What is unchanged by `known` need not be opened; a store that is always small may leave it unused.
        """

    def recognises(self, path: str) -> bool:
        """Whether pip would have written a file at this path, relative to the root."""


def subfolders(folder: Folder) -> list[str]:
    """Names in a folder, sorted, that are folders and no links."""
    return sorted(name for name in folder.names() if _is_folder(folder, name))


def _is_folder(folder: Folder, name: str) -> bool:
    try:
        return is_folder(folder.status(name))
    except OSError:
        return False


def own(folder: Folder, path: str, name: str) -> OwnedFile | None:
    """A file's stamp without opening it; None where it is gone or no regular file."""
    try:
        status = folder.status(name)
    except OSError:
        return None
    return OwnedFile(path, pack_stamp(status)) if stat.S_ISREG(status.st_mode) else None


def foreign(folder: Folder, name: str, depth: int = 0) -> Foreign:
    """Counts what stands under a name that is not pip's, folders with all they hold; links are not followed."""
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


def unchanged(known: Known, folder: Folder, path: str, *names: str) -> Unchanged | None:
    """Whether an earlier scan made an entry of just these files in a folder (`path` is relative to the root)."""
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


def reason(error: OSError) -> str:
    """What the system says, without the path, which the caller names: "permission denied"."""
    return (error.strerror or os.strerror(error.errno or 0)).lower()


def attempt(root: str, store: Store, folder: Folder, path: str, name: str, read: Callable[[], Entry]) -> Item | None:
    """What `read` gives; where the file can't be read, an `unreadable` entry; None where it is gone."""
    try:
        return read()
    except FileNotFoundError:
        return None  # pip replaced or removed it meanwhile
    except NotPlainFile:
        return foreign(folder, name)
    except OSError as error:
        file = own(folder, path, name)
        if file is None:
            return None
        return Entry(root, store, "unreadable", (file,), problems=(UNOPENED + reason(error),))


def make_entry(
    root: str,
    store: Store,
    files: tuple[OwnedFile, ...],
    identity: Identity,
    *,
    kind: Kind | None = None,
    response: Response | None = None,
    problems: tuple[str, ...] = (),
) -> Entry:
    """An entry from what was found out about its body."""
    return Entry(
        root=root,
        store=store,
        kind=kind or identity.kind,
        files=files,
        project=identity.project,
        version=identity.version,
        tags=identity.tags,
        filename=identity.filename,
        requires_python=identity.requires_python,
        response=response,
        detail=identity.detail,
        problems=problems + identity.problems,
    )


def response_of(envelope: Envelope) -> Response:
    """What pip's later decision needs of a stored response."""
    headers = envelope.headers
    return Response(
        status=envelope.status,
        date=headers.get("date"),
        cache_control=headers.get("cache-control"),
        expires=headers.get("expires"),
        has_etag="etag" in headers,
        vary=envelope.vary,
        location=headers.get("location") if envelope.status in REDIRECTS else None,
        resumed=envelope.http_version == 0,
        cache_format=envelope.cache_format,
        last_modified=headers.get("last-modified") if "etag" not in headers else None,
        vary_as_bytes=envelope.vary_as_bytes,
    )
