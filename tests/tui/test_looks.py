"""Whole screens at four sizes: nothing overflows, and what matters shows."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from pipcache_tui.tui.screens.main import MainScreen
from tests.support.screen import SCREEN_KEYS, SIZES, app_of, entry, lines, opened, settle, some_entries, text


@pytest.mark.parametrize("theme", ["pipcache-dark", "pipcache-light"])
@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
async def test_every_screen_fills_its_grid(size: tuple[int, int], theme: str) -> None:
    async with opened(size=size, theme=theme) as pilot:
        app = app_of(pilot)
        for name, keys in SCREEN_KEYS.items():
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
