"""The language of filters: what matches, how it is said back, where and how mistakes are pointed at."""

from __future__ import annotations

import fnmatch
import operator
from collections.abc import Callable, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from pipcache_tui.cache.model import Entry
from pipcache_tui.quantities import parse_date, parse_duration, parse_size
from pipcache_tui.select.expression import (
    FIELDS,
    LONGEST,
    ExpressionError,
    all_of,
    comparison,
    parse_filter,
    parse_search,
)
from pipcache_tui.select.fields import OPERATORS
from pipcache_tui.select.judge import Judge
from tests.support.entries import (
    DAILY,
    DAY,
    NEVER,
    NOW,
    PYTHONS,
    entries,
    entry_lists,
    judges_of,
    make_entry,
    make_judge,
    response,
    wheel,
)

FILES = "https://files.index.example/packages/numpy-2.0-cp311-cp311-manylinux_2_17_x86_64.whl"
HERE = {
    "numpy2": wheel(
        1,
        "numpy",
        "2.0",
        ("cp311-cp311-manylinux_2_17_x86_64",),
        size=20_000_000,
        stored=NOW - 10 * DAY,
        used=NOW - 2 * DAY,
        url=FILES,
        url_proof="content",
        requires_python=">=3.9",
    ),
    "numpy1": wheel(
        2,
        "numpy",
        "1.26.4",
        ("cp311-cp311-manylinux_2_17_x86_64",),
        size=15_000_000,
        stored=NOW - 400 * DAY,
        used=NOW - 300 * DAY,
        yanked="broken",
    ),
    "zope": make_entry(
        3,
        "sdist",
        "downloads",
        project="zope-interface",
        version="5.0rc1",
        filename="zope.interface-5.0rc1.zip",
        size=0,
    ),
    "built": make_entry(
        4, "built-wheel", "wheels", project="old", version="1.0", tags=("cp27-cp27mu-linux_x86_64",), size=4096
    ),
    "page": make_entry(
        5, "index-page", project="numpy", url="https://index.example:8443/simple/numpy/", url_proof="origin"
    ),
    "half": make_entry(6, "orphan", problems=("its body is missing",), response=None),
    "odd": make_entry(7, "other", version="2004d", filename="two words.txt", root="/srv/a b"),
}


def matching(text: str, judge: Judge | None = None, parse: Callable[..., object] = parse_filter) -> set[str]:
    asked = judge or make_judge(HERE.values(), pythons=PYTHONS)
    expression = parse_filter(text) if parse is parse_filter else parse_search(text)
    return {name for name, entry in HERE.items() if expression.matches(entry, asked)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("project=numpy", {"numpy2", "numpy1", "page"}),
        ("project=NumPy,zope_interface", {"numpy2", "numpy1", "page", "zope"}),
        ("project=num*", {"numpy2", "numpy1", "page"}),
        ("project=n?mpy kind=wheel", {"numpy2", "numpy1"}),
        ("name~=inter", {"zope"}),
        ("project!=numpy", {"zope", "built", "half", "odd"}),
        ('project=""', {"half", "odd"}),
        ('project!=""', {"numpy2", "numpy1", "page", "zope", "built"}),
        ("project=*", {"numpy2", "numpy1", "page", "zope", "built"}),
        ("kind=wheel,sdist", {"numpy2", "numpy1", "zope"}),
        ("kind~=wheel", {"numpy2", "numpy1", "built"}),
        ("kind=*page", {"page"}),
        ("kind!=wheel,sdist", {"built", "page", "half", "odd"}),
        ("kind=built_wheel", {"built"}),
        ("store=wheels", {"built"}),
        ("size>15MB", {"numpy2"}),
        ("size>=15MB", {"numpy2", "numpy1"}),
        ("size = 4KiB", {"built"}),
        ("size<1kB", {"zope"}),
        ("size=0,15000kB", {"zope", "numpy1"}),
        ("on-disk>4095B size_on_disk<5kB", {"built", "page", "half", "odd"}),
        ("age>30d", {"numpy1"}),
        ("age<2d", {"zope", "built", "page", "half", "odd"}),
        ("unused>=300d", {"numpy1"}),
        ("unused<=2d", {"numpy2", "zope", "built", "page", "half", "odd"}),
        ("stored<2026-06-01", {"numpy1"}),
        ("stored=2027-01-05", {"numpy2"}),
        ("stored>=2027-01-05 stored<=2027-01-13", {"numpy2"}),
        ("stored!=2027-01-05,2027-01-14", {"numpy1"}),
        ("stored<=2027-01-05", {"numpy2", "numpy1"}),
        ("stored=2027-01-05T07:59", set()),
        ("stored=2027-01-05T08:00", {"numpy2"}),
        ("validated>2027-01-05T07:59", {"numpy2", "zope", "built", "page", "half", "odd"}),
        ("validated>2027-01-05T08:00", {"zope", "built", "page", "half", "odd"}),
        ("used>2027-01-12", {"numpy2", "zope", "built", "page", "half", "odd"}),
        ("version=2", {"numpy2"}),
        ("version=2.*", {"numpy2"}),
        ("version<2", {"numpy1", "built"}),
        ("version>=2", {"numpy2", "zope"}),
        ("version~=1.26.0", {"numpy1"}),
        ("version~=1.0", {"numpy1", "built"}),
        ("version=2004d", {"odd"}),
        ("version=2004*", {"odd"}),
        ("version=2004.x.*", set()),
        ("version!=2.0.0", {"numpy1", "zope", "built", "page", "half", "odd"}),
        ('version=""', {"page", "half"}),
        ("tag~=manylinux", {"numpy2", "numpy1"}),
        ("tags=cp27-*,cp26-*", {"built"}),
        ('tag=""', {"zope", "page", "half", "odd"}),
        ("tag!=cp27-*", {"numpy2", "numpy1", "zope", "page", "half", "odd"}),
        ("host=index.example", set()),
        ("host=index.example:8443", {"page"}),
        ("host=*.index.example", {"numpy2"}),
        ('url=""', {"numpy1", "zope", "built", "half", "odd"}),
        ("url=HTTPS://*", {"numpy2", "page"}),
        ("proof=content,origin", {"numpy2", "page"}),
        ('proof=""', {"numpy1", "zope", "built", "half", "odd"}),
        ("filename='two words.txt'", {"odd"}),
        ('root="/srv/a b"', {"odd"}),
        ("requires-python='>=3.9'", {"numpy2"}),
        ("problems=*", {"half"}),
        ("problems~=body", {"half"}),
        ("yanked=yes", {"numpy1"}),
        ("yanked=no kind=wheel", {"numpy2"}),
        ("superseded-by!=2", set()),
        ('superseded-by=""', set()),
        ('compatible-with=""', {"built"}),
        ('pip-will=""', set()),
        ("compatible-with=3.11", {"numpy2", "numpy1"}),
        ("compatible-with!=3.11", {"built"}),
        ("incompatible=yes", {"built"}),
        ("pip-will=never-read", {"built", "zope"}),
        ("pip-will!=reuse", {"zope", "built", "half", "page"}),
        ("stale=true", {"zope", "built", "half"}),
        ("fresh-until>2030-01-01", {"numpy2", "numpy1", "page", "odd"}),
        (f"id={HERE['half'].id}", {"half"}),
        ("kind=wheel AND size>15MB", {"numpy2"}),
        ("kind=wheel size>15MB version<3", {"numpy2"}),
        ("kind= wheel , sdist", {"numpy2", "numpy1", "zope"}),
        ("kind==wheel", {"numpy2", "numpy1"}),
    ],
)
def test_what_matches(text: str, expected: set[str]) -> None:
    assert matching(text) == expected


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


