"""Text cut or filled to a number of terminal cells, wide characters counted as two."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

from pipcache_tui.text import shorten_middle


def fit_start(text: str, width: int) -> str:
    """At most `width` cells, shortened at the end."""
    if cell_len(text) <= width:
        return text
    return f"{set_cell_size(text, width - 1).rstrip()}…" if width > 1 else "…"[:width]


def left(text: str, width: int) -> str:
    """Exactly `width` cells, shortened in the middle or filled at the end."""
    text = shorten_middle(text, width)
    return text + " " * (width - cell_len(text))


def right(text: str, width: int) -> str:
    """Exactly `width` cells, filled at the start."""
    text = shorten_middle(text, width)
    return " " * (width - cell_len(text)) + text
