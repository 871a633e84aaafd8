"""What each pip will do with a stored response, branch by branch; `tests/interop` asks real pips the same."""

from __future__ import annotations

import calendar
import email.utils
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipcache_tui.cache.model import (
    LAYOUTS,
    STAMP_BYTES,
    STORES,
    Entry,
    Files,
    IndexPage,
    Kind,
    Response,
    SelfCheck,
    Store,
)
from pipcache_tui.cache.pip import freshness
from pipcache_tui.cache.pip.freshness import Forecast, forecast
from pipcache_tui.cache.pip.releases import GENERATIONS, first_pip, generation_of, pips_reading
from pipcache_tui.text import safe_text

NOW = 1_790_000_000.0
JSON_FIRST = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"
ALL_PIPS = [first_pip(row) for row in GENERATIONS]
#: one of each way to decide on a file
HTTP_PIPS = ["6.0.8", "9.0.3", "18.0", "20.3.4", "23.2.1"]
V2_PIPS = ["23.3", "25.3", "26.1", "26.3"]


@dataclass(frozen=True)
class FakePython:
    name: str
    interpreter_name: str
    interpreter_version: str
    tags: frozenset[str] = frozenset()


def at(age: float) -> str:
    """A Date that is so many seconds old."""
    return email.utils.formatdate(NOW - age, usegmt=True)


def entry(response: Response | None, *, kind: Kind = "wheel", store: Store = "http-v2", **more: Any) -> Entry:
    beside = ("/.body",) if store == "http-v2" else ()
    files = Files(f"{store}/a", beside, bytes(STAMP_BYTES * (1 + len(beside))))
    return Entry("/root", store, kind, files, response=response, **more)


def will(response: Response | None, pip: str = "26.3", **more: Any) -> str | None:
    """What a pip will do with the response in the store of that pip."""
    store: Store = "http-v2" if "http-v2" in generation_of(pip).stores else "http"
    return forecast(entry(response, store=more.pop("store", store), **more), pip, NOW).pip_will


# --- the order of questions, for files -------------------------------------------------------------------


@pytest.mark.parametrize("pip", HTTP_PIPS + V2_PIPS)
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"cache_control": "max-age=365000000, immutable, public", "has_etag": True}, "reuse"),
        ({"cache_control": "max-age=3601"}, "reuse"),
        ({"cache_control": "max-age=3600", "has_etag": True}, "revalidate"),  # as old as that: no longer fresh
        ({"cache_control": "max-age=600", "has_etag": True}, "revalidate"),
        ({"cache_control": "max-age=600"}, "download-again"),
        ({"cache_control": "max-age=600", "last_modified": at(9e6)}, "download-again"),  # deleted before it is asked by
        ({"cache_control": "no-cache, max-age=9999", "has_etag": True}, "reuse"),
        ({"cache_control": "private, must-revalidate, max-age=9999"}, "reuse"),
        ({"cache_control": "no-store, max-age=9999"}, "reuse"),
        ({"cache_control": "immutable", "has_etag": True}, "revalidate"),
        ({"cache_control": "s-maxage=9999", "has_etag": True}, "revalidate"),
        ({"cache_control": 'max-age="9999"', "has_etag": True}, "revalidate"),
        ({"cache_control": "max-age=lots", "has_etag": True}, "revalidate"),
        ({"cache_control": "max-age=, public", "has_etag": True}, "revalidate"),
        ({"cache_control": ",, max-age = 9999 ,", "has_etag": True}, "reuse"),
        ({"cache_control": "max-age=60, max-age=9999"}, "reuse"),  # the last one counts
        ({"cache_control": "max-age=9999, max-age=60"}, "download-again"),
        ({"cache_control": "max-age=0", "expires": at(-9999)}, "download-again"),  # max-age goes first
        ({"cache_control": "public", "expires": at(-1)}, "reuse"),
        ({"expires": at(-9999)}, "reuse"),
        ({"expires": at(60), "has_etag": True}, "revalidate"),
        ({"expires": at(99999), "has_etag": True}, "revalidate"),
        ({"expires": "0", "has_etag": True}, "revalidate"),
        ({"expires": "-1"}, "download-again"),
        ({"cache_control": "max-age=soon", "expires": at(-9999)}, "reuse"),
        ({"has_etag": True}, "revalidate"),
        ({}, "download-again"),
    ],
)
def test_a_file_an_hour_old(headers: dict[str, str], expected: str, pip: str) -> None:
    format_ = max(generation_of(pip).formats)
    assert will(Response(200, at(3600), **headers, cache_format=format_), pip) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cache_control", "to_9", "from_10"),
    [
        ("Max-Age=9999", "reuse", "revalidate"),  # lower case alone since 10.0
        ("max-age=+9999", "revalidate", "reuse"),  # digits alone before
        ("max-age=9_999", "revalidate", "reuse"),
        ("max-age=9999, max-age=x", "revalidate", "reuse"),  # before, the last one counts, number or not
        ("max-age", None, "revalidate"),  # before, pip stops with an error
        ("max-age=²", None, "revalidate"),
        (f"max-age={'9' * 400}", "reuse", "reuse"),
        (f"max-age=-{'9' * 400}", "revalidate", "revalidate"),
    ],
)
def test_max_age_is_read_as_that_pip_reads_it(cache_control: str, to_9: str | None, from_10: str | None) -> None:
    response = Response(200, at(3600), cache_control, has_etag=True, cache_format=2)
    assert will(response, "9.0.3") == to_9
    assert will(response, "10.0.1") == from_10
    assert will(response._replace(cache_format=4), "26.3") == from_10


