"""The calls that are made to the file system, seen one by one, so that any of them can be made to fail, or kill."""

from __future__ import annotations

import builtins
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pipcache_tui.cache.disk import folders as reading
from pipcache_tui.remove import folders

CALLS = (
    *("open", "stat", "lstat", "listdir", "unlink", "rmdir", "rename", "replace", "chown", "close", "fstat"),
    *("read", "pread", "write", "lseek", "fsync", "mkdir", "link", "scandir"),
)
#: told the number of the call, from 0, and its name
Hook = Callable[[int, str], None]


class System:
    """Stands for `os`; `before` and `after` are told of each call. What they raise, the call raises.

    What the hooks themselves do to the file system is not counted.
    """

    def __init__(self, before: Hook | None = None, after: Hook | None = None) -> None:
        self.made: list[str] = []
        self._before = before
        self._after = after
        self._in_hook = False

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        return self.told(name, real) if name in CALLS else real

    def told(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """`real`, with the hooks around it."""

        def call(*arguments: Any, **named: Any) -> Any:
            if self._in_hook:
                return real(*arguments, **named)
            number = len(self.made)
            self.made.append(name)
            if name == "close":  # closed whatever it says: no descriptor may leak into the next test
                real(*arguments)
            self._tell(self._before, number, name)
            try:
                return None if name == "close" else real(*arguments, **named)
            finally:
                self._tell(self._after, number, name)

        return call

    def _tell(self, hook: Hook | None, number: int, name: str) -> None:
        if hook is not None:
            self._in_hook = True
            try:
                hook(number, name)
            finally:
                self._in_hook = False


@contextmanager
def watched(before: Hook | None = None, after: Hook | None = None) -> Iterator[System]:
    """Every call of the deed goes through a System; the guard's looks, which come first, do not."""
    system = System(before, after)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folders, "os", system)
        yield system


@contextmanager
def watched_guard(before: Hook) -> Iterator[System]:
    """The same for the calls the guard makes."""
    system = System(before)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "os", system)
        yield system


@contextmanager
def watched_everywhere(before: Hook | None = None, after: Hook | None = None) -> Iterator[System]:
    """The same for every call of every module, and for what files opened by `open` and `os.fdopen` do."""
    system = System(before, after)
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, system.told(name, getattr(os, name)))
        real, fdopen = builtins.open, os.fdopen
        patch.setattr(
            os,
            "fdopen",
            lambda file, mode="r", *more, **named: (
                _opened(system, file, mode) if "b" in mode else fdopen(file, mode, *more, **named)
            ),
        )
        patch.setattr(
            builtins,
            "open",
            lambda file, mode="r", *more, **named: (
                _opened(system, file, mode) if "b" in mode else real(file, mode, *more, **named)
            ),
        )
        yield system


def _opened(system: System, file: str | int, mode: str) -> io.BufferedReader | io.BufferedWriter:
    """An open file each of whose calls goes through the system."""

    class Raw(io.FileIO):
        def readinto(self, buffer: Any) -> int:
            count: int = system.told("read", super().readinto)(buffer)
            return count

        def readall(self) -> bytes:
            content: bytes = system.told("read", super().readall)()
            return content

        def write(self, data: Any) -> int:
            count: int = system.told("write", super().write)(data)
            return count

        def close(self) -> None:
            if not self.closed:
                system.told("close", super().close)()

    raw = system.told("open", Raw)(file, mode.replace("b", "")) if isinstance(file, str) else Raw(file, mode[0])
    return io.BufferedWriter(raw) if "w" in mode else io.BufferedReader(raw)
