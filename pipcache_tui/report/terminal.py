"""What a stream can show: colour, width, wide characters. Uses a few ANSI codes; imports no console library."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TextIO

from pipcache_tui.text import cell_width, shorten_middle

ColorChoice = Literal["auto", "always", "never"]
_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


@dataclass(frozen=True, slots=True)
class TerminalStyle:
    """How a report is drawn on one stream.

    `width` is in terminal cells; None: not a terminal, so plain and never cut. `ellipsis` stands for what was cut.
    """

    width: int | None = None
    color: bool = False
    ellipsis: str = "…"

    def paint(self, text: str, style: str) -> str:
        """`text` in a style ("bold", "dim", "red", …), where this stream shows colour."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.color and text else text


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sees `stream` directly; False for a closed or missing one."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def terminal_style(stream: TextIO, color: ColorChoice, environ: Mapping[str, str] = os.environ) -> TerminalStyle:
    """How to draw on `stream`: colour as `--color` says; for "auto" as NO_COLOR, TERM and the terminal say.

    With "always" the output is drawn for a terminal even through a pipe (`| less -R`).
    """
    terminal = is_terminal(stream)
    plain = bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb"
    width = shutil.get_terminal_size().columns if terminal or color == "always" else None
    return TerminalStyle(
        width=max(width, 20) if width else None,
        color=color == "always" or (color == "auto" and terminal and not plain),
        ellipsis="…" if can_encode(stream, "…") else "~",
    )


def can_encode(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def fit(text: str, width: int, *, right: bool = False, ellipsis: str = "…") -> str:
    """`text` in exactly `width` cells: padded, or shortened in the middle."""
    text = shorten_middle(text, width, ellipsis)
    padding = " " * (width - cell_width(text))
    return padding + text if right else text + padding
