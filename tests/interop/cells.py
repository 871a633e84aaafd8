"""The matrix that real pips are asked about: how an answer was sent, and what befell it in the cache since.

Each cell is one answer. Its Date is set by the server, so that it is as old as the cell wants it the moment it is
stored; what no server can bring about (a response without Date or ETag is never stored) is written into the stored
headers afterwards.
"""

from __future__ import annotations

import json
import os
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgpack

from tests.interop.index_server import HeaderValue, http_date

HOUR, DAY = 3600.0, 86400.0
Headers = Mapping[str, HeaderValue]
#: edits a decoded entry in place: {"response": {"headers": {…}, "status": …, …}, "vary": {…}}
Edit = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Cell:
    """One answer. `edit` changes what was stored; `damage` does so to the bytes, given the path of the entry's first
    file; `cut` breaks the first download off, so that pip resumes it."""

    name: str
    headers: Headers = field(default_factory=dict)
    edit: Edit | None = None
    damage: Callable[[str], None] | None = None
    cut: bool = False
    #: the answer is a redirect of this status, to where the content then is
    redirect: int | None = None


def aged(seconds: float) -> Callable[[float], str]:
    """A Date so many seconds before the server's time."""
    return lambda now: http_date(now - seconds)


def zoned(offset_hours: int) -> Callable[[float], str]:
    """The server's time as a clock in that zone shows it, the zone written behind."""
    return lambda now: http_date(now + offset_hours * HOUR).replace("GMT", f"{offset_hours:+03d}00")


def rfc850(now: float) -> str:
    day, date, month, year, clock, _ = http_date(now).split(" ", 5)
    days = {"Mon": "Mon", "Tue": "Tues", "Wed": "Wednes", "Thu": "Thurs", "Fri": "Fri", "Sat": "Satur", "Sun": "Sun"}
    return f"{days[day.rstrip(',')]}day, {date}-{month}-{year[2:]} {clock} GMT"


# --- edits -----------------------------------------------------------------------------------------------


def set_headers(**headers: str | None) -> Edit:
    """Sets stored headers (names with "_" for "-", in any case), or takes them out."""

    def edit(entry: dict[str, Any]) -> None:
        stored = entry["response"]["headers"]
        for name, value in headers.items():
            name = name.replace("_", "-")
            for known in [known for known in stored if known.lower() == name.lower()]:
                del stored[known]
            if value is not None:
                stored[name] = value

    return edit


def set_vary(**vary: str | None) -> Edit:
    def edit(entry: dict[str, Any]) -> None:
        entry["vary"] = {name.replace("_", "-"): value for name, value in vary.items()}

    return edit


def set_status(status: int) -> Edit:
    def edit(entry: dict[str, Any]) -> None:
        entry["response"]["status"] = status

    return edit


def edit_file(path: str, edit: Edit) -> None:
    """Edits the entry in a file of `http/` or the metadata of `http-v2/`, in the format it is in."""
    with open(path, "rb") as stream:
        data = stream.read()
    mark, packed = data[:5], data[5:]
    assert mark in (b"cc=2,", b"cc=4,"), mark
    if mark == b"cc=4,":
        entry = msgpack.unpackb(packed, raw=False, strict_map_key=False)
        edit(entry)
        packed = msgpack.packb(entry, use_bin_type=True)
    else:
        entry = _decode_cc2(zlib.decompress(packed))
        edit(entry)
        packed = zlib.compress(_encode_cc2(entry))
    with open(path, "wb") as stream:
        stream.write(mark + packed)


def _decode_cc2(text: bytes) -> dict[str, Any]:
    entry: dict[str, Any] = json.loads(text)
    response = entry["response"]
    response["headers"] = {_plain(name): _plain(value) for name, value in response["headers"].items()}
    entry["vary"] = {_plain(name): value and _plain(value) for name, value in entry["vary"].items()}
    return entry


