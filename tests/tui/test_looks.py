"""How it looks: four sizes, every theme, no colour, no Unicode."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from pipcache_tui.tui import themes
from pipcache_tui.tui.screens.main import MainScreen
from tests.support.screen import SIZES, app_of, entry, lines, make_app, opened, settle, some_entries, text

KEYS = {
    "main": (),
    "opened": ("l", "j", "space"),
    "filter": ("slash", "t", "o", "r"),
    "overview": ("o",),
    "prune": ("p",),
    "review": ("ctrl+a", "d"),
    "purge": ("P",),
    "help": ("question_mark",),
}


@pytest.mark.parametrize("theme", ["pipcache-dark", "pipcache-light"])
@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
async def test_every_screen_fills_its_grid(size: tuple[int, int], theme: str) -> None:
    async with opened(size=size, theme=theme) as pilot:
        app = app_of(pilot)
        for name, keys in KEYS.items():
            await pilot.press(*keys)
            await settle(pilot)
            shown = lines(app)
            assert [cell_len(line) for line in shown] == [size[0]] * size[1], name
            assert not any(re.search(r"[\x00-\x1f\x7f]", line) for line in shown)
            for _ in range(3):
                await pilot.press("escape")
            await pilot.press("u", "h", "h")
            await settle(pilot)
            assert isinstance(app.screen, MainScreen), name


#: the words that must be visible at each size, besides the names
EXPECTED = {
    (60, 20): ("On disk ▼", "Version", "Platform", "2.4 GB", "9 entries", "? Help", "q Quit", "d Delete"),
    (80, 24): ("On disk ▼", "Version", "Tag", "Platform", "Used", "/ Filter", "p Prune", "o Overview"),
    (120, 40): ("Used", "Age", "pip will", "holds", "t Group"),
    (250, 70): ("Entries", "Pythons", "Kind", "%", "r Rescan", "holds"),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
async def test_what_matters_is_in_sight(size: tuple[int, int]) -> None:
    async with opened(size=size) as pilot:
        seen = text(app_of(pilot))
        for word in (*EXPECTED[size], "torch", "numpy", "six", "(no project)", "pipcache-tui"):
            assert word in seen
        assert "~/.cache/pip" in seen or "/home/sam/.cache/pip" in seen


async def test_prose_is_not_cut_in_its_middle_on_the_smallest_screen() -> None:
    async with opened(size=(60, 20)) as pilot:
        app = app_of(pilot)
        await pilot.press("p", "space")
        await settle(pilot)
        assert "…" not in text(app)


async def test_all_costs_are_in_sight_on_the_smallest_screen() -> None:
    odd = entry(21, "odd", kind="built-wheel", store="wheels", response=None)
    young = entry(22, None, None, kind="leftover", tags=(), response=None, age=60)
    async with opened([*some_entries(), odd, young], size=(60, 20)) as pilot:
        app = app_of(pilot)
        await pilot.press("ctrl+a", "d")
        await settle(pilot)
        assert "9 entries, 18 files" in text(app)
        seen = " ".join(" ".join(lines(app)).split())
        for said in (
            "must be downloaded again",
            "2 entries stay",
            "not a name pip writes",
            "a running pip may need it",
        ):
            assert said in seen


async def test_resizing_lays_out_again() -> None:
    async with opened(size=(250, 70)) as pilot:
        for size in (*SIZES, (30, 8), (20, 5), (120, 40)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert [cell_len(line) for line in lines(app_of(pilot))] == [size[0]] * size[1]


def colours_at(app: object, y: int) -> set[tuple[object, object]]:
    strips = app.screen._compositor.render_strips()  # type: ignore[attr-defined]
    return {(segment.style.color, segment.style.bgcolor) for segment in strips[y] if segment.style}


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


@pytest.mark.parametrize("asked", ["NO_COLOR", "ansi-dark", "ansi-light"])
async def test_bold_dim_and_reverse_only(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
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


async def test_the_linux_console_gets_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "linux")
    async with opened(size=(80, 24)) as pilot:
        app = app_of(pilot)
        for name, keys in KEYS.items():
            await pilot.press(*keys)
            await settle(pilot)
            shown = lines(app)
            assert all(line.isascii() for line in shown), name
            for _ in range(3):
                await pilot.press("escape")
            await settle(pilot)
        await pilot.press("g", "h", "u", "space")
        shown = lines(app)
        assert " x + torch" in shown[2]
        assert " . + numpy" in shown[3]


async def test_an_unknown_theme_is_passed_over() -> None:
    app = make_app(some_entries(), theme="no such theme")
    assert app.theme == "pipcache-dark"
