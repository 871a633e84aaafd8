"""The fields that filters compare, and what they give where something is unknown."""

from __future__ import annotations

from pipcache_tui.select.expression import (
    FIELDS,
    parse_filter,
)
from tests.support.entries import (
    DAILY,
    DAY,
    NEVER,
    NOW,
    make_entry,
    make_judge,
    response,
    wheel,
)
from tests.support.filters import HERE, matching


def test_superseded_and_by_which_version() -> None:
    entries = [wheel(1, "p", "1.0"), wheel(2, "p", "2.0"), wheel(3, "q", "1.0")]
    judge = make_judge(entries)
    for text in ("superseded=yes", "superseded-by>=2", "superseded-by=2.0"):
        assert [entry for entry in entries if parse_filter(text).matches(entry, judge)] == entries[:1]
    assert not any(parse_filter("superseded-by>2").matches(entry, judge) for entry in entries)


def test_without_pythons_or_times_of_use_nothing_is_guessed() -> None:
    judge = make_judge(HERE.values(), atimes=NEVER)
    for text in (
        "compatible-with=3.11",
        "compatible-with!=3.11",
        "incompatible=yes",
        "unused>1d",
        "unused<1d",
        "used<2030-01-01",
    ):
        assert matching(text, judge) == set()


def test_unused_allows_a_day_for_relatime() -> None:
    entry = make_entry(1, used=NOW - 30.5 * DAY)
    assert parse_filter("unused>30d").matches(entry, make_judge([entry]))
    assert not parse_filter("unused>30d").matches(entry, make_judge([entry], atimes=DAILY))


def test_the_example_of_each_field_can_be_parsed() -> None:
    for field in FIELDS.values():
        assert parse_filter(field.example).fields == {field.key}
        for alias in field.aliases:
            assert parse_filter(field.example.replace(field.key, alias.upper(), 1)).fields == {field.key}


def test_what_pip_will_do_with_an_old_pickle_is_unknown() -> None:
    pickle = make_entry(1, store="http", response=response()._replace(cache_format=1))
    judge = make_judge([pickle], pip_version="6.0.1")
    assert judge.forecast(pickle).pip_will is None
    for text in ('pip-will=""', "pip-will=reuse", "pip-will!=reuse", "pip-will=*"):
        assert not parse_filter(text).matches(pickle, judge)