def test_what_is_superseded_and_by_which_version() -> None:
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


def test_unused_leaves_out_the_day_that_relatime_blurs() -> None:
    entry = make_entry(1, used=NOW - 30.5 * DAY)
    assert parse_filter("unused>30d").matches(entry, make_judge([entry]))
    assert not parse_filter("unused>30d").matches(entry, make_judge([entry], atimes=DAILY))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("size>100MB", "size over 100 MB"),
        ("size > 100 MB", "size over 100 MB"),
        ("size > 100 MB age > 30 d", "size over 100 MB and age over 30 days"),
        ("age>=30d", "age at least 30 days"),
        ("age<2h30m", "age under 2 hours 30 minutes"),
        ("kind=wheel,sdist", "kind is wheel or sdist"),
        ("kind!=wheel,sdist", "kind is not wheel nor sdist"),
        ("project=num*", "project matches num*"),
        ('filename~="a b"', 'filename contains "a b"'),
        ('url=""', "URL is unknown"),
        ("version<=2.0", "version at most 2.0"),
        ("version~=1.2", "version compatible with 1.2"),
        ("stored<2026-01-31", "stored before 2026-01-31"),
        ("fresh-until>=2026-01-31", "fresh on or after 2026-01-31"),
        ("stale=yes superseded=no", "stale and not superseded"),
        ("stale!=yes", "not stale"),
        ("stale=yes,no", "stale or not stale"),
        ("pip-will=reuse", "what pip will do is reuse"),
        ("compatible-with=3.11", "compatible Python is 3.11"),
        ("filename=\u202eevil", r"filename is \u202eevil"),
        ("size!=0", "size is not 0 bytes"),
    ],
)
def test_said_back_in_words(text: str, words: str) -> None:
    assert parse_filter(text).words == words


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
def test_mistakes_are_pointed_at(text: str, place: int, said: str) -> None:
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


def test_many_expressions_are_anded() -> None:
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


def test_each_field_has_an_example_that_reads() -> None:
    for field in FIELDS.values():
        assert parse_filter(field.example).fields == {field.key}
        for alias in field.aliases:
            assert parse_filter(field.example.replace(field.key, alias.upper(), 1)).fields == {field.key}


