"""A chart of labelled bars that can be picked, with an optional stacked bar of all of them above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from pipcache_tui.cache.model import KINDS
from pipcache_tui.text import format_size, safe_text
from pipcache_tui.tui import glyphs
from pipcache_tui.tui.model.columns import format_share
from pipcache_tui.tui.model.overview import Slice
from pipcache_tui.tui.widgets.fit import left
from pipcache_tui.tui.widgets.styling import BOLD, DIM, component

#: fills that make the parts of the stacked bar distinguishable without colour
_FILLS = ("█", "▓", "▒", "░")
_REVERSED = Style(reverse=True, bold=True)


class Chart(Widget, can_focus=True):
    """Bars relate to the largest slice, or to `whole` where it is given (then with shares in percent)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("enter", "pick", "Show in the table", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "chart--bar",
        "chart--track",
        "chart--muted",
        "chart--cursor",
        *(f"chart--{kind}" for kind in KINDS),
    }
    cursor = reactive(0)

    @dataclass
    class Picked(Message):
        slice: Slice

    @dataclass
    class Left(Message):
        """The cursor went past the first (-1) or the last (1) bar."""

        chart: Chart
        step: int

    def __init__(self, title: str, *, stacked: bool = False, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.border_title = title
        self.stacked = stacked
        self._slices: tuple[Slice, ...] = ()
        self._whole = 0
        self._hovered: int | None = None

    def show(self, slices: tuple[Slice, ...], whole: int) -> None:
        self._slices, self._whole = slices, whole
        self.cursor = 0
        self.refresh(layout=True)

    @property
    def _head(self) -> int:
        """Lines above the bars."""
        return 2 if self.stacked else 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        return max(1, len(self._slices)) + self._head

    def render_line(self, y: int) -> Strip:
        width, base = self.content_size.width, self.rich_style
        if not self._slices:
            return Strip([Segment("nothing" if y == 0 else "", base + DIM)]).adjust_cell_length(width, base)
        if self.stacked and y < self._head:
            return self._stack(width, base) if y == 0 else Strip.blank(width, base)
        index = y - self._head
        if index >= len(self._slices):
            return Strip.blank(width, base)
        return self._bar(index, width, base)

    def _stack(self, width: int, base: Style) -> Strip:
        segments, used, seen = [], 0, 0
        for number, part in enumerate(self._slices):
            seen += part.size
            end = round(width * seen / self._whole) if self._whole else 0
            segments.append(
                Segment(self._fill(number) * (end - used), base + component(self, self._component_of(part)))
            )
            used = max(used, end)
        return Strip(segments).adjust_cell_length(width, base)

    @staticmethod
    def _fill(number: int) -> str:
        return _FILLS[number % len(_FILLS)]

    def _component_of(self, part: Slice) -> str:
        return f"chart--{part.kind}" if part.kind else "chart--bar"

    def _bar(self, index: int, width: int, base: Style) -> Strip:
        part = self._slices[index]
        cursor = Style.null()
        if index == self.cursor and self.has_focus:
            cursor = component(self, "chart--cursor", _REVERSED)
        elif index == self._hovered:
            cursor = BOLD
        sign = f"{self._fill(index)} " if self.stacked else ""
        label_width = min(30, max(13, width * 2 // 5))
        share = format_share(part.size, self._whole)
        tail = f"{format_size(part.size):>10} {share:>4}"
        room = width - label_width - len(tail) - 3
        largest = max(part.size for part in self._slices)
        name, muted = self._component_of(part), component(self, "chart--muted", DIM)
        segments = [
            Segment(" ", base + cursor),
            Segment(sign, base + cursor + component(self, name)),
            Segment(left(safe_text(part.label, 200), label_width - len(sign) - 1) + " ", base + cursor),
        ]
        if room >= 6:
            drawn = glyphs.line(part.size / largest if largest else 0, room)
            segments.append(Segment(drawn, base + cursor + component(self, name)))
            rest = (" " if cursor else glyphs.TRACK) * (room - len(drawn))
            segments.append(Segment(rest, base + component(self, "chart--track", DIM) + cursor))
        else:
            tail = f"{format_size(part.size):>10}"
        segments.append(Segment(tail, base + cursor))
        segments.append(Segment(" ", base + muted + cursor))
        return Strip(segments).adjust_cell_length(width, base + cursor)

    # ------------------------------------------------------------------ keys and mouse

    def action_move(self, step: int) -> None:
        to = self.cursor + step
        if 0 <= to < len(self._slices):
            self.cursor = to
        else:
            self.post_message(self.Left(self, step))

    def action_pick(self) -> None:
        if self._slices and self._slices[self.cursor].pick:
            self.post_message(self.Picked(self._slices[self.cursor]))

    def enter_from(self, step: int) -> None:
        """The cursor comes in from above (1) or from below (-1)."""
        self.cursor = 0 if step > 0 else max(0, len(self._slices) - 1)
        self.focus()

    def _index_at(self, event: events.MouseEvent) -> int | None:
        offset = event.get_content_offset(self)
        index = -1 if offset is None else offset.y - self._head
        return index if 0 <= index < len(self._slices) else None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._hovered = self._index_at(event)
        self.refresh()

    def on_leave(self) -> None:
        self._hovered = None
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        index = self._index_at(event)
        if index is not None:
            self.cursor = index
            if event.chain == 2:
                self.action_pick()
