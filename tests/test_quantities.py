"""What durations, dates, sizes and shares people may type, and what each wrong one is answered."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipcache_tui.quantities import (
    DAY,
    HOUR,
    LARGEST,
    LONGEST,
    MINUTE,
    QuantityError,
    Share,
    Span,
    duration_in_words,
    parse_date,
    parse_duration,
    parse_share,
    parse_size,
    parse_span,
    size_in_words,
)

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30d", 30 * DAY),
        ("2w", 14 * DAY),
        ("6mo", 180 * DAY),
        ("1y", 365 * DAY),
        ("2h30m", 2 * HOUR + 30 * MINUTE),
        ("1m", MINUTE),
        ("45s", 45),
        ("0d", 0),
        ("1.5h", 1.5 * HOUR),
        (" 1 day 12 hours ", 1.5 * DAY),
        ("10D", 10 * DAY),
        ("3MO", 90 * DAY),
        ("1000y", LONGEST),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "missing"),
        ("30", "no unit.*write 30d for days"),
        ("1.5", "no unit"),
        ("-5d", "negative"),
        ("\u22125d", "negative"),
        ("1e9y", "unknown unit 'e'"),
        ("1000000000y", "longer than 1000 years"),
        ("99999999999999999999y", "longer than 1000 years"),
        ("9" * 400 + "d", "not a duration"),
        ("\u0663\u0660d", "not a duration"),
        ("30\uff44", "not a duration"),
        ("5M", "minutes or months"),
        ("30 fortnights", "unknown unit 'fortnights'"),
        ("1d1d", "same unit twice"),
        ("2h30", "not a duration"),
        ("d", "not a duration"),
        ("1.d", "not a duration"),
        ("nan", "not a duration"),
        ("inf d", "not a duration"),
        ("30d\x1b[2J", r"'30d\\x1b\[2J'"),
    ],
)
def test_what_is_no_duration(text: str, said: str) -> None:
    with pytest.raises(QuantityError, match=said) as caught:
        parse_duration(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("text", "start", "length"),
    [
        ("2026-01-31", "2026-01-31T00:00:00+00:00", DAY),
        ("2024-02-29", "2024-02-29T00:00:00+00:00", DAY),
        ("2026-01-31T12:30Z", "2026-01-31T12:30:00+00:00", MINUTE),
        ("2026-01-31 12:30", "2026-01-31T12:30:00+00:00", MINUTE),
        ("2026-01-31T12:30:15.123456Z", "2026-01-31T12:30:15+00:00", 1),
        ("2026-01-31t12:30:15+02:00", "2026-01-31T10:30:15+00:00", 1),
        ("2026-01-31T12:30:15-0530", "2026-01-31T18:00:15+00:00", 1),
        ("0001-01-01", "0001-01-01T00:00:00+00:00", DAY),
        ("9999-12-31", "9999-12-31T00:00:00+00:00", DAY),
    ],
)
def test_dates(text: str, start: str, length: float) -> None:
    begin = datetime.fromisoformat(start).timestamp()
    assert parse_date(text) == (begin, begin + length)
    assert parse_span(text, NOW) == Span(NOW - begin, text, is_date=True)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30", "2025-02-29", "2026-13-01", "2026-1-1", "2026-01-31T25:00", "2026-01-31T10:00:60Z",
        "2026-01-31T10:00+25:00", "0000-01-01", "0001-01-01T00:00+01:00", "2026-01-31T", "2026-01", "\u0662026-01-01",
        "2026-01-31Z", "yesterday", "",
    ],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(QuantityError, match="2026-01-31T12:00:00Z"):
        parse_date(text)


def test_a_span_is_a_date_or_a_duration_ago() -> None:
    assert parse_span("30d", NOW) == Span(30 * DAY, "30 days")
    day = parse_date("2026-01-31")[0]
    assert parse_span("2026-01-31", NOW) == Span(NOW - day, "2026-01-31", is_date=True)
    assert parse_span("2099-01-01", NOW).seconds < 0
    assert parse_span("3min", NOW).seconds == 180
    assert parse_span("2h30m", NOW).seconds == 9000
    with pytest.raises(QuantityError, match=r"minutes: for months write 3mo, for minutes 3min"):
        parse_span("3m", NOW)
    with pytest.raises(QuantityError, match=r"no unit.*; or a date: 2026-01-31"):
        parse_span("30", NOW)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("0.0", 0),
        ("4096 bytes", 4096),
        ("1B", 1),
        ("1kB", 1000),
        ("1KB", 1000),
        ("1k", 1000),
        ("500MB", 500_000_000),
        ("500mb", 500_000_000),
        ("1.5GB", 1_500_000_000),
        ("1.5 gb", 1_500_000_000),
        ("2TB", 2 * 10**12),
        ("1PB", 10**15),
        ("1KiB", 1024),
        ("1kib", 1024),
        ("1.5MiB", 1_572_864),
        ("2Gi", 2 << 30),
        ("3TiB", 3 << 40),
        ("0.001kB", 1),
        ("0.0000000001GB", 0),
        ("1000PB", LARGEST),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "missing"),
        ("-1", "negative"),
        ("-5GB", "negative"),
        ("1.5B", "no parts of a byte"),
        ("1.5", "'1.5' has no unit: write 1.5MB or 1.5GB, or 1.5B for bytes"),
        (" 500 ", "has no unit: write 500MB or 500GB, or 500B for bytes"),
        ("0.0001", "no unit"),
        ("1Gb", "Gb and Mb are bits"),
        ("5XB", "unknown unit 'XB'"),
        ("5 G B", "not a size"),
        ("1,5GB", "not a size"),
        ("1e9", "unknown unit|not a size"),
        ("0x10", "not a size"),
        ("1001PB", r"larger than any disk \(at most 1000 PB\)"),
        ("9" * 20 + "PB", "larger than any disk"),
        ("9" * 4000, "not a size"),
        ("\u0665GB", "not a size"),
        ("GB", "not a size"),
        ("\u202e5GB", r"\\u202e"),
    ],
)
def test_what_is_no_size(text: str, said: str) -> None:
    with pytest.raises(QuantityError, match=said) as caught:
        parse_size(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


def test_shares_of_a_disk() -> None:
    assert parse_share("10GB") == Share("10 GB", size=10**10)
    assert parse_share("10GB").of(10**12) == 10**10
    assert parse_share("15%").of(1000) == 150
    assert parse_share("15 %").words == "15 %"
    assert parse_share("12.5%").of(1001) == 126
    assert parse_share("100%").of(7) == 7
    assert parse_share("0%").of(7) == 0


@pytest.mark.parametrize(
    "text", ["101%", "-1%", "%", "x%", "1e1%", "\u0661%", "10 apples", "", "99999999999999999999%"]
)
def test_what_is_no_share(text: str) -> None:
    with pytest.raises(QuantityError, match="%"):
        parse_share(text)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (30 * DAY, "30 days"),
        (9000, "2 hours 30 minutes"),
        (90061, "1 day 1 hour 1 minute 1 second"),
    ],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration_in_words(seconds) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1 kB"), (1500, "1.5 kB"), (1024, "1 KiB"),
        (500_000_000, "500 MB"), (2 << 30, "2 GiB"), (1_234_567, "1234567 bytes"), (12_340_000, "12.34 MB"),
        (1_050_000, "1.05 MB"),
    ],
)  # fmt: skip
def test_sizes_in_words(size: int, words: str) -> None:
    assert size_in_words(size) == words


@given(st.integers(0, int(LONGEST)))
def test_a_duration_said_back_reads_the_same(seconds: int) -> None:
    assert parse_duration(duration_in_words(seconds)) == seconds


@given(
    st.integers(0, LARGEST)
    | st.integers(0, 10**6).map(lambda count: count * 10**9)
    | st.integers(0, 10**5).map(lambda n: n << 30)
)
def test_a_size_said_back_reads_the_same(size: int) -> None:
    assert parse_size(size_in_words(size)) == size


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)), st.integers(-23 * 60, 23 * 60))
def test_any_date_in_rfc_3339_is_read(moment: datetime, offset: int) -> None:
    aware = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset)))
    assert parse_date(aware.isoformat())[0] == aware.timestamp()


@given(st.text(max_size=30) | st.text("0123456789.-+:TZ dmowhyskMGTiB%e", max_size=24))
@example("0" * 20 + "." + "0" * 20 + "y")
def test_garbage_is_a_quantity_or_a_one_line_error(text: str) -> None:
    parsers: list[Callable[[str], object]] = [parse_duration, parse_size, parse_date, parse_share]
    parsers.append(lambda given: parse_span(given, NOW))
    for parse in parsers:
        try:
            parse(text)
        except QuantityError as error:
            assert re.fullmatch(r"[^\x00-\x1f\x7f\u202e]{1,300}", str(error))