def test_a_negative_max_age_hides_expires_since_10() -> None:
    response = Response(200, at(3600), "max-age=-5", at(-9999), True, cache_format=2)
    assert (will(response, "9.0.3"), will(response, "10.0")) == ("reuse", "revalidate")


def test_a_date_to_come_counts_as_now() -> None:
    assert will(Response(200, at(-86400), "max-age=1")) == "reuse"
    assert will(Response(200, at(-86400), "max-age=0", has_etag=True)) == "revalidate"


@pytest.mark.parametrize("has_etag", [True, False])
def test_no_date(has_etag: bool) -> None:
    response = Response(200, None, "max-age=9999", has_etag=has_etag, last_modified=at(9e6), cache_format=2)
    expected = "revalidate" if has_etag else "download-again"
    assert will(response, "6.0.8") is None  # stops with an error
    assert will(response, "6.1") == expected
    assert will(response._replace(cache_format=4), "26.3") == expected


@pytest.mark.parametrize("date", ["yesterday", "", "Sat, 21 Nov 99999 00:00:00 GMT"])
def test_a_date_that_pip_fails_on_is_said(date: str) -> None:
    said = forecast(entry(Response(200, date, "max-age=9999", has_etag=True)), "26.3", NOW)
    assert said.pip_will is None
    assert "stops with an error" in said.why
    # a permanent redirect is served before any date is read, and a page that is always asked for never has it read
    assert will(Response(301, date), kind="redirect", url="https://index.example/simple/x") == "reuse"
    assert will(Response(200, date, has_etag=True), "25.3", kind="index-page") == "revalidate"


def test_an_expires_that_pip_fails_on_is_said() -> None:
    assert will(Response(200, at(0), expires="Sat, 21 Nov 99999 00:00:00 GMT", has_etag=True)) is None
    assert will(Response(200, at(0), "max-age=1", "Sat, 21 Nov 99999 00:00:00 GMT")) == "reuse"  # not looked at


def test_zones_are_left_out() -> None:
    said = forecast(entry(Response(200, "Sat, 21 Nov 2026 10:00:00 +0900", "max-age=60")), "26.3", NOW)
    assert said.fresh_until == calendar.timegm((2026, 11, 21, 10, 1, 0))


