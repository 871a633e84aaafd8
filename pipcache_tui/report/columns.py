"""Fits the lines of a table to a terminal's width: drops the least important columns, then cuts long ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from pipcache_tui.report.terminal import TerminalStyle, fit
from pipcache_tui.text import cell_width

GAP = "  "


@dataclass(frozen=True, slots=True)
class Shape:
    """How a column is drawn."""

    title: str
    right: bool = False
    #: how early a narrow terminal drops it; 0: never, otherwise the higher, the earlier
    yields: int = 0
    #: the fewest terminal columns it may be cut to; 0: never cut
    narrowest: int = 0
    style: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A cell for each column, all in one style ("" for each column's own)."""

    cells: tuple[str, ...]
    style: str = ""


WHY = Shape("WHY", narrowest=24, style="dim")


def write_lines(out: TextIO, shapes: Sequence[Shape], lines: Sequence[Line], style: TerminalStyle) -> None:
    """The titles, then the lines, in the width of `style` (80 where it has none)."""
    for text in _fitted(shapes, lines, style):
        out.write(text + "\n")


def _fitted(shapes: Sequence[Shape], lines: Sequence[Line], style: TerminalStyle) -> Iterator[str]:
    width = style.width or 80
    wanted = [max((cell_width(line.cells[place]) for line in lines), default=0) for place in range(len(shapes))]
    wanted = [max(want, cell_width(shape.title)) for want, shape in zip(wanted, shapes, strict=True)]
    shown, widths = _share(shapes, wanted, width)
    titles = Line(tuple(shape.title for shape in shapes), style="dim")
    for line in (titles, *lines):
        parts = []
        for place in shown:
            shape = shapes[place]
            text = fit(line.cells[place], widths[place], right=shape.right, ellipsis=style.ellipsis)
            parts.append(style.paint(text, line.style or shape.style) if line.style or shape.style else text)
        yield GAP.join(parts).rstrip()


def _share(shapes: Sequence[Shape], wanted: Sequence[int], width: int) -> tuple[list[int], dict[int, int]]:
    """Which columns are shown, and how wide: the least important are left out until the rest fits."""
    shown = list(range(len(shapes)))

    def least(place: int, comfort: int = 1) -> int:
        return min(wanted[place], comfort * shapes[place].narrowest or wanted[place])

    def spare(comfort: int = 1) -> int:
        return width - len(GAP) * (len(shown) - 1) - sum(least(place, comfort) for place in shown)

    for place in sorted(shown, key=lambda place: -shapes[place].yields):
        if spare(comfort=2) >= 0 or not shapes[place].yields:
            break
        shown.remove(place)
    left = spare()
    widths = {place: least(place) for place in shown}
    while left > 0 and (narrow := [place for place in shown if widths[place] < wanted[place]]):
        for place in narrow[:left]:
            widths[place] += 1
        left -= len(narrow)
    return shown, widths
