"""What an export wrote, left and refused, in text and as records."""

from __future__ import annotations

import io

from pipcache_tui.export.copies import AlreadyThere, Exported, ExportResult, Refused
from pipcache_tui.report.export import (
    PLAIN_FIELDS,
    export_head,
    export_lines,
    export_lists,
    export_sentences,
    write_export,
)
from pipcache_tui.report.terminal import TerminalStyle
from tests.support.report_entries import wheel

SIX = wheel(1, "six", "1.16")
RESULT = ExportResult.of(
    [
        Exported(SIX, "six-1.16-py3-none-any.whl", 11_000, "copy", proven=False, sha256="ab" * 32),
        AlreadyThere(wheel(2, "numpy", "1.0"), "numpy-1.0-py3-none-any.whl", "the same file is there"),
        Refused(wheel(3, "bad", "1.0"), None, "its\thash differs"),
    ]
)


def test_off_a_terminal_each_outcome_is_a_line_of_fields() -> None:
    out = io.StringIO()
    write_export(out, RESULT, TerminalStyle())
    rows = [dict(zip(PLAIN_FIELDS, line.split("\t"), strict=True)) for line in out.getvalue().splitlines()]
    assert [row["outcome"] for row in rows] == ["exported", "left", "refused"]
    assert (rows[0]["size"], rows[0]["note"]) == ("11000", "no witness outside proves it")
    assert rows[2]["name"] == "bad-1.0-py3-none-any.whl", "an entry without an export name still has a name"
    assert rows[2]["note"] == "its\\x09hash differs"


def test_a_terminal_gets_titles_and_readable_sizes() -> None:
    out = io.StringIO()
    write_export(out, RESULT, TerminalStyle(width=120))
    titles, first, *_ = out.getvalue().splitlines()
    assert titles.split() == ["OUTCOME", "NAME", "SIZE", "WHY"]
    assert "11.0 kB" in first


def test_sentences_count_each_outcome_and_say_how_to_use_the_folder() -> None:
    assert list(export_sentences(RESULT, "/house\x1b")) == [
        "1 file written to /house\\x1b, 11.0 kB",
        "1 entry already there, or there in another copy",
        "1 entry refused",
        "use it with: pip install --no-index --find-links /house\\x1b …",
    ]
    assert len(list(export_sentences(ExportResult.of([]), "/house"))) == 1, "nothing there, nothing to use"


def test_json_lines_are_the_lists_and_then_the_totals() -> None:
    head = export_head(RESULT, "/house", [])
    assert head["totals"] == {"exported": 1, "left": 1, "refused": 1, "size": 11_000}
    *events, last = export_lines(RESULT, head)
    assert events == [{"event": name, **record} for name, records in export_lists(RESULT).items() for record in records]
    assert (last["event"], last["totals"]) == ("result", head["totals"])
