"""One comparison as a test of entries, and in words; which values each type of field takes.

- **text**: `=` takes globs (`*` and `?`), `~=` finds a part; both ignore case. There are no regular expressions:
  filters run while people type, and a slow one would hang the program.
- **choice**: as text, with a fixed set of values; one that matches none of them is an error.
- **version**: as packaging orders them, so 2.0rc1 < 2.0. `=` also takes "1.2.*" and globs; `~=1.2` is the compatible
  release of PEP 440 (1.2 or later, still 1.*).
- **size**, **duration**, **date**: ordered. A date without a time is that whole day, in UTC.
- **yes-no**: `stale=yes`.

A list means any of its values. `!=` is the opposite of `=`. The empty value (`url=""`) matches what is not known, and
nothing else does.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Sequence
from operator import ge, gt, le, lt
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from pipcache_tui import quantities
from pipcache_tui.cache.model import Entry
from pipcache_tui.select.fields import Field, nearest
from pipcache_tui.text import safe_text

if TYPE_CHECKING:
    from packaging.version import Version

    from pipcache_tui.select.judge import Judge

Test: TypeAlias = "Callable[[Entry, Judge], bool]"
ColumnTest: TypeAlias = "Callable[[float, Judge], bool]"

_ORDER: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_ORDER_WORDS = {"<": "under", "<=": "at most", ">": "over", ">=": "at least"}
_DATE_WORDS = {"<": "before", "<=": "on or before", ">": "after", ">=": "on or after", "=": "on", "!=": "not on"}
_YES_NO = {"yes": True, "true": True, "on": True, "1": True, "no": False, "false": False, "off": False, "0": False}
_PARSERS: dict[str, Callable[[str], float]] = {"size": quantities.parse_size, "duration": quantities.parse_duration}
_WILD = re.compile(r"[*?]")


class InvalidValue(ValueError):
    """A value that its field does not take: its place in the list, why, and what was probably meant."""

    def __init__(self, index: int, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.index = index
        self.message = message
        self.suggestion = suggestion


def compare(field: Field, operator: str, values: Sequence[str]) -> tuple[Test, str]:
    """The test that a comparison means, and the comparison in words. Raises InvalidValue.

    The operator is one of the field's own; all but `=`, `!=` and `~=` take one value.
    """
    if field.type == "text":
        return _compare_texts(field, operator, values)
    if field.type == "choice":
        return _compare_choices(field, operator, values)
    if field.type == "yes-no":
        return _compare_yes_no(field, operator, values)
    if field.type == "version":
        return _compare_versions(field, operator, values)
    if field.type == "date":
        return _compare_dates(field, operator, values)
    return _compare_numbers(field, operator, values)


def compare_column(field: Field, operator: str, values: Sequence[str]) -> ColumnTest | None:
    """`compare` for a value of the field's column instead of an entry, where that decides alone; else None."""
    if field.column is None or operator not in _ORDER:
        return None
    order, of_column = _ORDER[operator], field.of_column
    bound = _PARSERS[field.type](values[0])
    return lambda number, judge: order(of_column(number, judge), bound)


def is_glob(value: str) -> bool:
    """Whether it contains a wildcard."""
    return _WILD.search(value) is not None


def text_matcher(values: Sequence[str], *, part: bool = False) -> Callable[[str], bool]:
    """A test of lower-case text: whether it matches any of the values, or with `part` contains one."""
    wanted = [value.lower() for value in values]
    if not any(is_glob(value) for value in wanted):
        if not part:
            return frozenset(wanted).__contains__
        if len(wanted) == 1:
            needle = wanted[0]
            return lambda text: needle in text
        return lambda text: any(needle in text for needle in wanted)
    globs = [f"*{value}*" if part else value for value in wanted]
    # fnmatch makes expressions that never backtrack over an earlier "*"; "[" is a letter here like any other
    patterns = [re.compile(fnmatch.translate(glob.replace("[", "[[]"))).match for glob in globs]
    if len(patterns) == 1:
        only = patterns[0]
        return lambda text: only(text) is not None
    return lambda text: any(pattern(text) for pattern in patterns)


