"""Folders from which single files may be removed, and the way from a root down to them.

Where the system has it, a folder is an open descriptor: each component is opened by name below the one before it,
no link is followed, and a name is removed through that descriptor, so that nothing a path could be bent to is ever
touched. Elsewhere (Windows) plain paths serve, and before each removal the folder is looked at again: another
folder under its name, a link or a junction included, is refused.

There is no call here that removes more than one name.
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
#: errors that mean: what stands there is not the folder that was seen
NOT_THE_FOLDER = frozenset({errno.ENOTDIR, errno.ELOOP, getattr(errno, "EMLINK", errno.ELOOP)})
_NOT_EMPTY = frozenset({errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT})


class WritableFolder(Protocol):
    """An open folder. Every method raises OSError as the system does; names are single components."""

    def folder(self, name: str) -> WritableFolder: ...
    def names(self) -> list[str]: ...
    def status(self, name: str) -> os.stat_result: ...
    def unlink(self, name: str) -> None: ...
    def rmdir(self, name: str) -> None: ...
    def blank(self, name: str, owner: os.stat_result) -> os.stat_result: ...
    def close(self) -> None: ...


class DescriptorFolder:
    """A folder held open."""

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
        """Put an empty file in a file's place, in one step for all who look; its status.

        On the way it has a name of the kind pip's own temporary files have, so that whatever interrupts this
        leaves nothing a scan does not know.
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
            pass  # nothing was written through it, so nothing can be lost


class PathFolder:
    """A folder known by its path and by what stood there when it was reached."""

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
        """As of `DescriptorFolder`."""
        temporary = self._below(_temporary(name))
        try:
            made = os.open(temporary, _NEW, 0o600)
            try:
                _hand_over(made, owner)
                status = os.fstat(made)
            finally:
                _try(lambda: os.close(made))  # before the renaming: Windows renames no open file
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
        """The path of a name, once the folder is seen to be the one that was reached: parents count in that too."""
        status = os.lstat(system_path(self._path))
        if (status.st_dev, status.st_ino) != self._identity:
            raise NotADirectoryError(errno.ENOTDIR, "another folder stands there now", self._path)
        return system_path(f"{self._path}/{name}")


def open_root(path: str) -> WritableFolder:
    """The folder of a root; links on the way to it are followed, as pip follows them."""
    if BY_DESCRIPTOR:
        return DescriptorFolder(os.open(path, _FOLDER))
    real = os.path.realpath(path)
    return PathFolder(real, os.lstat(real))


class _Level:
    """One folder on the way down; `emptied`: something went from it."""

    __slots__ = ("emptied", "folder", "name")

    def __init__(self, name: str, folder: WritableFolder) -> None:
        self.name = name
        self.folder = folder
        self.emptied = False


class DirectoryStack:
    """The folders open between a root and the one at work, so that neighbours cost no second way down.

    On the way up `leave` is asked about each folder from which something went, with its parent, its name and its
    path; it says whether it removed it, and raises nothing.
    """

    def __init__(self, root: str, leave: Callable[[WritableFolder, str, str], bool]) -> None:
        self._root = root
        self._leave = leave
        self._levels: list[_Level] = []
        self._path: str | None = None

    def enter(self, path: str) -> WritableFolder:
        """The folder at a "/"-separated path below the root; "" is the root itself."""
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
        """Something was removed from the folder entered last."""
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
    """Whether an empty folder went; one that holds something, or is gone already, is no error."""
    try:
        folder.rmdir(name)
    except OSError as error:
        if error.errno in _NOT_EMPTY or error.errno in NOT_THE_FOLDER:
            return False
        raise
    return True


def _temporary(name: str) -> str:
    """A free name for a moment: pip's own pattern, `<name><eight characters>.tmp`."""
    return f"{name}{os.urandom(4).hex()}.tmp"


def _hand_over(descriptor: int, owner: os.stat_result) -> None:
    """A file made for someone else's cache (under sudo) is theirs."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and owner.st_uid != 0:
        os.chown(descriptor, owner.st_uid, owner.st_gid)


def _try(call: Callable[[], None]) -> None:
    try:
        call()
    except OSError:
        pass
