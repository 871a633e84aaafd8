"""Streams of a run: closed, full, of any encoding, in colour or not."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

import pytest

from pipcache_tui.cli import main
from tests.cli.conftest import Cache, Run, Stream
from tests.support.report_entries import NOW


class Broken(Stream):
    """A stream whose reader has gone, or whose disk is full."""

    def __init__(self, error: int) -> None:
        super().__init__()
        self.error = error

    def write(self, text: str) -> int:
        raise OSError(self.error, os.strerror(self.error))

    def flush(self) -> None:
        pass


def answered(stream: Any, monkeypatch: pytest.MonkeyPatch, *argv: str) -> tuple[int, str]:
    err = Stream()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        patch.setattr(sys, "stderr", err)
        code = main(argv, clock=lambda: NOW)
    return code, err.raw_bytes.decode()


def test_a_reader_that_has_enough_ends_it_quietly(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.add("a", days=1)
    assert answered(Broken(errno.EPIPE), monkeypatch, cache.flag, "--list") == (0, "")


def test_a_deleted_working_folder_is_reported(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> str:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))

    monkeypatch.setattr(os, "getcwd", gone)
    answer = run("--cache-dir", ".", "--info")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "pipcache-tui: the folder this was started in is gone; start it in another\n"


def test_a_full_disk_behind_stdout_is_reported(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.add("a", days=1)
    code, said = answered(Broken(errno.ENOSPC), monkeypatch, cache.flag, "--list")
    assert code == 1
    assert said == "pipcache-tui: the answer could not be written: no space left on device\n"


def test_a_closed_stdout_swallows_the_answer(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.add("a", days=1)
    assert answered(None, monkeypatch, cache.flag, "--list") == (0, "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-16"])
def test_no_encoding_of_stdout_makes_it_fail(encoding: str, cache: Cache, run: Run) -> None:
    (cache.path / "selfcheck").mkdir()
    (cache.path / "selfcheck" / ("a" * 56)).write_text('{"key": "/venv/漢字/\\u202e", "last_check": "x"}')
    for argv in (["--list"], ["--list", "--json"], ["--info"], ["--explain", "a" * 56], ["--list", "-0"]):
        for terminals in ([], ["out"]):
            answer = run(cache.flag, *argv, encoding=encoding, terminals=terminals)
            assert answer.code == 0, answer
            assert answer.raw


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_the_environment_can_turn_color_off(
    name: str, value: str, cache: Cache, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.add("a", days=1)
    assert "\x1b[" in run(cache.flag, "--list", terminals=["out"]).out
    monkeypatch.setenv(name, value)
    assert "\x1b[" not in run(cache.flag, "--list", terminals=["out"]).out
    assert "\x1b[" in run(cache.flag, "--list", "--color=always").out
