"""The lines above and below the table."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from pipcache_tui.text import shorten_middle
from pipcache_tui.tui.widgets.styling import BOLD, DIM, component

#: (text, name of a component style or ""); "aside" is muted, and shown whole or not at all
Part = tuple[str, str]


class TwoSided(Widget):
    """One line, with parts at its left and its right; the left gives way. Text must be safe to show already."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"bar--strong", "bar--muted", "bar--good", "bar--warning", "bar--name"}
    #: how many parts stay at the right if not all fit; the first are dropped first. None: the left gives way
    right_keeps: ClassVar[int | None] = None
    left: reactive[tuple[Part, ...]] = reactive((), layout=False)
    right: reactive[tuple[Part, ...]] = reactive((), layout=False)

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        width, base = self.size.width, self.rich_style
        right, right_width = list(self.right), sum(cell_len(text) for text, _ in self.right)
        left_width = sum(cell_len(text) for text, _ in self.left) + 2
        while right and (
            right_width > width * 3 // 4
            or (self.right_keeps is not None and len(right) > self.right_keeps and left_width + right_width > width)
        ):
            right_width -= cell_len(right.pop(0)[0])
        room = max(0, width - right_width - 2)
        shown = list(self.left)
        while shown and shown[-1][1] == "aside" and sum(cell_len(text) for text, _ in shown) > room - 1:
            shown.pop()
        while len(shown) > 1 and shown[-1][1] == "muted" and sum(cell_len(t) for t, _ in shown[:-1]) > room - 9:
            shown.pop()
        segments = [Segment(" ", base)]
        used = 1
        for text, name in shown:
            text = shorten_middle(text, max(0, room - used))
            used += cell_len(text)
            segments.append(Segment(text, base + self._style(name)))
        segments.append(Segment(" " * max(0, width - used - right_width - 1), base))
        segments.extend(Segment(text, base + self._style(name)) for text, name in right)
        return Strip(segments).adjust_cell_length(width, base)

    @property
    def text(self) -> str:
        return "".join(text for text, _ in (*self.left, *self.right))

    def _style(self, name: str) -> Style:
        if not name:
            return Style.null()
        name = "muted" if name == "aside" else name
        return component(self, f"bar--{name}", DIM if name == "muted" else BOLD)


class TitleBar(TwoSided):
    """The title: which cache, how much is in it, how much can be freed and how much is free."""

    right_keeps = 2


class StatusBar(TwoSided):
    """The status line: what is marked, and what this session has freed."""
