"""A terminal without Unicode gets ASCII."""

from __future__ import annotations

import pytest

from tests.support.screen import SCREEN_KEYS, app_of, lines, opened, settle


async def test_the_linux_console_gets_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "linux")
    async with opened(size=(80, 24)) as pilot:
        app = app_of(pilot)
        for name, keys in SCREEN_KEYS.items():
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
