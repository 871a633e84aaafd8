"""Reading folders and files without following links and without changing access times.

If the system supports it, everything is opened by name from an open folder (`dir_fd`), no link is followed, nothing
blocks (a FIFO opens at once and is then rejected), and reading leaves the access time alone, since that is the only
record of when pip last used an entry. Other systems use plain paths.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

BY_DESCRIPTOR = os.open in os.supports_dir_fd and os.listdir in os.supports_fd and hasattr(os, "O_NOFOLLOW")

_NOATIME = getattr(os, "O_NOATIME", 0)
_COMMON = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | os.O_RDONLY
_SAFE = _COMMON | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_FOLDER = _SAFE | getattr(os, "O_DIRECTORY", 0)
#: Windows takes longer paths only with the verbatim prefix (MAX_PATH, less room for a file name)
_LONG = 248
#: the bit of a reparse tag that means it points elsewhere (IsReparseTagNameSurrogate)
_NAME_SURROGATE = 0x20000000


class NotPlainFile(OSError):
    """The name is not a regular file but a link, a folder, a FIFO, a socket or a device."""


class File:
    """An open regular file and its status when it was opened; reads take an offset. `size` is in bytes."""

    __slots__ = ("_descriptor", "_restore", "size", "status")

    def __init__(self, descriptor: int, status: os.stat_result, restore: bool) -> None:
        self._descriptor = descriptor
        self._restore = restore
        self.status = status
        self.size: int = status.st_size

    def read_at(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset`; fewer only at the end of the file."""
        return _read_at(self._descriptor, count, offset)

    def fileno(self) -> int:
        """The descriptor, for system calls on whole files; it is closed with this object."""
        return self._descriptor

    def close(self) -> None:
        _close(self._descriptor, self.status, self._restore)

    def __enter__(self) -> File:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Folder:
    """An open folder. Every method raises OSError as the system does."""

    __slots__ = ("_descriptor", "path")

    def __init__(self, path: str, descriptor: int | None) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def at(cls, path: str) -> Folder:
        """Open the folder a path names; links in the path itself are followed, as pip follows them."""
        if not BY_DESCRIPTOR:
            if not os.path.isdir(system_path(path)):
                os.listdir(system_path(path))  # raises the system's error
            return cls(path, None)
        return cls(path, os.open(path, (_FOLDER & ~os.O_NOFOLLOW)))

    def names(self) -> list[str]:
        return os.listdir(system_path(self.path) if self._descriptor is None else self._descriptor)

    def folder(self, name: str) -> Folder:
        """Open a folder below this one; NotADirectoryError for anything else, including a link to a folder."""
        path = f"{self.path}/{name}"
        if self._descriptor is None:
            if not is_folder(os.lstat(system_path(path))):
                raise NotADirectoryError(20, "not a folder", path)
            return Folder(path, None)
        return Folder(path, _open(name, _FOLDER, self._descriptor)[0])

    def file(self, name: str) -> File:
        """Open a regular file below this one; NotPlainFile for anything else."""
        return File(*self._open_file(name))

    def content(self, name: str, most: int) -> tuple[os.stat_result, bytes | None]:
        """The status of a regular file below this one, and all its bytes, or None if there are more than `most`."""
        descriptor, status, restore = self._open_file(name)
        try:
            return status, _read_at(descriptor, status.st_size, 0) if status.st_size <= most else None
        finally:
            _close(descriptor, status, restore)

    def _open_file(self, name: str) -> tuple[int, os.stat_result, bool]:
        """The descriptor, the status when opened, and whether the access time must be restored."""
        if self._descriptor is None:
            path = system_path(f"{self.path}/{name}")
            if not stat.S_ISREG(os.lstat(path).st_mode):
                raise NotPlainFile(22, "not a regular file", path)
            descriptor, restore = os.open(path, _COMMON), True
        else:
            try:
                descriptor, restore = _open(name, _SAFE, self._descriptor)
            except OSError as error:
                if error.errno in (6, 40, 31, 62):  # ENXIO (a socket), ELOOP or EMLINK (a link)
                    raise NotPlainFile(error.errno, "not a regular file", name) from None
                raise
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise NotPlainFile(22, "not a regular file", name)
        return descriptor, status, restore

    def status(self, name: str) -> os.stat_result:
        """The status of the name itself; links are not followed."""
        if self._descriptor is None:
            return os.lstat(system_path(f"{self.path}/{name}"))
        return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)

    def own_status(self) -> os.stat_result | None:
        """The status of the folder itself; None if it is not held open."""
        return None if self._descriptor is None else os.fstat(self._descriptor)

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None  # close only once: the number may be reused
        if descriptor is not None:
            os.close(descriptor)

    def __enter__(self) -> Folder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def is_folder(status: os.stat_result) -> bool:
    """Whether an `lstat` result is a real folder: Windows reports junctions as folders too."""
    return stat.S_ISDIR(status.st_mode) and not leads_elsewhere(status)


def leads_elsewhere(status: os.stat_result) -> bool:
    """Whether this is a junction or another kind of Windows link."""
    if not getattr(status, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_REPARSE_POINT:
        return False
    return bool(getattr(status, "st_reparse_tag", _NAME_SURROGATE) & _NAME_SURROGATE)


def system_path(path: str, system: str = sys.platform) -> str:
    """An absolute path in a form the system accepts at any length; on Windows only short ones may contain "/"."""
    if system != "win32" or len(path) < _LONG:
        return path
    path = path.replace("/", "\\")
    if path.startswith("\\\\?\\"):
        return path
    return f"\\\\?\\UNC{path[1:]}" if path.startswith("\\\\") else f"\\\\?\\{path}"


def open_below(top: Folder, path: str) -> Folder:
    """The folder at a "/"-separated path below `top`, one at a time, no link followed; `top` stays open."""
    folder = top
    for name in path.split("/"):
        try:
            deeper = folder.folder(name)
        finally:
            if folder is not top:
                folder.close()
        folder = deeper
    return folder


@contextmanager
def open_folder_of(root: str, path: str) -> Iterator[tuple[Folder, str]]:
    """The folder of the file at `path` (relative, "/"-separated) below `root`, no link followed, and its name there."""
    parents, _, name = path.rpartition("/")
    with Folder.at(root) as top, open_below(top, parents) if parents else top as folder:
        yield folder, name


def _seek_and_read(descriptor: int, count: int, offset: int) -> bytes:
    os.lseek(descriptor, offset, os.SEEK_SET)
    return os.read(descriptor, count)


_read_at = os.pread if hasattr(os, "pread") else _seek_and_read


def _close(descriptor: int, status: os.stat_result, restore: bool) -> None:
    if restore and os.utime in os.supports_fd:
        try:
            os.utime(descriptor, ns=(status.st_atime_ns, status.st_mtime_ns))
        except OSError:
            pass  # another user's file: its atime can't be restored; `access_times` says how far it is trusted
    os.close(descriptor)


def _open(name: str, flags: int, folder: int) -> tuple[int, bool]:
    """The descriptor, and whether the access time must be restored afterwards."""
    if _NOATIME:
        try:
            return os.open(name, flags | _NOATIME, dir_fd=folder), False
        except PermissionError:
            pass  # only a file's owner may ask for it
    return os.open(name, flags, dir_fd=folder), sys.platform != "win32"