@given(st.floats(-62e9, 250e9), st.sampled_from(["GMT", "+0000", "-0800", "UTC", ""]))
@example(4102444799.0, "GMT")
def test_dates_are_read_as_the_library_of_pip_reads_them(moment: float, zone: str) -> None:
    text = email.utils.formatdate(moment, usegmt=True).replace("GMT", zone)
    parts = email.utils.parsedate_tz(text)
    assert parts is not None
    assert freshness._seconds(text) == calendar.timegm(parts[:6])


@given(st.from_regex(r"(Mon, )?[0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT", fullmatch=True))
@example("Mon, 00 Feb 2026 25:61:61 GMT")
@example("Mon, 31 Feb 0068 00:00:00 GMT")
@example("Mon, ٣١ Feb 2026 00:00:00 GMT")
def test_odd_dates_are_read_as_the_library_of_pip_reads_them(text: str) -> None:
    def by_library() -> int | None:
        parts = email.utils.parsedate_tz(text)
        return None if parts is None else calendar.timegm(parts[:6])

    try:
        expected = by_library()
    except (ValueError, TypeError, OverflowError):
        with pytest.raises(ValueError, match="can't read the date"):
            freshness._seconds(text)
    else:
        assert freshness._seconds(text) == expected


# --- permanent redirects ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pip", "moved", "permanent"),
    [
        ("6.0.8", "download-again", "download-again"),
        ("9.0.3", "reuse", "download-again"),
        ("20.3.4", "reuse", "download-again"),
        ("22.0", "reuse", "reuse"),
        ("26.3", "reuse", "reuse"),
    ],
)
def test_permanent_redirects_of_files(pip: str, moved: str, permanent: str) -> None:
    format_ = max(generation_of(pip).formats)
    answers = [Response(status, at(9e9), "no-store", cache_format=format_) for status in (301, 308)]
    url = "https://index.example/r/a-1.0-py3-none-any.whl?x=1#sha256=0"
    assert [will(answer, pip, kind="redirect", url=url) for answer in answers] == [moved, permanent]


@pytest.mark.parametrize(
    ("url", "location", "expected"),
    [
        ("https://index.example/simple/Six/", None, "download-again"),
        (None, "/simple/six/", "download-again"),
        (None, "https://files.example/a.tar.gz", "reuse"),
        (None, "https://files.example/a.whl.metadata", "reuse"),
        (None, None, None),
        ("https://[broken", "x.whl", "download-again"),
    ],
)
def test_a_redirect_of_a_page_is_asked_for_like_the_page(
    url: str | None, location: str | None, expected: str | None
) -> None:
    response = Response(301, at(0), location=location)
    assert will(response, "25.3", kind="redirect", url=url) == expected
    assert will(response, "26.2", kind="redirect", url=url) == "reuse"
    assert will(response._replace(has_etag=True), "25.3", kind="redirect", url="https://i.example/x/") == "revalidate"


# --- index pages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pip", "age", "expected"),
    [
        ("9.0.3", 599, "reuse"),  # what pip asks with goes before the page's own
        ("18.0", 599, "reuse"),
        ("18.0", 601, "revalidate"),
        ("18.1", 1, "revalidate"),
        ("26.1", 1, "revalidate"),
        ("26.1.2", 1, "revalidate"),
        ("26.2", 1, "reuse"),
        ("26.2", 86401, "revalidate"),
    ],
)
def test_index_pages(pip: str, age: float, expected: str) -> None:
    format_ = max(generation_of(pip).formats)
    page = Response(200, at(age), "max-age=86400", has_etag=True, cache_format=format_)
    assert will(page, pip, kind="index-page") == expected


