"""Every theme shows what matters, with contrast."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from pipcache_tui.tui import themes
from tests.support.screen import app_of, lines, make_app, opened, some_entries


@pytest.mark.parametrize("theme", sorted([*BUILTIN_THEMES, *(theme.name for theme in themes.OWN)]))
async def test_every_theme_shows_the_cursor_and_the_marks(theme: str) -> None:
    async with opened(theme=theme, size=(80, 24)) as pilot:
        app = app_of(pilot)
        await pilot.press("space")
        await pilot.pause()
        shown = lines(app)
        assert "☑" in shown[2]
        assert "☐" in shown[3]
        strips = app.screen._compositor.render_strips()
        cursor, other = (list(strips[y])[5].style for y in (3, 4))
        assert cursor is not None
        assert other is not None
        differs = cursor.bgcolor != other.bgcolor or bool(cursor.reverse) != bool(other.reverse)
        assert differs, "the cursor is seen"
        assert app.theme == theme


@pytest.mark.parametrize("theme", [theme.name for theme in themes.OWN])
async def test_our_themes_have_contrast(theme: str) -> None:
    """Every text of the main screen against its own background: 3:1 at least, 4.5:1 for names and sizes."""
    async with opened(theme=theme, size=(120, 40)) as pilot:
        app = app_of(pilot)
        await pilot.press("j", "space")
        await pilot.pause()
        for strip in app.screen._compositor.render_strips():
            for segment in strip:
                style = segment.style
                if (
                    style is None
                    or style.color is None
                    or style.bgcolor is None
                    or not segment.text.strip(" ━╸│─▁▂▃▄▅▆▇█")
                ):
                    continue
                ratio = contrast(Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor))
                assert ratio >= 3.0, (segment.text, style)


def contrast(one: Color, other: Color) -> float:
    """WCAG's contrast ratio."""

    def luminance(colour: Color) -> float:
        parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


async def test_an_unknown_theme_is_ignored() -> None:
    app = make_app(some_entries(), theme="no such theme")
    assert app.theme == "pipcache-dark"
