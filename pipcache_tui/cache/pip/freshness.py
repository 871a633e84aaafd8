"""What a given pip will do with what it stored, decided as the code of that pip decides it.

The order is that of `CacheController.cached_request`, then `conditional_headers`, of CacheControl's controller.py (in
pip/_vendor): can this pip read the entry, do the headers of its `Vary` match what pip would send
(`Serializer.prepare_response` of serialize.py), does pip insist on asking, is it a permanent redirect, has it a Date,
is it fresh, and if not: does it have a validator. This is less than HTTP caching (RFC 9111) asks for: once a response
is stored, no pip looks at `no-cache`, `no-store`, `private`, `must-revalidate`, `s-maxage`, `immutable` and Age.
"""

from __future__ import annotations

import os
import re
from calendar import timegm
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from email.utils import parsedate_tz
from functools import lru_cache

from pipcache_tui.cache.model import LAYOUTS, RESPONSES, Entry, Response, SelfCheck, Store
from pipcache_tui.cache.pip.built_wheels import Interpreter, wheel_forecast
from pipcache_tui.cache.pip.releases import (
    NEWEST_KNOWN_PIP,
    AskedAs,
    Forecast,
    Generation,
    generation_of,
    pips_reading,
)
from pipcache_tui.text import format_age, format_day, safe_text

__all__ = ["NEWEST_KNOWN_PIP", "Forecast", "forecast"]