@pytest.mark.parametrize("pip", ["18.1", "25.3"])
def test_a_page_that_is_always_asked_for_is_asked_by_whatever_there_is(pip: str) -> None:
    page = Response(200, None, "max-age=86400")
    assert will(page, pip, kind="index-page") == "download-again"
    assert will(page._replace(last_modified=at(9e6)), pip, kind="index-page") == "revalidate"
    assert will(page._replace(has_etag=True), pip, kind="index-page") == "revalidate"


def test_fresh_until() -> None:
    stored = NOW - 3600
    page = entry(Response(200, at(3600), "max-age=600", has_etag=True, cache_format=4), kind="index-page", store="http")
    assert forecast(page, "18.0", NOW).fresh_until == stored + 600
    assert forecast(page._replace(store="http-v2"), "25.3", NOW).fresh_until == stored + 600  # though it always asks
    assert forecast(entry(Response(200, at(3600), "max-age=5")), "26.3", NOW).fresh_until == stored + 5
    assert forecast(entry(Response(200, at(3600), expires=at(-40))), "26.3", NOW).fresh_until == NOW + 40
    assert forecast(entry(Response(200, at(3600))), "26.3", NOW).fresh_until == stored
    assert forecast(entry(Response(200, None, has_etag=True)), "26.3", NOW).fresh_until is None
    assert forecast(entry(Response(301), kind="redirect"), "26.3", NOW).fresh_until is None


# --- Vary ------------------------------------------------------------------------------------------------

FRESH = Response(200, at(10), "max-age=3600", has_etag=True)


def varied(*vary: tuple[str, str | None]) -> Response:
    return FRESH._replace(vary=vary)


@pytest.mark.parametrize(
    ("vary", "kind", "expected"),
    [
        ((("accept-encoding", "identity"),), "wheel", "reuse"),
        ((("Accept-Encoding", "gzip, deflate"),), "wheel", "download-again"),
        ((("Accept-Encoding", None),), "wheel", "download-again"),  # as pip stores what it resumed
        ((("Accept", "*/*"), ("Origin", None)), "sdist", "reuse"),
        ((("Accept", "text/html"),), "sdist", "download-again"),
        ((("*", None),), "wheel", "download-again"),
        ((("Connection", "keep-alive"),), "wheel", "reuse"),
        ((("Cache-Control", None),), "metadata", "reuse"),
        ((("Cache-Control", "max-age=0"),), "metadata", "download-again"),
        ((("Cookie", None),), "wheel", "reuse"),
        ((("Authorization", "Basic x"),), "wheel", None),
        ((("User-Agent", None),), "wheel", "download-again"),
        ((("User-Agent", "pip/24.0 {}"),), "wheel", "download-again"),
        ((("User-Agent", "pip/26.3 {}"),), "wheel", None),
        ((("User-Agent", "pip/26.3 {}"), ("Accept", "no")), "wheel", "download-again"),  # one that differs is enough
        ((("Accept", JSON_FIRST), ("Accept-Encoding", "gzip, deflate")), "index-page", "reuse"),
        ((("Accept", "text/html"),), "index-page", "download-again"),
        ((("Accept-Encoding", "identity"),), "index-page", "download-again"),
        ((("Accept-Encoding", "identity"),), "other", None),  # a file, or what the session asks for by itself
        ((("Accept-Encoding", "br"),), "other", "download-again"),
    ],
)
def test_vary_is_compared_header_by_header(
    vary: tuple[tuple[str, str | None], ...], kind: Kind, expected: str | None
) -> None:
    assert will(varied(*vary), kind=kind) == expected


def test_what_can_not_be_known_does_not_matter_where_pip_downloads_anyway() -> None:
    response = FRESH._replace(date=at(9999), has_etag=False, vary=(("Authorization", "Basic x"),))
    assert will(response) == "download-again"


