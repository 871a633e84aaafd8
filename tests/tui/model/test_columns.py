"""Which columns fit a width."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pipcache_tui.tui.model.columns import BROWSING, GAP, REVIEWING, place_columns


@pytest.mark.parametrize("priority", [BROWSING, REVIEWING])
@pytest.mark.parametrize("width", [*range(30, 140), 250, 400])
def test_columns_fill_the_width_and_never_more(width: int, priority: tuple[str, ...]) -> None:
    placed = place_columns(width, priority)  # type: ignore[arg-type]
    assert [placed[0].column.key, placed[1].column.key] == ["pip", "name"], "what pip will do is always shown, first"
    assert placed[1].width >= 15
    for one, other in pairwise(placed):
        assert one.start + one.width + GAP == other.start
    assert placed[-1].start + placed[-1].width == width


def test_wider_tables_add_columns_by_priority() -> None:
    def keys(width: int) -> list[str]:
        return [placed.column.key for placed in place_columns(width)]

    assert keys(58) == ["pip", "name", "version", "python", "platform", "size"]
    assert {"used", "bar"} <= set(keys(79))
    assert {"age", "share"} <= set(keys(119))
    assert "kind" not in keys(119), "the kind is dropped first"
    assert {"count", "kind", "pythons"} <= set(keys(200))


def test_with_room_the_word_for_what_pip_will_do_is_shown_after_the_glyph() -> None:
    widths = {width: {placed.column.key: placed.width for placed in place_columns(width)} for width in (79, 119)}
    assert widths[79]["pip"] == 1
    assert widths[119]["pip"] >= len("○ download again")
