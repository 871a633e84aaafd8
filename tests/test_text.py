from __future__ import annotations

import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipcache_tui.text import (
    cell_width,
    error_reason,
    format_count,
    format_size,
    format_time,
    safe_text,
    shorten_middle,
)


def test_sizes_are_decimal_as_pip_prints_them() -> None:
    assert [format_size(size) for size in (0, 999, 12_345, 1_200_000_000)] == ["0 B", "999 B", "12.3 kB", "1.2 GB"]


def test_counts_have_their_plural() -> None:
    assert format_count(1, "entry") == "1 entry"
    assert format_count(12_345, "entry") == "12,345 entries"
    assert format_count(2, "more entry", "more entries") == "2 more entries"


def test_a_time_beyond_any_calendar_is_written_as_its_end() -> None:
    assert format_time(1e18) == "9999-12-31T23:59:59Z"
    assert format_time(-1e18) == "0001-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("text", "safe"),
    [("plain", "plain"), ("a\x1b[31m", "a\\x1b[31m"), ("\u202eabc", "\\u202eabc"), ("\udcff", "\\xff"), ("ü", "ü")],
)
def test_text_that_steers_a_terminal_becomes_visible(text: str, safe: str) -> None:
    assert safe_text(text) == safe


@pytest.mark.parametrize(
    ("width", "short"), [(0, ""), (1, "…"), (2, "a…"), (5, "ab…ij"), (10, "abcdefghij"), (99, "abcdefghij")]
)
def test_text_is_shortened_in_the_middle(width: int, short: str) -> None:
    assert shorten_middle("abcdefghij", width) == short


def test_wide_characters_count_two() -> None:
    assert cell_width("日本語") == 6
    assert shorten_middle("日本語の名前", 7) == "日…前"
    assert shorten_middle("日本語の名前", 7, "~") == "日~前"


@given(st.text(max_size=30), st.integers(0, 40))
def test_a_shortened_text_is_never_wider(text: str, width: int) -> None:
    text = safe_text(text)
    assert cell_width(shorten_middle(text, width)) <= max(width, 0) or cell_width(text) <= width


def test_an_error_is_described_without_its_path() -> None:
    assert error_reason(PermissionError(errno.EACCES, "Permission denied", "/secret")) == "permission denied"
    assert error_reason(OSError(errno.ENOSPC, None)) == "no space left on device"
    assert error_reason(OSError()) == "cannot be read"
    assert error_reason(OSError("odd"), "no reason given") == "no reason given"