@pytest.mark.parametrize(
    ("pip", "accept"),
    [
        ("9.0.3", "text/html"),
        ("18.0", "text/html"),
        ("22.1.2", "text/html"),
        ("22.2", JSON_FIRST),
        ("26.3", JSON_FIRST),
    ],
)
def test_pages_are_asked_for_in_the_form_of_the_time(pip: str, accept: str) -> None:
    format_ = max(generation_of(pip).formats)
    page = varied(("Accept", accept))._replace(cache_format=format_)
    expected = "reuse" if generation_of(pip).page_max_age != 0 else "revalidate"
    assert will(page, pip, kind="index-page") == expected
    other = page._replace(vary=(("Accept", "text/html, " + accept),))
    assert will(other, pip, kind="index-page") == "download-again"


@pytest.mark.parametrize(
    ("pip", "stored", "pythons", "expected"),
    [
        ("22.0.4", "gzip, deflate", [], "revalidate"),
        ("22.0.4", "gzip, deflate, br", [], None),
        ("22.1", "gzip, deflate, br", [], "download-again"),
        ("26.0", "gzip, deflate, zstd", [], "download-again"),
        ("26.1", "gzip, deflate", [], None),
        ("26.1", "gzip, deflate", ["312", "313"], "revalidate"),
        ("26.1", "gzip, deflate", ["314", "313"], None),
        ("26.1", "gzip, deflate", ["314"], "download-again"),
        ("26.1.1", "gzip, deflate, zstd", ["314"], "revalidate"),
        ("26.1.1", "gzip, deflate, zstd", ["39"], "download-again"),
        ("26.1.1", "gzip, deflate, zstd", [], None),
        ("26.1.2", "gzip, deflate", ["314"], "revalidate"),
        ("26.1.2", "gzip, deflate, zstd", ["314"], "download-again"),
    ],
)
def test_encodings_that_only_some_send(pip: str, stored: str, pythons: Sequence[str], expected: str | None) -> None:
    store: Store = "http-v2" if "http-v2" in generation_of(pip).stores else "http"
    page = entry(varied(("Accept-Encoding", stored)), kind="index-page", store=store)
    here = [FakePython(version, "cp", version) for version in pythons]
    assert forecast(page, pip, NOW, pythons=here).pip_will == expected


def test_names_stored_as_bytes_are_found_by_python_2_alone() -> None:
    file = varied(("Accept-Encoding", "identity"))._replace(vary_as_bytes=True)
    assert will(file, "20.3.4") is None  # it runs on both
    assert will(file, "21.0") == "download-again"
    assert will(file._replace(vary=(("Accept-Encoding", "x"),)), "20.3.4") == "download-again"
    assert will(file._replace(vary=(("Cookie", None),)), "21.0") == "reuse"


# --- what can be read at all -----------------------------------------------------------------------------


def test_who_reads_which_store() -> None:
    assert {store: pips_reading(store) for store in STORES} == {
        "http": "pip ≥ 6.0 and < 23.3",
        "http-v2": "pip ≥ 23.3",
        "wheels": "pip ≥ 7.0",
        "selfcheck": "pip ≥ 6.0",
        "downloads": "pip < 6.0",
        "pip-accel": "no pip",
    }
    for pip in ALL_PIPS:
        for store in STORES:
            said = forecast(entry(None, kind="other", store=store), pip, NOW)
            not_read = said == Forecast("never-read", f"pip {pip} never reads {store}/: {pips_reading(store)} does")
            once_read = pips_reading(store) != "no pip" or LAYOUTS[store].abandoned
            assert not_read == (once_read and store not in generation_of(pip).stores)


@pytest.mark.parametrize(
    ("pip", "read"),
    [("6.0.6", {1}), ("6.0.7", {1, 2}), ("9.0.3", {1, 2}), ("10.0.1", {1, 2, 4}), ("23.2.1", {1, 2, 4})],
)
def test_formats(pip: str, read: set[int]) -> None:
    for format_ in range(5):
        said = forecast(entry(FRESH._replace(cache_format=format_), store="http"), pip, NOW)
        # a pickle is never opened here, so what a pip that does makes of it can't be said
        expected = "download-again" if format_ not in read else None if format_ == 1 else "reuse"
        assert said.pip_will == expected, format_


