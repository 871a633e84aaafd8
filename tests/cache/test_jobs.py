"""The pieces of a scan that can be done in another process: the frames they travel in, and a worker that does them."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

from pipcache_tui.cache.jobs import Part, PartResult, do, part_job, read_part, receive, send
from pipcache_tui.cache.memory.previous import PreviousIdentities
from pipcache_tui.cache.memory.scans import RememberedScan
from pipcache_tui.cache.model import Entry
from pipcache_tui.cache.stores import Trouble
from pipcache_tui.cache.table import Table
from pipcache_tui.demo import packages
from tests.support.cache_root import FILES, Place


def filled(place: Place) -> Part:
    key = place.v2(f"{FILES}lib-1.0.tar.gz", packages.make_sdist("lib", "1.0"))
    place.raw("http-v2", key, b"mine", ".bak")
    return Part(os.fspath(place.path), "http-v2", f"http-v2/{key[0]}/{key[1]}")


def test_frames_come_out_as_they_went_in() -> None:
    stream = io.BytesIO()
    values = [("part", 1, b"\0" * 100_000, None), (), (["a"], {"b": 2})]
    for value in values:
        send(stream, value)
    stream.seek(0)
    assert [receive(stream) for _ in range(4)] == [*values, None]


def test_a_frame_that_is_cut_short_is_the_end() -> None:
    stream = io.BytesIO()
    send(stream, ("part", "x" * 100))
    whole = stream.getvalue()
    for length in range(len(whole)):
        assert receive(io.BytesIO(whole[:length])) is None, length


def test_a_job_gives_what_reading_the_part_gives(place: Place) -> None:
    part = filled(place)
    result = PartResult(*do(part_job(part, RememberedScan())))
    table = Table()
    table.extend(result.columns)
    (entry,) = table
    assert entry == next(item for item in read_part(part, PreviousIdentities()) if isinstance(item, Entry))
    assert entry.project == "lib"
    assert (result.foreign_files, result.foreign_size, result.unchanged, result.troubles) == (1, 4, [], [])


def test_an_entry_that_is_remembered_and_unchanged_is_not_sent_again(place: Place) -> None:
    part = filled(place)
    entry = next(item for item in read_part(part, PreviousIdentities()) if isinstance(item, Entry))
    before = RememberedScan(Table([entry]), {part.name: range(1)})
    result = PartResult(*do(part_job(part, before)))
    again = Table()
    again.extend(result.columns)
    assert (list(again), result.unchanged) == ([], [entry.files.path])


def test_a_root_that_is_gone_is_one_line(tmp_path: Path) -> None:
    (trouble,) = read_part(Part(os.fspath(tmp_path / "gone"), "http-v2", "http-v2/0/1"), PreviousIdentities())
    assert isinstance(trouble, Trouble)
    assert trouble.message.startswith(f"{tmp_path}/gone/http-v2/0/1: no such file or directory; ")


def test_a_worker_answers_and_ends_when_its_input_ends(place: Place) -> None:
    job = part_job(filled(place), RememberedScan())
    command = [sys.executable, "-m", "pipcache_tui.cache.jobs"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        send(worker.stdin, job)
        assert receive(worker.stdout) == do(job)
        worker.stdin.close()
        assert receive(worker.stdout) is None
        assert worker.wait(30) == 0