def normal_project(text: str) -> str:
    """A project's normalised name (PEP 503); globs stay."""
    return re.sub(r"[-_.]+", "-", text).lower()


def _compare_texts(field: Field, operator: str, values: Sequence[str]) -> tuple[Test, str]:
    wanted = [normal_project(value) for value in values] if field.key == "project" else values
    known = [value for value in wanted if value]
    matches = text_matcher(known, part=operator == "~=")
    takes_none = len(known) < len(wanted)
    takes_unknown = takes_none and not field.judged
    get = cast("Callable[[Entry, Judge], str | tuple[str, ...] | None]", field.value)

    def test(entry: Entry, judge: Judge) -> bool:
        value = get(entry, judge)
        if value is None:
            return takes_unknown
        if not value:
            return takes_none
        if type(value) is str:
            return matches(value.lower())
        for one in value:  # noqa: SIM110 - any() takes twice the time
            if matches(one.lower()):
                return True
        return False

    return _maybe_opposite(field, operator, test), _text_words(field, operator, values)


def _compare_choices(field: Field, operator: str, values: Sequence[str]) -> tuple[Test, str]:
    wanted: set[str | None] = set()
    for index, value in enumerate(values):
        matches = text_matcher([value.replace("_", "-")], part=operator == "~=")
        chosen = {choice for choice in field.choices if matches(choice)} if value else {None}
        if not chosen:
            known = ", ".join(field.choices)
            message = f"there is no {field.key} {_shown(value)} (there are {known})"
            raise InvalidValue(index, message, nearest(value, field.choices))
        wanted |= chosen
    if field.judged:
        wanted.discard(None)
    get = field.value
    return (
        _maybe_opposite(field, operator, lambda entry, judge: get(entry, judge) in wanted),
        _text_words(field, operator, values),
    )


def _compare_yes_no(field: Field, operator: str, values: Sequence[str]) -> tuple[Test, str]:
    wanted = set()
    for index, value in enumerate(values):
        if value.lower() not in _YES_NO:
            raise InvalidValue(index, f"{field.key} is yes or no, not {_shown(value)}", nearest(value, tuple(_YES_NO)))
        wanted.add(_YES_NO[value.lower()])
    if operator == "!=":
        wanted = {True, False} - wanted
    get = field.value
    words = " or ".join(field.said if one else f"not {field.said}" for one in sorted(wanted, reverse=True)) or "nothing"
    return (lambda entry, judge: get(entry, judge) in wanted), words


def _compare_versions(field: Field, operator: str, values: Sequence[str]) -> tuple[Test, str]:
    from pipcache_tui.pep440 import read_version

    get = cast("Callable[[Entry, Judge], str | None]", field.value)
    if operator in _ORDER:
        bound, order = read_version(values[0]), _ORDER[operator]
        if bound is None:
            raise InvalidValue(0, f"{_shown(values[0])} is not a version such as 1.2.3")

        def ordered(entry: Entry, judge: Judge) -> bool:
            version = read_version(get(entry, judge))
            return version is not None and order(version, bound)

        return ordered, f"{field.said} {_ORDER_WORDS[operator]} {bound}"

    checks = [check for index, value in enumerate(values) if (check := _version_check(field, operator, index, value))]
    takes_unknown = "" in values and not field.judged

    def test(entry: Entry, judge: Judge) -> bool:
        text = get(entry, judge)
        if not text:
            return takes_unknown
        version = read_version(text)
        return any(check(text, version) for check in checks)

    words = (
        f"{field.said} compatible with {_listed(values)}" if operator == "~=" else _text_words(field, operator, values)
    )
    return _maybe_opposite(field, operator, test), words


def _version_check(field: Field, operator: str, index: int, value: str) -> Callable[[str, Version | None], bool] | None:
    """The test of a version's text, and of its parsed form if it has one; None for the empty value."""
    from pipcache_tui.pep440 import compatible_release, read_version

    exact, is_series = read_version(value), value.endswith(".*")
    if operator == "~=" or is_series:
        release = compatible_release(value)
        if operator == "~=" and (release is None or is_series):
            near = None if exact is None else f"{field.key}~={exact}.0"
            raise InvalidValue(index, f"{_shown(value)} is not a release to be compatible with, such as 1.2", near)
        if release is not None:
            return lambda _, version: version is not None and release.contains(version, prereleases=True)
    if exact is not None:
        return lambda _, version: version == exact
    matches = text_matcher([value])
    return (lambda text, _: matches(text.lower())) if value else None


