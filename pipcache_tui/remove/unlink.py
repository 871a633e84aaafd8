"""Removes the files of one entry, each once it is seen to be the file that was planned.

The metadata goes before the body, so that whatever interrupts this leaves a body that no pip looks for, which the
next scan finds. Between the last look at a file and its removal stands one system call: what another program
puts under the very same name in that instant goes in its place. Nothing else can.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence

from pipcache_tui.cache import stores
from pipcache_tui.cache.model import IDENTITY_BYTES, LAYOUTS, Entry, OwnedFile, pack_stamp
from pipcache_tui.remove.folders import NOT_THE_FOLDER, DirectoryStack, WritableFolder, remove_if_empty
from pipcache_tui.remove.plan import PlannedEntry, is_shared
from pipcache_tui.remove.steps import ALREADY_GONE, Failed, Outcome, Remark, Removed, Skipped
from pipcache_tui.text import format_count, safe_text

_SHARING_VIOLATION = 32  # Windows: another program has the file open
#: what folders that a pip makes before it builds something begin with
_OF_BUILT = tuple(f"{store}/" for store, traits in LAYOUTS.items() if traits.built)
#: a folder came to stand under the name
_NO_FILE = frozenset({errno.EISDIR, errno.ENOTEMPTY, errno.EEXIST})
_WORDS = {
    errno.EACCES: "permission denied; its folder is closed to you",
    errno.EPERM: "not permitted; it belongs to another user, or is protected",
    errno.EROFS: "the file system is read-only",
    errno.EBUSY: "in use by the system",
    errno.EIO: "the disk reports an error",
    errno.ENOSPC: "no space left, not even to delete",
    errno.EMFILE: "too many open files",
    errno.ENFILE: "too many open files on this system",
    getattr(errno, "ESTALE", -1): "the network file system lost sight of it; try again",
}


class EntryRemoval:
    """One entry on its way out, and how far it has come. Work that was interrupted can be taken up again."""

    __slots__ = ("blank", "blanking", "done", "files", "freed", "pending", "planned")

    def __init__(self, planned: PlannedEntry) -> None:
        self.planned = planned
        #: files removed, and the bytes of blocks that gave back
        self.files = 0
        self.freed = 0
        #: how many of the planned's files need no more work
        self.done = 0
        #: blocks of the file that is just being removed, -1 when none is
        self.pending = -1
        #: an empty file is being put, or stands, in the metadata's place; its identity once known
        self.blanking = False
        self.blank: bytes | None = None

    @property
    def begun(self) -> bool:
        return self.files > 0 or self.pending >= 0 or self.blanking

    def settle(self) -> None:
        """The pending file is gone."""
        self.files += 1
        self.freed += self.pending
        self.pending = -1
        self.done += 1


class _ChangedError(Exception):
    """What stands there is not what was planned; the message says what is seen."""


class Remover:
    """Removes entries of one root. Folders that this empties go too, up to and never including the store's own.

    A folder of wheels waits for `remove_wheel_folders`: a pip that builds makes it first and needs it minutes later.
    Below the other stores a folder taken from under a pip costs it no more than one thing not cached.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._stack = DirectoryStack(root, self._leave)
        self._wheel_folders: list[str] | None = []
        self._refused: dict[int, list[str]] = {}

    def remove(self, removal: EntryRemoval) -> Outcome:
        """Remove the files of an entry, or what is left of it to remove."""
        planned = removal.planned
        try:
            if not removal.begun:
                self._check(planned.files[1:])
            while removal.done < len(planned.files):
                self._remove_next(removal, planned.files[removal.done])
        except _ChangedError as changed:
            return Skipped(planned, f"changed since: {changed}", removal.files, removal.freed)
        except OSError as error:
            removal.pending = -1
            return self._outcome_of(removal, error)
        if removal.files == 0:
            return Skipped(planned, ALREADY_GONE, gone=True)
        return Removed(planned, removal.files, removal.freed)

    def blank(self, removal: EntryRemoval) -> Outcome | None:
        """Put an empty file in the place of an entry's metadata, which every pip takes as not cached.

        A pip that read the metadata before still finds the body where it was. None where that was done: `remove`
        does the rest, later.
        """
        planned = removal.planned
        metadata = planned.files[0]
        try:
            self._check(planned.files[1:])
            folder, name = self._reach(metadata)
            status = self._as_planned(folder, name, metadata)
            freed = _blocks(status)
            removal.blanking = True
            removal.blank = pack_stamp(folder.blank(name, status))[:IDENTITY_BYTES]
            removal.freed += freed
        except FileNotFoundError:
            return self.remove(removal)
        except _ChangedError as changed:
            return Skipped(planned, f"changed since: {changed}")
        except OSError as error:
            removal.blanking = False
            return self._outcome_of(removal, error)
        return None

    def remove_wheel_folders(self) -> None:
        """Remove the folders of wheels that were emptied, and the empty ones above them."""
        paths, self._wheel_folders = self._close_stack(), None
        for path in paths:
            parent, _, name = path.rpartition("/")
            try:
                if remove_if_empty(self._stack.enter(parent), name):
                    self._stack.mark()
            except OSError as error:
                if error.errno not in NOT_THE_FOLDER and not isinstance(error, FileNotFoundError):
                    self._refused.setdefault(error.errno or 0, []).append(path)
        self._stack.close()

    def close(self) -> None:
        """Leave the root's folders."""
        self._stack.close()

    def remarks(self) -> list[Remark]:
        """What there is to say about folders that could not be removed, a line for each cause."""
        found = []
        for number, paths in self._refused.items():
            more = f" (and {format_count(len(paths) - 1, 'more folder')})" if len(paths) > 1 else ""
            where = safe_text(f"{self._root}/{paths[0]}")
            found.append(Remark(f"{where}: left standing{more}: {words_for(OSError(number, ''))}"))
        return found

    def _close_stack(self) -> list[str]:
        self._stack.close()  # what is still open may add to the list
        return self._wheel_folders or []

    def _check(self, files: Sequence[OwnedFile]) -> None:
        """Nothing of an entry goes where a later file of it has changed; one that is gone hinders nothing."""
        for file in files:
            try:
                folder, name = self._reach(file)
                self._as_planned(folder, name, file)
            except FileNotFoundError:
                continue

    def _remove_next(self, removal: EntryRemoval, file: OwnedFile) -> None:
        taken_up_again = removal.pending >= 0
        try:
            folder, name = self._reach(file)
            if removal.blanking and removal.done == 0:
                self._see_blank(removal, folder.status(name), file)
            else:
                blocks = _blocks(self._as_planned(folder, name, file))
                if _is_needed(removal.planned.entry, file, folder):
                    if len(removal.planned.files) == 1:
                        raise _ChangedError("a wheel stands beside it now")
                    removal.done += 1  # it speaks for that wheel
                    return
                removal.pending = blocks
            folder.unlink(name)
        except FileNotFoundError:
            if taken_up_again or (removal.blanking and removal.done == 0):  # it was this that took it away
                removal.pending = max(removal.pending, 0)
                removal.settle()
            else:
                removal.pending = -1
                removal.done += 1
            return
        self._stack.mark()
        removal.settle()

    def _see_blank(self, removal: EntryRemoval, status: os.stat_result, planned: OwnedFile) -> None:
        """Raises where the empty file put in the metadata's place is not what stands there."""
        identity = pack_stamp(status)[:IDENTITY_BYTES]
        if identity == planned.identity:  # interrupted before it was put there
            removal.pending = _blocks(status)
        elif identity == removal.blank or (removal.blank is None and status.st_size == 0):
            removal.pending = 0
        else:
            removal.files += 1
            raise _ChangedError("pip stored it anew")

    def _reach(self, file: OwnedFile) -> tuple[WritableFolder, str]:
        path, _, name = file.path.rpartition("/")
        try:
            return self._stack.enter(path), name
        except OSError as error:
            if error.errno in NOT_THE_FOLDER:
                raise _ChangedError("another thing stands in its folder's place") from None
            raise

    def _as_planned(self, folder: WritableFolder, name: str, file: OwnedFile) -> os.stat_result:
        try:
            status = folder.status(name)
        except OSError as error:
            if error.errno in NOT_THE_FOLDER:  # where folders are reached by path
                raise _ChangedError("another thing stands in its folder's place") from None
            raise
        if pack_stamp(status)[:IDENTITY_BYTES] == file.stamp[:IDENTITY_BYTES] and stat.S_ISREG(status.st_mode):
            return status
        if not stat.S_ISREG(status.st_mode):
            raise _ChangedError("it is no regular file now")
        if status.st_size == file.size and status.st_mtime_ns == file.mtime_ns:
            raise _ChangedError("another file stands in its place")
        raise _ChangedError("it was written to")

    def _outcome_of(self, removal: EntryRemoval, error: OSError) -> Outcome:
        planned = removal.planned
        if getattr(error, "winerror", None) == _SHARING_VIOLATION:
            return Skipped(planned, "in use by another program", removal.files, removal.freed)
        if error.errno in _NO_FILE:
            return Skipped(planned, "changed since: it is no regular file now", removal.files, removal.freed)
        path = planned.files[min(removal.done, len(planned.files) - 1)].path
        where = safe_text(f"{self._root}/{path}")
        return Failed(planned, f"{where}: {words_for(error)}", removal.files, removal.freed)

    def _leave(self, parent: WritableFolder, name: str, path: str) -> bool:
        if "/" not in path:
            return False  # the store's own folder stays: a pip may be about to make one in it
        if self._wheel_folders is not None and path.startswith(_OF_BUILT):
            self._wheel_folders.append(path)
            return False
        try:
            return remove_if_empty(parent, name)
        except OSError as error:
            self._refused.setdefault(error.errno or 0, []).append(path)
            return False


def words_for(error: OSError) -> str:
    """What an error of the system means here."""
    number = error.errno or 0
    return _WORDS.get(number) or (os.strerror(number).lower() if number else str(error) or "failed")


def _is_needed(entry: Entry, file: OwnedFile, folder: WritableFolder) -> bool:
    """Whether a file of an entry is one that others in its folder share, and such stand there."""
    if not is_shared(entry, file):
        return False
    path, _, own = file.path.rpartition("/")
    return any(name != own and stores.recognises(entry.store, f"{path}/{name}") for name in folder.names())


def _blocks(status: os.stat_result) -> int:
    """Bytes that come back when this name goes: none while the file has another."""
    if status.st_nlink > 1:
        return 0
    blocks = getattr(status, "st_blocks", None)
    return status.st_size if blocks is None else int(blocks) * 512
