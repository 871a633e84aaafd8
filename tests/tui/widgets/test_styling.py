"""Without colours, styles are bold, dim and reverse."""

from __future__ import annotations

import pytest
from textual.color import Color

from tests.support.screen import app_of, opened, settle


@pytest.mark.parametrize("asked", ["NO_COLOR", "ansi-dark", "ansi-light"])
async def test_without_colours_only_bold_dim_and_reverse_are_used(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if asked == "NO_COLOR":
        monkeypatch.setenv(asked, "1")
    async with opened(theme="pipcache-light" if asked == "NO_COLOR" else asked, size=(120, 40)) as pilot:
        app = app_of(pilot)
        for keys in ((), ("j", "space", "l"), ("slash", "x"), ("escape", "escape", "o"), ("escape", "p")):
            await pilot.press(*keys)
            await settle(pilot)
            for strip in app.screen._compositor.render_strips():
                for segment in strip.apply_filter(app.get_line_filters()[-1], Color(0, 0, 0)):
                    style = segment.style
                    assert style is None or style.color is None or style.color.is_default, segment
                    assert style is None or style.bgcolor is None or style.bgcolor.is_default, segment
        await pilot.press("escape", "escape")
        await settle(pilot)
        strips = app.screen._compositor.render_strips()
        at = app.main.table.cursor + 2
        assert any(segment.style and segment.style.reverse for segment in strips[at]), "the cursor is seen"
