"""What pip will do with what it stored, decided as the code of that pip decides it.

The order of questions is that of CacheControl's `cached_request`, then `conditional_headers`: can this pip read the
entry at all, does what the answer varied on match what pip would send, does pip insist on asking, is it a permanent
redirect, has it a Date, is it fresh, and if not: is there something to ask by. `no-cache`, `private`,
`must-revalidate`, `s-maxage` and `immutable` play no part in any pip, `no-store` none once a response is stored.
"""

from __future__ import annotations

import os
import re
from calendar import timegm
from collections.abc import Callable, Sequence
from datetime import date, datetime, timezone
from email.utils import parsedate_tz
from functools import lru_cache
from urllib.parse import urlsplit

from pipcache_tui.cache.built import Interpreter, wheel_outlook
from pipcache_tui.cache.generations import (
    NEWEST_KNOWN_PIP,
    AskedAs,
    Generation,
    Outlook,
    generation_of,
    pips_reading,
)
from pipcache_tui.cache.model import Entry, Response, SelfCheck
from pipcache_tui.text import format_age, format_day

__all__ = ["NEWEST_KNOWN_PIP", "Outlook", "outlook"]

_WEEK = 7 * 86400.0
_IMF_DATE = re.compile(r"[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) ([1-9]\d{3}) (\d\d):(\d\d):(\d\d) GMT\Z", re.ASCII)
_MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_FILE = re.compile(r"\.(?:whl|egg|zip|exe|msi|rpm|deb|dmg|tar|tgz|tbz|txz|tlz|gz|bz2|xz|lz|lzma|z|metadata|asc)\Z", re.I)
#: longer lives are told as this many seconds, which no calendar holds either
_LONGEST = 1 << 53


def outlook(
    entry: Entry,
    pip_version: str,
    now: float,
    *,
    pythons: Sequence[Interpreter] = (),
    exists: Callable[[str], bool] = os.path.exists,
) -> Outlook:
    """What the pip of that version will do with an entry, and why; `now` in seconds since 1970.

    `pythons` are those that may look for wheels built here; `exists` says whether a path of this machine is there.
    Raises ValueError only for what is no pip version: whatever stands on disk has an outlook.
    """
    row = generation_of(pip_version)
    if entry.store not in row.stores:
        only = pips_reading(entry.store)
        return Outlook("never-read", f"pip {pip_version} never reads {entry.store}/: {only} does")
    if entry.kind == "leftover":
        return Outlook("never-read", "left by a pip that was stopped; no pip looks for it")
    if entry.store in ("http", "http-v2"):
        return _http(entry, row, pip_version, now)
    if entry.store == "wheels":
        return wheel_outlook(entry, row, pip_version, pythons)
    if entry.store == "selfcheck":
        return _selfcheck(entry, row, pip_version, now, exists)
    return Outlook("reuse", "pip takes it without asking where --download-cache names this folder")


# --- HTTP entries ----------------------------------------------------------------------------------------


def _http(entry: Entry, row: Generation, pip_version: str, now: float) -> Outlook:
    response = entry.response
    if response is None:
        if entry.kind == "orphan":
            return Outlook("download-again", "half of a pair: pip asks for the whole answer and writes both anew")
        return Outlook("download-again", "pip can't make it out either: it asks for the whole answer and writes it anew")
    if response.cache_format not in row.formats:
        format_ = f"its format cc={response.cache_format}"
        return Outlook("download-again", f"pip {pip_version} can't read {format_}: it asks anew and writes over it")
    if response.cache_format == 1:
        return Outlook(None, f"pip {pip_version} loads this pickle, which is never opened here")
    if entry.kind == "orphan" and row.lone_metadata == "miss":
        return Outlook("download-again", "half of a pair: pip asks for the whole answer and writes both anew")
    if not row.plain_http and entry.url is not None and entry.url.startswith("http:"):
        return Outlook("never-read", f"pip {pip_version} caches nothing that comes over plain http")
    found = [_decide(response, row, asked, pip_version, now) for asked in _asked_as(entry, response)]
    if len(found) == 1 or all(other.pip_will == found[0].pip_will for other in found):
        first = found[0]
        if entry.kind == "orphan" and first.pip_will == "reuse":
            return Outlook("reuse", f"{first.why}; pip {pip_version} takes the missing body for an empty one")
        return first
    return Outlook(None, "it depends on what asks: " + "; or, ".join(dict.fromkeys(other.why for other in found)))


