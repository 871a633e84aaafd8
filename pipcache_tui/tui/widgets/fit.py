"""Text cut or filled to a number of terminal cells, wide characters counted as two."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

from pipcache_tui.text import shorten_middle


def fit_middle(text: str, width: int) -> str:
    """At most `width` cells, shortened in the middle: a name's start and end matter most."""
    if text.isascii():
        return shorten_middle(text, width)
    if cell_len(text) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    tail_width = (width - 1) // 2
    head = set_cell_size(text, width - 1 - tail_width).rstrip()
    tail = ""
    for char in reversed(text):
        if cell_len(char + tail) > tail_width:
            break
        tail = char + tail
    return f"{head}…{tail}"


def fit_start(text: str, width: int) -> str:
    """At most `width` cells, shortened at the end."""
    if cell_len(text) <= width:
        return text
    return f"{set_cell_size(text, width - 1).rstrip()}…" if width > 1 else "…"[:width]


def left(text: str, width: int) -> str:
    """Exactly `width` cells, shortened in the middle or filled at the end."""
    text = fit_middle(text, width)
    return text + " " * (width - cell_len(text))


def right(text: str, width: int) -> str:
    """Exactly `width` cells, filled at the start."""
    text = fit_middle(text, width)
    return " " * (width - cell_len(text)) + text
