"""The calls a removal makes to the file system, seen one by one, so that any of them can be made to fail."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pipcache_tui.act import folders
from pipcache_tui.cache import folders as reading

CALLS = ("open", "stat", "lstat", "listdir", "unlink", "rmdir", "rename", "replace", "chown", "close", "fstat")
#: told the number of the call, from 0, and its name
Hook = Callable[[int, str], None]


class System:
    """Stands for `os`; `before` and `after` are told of each call. What they raise, the call raises."""

    def __init__(self, before: Hook | None = None, after: Hook | None = None) -> None:
        self.made: list[str] = []
        self._before = before
        self._after = after

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in CALLS:
            return real

        def call(*arguments: Any, **named: Any) -> Any:
            number = len(self.made)
            self.made.append(name)
            if name == "close":  # closed whatever it says: no descriptor may leak into the next test
                real(*arguments)
            if self._before is not None:
                self._before(number, name)
            result = None if name == "close" else real(*arguments, **named)
            if self._after is not None:
                self._after(number, name)
            return result

        return call


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