def _asked_as(entry: Entry, response: Response) -> tuple[AskedAs, ...]:
    """How pip asks for such an entry; more than one where that can't be told."""
    if entry.kind == "index-page":
        return ("page",)
    if entry.kind in ("wheel", "sdist", "metadata"):
        return ("file",)
    if entry.kind == "redirect":
        target = entry.url or response.location
        if target is None:
            return ("page", "file")
        return ("file",) if _FILE.search(urlsplit(target).path) else ("page",)
    if entry.filename is not None:
        return ("file",)
    return ("plain", "file", "page")


def _decide(response: Response, row: Generation, asked: AskedAs, pip_version: str, now: float) -> Outlook:
    matches, header = _vary_matches(response, row, asked, pip_version)
    if matches is False:
        why = f"it varies on {header}, and pip {pip_version} sends another: pip does not find it"
        return Outlook("download-again", why)
    told = _decide_found(response, row, asked, pip_version, now)
    if matches is None and told.pip_will != "download-again":
        return Outlook(None, f"it varies on {header}, which can't be known; if pip sends the same, {told.why}")
    return told


def _decide_found(response: Response, row: Generation, asked: AskedAs, pip_version: str, now: float) -> Outlook:
    page_max_age = row.page_max_age if asked == "page" else None
    if page_max_age == 0:
        try:
            own = _own_freshness(response, row)
        except ValueError:
            own = None
        always = f"pip {pip_version} always asks for an index page"
        if response.etag is None and response.last_modified is None:
            return Outlook("download-again", f"{always}, and this one has no ETag to ask by", own)
        return Outlook("revalidate", f"{always}, and keeps the body on a 304", own)
    if response.status in row.permanent:
        return Outlook("reuse", "a permanent redirect: pip follows it for ever without asking")
    if response.date is None:
        if row.no_date == "error":
            return Outlook(None, f"it has no Date: pip {pip_version} stops with an error")
        if response.etag is None:
            return Outlook("download-again", "it has neither Date nor ETag: pip deletes it and asks anew")
        return Outlook("revalidate", "it has no Date: pip always asks the server and keeps the body on a 304")
    try:
        date_ = _seconds(response.date)
        fresh_until = _own_freshness(response, row)
    except ValueError as error:
        return Outlook(None, f"pip {pip_version} stops with an error: {error}")
    assert date_ is not None and fresh_until is not None
    if page_max_age is not None:
        fresh_until = float(date_ + page_max_age)
    if fresh_until - date_ > max(0.0, now - date_):
        return Outlook("reuse", f"fresh until {_day(int(fresh_until // 86400))}", fresh_until)
    ended = "never fresh" if fresh_until <= date_ else f"expired {format_age(now - fresh_until)} ago"
    if response.etag is not None:
        return Outlook("revalidate", f"{ended}: pip asks the server and keeps the body on a 304", fresh_until)
    return Outlook("download-again", f"{ended}, and it has no ETag to ask by: pip deletes it and asks anew", fresh_until)


def _own_freshness(response: Response, row: Generation) -> float | None:
    """Until when the response's own headers keep it fresh, None without a Date. Raises ValueError as pip fails."""
    if response.date is None:
        return None
    stored = _seconds(response.date)
    if stored is None:
        raise ValueError("its Date can't be read")
    life = 0
    if response.cache_control is not None and (age := _max_age(response.cache_control, row.max_age)) is not None:
        life = age
    elif response.expires is not None and (ends := _seconds(response.expires)) is not None:
        life = max(0, ends - stored)
    return float(stored + max(-_LONGEST, min(life, _LONGEST)))


@lru_cache(maxsize=4096)
def _max_age(cache_control: str, how: str) -> int | None:
    """max-age as pip's parser takes it, the last of several; None where there is none. Raises ValueError as pip fails.

    To pip 9 names count in any case, and a value must be digits alone; since 10.0 the name must be in lower case
    and the value what Python's int() takes: signs, spaces and underscores, but no quotes.
    """
    found: str | None = None
    bare = False
    number: int | None = None
    for directive in cache_control.split(","):
        name, equals, value = directive.partition("=")
        if how == "any case":
            if name.strip().lower() == "max-age":
                if equals:
                    found = value.strip()
                else:
                    bare = True
        elif name.strip() == "max-age" and equals:
            try:
                number = int(value.strip())
            except ValueError:
                continue
    if bare:
        raise ValueError("its max-age has no value")
    if found is not None and found.isdigit():
        return int(found)  # a digit such as "²" fails here, as it does in pip
    return number


