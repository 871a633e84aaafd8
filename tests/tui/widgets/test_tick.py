"""A box to tick."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from pipcache_tui.tui import glyphs
from pipcache_tui.tui.widgets.tick import Tick


class Form(App[None]):
    """One box, and the values it reported."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[bool] = []

    def compose(self) -> ComposeResult:
        yield Tick("With an index", "for pip's --index-url")

    def on_tick_changed(self, message: Tick.Changed) -> None:
        self.values.append(message.tick.value)


async def test_space_and_a_click_tick_and_untick_it() -> None:
    form = Form()
    async with form.run_test(size=(60, 5)) as pilot:
        tick = form.query_one(Tick)
        tick.focus()
        assert glyphs.UNMARKED in tick.render_line(0).text
        await pilot.press("space")
        assert tick.value
        assert glyphs.MARKED in tick.render_line(0).text
        await pilot.click(Tick)
        await pilot.pause()
        assert not tick.value
        assert form.values[-2:] == [True, False]


@pytest.mark.parametrize(("width", "with_hint"), [(60, True), (30, False), (12, False)])
async def test_the_hint_is_shown_whole_or_not_at_all(width: int, with_hint: bool) -> None:
    form = Form()
    async with form.run_test(size=(width, 5)):
        line = form.query_one(Tick).render_line(0)
        assert line.cell_length == width
        assert ("for pip's --index-url" in line.text) is with_hint
        assert ("for" in line.text) is with_hint
