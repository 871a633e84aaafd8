"""Removes the files of one entry, each only after checking that it is still the file that was planned.

Metadata is removed before the body: an interruption then leaves a body that no pip looks for, and the next scan
finds it. One system call lies between the last check of a file and its removal. A file that another program puts
under the same name in that moment is removed instead; nothing else can be.
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
from pipcache_tui.text import error_reason, format_count, safe_text

_SHARING_VIOLATION = 32  # Windows: another program has the file open
#: the paths of folders that pip makes before it builds a wheel begin with one of these
_OF_BUILT = tuple(f"{store}/" for store, traits in LAYOUTS.items() if traits.built)
#: errors that mean: a folder now has this name
_NO_FILE = frozenset({errno.EISDIR, errno.ENOTEMPTY, errno.EEXIST})
_WORDS = {
    errno.EACCES: "permission denied; you may not change its folder",
    errno.EPERM: "not permitted; it belongs to another user, or is protected",
    errno.EROFS: "the file system is read-only",
    errno.EBUSY: "in use by the system",
    errno.EIO: "the disk reports an error",
    errno.ENOSPC: "no space left, not even to delete",
    errno.EMFILE: "too many open files",
    errno.ENFILE: "too many open files on this system",
    getattr(errno, "ESTALE", -1): "the network file system lost track of it; try again",
}


class EntryRemoval:
    """The removal of one entry and its progress, so that it can be continued after an interruption."""

    __slots__ = ("blank", "blanking", "done", "files", "freed", "pending", "planned")

    def __init__(self, planned: PlannedEntry) -> None:
        self.planned = planned
        #: files removed, and the bytes of blocks this freed
        self.files = 0
        self.freed = 0
        #: how many of the planned files are dealt with
        self.done = 0
        #: bytes of blocks of the file that is being removed now, -1 for none
        self.pending = -1
        #: an empty file has replaced the metadata, or is about to; `blank` is its identity once known
        self.blanking = False
        self.blank: bytes | None = None

    @property
    def begun(self) -> bool:
        return self.files > 0 or self.pending >= 0 or self.blanking

    def settle(self) -> None:
        """Count the pending file as removed."""
        self.files += 1
        self.freed += self.pending
        self.pending = -1
        self.done += 1


class _ChangedError(Exception):
    """The file or folder is not the planned one; the message says what was found."""


class Remover:
    """Removes entries of one root, and the folders this empties, up to but never including the store's own.

    Folders of wheels wait for `remove_wheel_folders`: a pip makes one before it builds, and needs it minutes later.
    In the other stores a pip that loses a folder only fails to cache one response.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._stack = DirectoryStack(root, self._leave)
        self._wheel_folders: list[str] | None = []
        self._refused: dict[int, list[str]] = {}

    def remove(self, removal: EntryRemoval) -> Outcome:
        """Remove the files of an entry, or those that are left of it."""
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
        """Replace an entry's metadata by an empty file, which every pip treats as not cached.

        A pip that has already read the metadata still finds the body. Call `remove` later for the rest.

        Returns:
            None if the metadata was replaced, else the outcome.
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
        """Remove the folders of wheels that were emptied, and empty folders above them."""
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
        """A message for each reason why folders could not be removed."""
        found = []
        for number, paths in self._refused.items():
            more = f" (and {format_count(len(paths) - 1, 'more folder')})" if len(paths) > 1 else ""
            where = safe_text(f"{self._root}/{paths[0]}")
            found.append(Remark(f"{where}: not removed{more}: {words_for(OSError(number, ''))}"))
        return found

    def _close_stack(self) -> list[str]:
        self._stack.close()  # closing may add to the list
        return self._wheel_folders or []

    def _check(self, files: Sequence[OwnedFile]) -> None:
        """Raise if one of these files has changed; the entry then stays whole. A missing file is no change."""
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
                        raise _ChangedError("there is a wheel next to it now")
                    removal.done += 1  # it belongs to that wheel
                    return
                removal.pending = blocks
            folder.unlink(name)
        except FileNotFoundError:
            if taken_up_again or (removal.blanking and removal.done == 0):  # this removal did it
                removal.pending = max(removal.pending, 0)
                removal.settle()
            else:
                removal.pending = -1
                removal.done += 1
            return
        self._stack.mark()
        removal.settle()

    def _see_blank(self, removal: EntryRemoval, status: os.stat_result, planned: OwnedFile) -> None:
        """Raise if the metadata is not the empty file that replaced it."""
        identity = pack_stamp(status)[:IDENTITY_BYTES]
        if identity == planned.identity:  # interrupted before it was replaced
            removal.pending = _blocks(status)
        elif identity == removal.blank or (removal.blank is None and status.st_size == 0):
            removal.pending = 0
        else:
            removal.files += 1
            raise _ChangedError("pip stored it again")

    def _reach(self, file: OwnedFile) -> tuple[WritableFolder, str]:
        path, _, name = file.path.rpartition("/")
        try:
            return self._stack.enter(path), name
        except OSError as error:
            if error.errno in NOT_THE_FOLDER:
                raise _ChangedError("its folder was replaced") from None
            raise

    def _as_planned(self, folder: WritableFolder, name: str, file: OwnedFile) -> os.stat_result:
        try:
            status = folder.status(name)
        except OSError as error:
            if error.errno in NOT_THE_FOLDER:  # on systems that reach folders by path
                raise _ChangedError("its folder was replaced") from None
            raise
        if pack_stamp(status)[:IDENTITY_BYTES] == file.stamp[:IDENTITY_BYTES] and stat.S_ISREG(status.st_mode):
            return status
        if not stat.S_ISREG(status.st_mode):
            raise _ChangedError("it is not a regular file now")
        if status.st_size == file.size and status.st_mtime_ns == file.mtime_ns:
            raise _ChangedError("another file has its name")
        raise _ChangedError("it was written to")

    def _outcome_of(self, removal: EntryRemoval, error: OSError) -> Outcome:
        planned = removal.planned
        if getattr(error, "winerror", None) == _SHARING_VIOLATION:
            return Skipped(planned, "in use by another program", removal.files, removal.freed)
        if error.errno in _NO_FILE:
            return Skipped(planned, "changed since: it is not a regular file now", removal.files, removal.freed)
        path = planned.files[min(removal.done, len(planned.files) - 1)].path
        where = safe_text(f"{self._root}/{path}")
        return Failed(planned, f"{where}: {words_for(error)}", removal.files, removal.freed)

    def _leave(self, parent: WritableFolder, name: str, path: str) -> bool:
        if "/" not in path:
            return False  # the store's own folder stays: a pip may be about to make a folder in it
        if self._wheel_folders is not None and path.startswith(_OF_BUILT):
            self._wheel_folders.append(path)
            return False
        try:
            return remove_if_empty(parent, name)
        except OSError as error:
            self._refused.setdefault(error.errno or 0, []).append(path)
            return False


def words_for(error: OSError) -> str:
    """An operating system error in plain words."""
    number = error.errno or 0
    return _WORDS.get(number) or error_reason(error, str(error) or "failed")


def _is_needed(entry: Entry, file: OwnedFile, folder: WritableFolder) -> bool:
    """Whether this file is shared, and other entries in its folder still need it."""
    if not is_shared(entry, file.path):
        return False
    path, _, own = file.path.rpartition("/")
    return any(name != own and stores.recognises(entry.store, f"{path}/{name}") for name in folder.names())


def _blocks(status: os.stat_result) -> int:
    """Bytes freed by removing this name: none while the file has another."""
    if status.st_nlink > 1:
        return 0
    blocks = getattr(status, "st_blocks", None)
    return status.st_size if blocks is None else int(blocks) * 512
