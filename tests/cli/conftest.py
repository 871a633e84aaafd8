"""The command, run in this process on a made cache, with a terminal or without."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from pipcache_tui.cli import main
from pipcache_tui.pythons import interpreters
from tests.support.cache_root import Place
from tests.support.report_entries import NOW, make_python

Shown = Literal["out", "err", "in"]


class Stream(io.TextIOWrapper):
    """A text stream over bytes, as the process's own are; a terminal where asked."""

    def __init__(self, *, terminal: bool = False, encoding: str = "utf-8", text: str = "") -> None:
        super().__init__(io.BytesIO(text.encode()), encoding=encoding)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    @property
    def raw_bytes(self) -> bytes:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the command gave."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


Run = Callable[..., Answer]


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting, cache or Python of this machine is seen."""
    for name in list(os.environ):
        if name.startswith(("PIP_", "XDG_", "PIPCACHE_")) or name in ("NO_COLOR", "VIRTUAL_ENV", "SUDO_USER"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", os.fspath(tmp_path / "home"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(interpreters, "find_pythons", lambda named=(), **_: (make_python("3.11"),))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call with the arguments; `terminals` are the streams that are one, `typed` is what stdin holds."""

    def call(
        *argv: str, terminals: Sequence[Shown] = (), typed: str = "", encoding: str = "utf-8", now: float = NOW
    ) -> Answer:
        out = Stream(terminal="out" in terminals, encoding=encoding)
        err = Stream(terminal="err" in terminals, encoding=encoding)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", Stream(terminal="in" in terminals, text=typed))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            code = main(argv, clock=lambda: now)
        return Answer(code, out.raw_bytes, err.raw_bytes.decode(encoding))

    return call


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    yield Cache(tmp_path / "cache")


class Cache:
    """A pip cache of a few entries, each dated so many days before `NOW`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._place = Place(path)
        path.mkdir()

    @property
    def flag(self) -> str:
        return f"--cache-dir={self.path}"

    def add(self, name: str, *, days: float, size: int = 1000, store: Literal["v1", "v2"] = "v2") -> str:
        """An entry whose content is `size` bytes of nothing known; gives its id."""
        write = self._place.v2 if store == "v2" else self._place.v1
        key = write(f"https://files.index.example/{name}", b"\x00" * size)
        stamp = NOW - days * 86400.0
        for file in self.files():
            if key in file.name:
                os.utime(file, (stamp, stamp))
        return f"{'http' if store == 'v1' else 'http-v2'}:{key}"

    def files(self) -> list[Path]:
        """All files below the root."""
        return sorted(file for file in self.path.rglob("*") if file.is_file())
