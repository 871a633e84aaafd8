"""Text cut or filled to a number of terminal cells."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pipcache_tui.text import shorten_middle
from pipcache_tui.tui.widgets.fit import fit_start, left, right


@given(st.text(max_size=60), st.integers(1, 40))
def test_fitted_text_never_exceeds_its_width(text: str, width: int) -> None:
    assert cell_len(shorten_middle(text, width)) <= width
    assert cell_len(fit_start(text, width)) <= width


@given(st.text(alphabet="añ日本語🎉x-", max_size=40), st.integers(4, 40))
def test_filled_text_is_exactly_as_wide_as_asked(text: str, width: int) -> None:
    assert cell_len(left(text, width)) == width
    assert cell_len(right(text, width)) == width


def test_a_sentence_is_shortened_at_its_end() -> None:
    assert fit_start("stale: pip 26.3 never reads it", 16) == "stale: pip 26.3…"
    assert fit_start("stale", 5) == "stale"
    assert fit_start("日本語パッケージ", 8) == "日本語…"
