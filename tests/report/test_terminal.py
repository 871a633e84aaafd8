from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from pipcache_tui.report.terminal import TerminalStyle, fit, is_terminal, terminal_style
from pipcache_tui.text import cell_width, safe_text


class Screen(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class AsciiScreen(Screen):
    encoding = "ascii"


@given(st.text(max_size=60).map(safe_text), st.integers(0, 40), st.booleans())
def test_fit_takes_exactly_its_width(text: str, width: int, right: bool) -> None:
    assert cell_width(fit(text, width, right=right)) == width


def test_fit_keeps_both_ends_and_never_splits_a_wide_character() -> None:
    assert fit("cp311-manylinux_x86_64", 11) == "cp311…86_64"
    assert fit("cp311-manylinux_x86_64", 11, ellipsis="~") == "cp311~86_64"
    assert fit("漢字漢字漢字", 6) == "漢…字 "
    assert fit("ab", 4, right=True) == "  ab"


def test_color_follows_choice_terminal_and_environment() -> None:
    cases = [
        (Screen(), "auto", {}, True),
        (Screen(), "auto", {"NO_COLOR": "1"}, False),
        (Screen(), "auto", {"NO_COLOR": ""}, True),
        (Screen(), "auto", {"TERM": "dumb"}, False),
        (Screen(), "never", {}, False),
        (Screen(), "always", {"NO_COLOR": "1"}, True),
        (io.StringIO(), "auto", {}, False),
        (io.StringIO(), "always", {}, True),
    ]
    for stream, choice, environ, colored in cases:
        assert terminal_style(stream, choice, environ).color is colored, (choice, environ)  # type: ignore[arg-type]


def test_a_pipe_has_no_width_and_an_ascii_terminal_an_ascii_ellipsis() -> None:
    assert terminal_style(io.StringIO(), "auto", {}).width is None
    assert terminal_style(io.StringIO(), "always", {}).width is not None
    assert (terminal_style(Screen(), "auto", {}).width or 0) >= 20
    assert terminal_style(AsciiScreen(), "auto", {}).ellipsis == "~"


def test_painting_adds_codes_only_where_color_is_shown() -> None:
    assert TerminalStyle(color=True).paint("x", "bold") == "\x1b[1mx\x1b[0m"
    assert TerminalStyle(color=True).paint("", "bold") == ""
    assert TerminalStyle().paint("x", "bold") == "x"


def test_a_closed_or_missing_stream_is_no_terminal() -> None:
    stream = io.StringIO()
    stream.close()
    assert not is_terminal(stream)
    assert not is_terminal(None)
