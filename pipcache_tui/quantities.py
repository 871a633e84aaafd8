"""Durations, dates, sizes, shares and counts as people type them, and back in words.

Whatever is not understood raises `QuantityError`, one line that says what to write instead. Only ASCII digits are
read, nothing is negative, and everything has an upper bound, so that no later sum overflows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipcache_tui.text import safe_text

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
#: ten times longer than files have dates; more years are a typing mistake
LONGEST = 1000 * 365 * DAY
#: 1,000,000 TB: past any disk, and exact in a float
LARGEST = 10**18

_DURATION_HINT = "write a number and a unit: 30d, 2w, 6mo, 1y, 2h30m (m = minutes, mo = 30 days)"
_DATE_HINT = "write a date such as 2026-01-31 or 2026-01-31T12:00:00Z"
_SIZE_HINT = "write a number and a unit: 500MB, 1.5GB, 2GiB"
_SHARE_HINT = "write a size or a share of the disk: 10GB, 15%"

_DURATION_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), MINUTE),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), HOUR),
    **dict.fromkeys(("d", "day", "days"), DAY),
    **dict.fromkeys(("w", "week", "weeks"), 7 * DAY),
    **dict.fromkeys(("mo", "month", "months"), 30 * DAY),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), 365 * DAY),
}
_SIZE_UNITS = {
    **dict.fromkeys(("b", "byte", "bytes"), 1),
    **{name: int(1000**power) for power, letter in enumerate("kmgtp", 1) for name in (letter, letter + "b")},
    **{name: 1 << 10 * power for power, letter in enumerate("kmgtp", 1) for name in (letter + "i", letter + "ib")},
}
_SPOKEN_UNITS = (
    *((10**15, "PB"), (10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")),
    *((1 << 50, "PiB"), (1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")),
)
_MINUS = "-\u2212\u2013"
_NUMBER = r"[0-9]{1,20}(?:\.[0-9]{1,20})?"
_PART = re.compile(rf"({_NUMBER})\s*([A-Za-z]+)\s*", re.ASCII)
_BARE = re.compile(rf"{_NUMBER}", re.ASCII)
_SIZE = re.compile(rf"({_NUMBER})\s*([A-Za-z]*)", re.ASCII)
_SHARE = re.compile(rf"({_NUMBER})\s*%", re.ASCII)
_DATE = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.[0-9]{1,9})?\s?(?P<zone>[Zz]|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.ASCII,
)
_LOOKS_LIKE_A_DATE = re.compile(r"[0-9]{4}-")


class QuantityError(ValueError):
    """What was typed is not such a quantity; one line that says why and what to write."""


@dataclass(frozen=True, slots=True)
class Span:
    """How long ago: seconds before now, and in words ("30 days", or the date "2026-01-31")."""

    seconds: float
    words: str
    is_date: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """An amount of a disk: bytes, or a share of the whole (0 to 100 %)."""

    words: str
    size: int = 0
    percent: float | None = None

    def of(self, total: int) -> int:
        """The amount in bytes on a disk of `total` bytes, rounded up."""
        return self.size if self.percent is None else -int(-total * self.percent // 100)


def parse_duration(text: str) -> float:
    """Seconds in "30d", "2w", "6mo", "1y", "2h30m", "1.5 hours"; the unit is required, each at most once."""
    stripped = text.strip()
    shown = _shown(text)
    if not stripped:
        raise QuantityError(f"a duration is missing: {_DURATION_HINT}")
    if stripped[0] in _MINUS:
        raise QuantityError(f"{shown} is negative; a duration counts back from now: {_DURATION_HINT}")
    if _BARE.fullmatch(stripped):
        units = f"write {stripped[:20]}d for days, or such as 2w, 6mo, 1y, 2h30m (m = minutes, mo = 30 days)"
        raise QuantityError(f"{shown} has no unit, and tools disagree on it: {units}")
    seconds, place, seen = 0.0, 0, set()
    while place < len(stripped):
        part = _PART.match(stripped, place)
        if part is None:
            raise QuantityError(f"{shown} is not a duration: {_DURATION_HINT}")
        if part[2] == "M":
            raise QuantityError(f"{shown}: M could be minutes or months; write m for minutes, mo for months")
        unit = _DURATION_UNITS.get(part[2].lower())
        if unit is None:
            raise QuantityError(f"{shown} has the unknown unit {_shown(part[2])}: {_DURATION_HINT}")
        if unit in seen:
            raise QuantityError(f"{shown} has the same unit twice: {_DURATION_HINT}")
        seen.add(unit)
        seconds += float(part[1]) * unit
        place = part.end()
    if seconds > LONGEST:
        raise QuantityError(f"{shown} is longer than 1000 years")
    return seconds


_LONE_MINUTES = re.compile(r"([0-9.]{1,20})\s*m")


def parse_span(text: str, now: float) -> Span:
    """How long ago a date was, or a duration. A date in the future has negative seconds."""
    stripped = text.strip()
    if _LOOKS_LIKE_A_DATE.match(stripped):
        start, _ = parse_date(stripped)
        return Span(now - start, stripped, is_date=True)
    if lone := _LONE_MINUTES.fullmatch(stripped):
        # meant as months, it would empty a cache
        raise QuantityError(f"{_shown(text)} would be minutes: for months write {lone[1]}mo, for minutes {lone[1]}min")
    try:
        seconds = parse_duration(stripped)
    except QuantityError as error:
        raise QuantityError(f"{error}; or a date: 2026-01-31") from None
    return Span(seconds, duration_in_words(seconds))


def parse_date(text: str) -> tuple[float, float]:
    """When the given day, minute or second begins and ends, in seconds since 1970 (the end excluded).

    In UTC, as all times are shown, unless an offset follows (RFC 3339).
    """
    stripped = text.strip()
    match = _DATE.fullmatch(stripped)
    if match is None:
        raise QuantityError(f"{_shown(text)} is not a date: {_DATE_HINT}")
    day, time, zone = match["day"], match["time"], match["zone"]
    try:
        moment = datetime.fromisoformat(f"{day}T{(time or '00:00')[:5]}+00:00")
        seconds = int(time[6:8]) if time and len(time) > 5 else 0
        if seconds > 59:
            raise ValueError
        start = (moment - _zone_offset(zone)).timestamp() + seconds
    except (ValueError, OverflowError):
        raise QuantityError(f"{_shown(text)} is not in the calendar: {_DATE_HINT}") from None
    return start, start + (DAY if time is None else MINUTE if len(time) == 5 else 1.0)


def parse_size(text: str) -> int:
    """Bytes in "500MB" (kB MB GB TB PB are powers of 1000), "2GiB" (powers of 1024), "1.5 GB", "4096 bytes"; any case.

    Only 0 needs no unit: people who write 5 mean gigabytes, and a rule that took it as bytes would empty a cache.
    """
    stripped = text.strip()
    shown = _shown(text)
    if not stripped:
        raise QuantityError(f"a size is missing: {_SIZE_HINT}")
    if stripped[0] in _MINUS:
        raise QuantityError(f"{shown} is negative: {_SIZE_HINT}")
    match = _SIZE.fullmatch(stripped)
    if match is None:
        raise QuantityError(f"{shown} is not a size: {_SIZE_HINT}")
    number, unit = match[1], match[2]
    if not unit:
        if float(number) == 0:
            return 0
        shortest = number[:20]
        raise QuantityError(f"{shown} has no unit: write {shortest}MB or {shortest}GB, or {shortest}B for bytes")
    factor = _SIZE_UNITS.get(unit.lower())
    if factor is None or (unit.endswith("b") and unit[:-1].isupper()):
        bits = "; Gb and Mb are bits" if unit.endswith("b") else ""
        raise QuantityError(f"{shown} has the unknown unit {_shown(unit)}{bits}: {_SIZE_HINT}")
    whole, _, fraction = number.partition(".")
    scaled = int(whole + fraction) * factor
    divisor: int = 10 ** len(fraction)
    size, rest = divmod(scaled, divisor)
    if rest and factor == 1:
        raise QuantityError(f"{shown}: there are no parts of a byte: {_SIZE_HINT}")
    if size > LARGEST:
        raise QuantityError(f"{shown} is larger than any disk (at most {size_in_words(LARGEST)})")
    return size


def parse_share(text: str) -> Share:
    """A size, or a percentage of the disk ("15%", 0 to 100)."""
    stripped = text.strip()
    match = _SHARE.fullmatch(stripped)
    if match is not None:
        percent = float(match[1])
        if percent > 100:
            raise QuantityError(f"{_shown(text)} is more than the whole disk: {_SHARE_HINT}")
        return Share(f"{percent:g} %", percent=percent)
    if stripped.endswith("%"):
        raise QuantityError(f"{_shown(text)} is not a percentage from 0 to 100: {_SHARE_HINT}")
    try:
        size = parse_size(stripped)
    except QuantityError as error:
        raise QuantityError(f"{error}; or a share of the disk: 15%") from None
    return Share(size_in_words(size), size)


def parse_count(text: str) -> int:
    """A whole number, one or more."""
    stripped = text.strip()
    if not (stripped.isascii() and stripped.isdigit()) or int(stripped[:12]) < 1:
        raise QuantityError(f"{_shown(text)} is not a whole number of one or more")
    return int(stripped[:12])


def duration_in_words(seconds: float) -> str:
    """ "30 days", "2 hours 30 minutes"; `parse_duration` reads it back to the same whole seconds."""
    rest = round(seconds)
    parts = []
    for unit, word in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        count, rest = divmod(rest, unit)
        if count:
            parts.append(f"{count} {word}{'' if count == 1 else 's'}")
    return " ".join(parts) or "0 seconds"


def size_in_words(size: int) -> str:
    """ "500 MB", "1.5 GB", "2 GiB", "1234567 bytes": exact, `parse_size` reads it back to the same bytes."""
    for unit, name in _SPOKEN_UNITS:
        if size >= unit and size * 100 % unit == 0:
            return f"{size // unit}{_hundredths(size * 100 // unit % 100)} {name}"
    return "1 byte" if size == 1 else f"{size} bytes"


def _hundredths(count: int) -> str:
    return f".{count:02d}".rstrip("0") if count else ""


def _zone_offset(zone: str | None) -> timedelta:
    if zone is None or zone in "Zz":
        return timedelta()
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 23 or minutes > 59:
        raise ValueError
    return timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)


def _shown(text: str) -> str:
    return repr(safe_text(text, 40)).replace("\\\\", "\\")
