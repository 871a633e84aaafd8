"""The signs of the screen, and what a terminal without Unicode gets instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pipcache_tui.tui import glyphs


@pytest.mark.parametrize(
    ("fraction", "width", "drawn"),
    [(0, 4, ""), (1, 4, "━━━━"), (0.5, 4, "━━"), (0.001, 4, "╸"), (0.4, 4, "━╸"), (7, 2, "━━")],
)
def test_a_thin_bar_is_drawn_to_half_a_cell(fraction: float, width: int, drawn: str) -> None:
    assert glyphs.line(fraction, width) == drawn


def test_every_sign_of_the_screen_has_its_own_ascii() -> None:
    marks = [glyphs.UNMARKED, glyphs.PARTLY, glyphs.MARKED]
    answers = list(glyphs.PIP_WILL.values())
    for signs in (marks, answers, [glyphs.OPEN, glyphs.CLOSED], [glyphs.ASCENDING, glyphs.DESCENDING]):
        plain = [glyphs.to_ascii(sign) for sign in signs]
        assert len(set(plain)) == len(signs)
        assert all(sign.isascii() for sign in plain)


@given(st.text(max_size=30))
def test_ascii_text_is_as_wide_as_the_original(text: str) -> None:
    plain = glyphs.to_ascii(text)
    assert plain.isascii()
    assert cell_len(plain) == cell_len(text) or any(ord(c) < 32 or ord(c) == 127 for c in text)


@pytest.mark.parametrize(
    ("environ", "encoding", "expected"),
    [
        ({"TERM": "xterm-256color"}, "UTF-8", False),
        ({"TERM": "linux"}, "UTF-8", True),
        ({}, "ANSI_X3.4-1968", True),
        ({}, "latin-1", True),
        ({}, "no such thing", True),
    ],
)
def test_the_linux_console_and_old_encodings_get_ascii(environ: dict[str, str], encoding: str, expected: bool) -> None:
    assert glyphs.needs_ascii(environ, encoding) is expected


@pytest.mark.parametrize("ascii_only", [False, True])
def test_a_bar_differs_from_its_track_without_colour(ascii_only: bool) -> None:
    shown = glyphs.to_ascii if ascii_only else str
    assert not set(shown(glyphs.line(0.55, 10))) & set(shown(glyphs.TRACK))
    assert len(shown(glyphs.line(0.55, 10))) == 6
