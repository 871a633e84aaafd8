"""A box to tick, with a title and, where there is room, a hint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from pipcache_tui.text import shorten_middle
from pipcache_tui.tui import glyphs
from pipcache_tui.tui.widgets.fit import left
from pipcache_tui.tui.widgets.styling import BOLD, DIM, component


class Tick(Widget, can_focus=True):
    """Title and hint are the program's own words."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "tick", "Choose", show=False)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"tick--on", "tick--hint", "tick--focus"}
    value = reactive(False)

    @dataclass
    class Changed(Message):
        tick: Tick

    def __init__(self, title: str, hint: str = "") -> None:
        super().__init__()
        self.title = title
        self.hint = hint

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        width, base = self.content_size.width, self.rich_style
        if self.has_focus:
            base += component(self, "tick--focus", Style(reverse=True))
        on = component(self, "tick--on", BOLD) if self.value else component(self, "tick--hint", DIM)
        sign = glyphs.MARKED if self.value else glyphs.UNMARKED
        title = shorten_middle(self.title, max(1, width - 4))
        segments = [Segment(f" {sign} ", base + on), Segment(title, base + (BOLD if self.value else Style.null()))]
        room = width - 6 - len(title)
        if room >= len(self.hint):
            segments.append(Segment("  " + left(self.hint, room), base + component(self, "tick--hint", DIM)))
        return Strip(segments).adjust_cell_length(width, base)

    def watch_value(self) -> None:
        self.post_message(self.Changed(self))

    def action_tick(self) -> None:
        self.value = not self.value

    def on_click(self) -> None:
        self.action_tick()
