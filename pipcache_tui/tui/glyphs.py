"""The characters that the screen draws with, and their ASCII replacements.

All code draws with the characters below. If the terminal shows only ASCII, a line filter (`widgets/plain.py`)
replaces them in everything that reaches the terminal, including what textual draws.
"""

from __future__ import annotations

import codecs
import locale
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from rich.cells import cell_len

UNMARKED: Final = "☐"
PARTLY: Final = "◪"
MARKED: Final = "☑"
CLOSED: Final = "▸"
OPEN: Final = "▾"
DESCENDING: Final = "▼"
ASCENDING: Final = "▲"
ELLIPSIS: Final = "…"
FULL: Final = "█"
#: eighths of a cell, from the left
PARTS: Final = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
#: eighths of a cell, from below
HEIGHTS: Final = (" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█")
#: a thin bar: whole and half cells
LINE: Final = "━"
HALF_LINE: Final = "╸"
#: the rest of a thin bar: a different character, so that it can be seen without colours
TRACK: Final = "─"
DOT: Final = "■"
PIP_WILL: Final[Mapping[str, str]] = {
    "reuse": "●",
    "revalidate": "◐",
    "download-again": "○",
    "never-read": "✗",
}

_ASCII = str.maketrans(
    {
        **dict(
            zip(f"{UNMARKED}{PARTLY}{MARKED}{CLOSED}{OPEN}{DESCENDING}{ASCENDING}{ELLIPSIS}", ".~x+-v^~", strict=True)
        ),
        **dict.fromkeys("█▉▊▋▌▇▆▅", "#"),
        **dict.fromkeys("▍▎▏▁▂▃▄", " "),
        **dict.fromkeys("│┃▕▐║╎", "|"),
        **dict.fromkeys("─═▔", "-"),
        **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛╔╗╚╝┣┫", "+"),
        **dict.fromkeys("■▪•·", "*"),
        LINE: "=",
        HALF_LINE: "=",
        "●": "*",
        "◐": "~",
        "○": "o",
        "✗": "x",
        "✓": "v",
        "→": ">",
        "←": "<",
        "↑": "^",
        "↓": "v",
        "↵": "<",
        "–": "-",
        "⚠": "!",
        "░": ".",
    }
)


def line(fraction: float, width: int) -> str:
    """A thin bar of at most `width` cells, to half a cell; any value above zero is visible."""
    halves = round(max(0.0, min(1.0, fraction)) * width * 2)
    if fraction > 0 and halves == 0:
        halves = 1
    return LINE * (halves // 2) + HALF_LINE * (halves % 2)


def bar(fraction: float, width: int) -> str:
    """A bar of at most `width` cells, to an eighth of a cell; any value above zero is visible."""
    eighths = round(max(0.0, min(1.0, fraction)) * width * 8)
    if fraction > 0 and eighths == 0:
        eighths = 1
    return FULL * (eighths // 8) + PARTS[eighths % 8]


@lru_cache(4096)
def to_ascii(text: str) -> str:
    """The text in ASCII, with the same width in cells."""
    text = text.translate(_ASCII)
    if text.isascii():
        return text
    return "".join(char if char.isascii() else "?" * cell_len(char) for char in text)


def needs_ascii(environ: Mapping[str, str], encoding: str | None = None) -> bool:
    """Whether this terminal shows no Unicode: the Linux console, whose font has 256 signs, or a locale not in UTF-8."""
    if environ.get("TERM") == "linux":
        return True
    try:
        return codecs.lookup(encoding or locale.getpreferredencoding(False)).name != "utf-8"
    except LookupError:
        return True
