from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

from pipcache_tui.cache.model import Entry, Root, Snapshot
from pipcache_tui.report.info import Summary, info_record, largest_projects, write_info
from pipcache_tui.report.json_output import write_document
from pipcache_tui.report.terminal import TerminalStyle
from tests.support.report_entries import ROOT, make_entry, make_judge, make_python, owned, wheel
from tests.support.schemas import validator

ROOTS = (Root(ROOT, "pip's default", exists=True), Root("/srv/old", "PIP_DOWNLOAD_CACHE", exists=False))


def summary(entries: Sequence[Entry], **fields: Any) -> Summary:
    snapshot = Snapshot(ROOTS, tuple(entries), ("/x: permission denied",), 2, 46)
    judge = make_judge(entries, pythons=[make_python("3.11")])
    return Summary(snapshot, entries, judge, **fields)


SOME = [
    wheel(1, "numpy", "1.26.4"),
    wheel(2, "numpy", "2.0.0"),
    wheel(3, "six", "1.16.0"),
    make_entry(4, "built-wheel", "wheels", files=(owned("wheels/a/x.whl", 700_000),), project="lxml", response=None),
]


def test_the_summary_says_where_what_and_how_useful() -> None:
    out = io.StringIO()
    write_info(
        out,
        summary(SOME, notes=["pip keeps no cache: …"], used_trust=["/ is mounted relatime"]),
        TerminalStyle(width=100),
    )
    assert out.getvalue() == (
        """\
Roots
  /home/someone/.cache/pip  pip's default       853.0 kB, 4 entries
  /srv/old                  PIP_DOWNLOAD_CACHE  not there

Stores
  http-v2  153.0 kB  3 entries
  wheels   700.0 kB    1 entry

Kinds
  wheel        153.0 kB  3 entries
  built-wheel  700.0 kB    1 entry

What pip 25.3 will do
  reuse       153.0 kB  3 entries
  never-read  700.0 kB    1 entry

Largest projects
  lxml   700.0 kB    1 entry
  numpy  102.0 kB  2 entries
  six     51.0 kB    1 entry

Last use
  / is mounted relatime

Not pip's
  2 files, 46 B: never touched

Notes
  pip keeps no cache: …

Warnings
  /x: permission denied

4 entries in 7 files: 853.0 kB, 872.4 kB on disk
"""
    )


def test_the_same_as_json_fits_its_schema() -> None:
    out = io.StringIO()
    write_document(out, info_record(summary(SOME, notes=["note"], used_trust=["trust"])), {})
    document = json.loads(out.getvalue())
    validator("info").validate(document)
    assert [root["totals"]["entries"] for root in document["roots"]] == [4, 0]
    assert document["not_pips"] == {"files": 2, "size": 46}
    assert [share["store"] for share in document["stores"]] == ["http-v2", "wheels"]
    assert document["largest_projects"][0] == {
        "project": "lxml",
        "entries": 1,
        "files": 1,
        "size": 700_000,
        "size_on_disk": 700_416,
    }
    assert sum(share["entries"] for share in document["pip_will"]) == 4
    assert (document["notes"], document["used_trust"]) == (["note"], ["trust"])
    assert document["pythons"] == [{"name": "3.11", "version": "3.11.1", "executable": "/usr/bin/python3.11"}]


def test_an_empty_cache_is_reported_in_one_line() -> None:
    out = io.StringIO()
    write_info(out, summary([]), TerminalStyle())
    assert out.getvalue().endswith("0 entries in 0 files: 0 B, 0 B on disk\n")
    validator("info").validate(info_record(summary([])))


def test_the_ten_largest_projects_are_listed_and_equals_by_name() -> None:
    entries = [wheel(number, name, "1") for number, name in enumerate("lkjihgfedcba")]
    assert [share.name for share in largest_projects(entries)] == list("abcdefghij")
