"""What one comparison matches and its words, checked against a second implementation of the definitions."""

from __future__ import annotations

import fnmatch
import operator
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from pipcache_tui.cache.model import Entry
from pipcache_tui.quantities import parse_date, parse_duration, parse_size
from pipcache_tui.select.expression import (
    FIELDS,
    comparison,
    parse_filter,
    parse_search,
)
from pipcache_tui.select.judge import Judge
from tests.support.entries import (
    entry_lists,
    judges_of,
    make_entry,
    make_judge,
)
from tests.support.filters import HERE, comparisons, matching

_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


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
def test_a_comparison_matches_these_entries(text: str, expected: set[str]) -> None:
    assert matching(text) == expected


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
def test_a_comparison_in_words(text: str, words: str) -> None:
    assert parse_filter(text).words == words


def test_brackets_in_a_glob_stand_for_themselves() -> None:
    entry = make_entry(1, filename="a[b]c.whl")
    for text in ("filename=a[b]*", "filename~=[b]", "filename=a[?]c.whl"):
        assert parse_filter(text).matches(entry, make_judge())
        assert not parse_filter(text).matches(make_entry(1, filename="abc.whl"), make_judge())


def test_a_glob_with_many_stars_is_quick() -> None:
    entry = make_entry(1, filename="a" * 4000, url="b" * 4000)
    glob = "*a" * 300 + "*b"
    assert not parse_filter(f"filename={glob}").matches(entry, make_judge())
    assert not parse_search(f"{glob}c").matches(entry, make_judge())


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
