"""Writes files into the user's folder: completely or not at all, and never over a file that is there."""

from __future__ import annotations

import errno
import os
import re
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from pipcache_tui.cache.content import Content
from pipcache_tui.cache.disk.folders import Folder
from pipcache_tui.cache.formats.responses import FileBody
from pipcache_tui.text import error_reason, safe_text

#: Linux: make a file share all blocks of another (reflink), from linux/fs.h
_FICLONE = 0x40049409
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
#: the name of a file until it is complete
_TEMPORARY = re.compile(r"\.pipcache-tui-[0-9a-f]{16}\.tmp\Z")
#: errors of file systems without hard links
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES)


class DestinationError(Exception):
    """A file can't be written to the folder; one line says why."""

    def __init__(self, path: str, error: OSError) -> None:
        super().__init__(f"{safe_text(path)}: {error_reason(error)}")


class NewFile:
    """A new file with a temporary name. It is removed at the end unless it was given its real name."""

    def __init__(self, folder: str, path: str, descriptor: int) -> None:
        self._folder = folder
        self._path = path
        self._descriptor = descriptor

    def write(self, pieces: Iterable[bytes]) -> None:
        """Write all pieces. Raises DestinationError, and whatever reading the pieces raises."""
        for piece in pieces:
            view = memoryview(piece)
            try:
                while view:
                    view = view[os.write(self._descriptor, view) :]
            except OSError as error:
                raise DestinationError(self._folder, error) from None

    def clone(self, content: Content) -> bool:
        """Share the blocks of a body that is a whole file (reflink); whether that worked."""
        body = content.body
        if not isinstance(body, FileBody) or body.offset or body.size != content.file.size:
            return False
        try:
            import fcntl

            fcntl.ioctl(self._descriptor, _FICLONE, content.file.fileno())
        except (ImportError, OSError):
            return False
        return True

    def pieces(self) -> Iterator[bytes]:
        """The bytes written so far."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        while piece := os.read(self._descriptor, 1 << 20):
            yield piece

    def place(self, name: str) -> None:
        """Give it its name. Raises FileExistsError if there is such a file, and DestinationError."""
        self._settle(lambda target: _name_new(self._path, target), name)

    def replace(self, name: str) -> None:
        """Give it its name, replacing any file of that name. Raises DestinationError."""
        self._settle(lambda target: os.replace(self._path, target), name)

    def _settle(self, give_name: Callable[[str], None], name: str) -> None:
        try:
            os.fsync(self._descriptor)
            give_name(os.path.join(self._folder, name))
        except FileExistsError:
            raise
        except OSError as error:
            raise DestinationError(self._folder, error) from None

    def close(self) -> None:
        with suppress(OSError):  # a file with its name is already on disk
            os.close(self._descriptor)


@contextmanager
def new_file(folder: str) -> Iterator[NewFile]:
    """A new file in a folder, removed at the end unless it got a name. Raises DestinationError."""
    try:
        path, descriptor = _create(folder)
    except OSError as error:
        raise DestinationError(folder, error) from None
    file = NewFile(folder, path, descriptor)
    try:
        yield file
    finally:
        file.close()
        with suppress(OSError):
            os.unlink(path)


def _create(folder: str) -> tuple[str, int]:
    """The path and the descriptor of a new file. It is locked while it is open, so that others see it is in use."""
    while True:
        path = os.path.join(folder, f".pipcache-tui-{secrets.token_hex(8)}.tmp")
        descriptor = os.open(path, _FLAGS, 0o666)
        if not _is_taken(descriptor, path):
            return path, descriptor
        os.close(descriptor)


def _is_taken(descriptor: int, path: str) -> bool:
    """Lock a new file; whether another export removed it as left over in the moment before."""
    if _lock(descriptor) is False:
        return True
    try:
        return os.fstat(descriptor).st_nlink == 0 and not os.path.lexists(path)  # some file systems count no links
    except OSError:
        return False  # an error here shows again when it gets its name


def _lock(descriptor: int) -> bool | None:
    """Lock a file until it is closed; False if another process has it, None if the system has no locks."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def make_folder(path: str) -> None:
    """Make a folder and its parents if they are missing, and remove temporary files of exports that were killed.

    Raises DestinationError.
    """
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise DestinationError(path, error) from None
    with suppress(OSError):
        _remove_left(path)


def _remove_left(folder: str) -> None:
    """Remove temporary files that no process has locked: those of exports that were killed."""
    with Folder.at(folder) as opened:
        for name in filter(_TEMPORARY.match, opened.names()):
            with suppress(OSError), opened.file(name) as file:
                if _lock(file.fileno()):
                    os.unlink(os.path.join(folder, name))


def read_existing(folder: str, name: str) -> Iterator[bytes]:
    """The bytes of a file in a folder. Raises OSError; NotPlainFile for anything but a regular file."""
    with Folder.at(folder) as opened, opened.file(name) as file:
        offset = 0
        while piece := file.read_at(offset, 1 << 20):
            offset += len(piece)
            yield piece


def _name_new(path: str, target: str) -> None:
    try:
        os.link(path, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, "there is one", target) from None
        os.rename(path, target)
