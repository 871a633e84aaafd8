"""Writing things for people: sizes, ages, counts, times, errors, and text from disk made safe to show."""

from __future__ import annotations

import os
import re
from datetime import datetime, timezone

import humanize

_DAY = 86400.0
_AGE_UNITS = ((365 * _DAY, "y"), (30 * _DAY, "mo"), (7 * _DAY, "w"), (_DAY, "d"), (3600.0, "h"), (60.0, "min"))
#: controls, and what reorders or hides text: bidi marks, zero-width characters, line and paragraph separators
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def format_size(size: int) -> str:
    """Bytes in decimal units, as pip prints them: "0 B", "12.3 kB", "1.2 GB"."""
    return humanize.naturalsize(size, format="%.1f").replace("Bytes", "B").replace("Byte", "B").replace(".0 B", " B")


def format_age(seconds: float) -> str:
    """A span in its largest whole unit, as `--prune-older` reads it: "45s", "3h", "2w", "5mo", "1y"."""
    if seconds < 0:
        return "future"
    for length, unit in _AGE_UNITS:
        if seconds >= length:
            return f"{int(seconds // length)}{unit}"
    return f"{int(seconds)}s"


def format_count(count: int, singular: str, plural: str | None = None) -> str:
    """ "1 entry", "12,345 entries"."""
    word = singular if count == 1 else (plural or _plural(singular))
    return f"{count:,} {word}"


def format_time(seconds: float) -> str:
    """RFC 3339 in UTC, whole seconds; a time beyond the calendar becomes its last second."""
    try:
        moment = datetime.fromtimestamp(seconds, tz=timezone.utc)
    except (OverflowError, ValueError, OSError):
        return "9999-12-31T23:59:59Z" if seconds > 0 else "0001-01-01T00:00:00Z"
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment.year >= 1000 else moment.isoformat()[:19] + "Z"


def format_day(seconds: float) -> str:
    """The UTC day of a time: "2026-11-21"."""
    return format_time(seconds)[:10]


def safe_text(text: str, limit: int = 4096) -> str:
    """Text from disk with nothing in it that steers a terminal, reorders text or breaks a line.

    Each such character, and each byte that was not UTF-8, becomes a visible escape ("\\x1b", "\\u202e"); past
    `limit` characters the rest is cut and marked. Markup is not touched: showing text without parsing it is the
    caller's part.
    """
    if len(text) > limit:
        text = text[:limit] + "…"
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(_escaped, text)


def cell_width(text: str) -> int:
    """How many terminal cells `text` takes: wide characters count two, combining ones none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def shorten_middle(text: str, width: int, ellipsis: str = "…") -> str:
    """At most `width` terminal cells, the middle replaced by `ellipsis`: the start and end of a name matter most."""
    if cell_width(text) <= width:
        return text
    if width <= 1:
        return ellipsis[:width]
    tail = (width - 1) // 2
    return _cut(text, width - 1 - tail) + ellipsis + _cut(text[::-1], tail)[::-1]


def error_reason(error: OSError, unknown: str = "cannot be read") -> str:
    """What the system says, without the path: "permission denied"; `unknown` where it gives no reason."""
    return (error.strerror or (os.strerror(error.errno) if error.errno else unknown)).lower()


def _cut(text: str, width: int) -> str:
    """The longest start of `text` that takes at most `width` cells."""
    cut = text[:width]  # no fewer than all of it where each character takes a cell or more
    while cell_width(cut) > width:
        cut = cut[:-1]
    return cut


def _plural(word: str) -> str:
    return word[:-1] + "ies" if word.endswith("y") else word + "s"


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    if 0xDC80 <= code <= 0xDCFF:  # a surrogate escape: one byte that was not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
