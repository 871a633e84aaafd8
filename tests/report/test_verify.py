"""What verifying found, in text and as records."""

from __future__ import annotations

import io

from pipcache_tui.cache.model import UNOPENED, Root
from pipcache_tui.report.terminal import TerminalStyle
from pipcache_tui.report.verify import (
    PLAIN_FIELDS,
    ROWS,
    could_not_be_read,
    verdict_records,
    verify_head,
    verify_lines,
    write_verdicts,
)
from pipcache_tui.verify.examine import Verdict
from tests.support.report_entries import ROOT, wheel

SIX = wheel(1, "six", "1.16")
PROVEN = Verdict(SIX, "proven", ("content-address", "header"), sha256="ab" * 32)
CORRUPT = Verdict(wheel(2, "bad\x1b[2J", "1"), "corrupt", (), ("1 byte is missing", "its\thash differs"))


def written(verdicts: list[Verdict], width: int | None) -> list[str]:
    out = io.StringIO()
    write_verdicts(out, verdicts, TerminalStyle(width=width))
    return out.getvalue().splitlines()


def test_off_a_terminal_each_verdict_is_a_line_of_fields() -> None:
    first, second = (
        dict(zip(PLAIN_FIELDS, line.split("\t"), strict=True)) for line in written([PROVEN, CORRUPT], None)
    )
    assert (first["verdict"], first["means"], first["size"]) == ("proven", "content-address,header", str(SIX.size))
    assert second["why"] == "1 byte is missing; its\\x09hash differs"
    assert "\x1b" not in second["name"]


def test_a_terminal_shows_a_long_list_only_where_it_is_not_sound() -> None:
    assert len(written([PROVEN, CORRUPT], 100)) == 3
    (_titles, only) = written([*[PROVEN] * ROWS, CORRUPT], 100)
    assert only.startswith("corrupt")
    assert written([PROVEN] * (ROWS + 1), 100) == []


def test_bytes_the_system_refused_are_not_the_same_as_nothing_to_check() -> None:
    assert could_not_be_read(Verdict(SIX, "unchecked", (), (f"{UNOPENED}: permission denied",)))
    assert not could_not_be_read(Verdict(SIX, "unchecked", (), ("half of a pair",)))
    assert not could_not_be_read(CORRUPT)


def test_the_totals_count_entries_and_bytes_by_state() -> None:
    totals = verify_head([PROVEN, CORRUPT, PROVEN], [Root(ROOT, "default", True)], ["\x1b"])["totals"]
    assert totals["proven"] == {"entries": 2, "size": 2 * SIX.size}
    assert totals["corrupt"]["entries"] == 1
    assert totals["unchecked"] == {"entries": 0, "size": 0}


def test_json_lines_are_the_same_verdicts_and_then_the_totals() -> None:
    head = verify_head([PROVEN, CORRUPT], [], [])
    *events, last = verify_lines([PROVEN, CORRUPT], head)
    assert events == [{"event": "verdict", **record} for record in verdict_records([PROVEN, CORRUPT])]
    assert last["event"] == "result"
    assert last["totals"] == head["totals"]
    assert "schema_version" not in last