def test_http_v2_holds_one_format() -> None:
    for format_ in (0, 1, 2, 3):
        assert will(FRESH._replace(cache_format=format_)) == "download-again"


@pytest.mark.parametrize("pip", V2_PIPS)
def test_half_pairs(pip: str) -> None:
    metadata = entry(FRESH, kind="orphan", url="https://index.example/a-1.0.tar.gz")
    said = forecast(metadata, pip, NOW)
    assert said.pip_will == ("reuse" if pip == "23.3" else "download-again")
    assert ("empty" in said.why) == (pip == "23.3")
    body = entry(None, kind="orphan")
    assert forecast(body, pip, NOW).pip_will == "download-again"


def test_what_can_not_be_made_out() -> None:
    assert will(None, "26.3", kind="unreadable") == "download-again"
    assert will(None, "23.2.1", kind="unreadable") == "download-again"
    assert will(None, "9.0.3", kind="unreadable") is None
    # a broken body with whole headers is served all the same: pip caches before it checks
    assert will(FRESH, kind="unreadable") == "reuse"


def test_leftovers_are_never_read() -> None:
    for store, pip in (("http", "18.0"), ("http-v2", "26.3"), ("wheels", "26.3"), ("selfcheck", "26.3")):
        assert will(None, pip, kind="leftover", store=store) == "never-read"


@pytest.mark.parametrize(("pip", "expected"), [("20.0.2", "never-read"), ("20.1", "reuse")])
def test_plain_http_is_cached_since_20_1(pip: str, expected: str) -> None:
    assert will(FRESH, pip, url="http://index.example/a-1.0-py3-none-any.whl") == expected
    assert will(FRESH, pip, url="https://index.example/a-1.0-py3-none-any.whl") == "reuse"


def test_the_flat_folder_is_taken_as_it_is() -> None:
    assert will(None, "1.5.6", store="downloads") == "reuse"


def test_what_is_asked_for_in_ways_that_differ_is_not_guessed() -> None:
    said = forecast(entry(Response(301, at(0)), kind="redirect"), "25.3", NOW)
    assert said.pip_will is None
    assert "; or: " in said.why


# --- selfcheck -------------------------------------------------------------------------------------------


def note(path: str, detail: SelfCheck | None) -> Entry:
    return Entry("/root", "selfcheck", "selfcheck", Files(path, (), bytes(STAMP_BYTES)), detail=detail)


IN_FOLDER = "selfcheck/fcd2d5175dd33d5df759ee7b045264230205ef837bf9f582f7c3ada7"
CHECKED = SelfCheck("/hello/world/venv", "2026-09-20T12:00:00+00:00", "26.3")
CHECKED_AT = calendar.timegm((2026, 9, 20, 12, 0, 0))
WEEK = 7 * 86400


def selfcheck(
    detail: SelfCheck | None, pip: str = "26.3", path: str = IN_FOLDER, *, now: float = CHECKED_AT
) -> Forecast:
    return forecast(note(path, detail), pip, now, exists=lambda path: path == "/hello/world/venv")


def test_selfcheck_is_read_for_a_week() -> None:
    said = selfcheck(CHECKED, now=CHECKED_AT + WEEK)
    assert (said.pip_will, said.fresh_until) == ("reuse", CHECKED_AT + WEEK)
    assert selfcheck(CHECKED, now=CHECKED_AT + WEEK + 1).pip_will == "download-again"


def test_selfcheck_of_a_python_that_is_gone() -> None:
    assert selfcheck(replace(CHECKED, prefix="/gone")).pip_will == "never-read"


