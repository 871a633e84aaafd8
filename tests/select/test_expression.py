"""Filters and searches as a whole: parsing, joining, and where an error is."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipcache_tui.cache.model import Entry
from pipcache_tui.select.expression import (
    LONGEST,
    ExpressionError,
    all_of,
    comparison,
    parse_filter,
    parse_search,
)
from tests.support.entries import (
    entries,
    make_entry,
    make_judge,
)
from tests.support.filters import HERE, comparisons, matching


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", set(HERE)),
        ("   ", set(HERE)),
        ("numpy", {"numpy2", "numpy1", "page"}),
        ("Zope.Interface", {"zope"}),
        ("zope_int", {"zope"}),
        ("8443", {"page"}),
        ("n*py 2.0", {"numpy2"}),
        ("numpy kind=wheel size<16MB", {"numpy1"}),
        ("kind=wheel and cp311", {"numpy2", "numpy1"}),
        ('"two words"', {"odd"}),
        ("nothing-like-it", set()),
        ("[", set()),
        ("https://files.index.example/packages/", {"numpy2"}),
    ],
)
def test_what_the_search_box_finds(text: str, expected: set[str]) -> None:
    assert matching(text, parse=parse_search) == expected


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("", 0, "an expression is missing"),
        ("sise>1GB", 0, "did you mean size?"),
        ("kind=wheel sise>1GB", 11, "did you mean size?"),
        ("kind=wheels", 5, "did you mean wheel?"),
        ("kind=wheel,sdits", 11, "did you mean sdist?"),
        ("zzz=1", 0, "there are project, version, kind"),
        ("ver=1", 0, "did you mean version?"),
        ("size>30x", 5, "unknown unit 'x'"),
        ("size>30", 5, "no unit: write 30MB or 30GB, or 30B for bytes"),
        ("size>30 and age>3d", 5, "no unit: write 30MB or 30GB, or 30B for bytes"),
        ("age>30", 4, "no unit"),
        ("age>-5d", 4, "negative"),
        ("age=30d", 3, "age takes < <= > >=, not ="),
        ("project<a", 7, "project takes = != ~=, not <"),
        ("size~=3", 4, "size takes"),
        ("stored<30d", 7, "write age>30d"),
        ("stored>30d", 7, "write age<30d"),
        ("used<30d", 5, "write unused>30d"),
        ("stored<soon", 7, "not a date"),
        ("stale=maybe", 6, "yes or no"),
        ("version<abc", 8, "not a version"),
        ("version~=1", 9, "did you mean version~=1.0?"),
        ("version~=1.2.*", 9, "not a release"),
        ("version>=1.2,<2", 12, "did you mean version>=1.2 version<2?"),
        ("size>1MB,2MB", 8, "takes one value"),
        ("size=>1MB", 4, "did you mean >=?"),
        ("size><1MB", 4, "not an operator"),
        ("size>", 5, "a value for size is missing"),
        ("kind=wheel,", 11, "a value for kind is missing"),
        ("kind= ", 6, "a value for kind is missing"),
        ('project="a b', 8, "this quote has no end"),
        ("project='a'b", 11, "a space is missing"),
        ("stale", 5, "did you mean stale=yes?"),
        ("kind=wheel or kind=sdist", 11, "write a list: kind=wheel,sdist"),
        ("not stale=yes", 0, "write a list"),
        ("(kind=wheel)", 0, "write a list"),
        ("kind=wheel and", 11, "here should be a comparison"),
        ("kind=wheel and =5", 11, "there is no field 'and'"),
        ("numpy", 0, "here should be a comparison"),
        ("=5", 0, "here should be a comparison"),
        ("a" * (LONGEST + 1), LONGEST, "at most 4000 characters"),
    ],
)
def test_an_error_has_a_place_and_a_suggestion(text: str, place: int, said: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_filter(text)
    assert said in str(caught.value)
    assert f"at character {place + 1} of" in str(caught.value)
    assert caught.value.position == place


def test_an_error_in_the_search_box_is_an_error_too() -> None:
    for text in ("size>", "sise>5", "kind=whale", 'url="'):
        with pytest.raises(ExpressionError):
            parse_search(text)


def test_a_comparison_from_its_parts_needs_no_quotes() -> None:
    for name in ("two words.txt", "a,b", "it's", 'say "x"', "", "x=y"):
        entry = make_entry(1, filename=name or None)
        assert comparison("filename", "=", name).matches(entry, make_judge())
        assert not comparison("filename", "=", name).matches(make_entry(1, filename="other"), make_judge())
    assert comparison("project", "=", "num*", "six").words == "project matches num* or six"
    assert comparison("filename", "=", "'\"").matches(make_entry(1, filename="'\""), make_judge())


def test_several_expressions_are_joined_by_and() -> None:
    both = all_of([parse_filter("kind=wheel"), parse_filter("size>15MB"), parse_search("")])
    assert both.words == "kind is wheel and size over 15 MB"
    assert both.fields == {"kind", "size"}
    judge = make_judge()
    assert {name for name, entry in HERE.items() if both.matches(entry, judge)} == {"numpy2"}
    assert all_of([]).matches(HERE["odd"], judge)
    assert all_of([]).words == "everything"


def test_an_expression_says_what_it_needs() -> None:
    assert parse_filter("size>1B kind=wheel").needs_pythons is False
    assert parse_filter("size>1B incompatible=yes").needs_pythons is True
    assert parse_search("numpy").needs_pythons is False


@given(entries(), st.lists(comparisons(), min_size=1, max_size=3))
def test_a_space_between_comparisons_means_and(entry: Entry, asked: list[tuple[str, str, list[str]]]) -> None:
    judge = make_judge([entry])
    parts = [comparison(key, sign, *values) for key, sign, values in asked]
    expected = all(part.matches(entry, judge) for part in parts)
    for joined in (" ", " and ", "  AND "):
        text = joined.join(part.text for part in parts)
        assert parse_filter(text).matches(entry, judge) == expected
        assert parse_search(text).matches(entry, judge) == expected
        assert parse_filter(text).words == all_of(parts).words


pieces = st.sampled_from(
    [
        "size",
        "kind",
        "version",
        "age",
        "=",
        ">",
        "<",
        "~=",
        "!=",
        ",",
        " ",
        "'",
        '"',
        "(",
        "and",
        "or",
        "wheel",
        "1.0",
        "3d",
        "*",
        "\\",
        "\x00",
    ]
)


@given(st.text(max_size=40) | st.lists(pieces, max_size=12).map("".join), entries())
@example("size>\u0663", make_entry())
@example("a=" + "9" * 3999, make_entry())
@example("version<" + "9" * 3990, make_entry())
def test_any_text_is_an_expression_or_an_error_with_a_place(text: str, entry: Entry) -> None:
    judge = make_judge([entry])
    for parse in (parse_filter, parse_search):
        try:
            expression = parse(text)
        except ExpressionError as error:
            assert 0 <= error.position <= len(text)
            assert str(error).isprintable() or "\u2028" not in str(error)
            assert "\n" not in str(error)
        else:
            assert isinstance(expression.matches(entry, judge), bool)
            assert "\n" not in expression.words


def test_or_in_the_search_bar_says_how_to_ask_for_any_of_several() -> None:
    with pytest.raises(ExpressionError, match="for any of several write a list"):
        parse_search("kind=wheel or kind=sdist")
    assert parse_search("or").words == "named like or"