def _encode_cc2(entry: dict[str, Any]) -> bytes:
    response = entry["response"]
    response["headers"] = {_coded(name): _coded(value) for name, value in response["headers"].items()}
    entry["vary"] = {_coded(name): value and _coded(value) for name, value in entry["vary"].items()}
    return json.dumps(entry).encode()


def _plain(text: str) -> str:
    return b64decode(text).decode()


def _coded(text: str) -> str:
    return b64encode(text.encode()).decode()


# --- damage ----------------------------------------------------------------------------------------------


def lose_body(path: str) -> None:
    """Half a pair; in `http/`, where the body is inside, the file loses its end."""
    if os.path.exists(f"{path}.body"):
        os.unlink(f"{path}.body")
    else:
        cut_short(path)


def lose_metadata(path: str) -> None:
    """The other half; in `http/` all of it."""
    os.unlink(path)


def cut_short(path: str) -> None:
    os.truncate(path, os.path.getsize(path) * 2 // 3)


def empty(path: str) -> None:
    os.truncate(path, 0)


def zeros(path: str) -> None:
    """As a file is after the power went before its content was written."""
    size = os.path.getsize(path)
    with open(path, "wb") as stream:
        stream.write(bytes(size))


def break_body(path: str) -> None:
    """The content is not what was sent, which pip does not look at until it has used it."""
    holds = f"{path}.body" if os.path.exists(f"{path}.body") else path
    with open(holds, "r+b") as stream:
        stream.seek(os.path.getsize(holds) // 2)
        stream.write(b"not what was sent")


# --- the cells -------------------------------------------------------------------------------------------

_NO_TAG = {"ETag": None, "Last-Modified": None}
_LIFE = "Cache-Control"

#: answers of a file (or of a file's metadata); what is not named is as the public index sends it: an ETag,
#: Last-Modified, and `max-age=365000000, immutable, public`
FILE_CELLS = (
    Cell("as sent"),
    Cell("three years old", {"Date": aged(3 * 365 * DAY)}),
    Cell("no ETag", {"ETag": None}),
    Cell("no validator at all", _NO_TAG),
    Cell("fresh for minutes", {_LIFE: "max-age=600", "Date": aged(10)}),
    Cell("expired", {_LIFE: "max-age=600", "Date": aged(HOUR)}),
    Cell("expired, Last-Modified only", {_LIFE: "max-age=600", "Date": aged(HOUR), "ETag": None}),
    Cell("expired, no validator", {_LIFE: "max-age=600", "Date": aged(HOUR), **_NO_TAG}),
    Cell("no Cache-Control", {_LIFE: None}),
    Cell("no-cache, max-age", {_LIFE: "no-cache, max-age=9999", "Date": aged(HOUR)}),
    Cell("private, must-revalidate", {_LIFE: "private, must-revalidate, max-age=9999", "Date": aged(HOUR)}),
    Cell("quoted max-age", {_LIFE: 'max-age="600"'}),
    Cell("quoted max-age, Expires to come", {_LIFE: 'max-age="600"', "Expires": aged(-DAY), **_NO_TAG}),
    Cell("immutable alone", {_LIFE: "immutable"}),
    Cell("s-maxage alone", {_LIFE: "public, s-maxage=9999"}),
    Cell("Max-Age in capitals", {_LIFE: "Max-Age=9999"}),
    Cell("max-age with a sign", {_LIFE: "max-age=+9999"}),
    Cell("max-age with an underscore", {_LIFE: "max-age=9_999"}),
    Cell("max-age with more behind", {_LIFE: "max-age=9999;public"}),
    Cell("max-age with no value", {_LIFE: "public, max-age="}),
    Cell("max-age with spaces", {_LIFE: " public ,, max-age = 9999 ,"}),
    Cell("max-age twice, the last long", {_LIFE: "max-age=1, max-age=9999", "Date": aged(HOUR)}),
    Cell("max-age twice, the last short", {_LIFE: "max-age=9999, max-age=1", "Date": aged(HOUR)}),
    Cell("max-age twice, the last no number", {_LIFE: "max-age=9999, max-age=x", "Date": aged(HOUR)}),
    Cell("max-age of no calendar", {_LIFE: f"max-age={'9' * 40}"}),
    Cell("max-age below zero, Expires to come", {_LIFE: "max-age=-5", "Expires": aged(-DAY)}),
    Cell("max-age of zero, Expires to come", {_LIFE: "max-age=0", "Expires": aged(-DAY)}),
    Cell("Expires to come", {_LIFE: None, "Expires": aged(-DAY), **_NO_TAG}),
    Cell("public, Expires to come", {_LIFE: "public", "Expires": aged(-DAY)}),
    Cell("Expires past", {_LIFE: None, "Expires": aged(DAY), "Date": aged(2 * DAY)}),
    Cell("Expires past, no validator", {_LIFE: None, "Expires": aged(DAY), "Date": aged(2 * DAY), **_NO_TAG}),
    Cell("Expires before Date", {_LIFE: None, "Expires": aged(DAY)}),
    Cell("Expires: 0", {_LIFE: None, "Expires": "0"}),
    Cell("Expires: -1, no validator", {_LIFE: None, "Expires": "-1", **_NO_TAG}),
    Cell("no Date", {"Date": None}),
    Cell("no Date, Last-Modified only", edit=set_headers(date=None, etag=None)),
    Cell("no Date, no validator", edit=set_headers(date=None, etag=None, last_modified=None)),
    Cell("Date to come", {_LIFE: "max-age=1", "Date": aged(-DAY), **_NO_TAG}),
    Cell("Date east of here", {_LIFE: "max-age=60", "Date": zoned(9), **_NO_TAG}),
    Cell("Date west of here", {_LIFE: "max-age=600", "Date": zoned(-8)}),
    Cell("Date in the old form", {_LIFE: "max-age=9999", "Date": rfc850}),
    Cell("older by Age than its life", {_LIFE: "max-age=600", "Age": "9999"}),
    Cell("two directives of a life", {_LIFE: "max-age=0, max-age=9999"}),
    Cell("two directives, the last none", {_LIFE: "max-age=9999, max-age=0"}),
    Cell("an empty ETag", {_LIFE: "max-age=0", "ETag": "", "Last-Modified": None}),
    Cell("stored no-store", edit=set_headers(cache_control="no-store, max-age=9999")),
    Cell("stored with status 203", edit=set_status(203)),
    Cell("Vary: Accept-Encoding", {"Vary": "Accept-Encoding"}),
    Cell("Vary: Accept, Origin, Connection", {"Vary": "Accept, Origin ,connection"}),
    Cell("Vary: *", {"Vary": "*"}),
    Cell("varied on another encoding", edit=set_vary(Accept_Encoding="gzip")),
    Cell("varied on a cookie, as none", edit=set_vary(Cookie=None)),
    Cell("varied on *", edit=set_vary(**{"*": None})),
    Cell("varied on no Accept", edit=set_vary(accept=None)),
    Cell("varied on the agent of another pip", edit=set_vary(User_Agent="pip/0.1 {}")),
    Cell("resumed", cut=True),
    Cell("resumed, Vary: Accept-Encoding", {"Vary": "Accept-Encoding"}, cut=True),
    Cell("body lost", damage=lose_body),
    Cell("metadata lost", damage=lose_metadata),
    Cell("metadata cut short", damage=cut_short),
    Cell("metadata emptied", damage=empty),
    Cell("metadata zeroed", damage=zeros),
)

#: redirects of a file; none has a validator unless it is named
REDIRECT_CELLS = (
    Cell("301", redirect=301),
    Cell("301, years old, no-cache", {_LIFE: "no-cache", "Date": aged(999 * DAY)}, redirect=301),
    Cell("301, no Date", {"Date": None}, redirect=301),
    Cell("301 with an ETag", {"ETag": '"r"'}, redirect=301),
    Cell("301, no-store", {_LIFE: "no-store"}, redirect=301),
    Cell("308", redirect=308),
    Cell("308 with an ETag, expired", {"ETag": '"r"', _LIFE: "max-age=5", "Date": aged(HOUR)}, redirect=308),
    Cell("301 stored as 308", edit=set_status(308), redirect=301),
    Cell("302", {_LIFE: "max-age=9999"}, redirect=302),
    Cell("303 with an ETag", {_LIFE: "max-age=9999", "ETag": '"r"'}, redirect=303),
    Cell("307", {_LIFE: "max-age=9999"}, redirect=307),
)

#: answers of an index page; what is not named is as the public index sends it: an ETag, `max-age=600, public`,
#: `Vary: Accept, Accept-Encoding`
PAGE_CELLS = (
    Cell("as sent"),
    Cell("eleven minutes old", {"Date": aged(660)}),
    Cell("fresh for a day, an hour old", {_LIFE: "max-age=86400", "Date": aged(HOUR)}),
    Cell("no validator", {"ETag": None}),
    Cell("no validator, an hour old", {"ETag": None, "Date": aged(HOUR)}),
    Cell("Last-Modified only", {"ETag": None, "Last-Modified": aged(DAY)}),
    Cell("Last-Modified only, an hour old", {"ETag": None, "Last-Modified": aged(DAY), "Date": aged(HOUR)}),
    Cell("Last-Modified too", {"Last-Modified": aged(DAY), "Date": aged(HOUR)}),
    Cell("no Date", {"Date": None}),
    Cell("no Date, no validator", edit=set_headers(date=None, etag=None)),
    Cell("no-cache, max-age", {_LIFE: "no-cache, max-age=600"}),
    Cell("max-age=0", {_LIFE: "max-age=0"}),
    Cell("no Cache-Control", {_LIFE: None}),
    Cell("immutable alone", {_LIFE: "immutable"}),
    Cell("quoted max-age", {_LIFE: 'max-age="600"'}),
    Cell("Expires to come", {_LIFE: None, "Expires": aged(-HOUR), "ETag": None}),
    Cell("Expires past", {_LIFE: None, "Expires": aged(HOUR), "Date": aged(2 * HOUR)}),
    Cell("Vary: Accept", {"Vary": "Accept"}),
    Cell("Vary: Cache-Control", {"Vary": "cache-control"}),
    Cell("Vary: Cookie", {"Vary": "Cookie, Accept-Language"}),
    Cell("no Vary", {"Vary": None}),
    Cell("varied on another Accept", edit=set_vary(Accept="text/plain")),
    Cell("varied on no encoding", edit=set_vary(Accept_Encoding=None)),
    Cell("redirected 301", redirect=301),
    Cell("redirected 301, with an ETag", {"ETag": '"r"'}, redirect=301),
    Cell("redirected 308", redirect=308),
    Cell("redirected 302, with a life", {_LIFE: "max-age=9999"}, redirect=302),
    Cell("redirected 307, with an ETag", {"ETag": '"r"'}, redirect=307),
    Cell("body lost", damage=lose_body),
    Cell("metadata lost", damage=lose_metadata),
    Cell("metadata cut short", damage=cut_short),
)

#: a broken body is served before it is found broken, so pip fails on it: asked about one by one
BROKEN_BODY = Cell("body broken", damage=break_body)
#: on these, pip stops with an error before it has asked anything
FATAL_CELLS = (
    Cell("a Date that is none", edit=set_headers(date="yesterday")),
    Cell("a Date of no calendar", edit=set_headers(date="Sat, 21 Nov 99999 00:00:00 GMT")),
    Cell("an Expires of no calendar", edit=set_headers(cache_control=None, expires="Sat, 21 Nov 99999 00:00:00 GMT")),
)