@pytest.mark.parametrize("pip", ["6.0", "19.2.3", "19.3", "26.3"])
def test_selfcheck_layouts(pip: str) -> None:
    old = SelfCheck("/hello/world/venv", "2026-09-20T12:00:00Z", "26.3")
    in_one_file = pip in ("6.0", "19.2.3")
    assert selfcheck(old, pip, "selfcheck.json").pip_will == ("reuse" if in_one_file else "never-read")
    assert selfcheck(old, pip).pip_will == ("never-read" if in_one_file else "reuse")
    several = selfcheck(SelfCheck(None, None, None), pip, "selfcheck.json")
    assert several.pip_will == (None if in_one_file else "never-read")


@pytest.mark.parametrize(
    ("pip", "z", "offset"),
    [("23.2.1", "reuse", None), ("23.3", None, "reuse"), ("23.3.1", "reuse", "reuse"), ("26.3", "reuse", "reuse")],
)
def test_selfcheck_dates(pip: str, z: str | None, offset: str | None) -> None:
    assert selfcheck(replace(CHECKED, last_check="2026-09-20T12:00:00Z"), pip).pip_will == z
    assert selfcheck(CHECKED, pip).pip_will == offset


def test_selfcheck_that_can_not_be_made_out() -> None:
    assert selfcheck(None).pip_will == "download-again"
    assert selfcheck(replace(CHECKED, pypi_version=None)).pip_will == "download-again"
    assert selfcheck(SelfCheck(None, None, None)).pip_will == "download-again"
    assert selfcheck(replace(CHECKED, last_check="soon+00:00")).pip_will is None


# --- what is true of all ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "newest", "pip 26"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a pip version"):
        forecast(entry(FRESH), text, NOW)


HEADER = st.none() | st.text(max_size=30) | st.sampled_from([at(5), at(-5), at(9e6), "max-age=5", "max-age=-1,x=,"])
RESPONSES = st.builds(
    Response,
    status=st.sampled_from([0, 200, 203, 300, 301, 308, 404]),
    date=HEADER,
    cache_control=HEADER,
    expires=HEADER,
    has_etag=st.booleans(),
    vary=st.lists(st.tuples(st.text(max_size=8) | st.sampled_from(["Accept", "*"]), HEADER), max_size=2).map(tuple),
    location=HEADER,
    resumed=st.booleans(),
    cache_format=st.integers(0, 9),
    last_modified=HEADER,
    vary_as_bytes=st.booleans(),
)
DETAILS = st.none() | st.just(IndexPage(1, "html")) | st.builds(SelfCheck, HEADER, HEADER, HEADER)


@given(
    response=st.none() | RESPONSES,
    detail=DETAILS,
    kind=st.sampled_from(["wheel", "index-page", "redirect", "other", "orphan", "unreadable", "selfcheck"]),
    store=st.sampled_from(["http", "http-v2", "selfcheck", "downloads", "wheels"]),
    url=HEADER,
    pip=st.sampled_from(ALL_PIPS),
)
def test_whatever_stands_on_disk_has_a_forecast(
    response: Response | None, detail: Any, kind: Kind, store: Store, url: str | None, pip: str
) -> None:
    subject = entry(response, kind=kind, store=store, url=url, detail=detail)
    said = forecast(subject, pip, NOW, exists=lambda path: False)
    assert said.why
    assert said.why == safe_text(said.why)
    assert not said.why.endswith(".")


@given(RESPONSES, st.sampled_from(V2_PIPS), st.floats(0, 1e7))
def test_time_only_ever_makes_a_file_stale(response: Response, pip: str, later: float) -> None:
    subject = entry(response)
    first, second = forecast(subject, pip, NOW), forecast(subject, pip, NOW + later)
    assert first.fresh_until == second.fresh_until
    if first.pip_will != "reuse":
        assert second.pip_will == first.pip_will
    if first.fresh_until is not None and first.pip_will is not None:
        fresh_then = NOW + later < first.fresh_until
        assert (second.pip_will == "reuse") <= fresh_then