def _compare_numbers(field: Field, operator: str, values: Sequence[str]) -> tuple[Test, str]:
    said: Callable[[Any], str] = quantities.size_in_words
    if field.type == "duration":
        said = quantities.duration_in_words
    numbers = [_parsed(_PARSERS[field.type], index, value) for index, value in enumerate(values)]
    get = cast("Callable[[Entry, Judge], float | None]", field.value)
    if operator in _ORDER:
        order, bound = _ORDER[operator], numbers[0]

        def test(entry: Entry, judge: Judge) -> bool:
            number = get(entry, judge)
            return number is not None and order(number, bound)

        return test, f"{field.said} {_ORDER_WORDS[operator]} {said(cast('int', bound))}"
    wanted = frozenset(numbers)
    words = [said(number) for number in numbers]
    return (
        _maybe_opposite(field, operator, lambda entry, judge: get(entry, judge) in wanted),
        f"{field.said} {_is(operator, words)}",
    )


def _compare_dates(field: Field, operator: str, values: Sequence[str]) -> tuple[Test, str]:
    spans = []
    for index, value in enumerate(values):
        try:
            spans.append(quantities.parse_date(value))
        except quantities.QuantityError as error:
            try:
                quantities.parse_duration(value)
            except quantities.QuantityError:
                raise InvalidValue(index, str(error)) from None
            age = "unused" if field.key == "used" else "age"
            longer = ">" if operator in ("<", "<=") else "<"
            hint = "" if field.key == "fresh-until" else f"; for a length of time write {age}{longer}{value}"
            raise InvalidValue(index, f"{_shown(value)} is not a date such as 2026-01-31{hint}") from None
    get = cast("Callable[[Entry, Judge], float | None]", field.value)
    words = f"{field.said} {_DATE_WORDS[operator]} {_listed(values)}"
    if operator in _ORDER:
        order = _ORDER[operator]
        begin, end = spans[0]
        # after a day is from its end on; up to a day is before its end
        bound, order = {"<": (begin, lt), ">=": (begin, ge), "<=": (end, lt), ">": (end, ge)}[operator]

        def ordered(entry: Entry, judge: Judge) -> bool:
            moment = get(entry, judge)
            return moment is not None and order(moment, bound)

        return ordered, words

    def test(entry: Entry, judge: Judge) -> bool:
        moment = get(entry, judge)
        return moment is not None and any(begin <= moment < end for begin, end in spans)

    return _maybe_opposite(field, operator, test), words


def _maybe_opposite(field: Field, operator: str, test: Test) -> Test:
    """The opposite for `!=`, which does not match an unknown answer either."""
    if operator != "!=":
        return test
    if not field.judged:
        return lambda entry, judge: not test(entry, judge)
    get = field.value
    return lambda entry, judge: get(entry, judge) is not None and not test(entry, judge)


def _parsed(parse: Callable[[str], float], index: int, value: str) -> float:
    try:
        return parse(value)
    except quantities.QuantityError as error:
        raise InvalidValue(index, str(error)) from None


def _text_words(field: Field, operator: str, values: Sequence[str]) -> str:
    if operator == "~=":
        return f"{field.said} contains {_listed(values)}"
    if operator == "=" and any(is_glob(value) for value in values):
        return f"{field.said} matches {_listed(values)}"
    return f"{field.said} {_is(operator, [_said(value) for value in values])}"


def _is(operator: str, words: Sequence[str]) -> str:
    return f"is not {' nor '.join(words)}" if operator == "!=" else f"is {' or '.join(words)}"


def _listed(values: Sequence[str]) -> str:
    return " or ".join(_said(value) for value in values)


def _said(value: str) -> str:
    shown = safe_text(value, 80)
    return "unknown" if not value else f'"{shown}"' if " " in shown else shown


def _shown(value: str) -> str:
    return f"'{safe_text(value, 40)}'"
