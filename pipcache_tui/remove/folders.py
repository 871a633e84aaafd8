"""Folders from which single files can be removed, and how to reach them from a root.

Where the system supports it, a folder is an open descriptor: each component is opened by name below its parent
without following links, and files are removed through that descriptor. So a path that is changed meanwhile cannot lead
anywhere else. On Windows plain paths are used, and the folder is checked before each call: another folder under its
name, a link or a junction, is refused.

No call here removes more than one name.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Protocol

from pipcache_tui.cache.disk.folders import is_folder, system_path

BY_DESCRIPTOR = (
    {os.open, os.stat, os.unlink, os.rmdir, os.rename} <= os.supports_dir_fd
    and os.stat in os.supports_follow_symlinks
    and hasattr(os, "O_NOFOLLOW")
    and hasattr(os, "O_DIRECTORY")
)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | _NOFOLLOW
#: errors that mean: this is not the folder that was seen
NOT_THE_FOLDER = frozenset({errno.ENOTDIR, errno.ELOOP, getattr(errno, "EMLINK", errno.ELOOP)})
_NOT_EMPTY = frozenset({errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT})


class WritableFolder(Protocol):
    """An open folder. Names are single path components. Every method raises OSError."""

    def folder(self, name: str) -> WritableFolder: ...
    def names(self) -> list[str]: ...
    def status(self, name: str) -> os.stat_result: ...
    def unlink(self, name: str) -> None: ...
    def rmdir(self, name: str) -> None: ...
    def blank(self, name: str, owner: os.stat_result) -> os.stat_result: ...
    def close(self) -> None: ...


class DescriptorFolder:
    """A folder held open by its descriptor."""

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def folder(self, name: str) -> DescriptorFolder:
        return DescriptorFolder(os.open(name, _FOLDER | _NOFOLLOW, dir_fd=self._descriptor))

    def names(self) -> list[str]:
        return os.listdir(self._descriptor)

    def status(self, name: str) -> os.stat_result:
        return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)

    def unlink(self, name: str) -> None:
        os.unlink(name, dir_fd=self._descriptor)

    def rmdir(self, name: str) -> None:
        os.rmdir(name, dir_fd=self._descriptor)

    def blank(self, name: str, owner: os.stat_result) -> os.stat_result:
        """Replace a file by an empty one in one step.

        Until then the new file has a name like pip's own temporary files, so that a scan recognises it after a crash.

        Args:
            name: the file to replace.
            owner: its status; run by root, the new file gets the same owner.

        Returns:
            The status of the empty file.
        """
        temporary, made = _temporary(name), -1
        try:
            made = os.open(temporary, _NEW, 0o600, dir_fd=self._descriptor)
            _hand_over(made, owner)
            status = os.fstat(made)
            os.rename(temporary, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
            return status
        except FileExistsError:
            raise  # not ours to take away
        except BaseException:
            _try(lambda: os.unlink(temporary, dir_fd=self._descriptor))
            raise
        finally:
            if made >= 0:
                _try(lambda: os.close(made))

    def close(self) -> None:
        try:
            os.close(self._descriptor)
        except OSError:
            pass  # nothing was written, so nothing can be lost


class PathFolder:
    """A folder known by its path, and by its device and inode when it was reached."""

    __slots__ = ("_identity", "_path")

    def __init__(self, path: str, status: os.stat_result) -> None:
        if not is_folder(status):
            raise NotADirectoryError(errno.ENOTDIR, "not a folder", path)
        self._path = path
        self._identity = (status.st_dev, status.st_ino)

    def folder(self, name: str) -> PathFolder:
        path = self._below(name)
        return PathFolder(path, os.lstat(path))

    def names(self) -> list[str]:
        self._below("")
        return os.listdir(system_path(self._path))

    def status(self, name: str) -> os.stat_result:
        return os.lstat(self._below(name))

    def unlink(self, name: str) -> None:
        os.unlink(self._below(name))

    def rmdir(self, name: str) -> None:
        os.rmdir(self._below(name))

    def blank(self, name: str, owner: os.stat_result) -> os.stat_result:
        """As `DescriptorFolder.blank`."""
        temporary = self._below(_temporary(name))
        try:
            made = os.open(temporary, _NEW, 0o600)
            try:
                _hand_over(made, owner)
                status = os.fstat(made)
            finally:
                _try(lambda: os.close(made))  # first: Windows cannot rename an open file
            os.replace(temporary, self._below(name))
            return status
        except FileExistsError:
            raise  # not ours to take away
        except BaseException:
            _try(lambda: os.unlink(temporary))
            raise

    def close(self) -> None:
        pass

    def _below(self, name: str) -> str:
        """The path of a name, after checking that the folder is still the one that was reached.

        A parent that was replaced is noticed too.
        """
        status = os.lstat(system_path(self._path))
        if (status.st_dev, status.st_ino) != self._identity:
            raise NotADirectoryError(errno.ENOTDIR, "another folder has its name now", self._path)
        return system_path(f"{self._path}/{name}")


def open_root(path: str) -> WritableFolder:
    """Open the folder of a root. Links on the way to it are followed, as pip does."""
    if BY_DESCRIPTOR:
        return DescriptorFolder(os.open(path, _FOLDER))
    real = os.path.realpath(path)
    return PathFolder(real, os.lstat(real))


class _Level:
    """One open folder; `emptied`: something was removed from it."""

    __slots__ = ("emptied", "folder", "name")

    def __init__(self, name: str, folder: WritableFolder) -> None:
        self.name = name
        self.folder = folder
        self.emptied = False


class DirectoryStack:
    """The open folders from a root down to the current one, so that they are not opened again for the next file.

    Args:
        root: path of the root.
        leave: called on the way up for each folder from which something was removed, with its parent, name and path.
            Returns whether it removed the folder; must not raise.
    """

    def __init__(self, root: str, leave: Callable[[WritableFolder, str, str], bool]) -> None:
        self._root = root
        self._leave = leave
        self._levels: list[_Level] = []
        self._path: str | None = None

    def enter(self, path: str) -> WritableFolder:
        """The folder at a "/"-separated path below the root; "" is the root. Raises OSError."""
        if path == self._path:
            return self._levels[-1].folder
        self._path = None
        wanted = ["", *path.split("/")] if path else [""]
        levels = self._levels
        shared = 0
        for level, name in zip(levels, wanted, strict=False):
            if level.name != name:
                break
            shared += 1
        self._climb(shared)
        if not levels:
            levels.append(_Level("", open_root(self._root)))
        for name in wanted[len(levels) :]:
            levels.append(_Level(name, levels[-1].folder.folder(name)))
        self._path = path
        return levels[-1].folder

    def mark(self) -> None:
        """Note that something was removed from the folder entered last."""
        self._levels[-1].emptied = True

    def close(self) -> None:
        """Leave every folder."""
        self._path = None
        self._climb(0)

    def _climb(self, depth: int) -> None:
        levels = self._levels
        while len(levels) > depth:
            level = levels.pop()
            level.folder.close()
            if level.emptied and levels:
                path = "/".join([above.name for above in levels[1:]] + [level.name])
                levels[-1].emptied |= self._leave(levels[-1].folder, level.name, path)


def remove_if_empty(folder: WritableFolder, name: str) -> bool:
    """Remove a folder if it is empty; whether it was removed. Raises OSError for anything but a full or missing one."""
    try:
        folder.rmdir(name)
    except OSError as error:
        if error.errno in _NOT_EMPTY or error.errno in NOT_THE_FOLDER:
            return False
        raise
    return True


def _temporary(name: str) -> str:
    """A new name in the pattern of pip's temporary files: `<name><eight characters>.tmp`.

    Source: pip/_internal/utils/filesystem.py, `adjacent_tmp_file`.
    """
    return f"{name}{os.urandom(4).hex()}.tmp"


def _hand_over(descriptor: int, owner: os.stat_result) -> None:
    """Give a file made in another user's cache (under sudo) to that user."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and owner.st_uid != 0:
        os.chown(descriptor, owner.st_uid, owner.st_gid)


def _try(call: Callable[[], None]) -> None:
    try:
        call()
    except OSError:
        pass
