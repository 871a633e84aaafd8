"""What the judge says of entries: stale, superseded, compatible, unused; each held against its definition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipcache_tui.cache.pip.freshness import NEWEST_KNOWN_PIP, forecast
from pipcache_tui.pythons.environments import Environment, Environments
from pipcache_tui.pythons.installed import Distribution
from pipcache_tui.select.expression import parse_filter
from tests.support.entries import (
    DAILY,
    DAY,
    NEVER,
    NOW,
    OTHER_ROOT,
    PYTHONS,
    entry_lists,
    judges_of,
    make_entry,
    make_judge,
    make_python,
    response,
    wheel,
)

CP311 = ("cp311-cp311-manylinux_2_17_x86_64",)
CP312 = ("cp312-cp312-manylinux_2_17_x86_64",)
BOTH = ("py2-none-any", "py3-none-any")
PY3 = ("py3-none-any",)


# --- stale, compatible, the rest -------------------------------------------------------------------------


def test_stale_is_what_pip_asks_for_again_or_never_reads() -> None:
    judge = make_judge()
    assert judge.stale(wheel(1, "p", "1.0")) is None
    expired = make_entry(1, response=response(NOW - DAY, 600))
    assert judge.stale(expired) == f"its freshness ended 2027-01-14; {judge.forecast(expired).why}"
    for entry, will in (
        (make_entry(1, response=response(NOW - DAY, 600, has_etag=False)), "download-again"),
        (make_entry(1, store="http"), "never-read"),
        (make_entry(1, "leftover"), "never-read"),
    ):
        assert judge.forecast(entry).pip_will == will
        assert judge.stale(entry) == judge.forecast(entry).why
    fresh_page = make_entry(1, "index-page", response=response(NOW - 60, 600))
    assert judge.forecast(fresh_page).pip_will == "revalidate"
    assert judge.stale(fresh_page) is None


def test_what_a_newer_pip_than_any_found_stored_is_not_stale_for_that() -> None:
    """Cron finds the system's pip 23.0.1, and the cache is full of what the pip 25 of a virtual environment stored."""
    found = [make_python("3.11.2", PY3, "23.0.1")]
    new, old, expired = (
        wheel(1, "p", "1.0"),
        make_entry(2, store="http"),
        wheel(3, "q", "1.0", response=response(NOW - DAY, 600)),
    )
    cron = make_judge(pythons=found, pip_version=None)
    assert [cron.forecast(entry).pip_will for entry in (new, old)] == ["never-read", "reuse"]
    assert [cron.stale(entry) for entry in (new, old)] == [None, None]
    assert cron.usable(new)
    assert (cron.stale(expired) or "").startswith("its freshness ended")
    assert cron.stale(make_entry(4, "leftover")) == forecast(make_entry(4, "leftover"), NEWEST_KNOWN_PIP, NOW).why
    stated = make_judge(pythons=found, pip_version="23.0.1")
    assert stated.stale(new) == stated.forecast(new).why
    assert not stated.usable(new)


def test_freshness_ends_with_its_last_second() -> None:
    entry = make_entry(1, "index-page", response=response(NOW - 600, 600))
    assert make_judge(now=NOW - 1).stale(entry) is None
    assert make_judge(now=NOW).stale(entry) is not None


@given(st.data())
def test_stale_is_what_its_definition_says(data: st.DataObject) -> None:
    given_entries = data.draw(entry_lists(6))
    judge = data.draw(judges_of(given_entries))
    for entry in given_entries:
        told = forecast(entry, judge.pip_version, NOW, pythons=judge.pythons, exists=lambda _: True)
        ended = told.fresh_until is not None and told.fresh_until <= NOW
        assert (judge.stale(entry) is not None) == (ended or told.pip_will in ("download-again", "never-read"))
        assert judge.forecast(entry) == told
        assert judge.usable(entry) == (told.pip_will not in ("download-again", "never-read"))


def test_who_accepts_an_entry() -> None:
    judge = make_judge(pythons=PYTHONS)
    assert judge.compatible_with(wheel(1, "p", "1", CP311)) == ("3.11",)
    assert judge.compatible_with(wheel(1, "p", "1", BOTH)) == ("2.7", "3.11", "3.12")
    assert judge.compatible_with(wheel(1, "p", "1", BOTH, requires_python=">=3.12")) == ("3.12",)
    assert judge.compatible_with(wheel(1, "p", "1", ())) is None
    assert judge.compatible_with(make_entry(1, "sdist", requires_python="<3")) == ("2.7",)
    assert judge.compatible_with(make_entry(1, "sdist")) is None
    assert judge.compatible_with(make_entry(1, "metadata", tags=CP312)) == ("3.12",)
    assert judge.compatible_with(make_entry(1, "index-page", requires_python="<3")) is None
    assert make_judge().compatible_with(wheel(1, "p", "1", CP311)) is None
    two_of_a_name = (PYTHONS[1], make_python("3.11.9", PYTHONS[1].tags))
    assert make_judge(pythons=two_of_a_name).compatible_with(wheel(1, "p", "1", CP311)) == ("3.11",)


