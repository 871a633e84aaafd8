"""Files of the demo are new, dated as asked, and below one folder."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from pipcache_tui.demo.blob import Blob
from pipcache_tui.demo.writer import DAY, Writer

NOW = 1_795_230_000.0


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return Writer(os.fspath(tmp_path), NOW, random.Random(0))


def test_a_file_has_its_content_dates_and_mode(writer: Writer, tmp_path: Path) -> None:
    writer.write("a/b/c", b"content", 1_000.0, 2_000.0, mode=0o640)
    writer.write("a/d", Blob((b"x", 5)), 1_000.0)
    status = (tmp_path / "a/b/c").stat()
    assert (status.st_mtime, status.st_atime, status.st_mode & 0o777) == (1_000.0, 2_000.0, 0o640)
    assert (tmp_path / "a/b/c").read_bytes() == b"content"
    status = (tmp_path / "a/d").stat()
    assert (status.st_mtime, status.st_atime, status.st_size) == (1_000.0, 1_000.0, 6)
    assert writer.files == 2


def test_a_file_that_is_there_is_not_replaced(writer: Writer, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(FileExistsError):
        writer.write("mine", b"other", 1_000.0)
    assert (tmp_path / "mine").read_text() == "mine"
    assert writer.files == 0


def test_a_day_is_that_day_and_use_lies_between_storing_and_now(writer: Writer) -> None:
    for days in (0, 1, 400):
        for _ in range(100):
            stored = writer.days_ago(days)
            assert NOW - (days + 0.4) * DAY <= stored <= NOW - days * DAY
            assert stored <= writer.some_use_after(stored) <= NOW