@lru_cache(maxsize=4096)
def _seconds(text: str) -> int | None:
    """A header's date as pip reads it, its zone left out; None where it is none. Raises ValueError as pip fails."""
    plain = _IMF_DATE.match(text)
    if plain is not None and plain.group(2) in _MONTHS:
        day, month, year, hour, minute, second = plain.groups()
        days = _first_of_month(int(year), _MONTHS[month]) + int(day) - 1
        return days * 86400 + int(hour) * 3600 + int(minute) * 60 + int(second)
    try:
        parts = parsedate_tz(text)
        return None if parts is None else timegm(parts)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise ValueError(f"it can't read the date {text[:40]!r}") from None


@lru_cache(maxsize=1024)
def _first_of_month(year: int, month: int) -> int:
    """Days since 1970."""
    return date(year, month, 1).toordinal() - 719163


@lru_cache(maxsize=4096)
def _day(number: int) -> str:
    return format_day(number * 86400.0)


def _vary_matches(response: Response, row: Generation, asked: AskedAs, pip_version: str) -> tuple[bool | None, str]:
    """Whether what the answer varied on is what this pip would send; with the header that decides."""
    if not response.vary:
        return True, ""
    return _compare_vary(response.vary, response.vary_as_bytes, row, asked, pip_version)


@lru_cache(maxsize=4096)
def _compare_vary(
    vary: tuple[tuple[str, str | None], ...], as_bytes: bool, row: Generation, asked: AskedAs, pip_version: str
) -> tuple[bool | None, str]:
    unknown: str | None = None
    for header, stored in vary:
        if header == "*":
            return False, "*"
        matches = _would_send(header.lower(), stored, row, asked, pip_version)
        if as_bytes and stored is not None:  # on Python 3 no header is ever found by a name in bytes
            matches = None if row.python2 and matches is not False else False
        if matches is False:
            return False, header
        if matches is None:
            unknown = header
    return (True, "") if unknown is None else (None, unknown)


def _would_send(header: str, stored: str | None, row: Generation, asked: AskedAs, pip_version: str) -> bool | None:
    """Whether pip would send for a header what was sent then (None: no such header)."""
    if header == "accept":
        return stored == (row.page_accept if asked == "page" else "*/*")
    if header == "accept-encoding":
        if asked == "file":
            return stored == "identity"
        if stored == row.encodings[0]:
            return True if len(row.encodings) == 1 else None
        return None if stored in row.encodings else False
    if header == "cache-control":
        limit = row.page_max_age if asked == "page" else None
        return stored == (None if limit is None else f"max-age={limit}")
    if header == "connection":
        return stored == "keep-alive"
    if header == "user-agent":  # names pip's version, then the Python, the system, …
        return None if stored is not None and stored.startswith(f"pip/{pip_version} ") else False
    return True if stored is None else None  # credentials, cookies: pip sends none unless told to


# --- selfcheck -------------------------------------------------------------------------------------------


def _selfcheck(entry: Entry, row: Generation, pip_version: str, now: float, exists: Callable[[str], bool]) -> Outlook:
    in_folder = entry.files[0].path.startswith("selfcheck/")
    if in_folder != (row.selfcheck == "selfcheck/"):
        layout = "selfcheck/" if in_folder else "selfcheck.json"
        return Outlook("never-read", f"pip {pip_version} never reads {layout}, only {row.selfcheck}")
    note = entry.detail
    if not isinstance(note, SelfCheck):
        return Outlook("download-again", "pip can't make it out: it looks for a newer pip and writes it anew")
    if note.prefix is not None and not exists(note.prefix):
        return Outlook("never-read", f"the Python environment it is for is gone: {note.prefix}")
    if note.last_check is None or note.pypi_version is None:
        if not in_folder and note.prefix is None:
            return Outlook(None, "it holds the notes of several environments")
        return Outlook("download-again", "it lacks what pip needs: pip looks for a newer pip and writes it anew")
    if row.selfcheck_date != "both" and (note.last_check.endswith("Z")) != (row.selfcheck_date == "Z"):
        return Outlook(None, f"pip {pip_version} can't read its date: it warns and leaves it")
    try:
        checked = datetime.fromisoformat(note.last_check.replace("Z", "+00:00"))
    except ValueError:
        return Outlook(None, f"pip {pip_version} can't read its date: it warns and leaves it")
    until = checked.replace(tzinfo=checked.tzinfo or timezone.utc).timestamp() + _WEEK
    if now <= until:
        return Outlook("reuse", f"pip looks for a newer pip again after {format_day(until)}", until)
    return Outlook("download-again", "older than a week: pip looks for a newer pip and writes it anew", until)