def test_why_an_entry_is_incompatible() -> None:
    judge = make_judge(pythons=PYTHONS)
    assert judge.incompatible(wheel(1, "p", "1", CP311)) is None
    assert judge.incompatible(make_entry(1, "sdist")) is None
    assert judge.incompatible(wheel(1, "p", "1", ("cp36-cp36m-win32",))) == (
        "none of the Pythons here (2.7, 3.11, 3.12) accepts cp36-cp36m-win32"
    )
    assert judge.incompatible(wheel(1, "p", "1", PY3, requires_python=">=4")) == (
        "it requires Python >=4, which none that accepts its tags is (3.11, 3.12)"
    )
    assert judge.incompatible(make_entry(1, "sdist", requires_python=">=4")) == (
        "it requires Python >=4, which none here is (2.7, 3.11, 3.12)"
    )
    many = [make_python(f"3.{minor}.0", PY3) for minor in range(9)]
    assert "(3.0, 3.1, 3.2, 3.3, 3.4, 3.5 and 3 more)" in (
        make_judge(pythons=many).incompatible(wheel(1, "p", "1", CP311)) or ""
    )
    assert make_judge().incompatible(wheel(1, "p", "1", CP311)) is None


@given(st.data())
def test_compatible_is_what_each_python_says(data: st.DataObject) -> None:
    given_entries = data.draw(entry_lists(6))
    judge = data.draw(judges_of(given_entries))
    for entry in given_entries:
        accepting = tuple(p.name for p in judge.pythons if p.accepts(entry.tags, entry.requires_python))
        told = judge.compatible_with(entry)
        assert told is None or told == accepting
        assert (judge.incompatible(entry) is not None) == (told == ())


def test_age_counts_from_the_last_validation_and_use_from_the_last_reading() -> None:
    entry = make_entry(1, stored=NOW - 40 * DAY, validated=NOW - 10 * DAY, used=NOW - 5 * DAY)
    judge = make_judge()
    assert judge.age(entry) == 10 * DAY
    assert judge.unused(entry) == judge.unused_for_sure(entry) == 5 * DAY
    assert make_judge(atimes=DAILY).unused_for_sure(entry) == 4 * DAY
    assert make_judge(atimes=NEVER).unused_for_sure(entry) is None
    assert judge.age(make_entry(1, stored=NOW + DAY)) == -DAY


def test_mounts_are_asked_root_by_root() -> None:
    judge = make_judge(atimes=lambda root: NEVER if root == OTHER_ROOT else DAILY)
    assert judge.atimes(make_entry(1)) is DAILY
    assert judge.atimes(make_entry(1, root=OTHER_ROOT)) is NEVER


def test_the_pip_is_the_newest_of_the_pythons_else_the_newest_known() -> None:
    pips = ("9.0.3", "25.1", "23.3.2", None, "odd")
    pythons = [make_python(f"3.{minor}.0", PY3, pip) for minor, pip in enumerate(pips)]
    assert make_judge(pythons=pythons, pip_version=None).pip_version == "25.1"
    assert make_judge(pythons=pythons[3:], pip_version=None).pip_version == NEWEST_KNOWN_PIP
    assert make_judge(pip_version=None).pip_version == NEWEST_KNOWN_PIP
    assert make_judge(pythons=pythons, pip_version="20.0").pip_version == "20.0"


def test_an_entry_is_judged_as_it_is_now_not_as_another_with_its_key() -> None:
    judge = make_judge()
    assert judge.stale(make_entry(1, response=response(NOW - DAY, 600))) is not None
    assert judge.stale(make_entry(1)) is None


def test_what_any_pip_here_still_uses_is_not_stale() -> None:
    """The newest pip no longer reads `http/`, but another Python's does: no rule may take it away."""
    newest = make_python("3.13.1", ["py3-none-any"], "25.3")
    older = make_python("3.9.1", ["py3-none-any"], "23.2.1")
    entry = make_entry(1, store="http")
    for pythons, stated, stale in (
        ([newest], None, True),
        ([newest, older], None, False),
        ([newest, older], "25.3", True),
        ([older], None, False),
    ):
        judge = make_judge([entry], pythons=pythons, pip_version=stated)
        assert (judge.stale(entry) is not None) == stale, (pythons, stated)
        assert judge.usable(entry) != stale
    assert make_judge([entry], pythons=[newest, older], pip_version=None).forecast(entry).pip_will == "never-read"


# --- installed -------------------------------------------------------------------------------------------


def environment(prefix: str, *installed: tuple[str, str]) -> Environment:
    distributions = tuple(Distribution(project, version, f"{prefix}/{project}") for project, version in installed)
    return Environment(prefix, "venv", prefix.strip("/"), "3.12.1", distributions)


def test_an_entry_is_installed_where_exactly_its_version_is() -> None:
    found = Environments((environment("/api", ("six", "1.16")), environment("/web", ("six", "1.17.0"))))
    entries = [wheel(1, "six", "1.16.0", PY3), wheel(2, "six", "1.15", PY3), make_entry(3, "index-page", project="six")]
    judge = make_judge(entries, environments=found)
    assert [[each.prefix for each in judge.installed_in(entry) or ()] for entry in entries] == [["/api"], [], []]
    assert judge.installed_in(entries[2]) is None
    assert make_judge(entries).installed_in(entries[0]) is None


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("installed=yes", [0]),
        ("installed=no", [1]),
        ("installed!=no", [0]),
        ("environment=api", [0]),
        ("environment=/ap*", [0]),
        ("environment!=api", [1]),
        ("environment=web", []),
    ],
)
def test_what_can_not_be_installed_is_in_no_answer(text: str, numbers: list[int]) -> None:
    found = Environments((environment("/api", ("six", "1.16")), environment("/web", ("six", "1.17.0"))))
    entries = [wheel(1, "six", "1.16.0", PY3), wheel(2, "six", "1.15", PY3), make_entry(3, "index-page", project="six")]
    judge, expression = make_judge(entries, environments=found), parse_filter(text)
    assert [number for number, entry in enumerate(entries) if expression.matches(entry, judge)] == numbers
