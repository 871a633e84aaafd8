"""The help lists every key."""

from __future__ import annotations

from pipcache_tui.tui import commands
from pipcache_tui.tui.screens.main import MainScreen
from tests.support.screen import app_of, opened, text


async def test_help_has_a_row_for_every_key() -> None:
    async with opened(size=(120, 70)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        seen = text(app_of(pilot))
        pilot.app.screen.query_one("#help").scroll_end(animate=False)
        await pilot.pause()
        seen += text(app_of(pilot))
        for command in (*commands.of_scope("main"), *commands.of_scope("table")):
            assert command.help()[:40] in seen, command
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, MainScreen)
