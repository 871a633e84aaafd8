"""Copying a path, URL or requirement."""

from __future__ import annotations

from tests.support.screen import app_of, opened, settle, text


async def test_the_chosen_text_is_copied_to_the_clipboard() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        await pilot.press("l", "j", "j", "y")
        await pilot.pause()
        assert "path" in text(app)
        assert "torch==2.0" in text(app)
        await pilot.press("enter")
        assert app.clipboard.endswith(".body"), "its URL is not known"
        await pilot.press("slash", *"robots", "enter")
        await settle(pilot)
        await pilot.press("y")
        await pilot.pause()
        await pilot.press("enter")
        assert app.clipboard == "https://index.example/robots.txt"
