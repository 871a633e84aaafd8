"""Converts the screen's output to ASCII for terminals that show no Unicode."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from pipcache_tui.tui.glyphs import to_ascii


class AsciiFilter(LineFilter):
    """Turns lines on their way to the terminal into ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        return [
            segment if segment.text.isascii() else Segment(to_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]