def test_brackets_are_letters() -> None:
    entry = make_entry(1, filename="a[b]c.whl")
    for text in ("filename=a[b]*", "filename~=[b]", "filename=a[?]c.whl"):
        assert parse_filter(text).matches(entry, make_judge())
        assert not parse_filter(text).matches(make_entry(1, filename="abc.whl"), make_judge())


def test_what_pip_will_do_with_an_old_pickle_can_not_be_said() -> None:
    pickle = make_entry(1, store="http", response=response()._replace(cache_format=1))
    judge = make_judge([pickle], pip_version="6.0.1")
    assert judge.forecast(pickle).pip_will is None
    for text in ('pip-will=""', "pip-will=reuse", "pip-will!=reuse", "pip-will=*"):
        assert not parse_filter(text).matches(pickle, judge)


def test_globs_that_would_backtrack_do_not() -> None:
    entry = make_entry(1, filename="a" * 4000, url="b" * 4000)
    glob = "*a" * 300 + "*b"
    assert not parse_filter(f"filename={glob}").matches(entry, make_judge())
    assert not parse_search(f"{glob}c").matches(entry, make_judge())


# --- against the definitions, written again --------------------------------------------------------------

_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@st.composite
def comparisons(draw: st.DrawFn) -> tuple[str, str, list[str]]:
    field = draw(st.sampled_from(list(FIELDS.values())))
    sign = draw(st.sampled_from(OPERATORS[field.type]))
    value = {
        "text": st.sampled_from(["numpy", "n*", "*", "?ix", "cp311*", "", "A", "3.11", "[a]", "x y", ">=3.8"]) | words,
        "choice": st.sampled_from([*field.choices, "*"]),
        "version": st.sampled_from(["1.0", "1.1", "2.0rc1", "2.0", "0.9.1"]),
        "size": st.sampled_from(["0", "1B", "4096 bytes", "1MB", "5GiB"]),
        "duration": st.sampled_from(["0d", "1s", "1d", "30d", "400d", "1y"]),
        "date": st.sampled_from(["2027-01-14", "2027-01-14T08:00", "2026-12-16T08:00:00Z", "2025-12-11", "2030-01-01"]),
        "yes-no": st.sampled_from(["yes", "no", "TRUE", "0"]),
    }[field.type]
    many = sign in ("=", "!=", "~=")
    return field.key, sign, draw(st.lists(value, min_size=1, max_size=3 if many else 1))


words = st.text(st.characters(codec="utf-8", exclude_characters="\"'"), max_size=8)


def naive(key: str, sign: str, values: Sequence[str], entry: Entry, judge: Judge) -> bool:
    field = FIELDS[key]
    have = field.value(entry, judge)
    if have is None and field.judged:
        return False
    if sign == "!=":
        return not naive(key, "=", values, entry, judge)
    if len(values) > 1:
        return any(naive(key, sign, [value], entry, judge) for value in values)
    value = values[0]
    if field.type == "yes-no":
        return have is (value in ("yes", "TRUE"))
    if field.type in ("text", "choice"):
        if not have:
            return value == ""
        if key == "project":
            value = value.replace("_", "-").replace(".", "-")
            while "--" in value:
                value = value.replace("--", "-")
        texts = have if isinstance(have, tuple) else (str(have),)
        glob = value.replace("[", "[[]").lower()
        glob = f"*{glob}*" if sign == "~=" else glob
        return value != "" and any(fnmatch.fnmatchcase(text.lower(), glob) for text in texts)
    if have is None:
        return False
    if field.type == "version":
        try:
            version = Version(str(have))
        except InvalidVersion:
            return False
        if sign == "~=":
            return SpecifierSet(f"~={value}").contains(version, prereleases=True)
        return version == Version(value) if sign == "=" else bool(_ORDER[sign](version, Version(value)))
    number = float(have)  # type: ignore[arg-type]
    if field.type == "date":
        start, end = parse_date(value)
        return {
            "=": start <= number < end,
            "<": number < start,
            ">=": number >= start,
            ">": number >= end,
            "<=": number < end,
        }[sign]
    bound = parse_size(value) if field.type == "size" else parse_duration(value)
    return number == bound if sign == "=" else bool(_ORDER[sign](number, bound))


@given(st.data(), comparisons())
def test_each_comparison_means_what_its_definition_says(data: st.DataObject, asked: tuple[str, str, list[str]]) -> None:
    given_entries = data.draw(entry_lists(6))
    judge = data.draw(judges_of(given_entries))
    key, sign, values = asked
    expression = comparison(key, sign, *values)
    assert expression.words
    assert expression.fields == {key}
    again = parse_filter(expression.text)
    for entry in given_entries:
        assert expression.matches(entry, judge) == naive(key, sign, values, entry, judge) == again.matches(entry, judge)


@given(entries(), st.lists(comparisons(), min_size=1, max_size=3))
def test_side_by_side_means_and(entry: Entry, asked: list[tuple[str, str, list[str]]]) -> None:
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
def test_garbage_is_an_expression_or_an_error_with_a_place(text: str, entry: Entry) -> None:
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
