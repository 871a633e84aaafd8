from __future__ import annotations

import io
from collections.abc import Sequence
from unicodedata import category

from hypothesis import given, settings
from hypothesis import strategies as st

from pipcache_tui.cache.model import Entry, IndexPage
from pipcache_tui.report.order import BY_PROJECT, parse_order
from pipcache_tui.report.table import PLAIN_FIELDS, write_table
from pipcache_tui.report.terminal import TerminalStyle
from pipcache_tui.text import cell_width
from tests.support.report_entries import NEVER, fresh, make_entry, make_judge, wheel

LONG_TAG = "cp311-cp311-manylinux_2_17_x86_64"


def shown(entries: Sequence[Entry], width: int | None, *, grouped: bool = True, color: bool = False) -> list[str]:
    out = io.StringIO()
    judge = make_judge(entries)
    ordered = parse_order(BY_PROJECT).apply(entries, judge)
    write_table(out, ordered, judge, TerminalStyle(width=width, color=color), grouped=grouped)
    return out.getvalue().splitlines()


def test_a_project_with_several_entries_is_headed_by_its_name_and_total() -> None:
    lines = shown(
        [
            wheel(1, "numpy", "1.26.4", tags=[LONG_TAG]),
            wheel(2, "numpy", "1.26.4"),
            wheel(3, "numpy", "2.0.0"),
            wheel(4, "six", "1.16.0"),
            make_entry(5, "index-page", detail=IndexPage(42, "json"), project="numpy", response=fresh(has_etag=True)),
        ],
        120,
    )
    assert lines == [
        "PROJECT  VERSION  TAGS OR FILE                       KIND            SIZE  AGE  UNUSED  PIP WILL",
        "numpy             4 entries                                      204.0 kB",
        "         1.26.4   cp311-cp311-manylinux_2_17_x86_64  wheel        51.0 kB   1d      1d  reuse",
        "                  py3-none-any                       wheel        51.0 kB   1d      1d  reuse",
        "         2.0.0    py3-none-any                       wheel        51.0 kB   1d      1d  reuse",
        "                  json, 42 files                     index-page   51.0 kB   1d      1d  revalidate",
        "six      1.16.0   py3-none-any                       wheel        51.0 kB   1d      1d  reuse",
    ]


def test_a_narrow_terminal_gives_up_columns_then_the_middle_of_tags() -> None:
    entries = [wheel(1, "numpy", "1.26.4", tags=[LONG_TAG])]
    assert shown(entries, 60) == [
        "PROJECT  VERSION  TAGS OR FILE                     SIZE  AGE",
        "numpy    1.26.4   cp311-cp311-ma…x_2_17_x86_64  51.0 kB   1d",
    ]
    assert shown(entries, 48) == [
        "PROJECT  VERSION  TAGS OR FILE              SIZE",
        "numpy    1.26.4   cp311-cp31…_17_x86_64  51.0 kB",
    ]


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=40), st.text(max_size=30)), min_size=1, max_size=5),
    st.integers(46, 200),
    st.booleans(),
)
def test_no_line_is_wider_than_the_terminal(names: list[tuple[str, str]], width: int, grouped: bool) -> None:
    entries = [wheel(n, project, version) for n, (project, version) in enumerate(names)]
    lines = shown(entries, width, grouped=grouped)
    assert all(cell_width(line) <= width for line in lines), lines
    assert not any(category(character) in ("Cc", "Cs") for line in lines for character in line), lines


def test_off_a_terminal_each_entry_is_a_line_of_tab_separated_exact_values() -> None:
    entry = wheel(1, "numpy", "1.26.4", tags=[LONG_TAG, "cp311-abi3-manylinux_2_17_x86_64"])
    (line,) = shown([entry], None)
    values = dict(zip(PLAIN_FIELDS, line.split("\t"), strict=True))
    assert values == {
        "project": "numpy",
        "version": "1.26.4",
        "tags": "cp311-cp311.abi3-manylinux_2_17_x86_64",
        "kind": "wheel",
        "store": "http-v2",
        "size": "51000",
        "size_on_disk": "57344",
        "validated": "2027-01-14T08:00:00Z",
        "used": "2027-01-14T08:00:00Z",
        "pip_will": "reuse",
        "filename": f"numpy-1.26.4-{LONG_TAG}.whl",
        "id": entry.id,
    }


def test_names_from_disk_cannot_steer_a_terminal_or_forge_a_line() -> None:
    entry = wheel(1, "six", "1\x1b[31m\n2\t3", tags=["\u202epy3-none-any"])
    for width in (None, 150):
        text = "\n".join(shown([entry], width))
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "1\\x1b[31m\\x0a2\\x093" in text


def test_color_marks_heads_and_adds_no_width() -> None:
    entries = [wheel(1, "numpy", "1"), wheel(2, "numpy", "2")]
    plain, colored = shown(entries, 100), shown(entries, 100, color=True)
    assert "\x1b[1mnumpy" in colored[1]
    assert [_stripped(line) for line in colored] == plain


def _stripped(line: str) -> str:
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m"):
        line = line.replace(code, "")
    return line.rstrip()


def test_where_no_last_use_is_kept_none_is_shown() -> None:
    entries = [wheel(1, "six", "1")]
    judge = make_judge(entries, atimes=NEVER)
    out = io.StringIO()
    write_table(out, entries, judge, TerminalStyle())
    assert out.getvalue().split("\t")[PLAIN_FIELDS.index("used")] == ""
    write_table(out, entries, judge, TerminalStyle(width=120))
    assert " ?  reuse" in out.getvalue()
