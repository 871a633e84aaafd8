"""What a stream can show: colour, width, wide characters. Knows ANSI's few codes; imports no console library."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TextIO

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
    """Whether a person sees `stream` directly; a closed or missing stream is none."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def terminal_style(stream: TextIO, color: ColorChoice, environ: Mapping[str, str] = os.environ) -> TerminalStyle:
    """How to draw on `stream`: colour as `--color` says; for "auto" as NO_COLOR, TERM and the terminal say.

    With "always" it is drawn for a terminal even where it goes through a pipe (`| less -R`).
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


def cells(text: str) -> int:
    """How many terminal columns `text` takes: wide characters count two, combining ones none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def fit(text: str, width: int, *, right: bool = False, ellipsis: str = "…") -> str:
    """`text` in exactly `width` columns: padded, or with its middle given up (a name's ends tell the most)."""
    have = cells(text)
    if have > width:
        text = _shorten(text, width, ellipsis)
        have = cells(text)
    padding = " " * (width - have)
    return padding + text if right else text + padding


def _shorten(text: str, width: int, ellipsis: str) -> str:
    if width <= 1:
        return ellipsis[:width]
    tail_width = (width - 1) // 2
    head = _cut(text, width - 1 - tail_width)
    tail = _cut(text[::-1], tail_width)[::-1]
    return head + ellipsis + tail


def _cut(text: str, width: int) -> str:
    """The longest start of `text` that takes at most `width` columns."""
    cut = text[:width]  # no fewer than all of it where each character takes a column or more
    while cells(cut) > width:
        cut = cut[:-1]
    return cut