_WEEK = 7 * 86400.0
_DAY = re.compile(r"[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) ([1-9]\d{3}) \Z", re.ASCII)
_CLOCK = re.compile(r"\d\d:\d\d:\d\d\Z", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH = date(1970, 1, 1).toordinal()
_FILE = re.compile(r"\.(?:whl|egg|zip|tar(?:\.(?:gz|bz2|xz|lz|lzma))?|tgz|tbz|txz|tlz|metadata)\Z", re.IGNORECASE)
#: longer lifetimes count as this many seconds, which is past the end of any calendar too
_LONGEST = 1 << 53
_LEFT = Forecast("never-read", "left behind by a pip that was stopped: no pip looks for it")
_HALF = Forecast("download-again", "half of a pair: pip downloads it again and writes both")


def forecast(
    entry: Entry,
    pip_version: str,
    now: float,
    *,
    pythons: Sequence[Interpreter] = (),
    exists: Callable[[str], bool] = os.path.exists,
) -> Forecast:
    """What the pip of that version will do with an entry, and why.

    Args:
        entry: of any store and kind; whatever is on disk has a forecast.
        pip_version: as `pip --version` prints it.
        now: in seconds since 1970.
        pythons: those that may look for wheels built here.
        exists: whether a path is there on this machine.

    Raises:
        ValueError: `pip_version` is not a version.
    """
    pip = _asker(pip_version, None)
    if pip.row.extra_encoding == "zstd":
        pip = _asker(pip_version, _modern(pythons))
    if entry.store not in pip.row.stores:
        return _foreign_store(entry.store, pip)
    if entry.kind == "leftover":
        return _LEFT
    if entry.store in RESPONSES:
        return _http(entry, pip, now)
    if entry.store == "wheels":
        return wheel_forecast(entry, pip.row, pip_version, pythons)
    if entry.store == "selfcheck":
        return _selfcheck(entry, pip, now, exists)
    return Forecast("reuse", "pip takes it without asking where --download-cache names this folder")


@dataclass(frozen=True, slots=True, eq=False)  # one object for each, so that caches find it by its identity
class _Asker:
    """A pip that looks for an entry; `modern`: it runs on Python 3.14 or newer (None: not known)."""

    version: str
    row: Generation
    modern: bool | None

    def __str__(self) -> str:
        return f"pip {self.version}"


@lru_cache(maxsize=64)
def _asker(pip_version: str, modern: bool | None) -> _Asker:
    return _Asker(pip_version, generation_of(pip_version), modern)


def _modern(pythons: Sequence[Interpreter]) -> bool | None:
    """Whether all the Pythons are 3.14 or newer; None if only some are, or none is known."""
    if not pythons:
        return None
    newer = {python.interpreter_name == "cp" and int(python.interpreter_version) >= 314 for python in pythons}
    return newer.pop() if len(newer) == 1 else None


@lru_cache(maxsize=64)
def _foreign_store(store: Store, pip: _Asker) -> Forecast:
    readers = pips_reading(store)
    if readers == "no pip" and not LAYOUTS[store].abandoned:
        return Forecast(None, f"another program's: no pip reads {store}/")
    return Forecast("never-read", f"{pip} never reads {store}/: {readers} does")


# --- HTTP entries ----------------------------------------------------------------------------------------


def _http(entry: Entry, pip: _Asker, now: float) -> Forecast:
    response = entry.response
    if response is None:
        if entry.kind == "orphan":
            return _HALF
        if 4 not in pip.row.formats:
            return Forecast(None, f"it can't be read, and {pip} may stop with an error on it")
        return Forecast("download-again", "pip can't read it either: it downloads it again and replaces it")
    if response.cache_format not in pip.row.formats:
        why = f"{pip} can't read its format cc={response.cache_format}: it downloads it again and replaces it"
        return Forecast("download-again", why)
    if response.cache_format == 1:
        return Forecast(None, f"{pip} loads this pickle, which is never opened here for safety")
    if entry.kind == "orphan" and pip.row.lone_metadata == "miss":
        return _HALF
    # `PipSession` (network/session.py) mounts the cache for https://, and for http:// of trusted hosts since 20.1 only
    if not pip.row.plain_http and entry.url is not None and entry.url.startswith("http:"):
        return Forecast("never-read", f"{pip} caches nothing that is sent over plain http")
    asked_as = _asked_as(entry, response)
    expected = _decide(response, pip, asked_as[0], now)
    if len(asked_as) > 1:
        others = [_decide(response, pip, asked, now) for asked in asked_as[1:]]
        if any(other.pip_will != expected.pip_will for other in others):
            whys = "; or: ".join(dict.fromkeys(other.why for other in (expected, *others)))
            return Forecast(None, f"it depends on what asks for it: {whys}", expected.fresh_until)
    if entry.kind == "orphan" and expected.pip_will in ("reuse", "revalidate"):
        return replace(expected, why=f"{expected.why}; {pip} takes the missing body for an empty one")
    return expected


def _asked_as(entry: Entry, response: Response) -> tuple[AskedAs, ...]:
    """How pip asks for such an entry; more than one if that is not known.

    Pages: `_get_simple_response` (index/collector.py). Files and `.metadata`: HEADERS of network/utils.py (before
    20.0 download.py). All else, such as the JSON of an audit: the session's own headers.
    """
    if entry.kind == "index-page":
        return ("page",)
    if entry.kind in ("wheel", "sdist", "metadata"):
        return ("file",)
    target = entry.url or entry.filename or response.location
    if target is not None and _FILE.search(target.partition("#")[0].partition("?")[0]):
        return ("file",)
    if entry.kind == "redirect":
        return ("page",) if target is not None else ("page", "file")
    return ("plain", "file") if entry.kind == "other" else ("file", "page")


def _decide(response: Response, pip: _Asker, asked: AskedAs, now: float) -> Forecast:
    if not response.vary:
        return _decide_found(response, pip, asked, now)
    matches, header = _vary_matches(response.vary, response.vary_as_bytes, pip, asked)
    if matches is False:
        header = safe_text(header, 40)
        return Forecast("download-again", f"it varies on {header}, and {pip} sends another: pip does not find it")
    expected = _decide_found(response, pip, asked, now)
    if matches is None and expected.pip_will != "download-again":
        header = safe_text(header, 40)
        return Forecast(None, f"it varies on {header}, which depends on who asks; if it is the same: {expected.why}")
    return expected


def _decide_found(response: Response, pip: _Asker, asked: AskedAs, now: float) -> Forecast:
    """What `cached_request` and `conditional_headers` do with a response that was found."""
    row = pip.row
    page_max_age = row.page_max_age if asked == "page" else None
    if page_max_age == 0:  # the request's max-age=0 makes `cached_request` return before it looks at the response
        try:
            own: float | None = float(sum(_life(response, row)))
        except ValueError:
            own = None
        always = f"{pip} always asks for an index page"
        if not response.has_etag and response.last_modified is None:
            return Forecast("download-again", f"{always}, and this one has no validator (ETag or Last-Modified)", own)
        return Forecast("revalidate", f"{always}, and keeps the body on a 304", own)
    if response.status in row.permanent:
        return Forecast("reuse", "a permanent redirect: pip always follows it without asking")
    if response.date is None:
        if row.no_date == "error":  # KeyError: headers["date"]
            return Forecast(None, f"it has no Date: {pip} stops with an error")
        if not response.has_etag:
            return Forecast("download-again", "it has neither Date nor ETag: pip deletes and downloads it again")
        return Forecast("revalidate", "it has no Date: pip always asks the server and keeps the body on a 304")
    try:
        stored, life = _life(response, row)
    except ValueError as error:
        return Forecast(None, f"{pip} stops with an error: {error}")
    if page_max_age is not None:  # the request's max-age replaces the response's
        life = page_max_age
    fresh_until = float(stored + life)
    if life > max(0.0, now - stored):
        return Forecast("reuse", f"fresh until {_day(fresh_until // 86400.0)}", fresh_until)
    # `conditional_headers` would send Last-Modified too, but `cached_request` has deleted what has no ETag by then
    ended = "never fresh" if life <= 0 else f"expired {format_age(now - fresh_until)} ago"
    if response.has_etag:
        return Forecast("revalidate", f"{ended}: pip asks the server and keeps the body on a 304", fresh_until)
    return Forecast("download-again", f"{ended}, and it has no ETag: pip deletes and downloads it again", fresh_until)


def _life(response: Response, row: Generation) -> tuple[int, int]:
    """The Date in seconds since 1970, and for how many seconds after it the response is fresh by its own headers.

    Raises ValueError where pip stops with an error.
    """
    stored = None if response.date is None else _seconds(response.date)
    if stored is None:
        raise ValueError("its Date can't be read")
    life = 0
    if response.cache_control is not None and (age := _max_age(response.cache_control, row.max_age)) is not None:
        life = age
    elif response.expires is not None and (ends := _seconds(response.expires)) is not None:
        life = max(0, ends - stored)
    return stored, life


@lru_cache(maxsize=4096)
def _max_age(cache_control: str, how: str) -> int | None:
    """max-age as `CacheController.parse_cache_control` reads it, the last of several; None if there is none.

    Up to pip 9 (CacheControl 0.11) names count in any case, and a value must be digits alone; since 10.0 (0.12) the
    name must be in lower case and the value what Python's int() takes: signs, spaces and underscores, but no quotes.
    Raises ValueError where pip stops with an error.
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
        number = int(found)  # a digit such as "²" fails here, as it does in pip
    return None if number is None else max(-_LONGEST, min(number, _LONGEST))


def _seconds(text: str) -> int | None:
    """A header's date as pip reads it (`parsedate_tz`, `timegm`), without its zone; None if it is no date.

    Raises ValueError where pip stops with an error.
    """
    clock = text[17:25]
    if len(text) == 29 and text[25:] == " GMT" and _CLOCK.match(clock) and (day := _day_of(text[:17])) is not None:
        return day + int(clock[:2]) * 3600 + int(clock[3:5]) * 60 + int(clock[6:])
    try:
        parts = parsedate_tz(text)
        return None if parts is None else timegm(parts[:6])
    except (ValueError, TypeError, IndexError, OverflowError):
        raise ValueError(f"it can't read the date {text[:40]!r}") from None


@lru_cache(maxsize=4096)
def _day_of(text: str) -> int | None:
    """Seconds since 1970 at the start of a day in HTTP's form ("Sat, 21 Nov 2026 "); None if it has another form."""
    plain = _DAY.match(text)
    if plain is None or plain[2] not in _MONTHS:
        return None
    return (date(int(plain[3]), _MONTHS.index(plain[2]) + 1, 1).toordinal() - _EPOCH + int(plain[1]) - 1) * 86400


@lru_cache(maxsize=4096)
def _day(number: float) -> str:
    return format_day(number * 86400.0)


@lru_cache(maxsize=4096)
def _vary_matches(
    vary: tuple[tuple[str, str | None], ...], as_bytes: bool, pip: _Asker, asked: AskedAs
) -> tuple[bool | None, str]:
    """Whether pip would send the stored value of each header of `Vary`, and the header that decides.

    As `Serializer.prepare_response` compares them: exactly, "*" never matches.
    """
    unknown: str | None = None
    for header, stored in vary:
        if header == "*":
            return False, "*"
        matches = _would_send(header.lower(), stored, pip, asked)
        if as_bytes and stored is not None:  # on Python 3 no header is found by a name in bytes
            matches = None if pip.row.python2 and matches is not False else False
        if matches is False:
            return False, header
        if matches is None:
            unknown = header
    return (True, "") if unknown is None else (None, unknown)


def _would_send(header: str, stored: str | None, pip: _Asker, asked: AskedAs) -> bool | None:
    """Whether pip would send this value of a header again (`stored` None: no such header); None if not known."""
    if header == "accept":
        return stored == (pip.row.page_accept if asked == "page" else "*/*")
    if header == "accept-encoding":
        return stored == "identity" if asked == "file" else _usual_encodings(stored, pip)
    if header == "cache-control":
        limit = pip.row.page_max_age if asked == "page" else None
        return stored == (None if limit is None else f"max-age={limit}")
    if header == "connection":
        return stored == "keep-alive"
    if header == "user-agent":  # pip's version, then the Python, the system and more
        return None if stored is not None and stored.startswith(f"pip/{pip.version} ") else False
    return True if stored is None else None  # credentials and cookies: none unless the person set them up


def _usual_encodings(stored: str | None, pip: _Asker) -> bool | None:
    extra = pip.row.extra_encoding
    if stored == "gzip, deflate":
        return True if extra != "zstd" else (None if pip.modern is None else not pip.modern)
    if extra is None or stored != f"gzip, deflate, {extra}":
        return False
    return pip.modern if extra == "zstd" else None


# --- selfcheck -------------------------------------------------------------------------------------------


def _selfcheck(entry: Entry, pip: _Asker, now: float, exists: Callable[[str], bool]) -> Forecast:
    """As `SelfCheckState.get` of pip's self_outdated_check.py decides (utils/outdated.py before 19.3)."""
    in_folder = entry.files.path.startswith("selfcheck/")
    if in_folder != (pip.row.selfcheck == "selfcheck/"):
        layout = "selfcheck/" if in_folder else "selfcheck.json"
        return Forecast("never-read", f"{pip} never reads {layout}, only {pip.row.selfcheck}")
    state = entry.detail
    if not isinstance(state, SelfCheck):
        return Forecast("download-again", "pip can't read it: it looks for a newer pip and writes it again")
    if state.prefix is not None and not exists(state.prefix):
        return Forecast("never-read", f"the Python environment it is for is gone: {safe_text(state.prefix, 200)}")
    if state.last_check is None or state.pypi_version is None:
        if not in_folder and state.prefix is None:
            return Forecast(None, "it has the state of several environments")
        return Forecast("download-again", "it lacks what pip needs: pip looks for a newer pip and writes it again")
    if pip.row.selfcheck_date != "both" and (state.last_check.endswith("Z")) != (pip.row.selfcheck_date == "Z"):
        return Forecast(None, f"{pip} can't read its date: it warns and leaves it")
    try:
        checked = datetime.fromisoformat(state.last_check.replace("Z", "+00:00"))
    except ValueError:
        return Forecast(None, f"{pip} can't read its date: it warns and leaves it")
    until = checked.replace(tzinfo=checked.tzinfo or timezone.utc).timestamp() + _WEEK
    if now <= until:
        return Forecast("reuse", f"pip looks for a newer pip again after {format_day(until)}", until)
    return Forecast("download-again", "older than a week: pip looks for a newer pip and writes it again", until)
