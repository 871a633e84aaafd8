"""The language of `--filter` and of the search box: comparisons, all of which must hold.

    size>100MB  age>30d  project=num*  kind=wheel,sdist  version~=1.2  "filename ~= linux"  url=""

A comparison is a field, an operator and a value, or a list of values with commas between; quotes (" or ') hold
spaces and commas together. Several comparisons stand side by side, or with "and" between. `parse_search` also takes
plain words, which match projects, file names and URLs. What the operators mean for each type of field is in
`pipcache_tui.select.comparisons`, the fields are in `pipcache_tui.select.fields`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from pipcache_tui.cache.model import Entry
from pipcache_tui.select.comparisons import (
    ColumnTest,
    InvalidValue,
    Test,
    compare,
    compare_column,
    is_glob,
    normal_project,
    text_matcher,
)
from pipcache_tui.select.fields import FIELDS, Column, Field, find_field, nearest
from pipcache_tui.text import safe_text

if TYPE_CHECKING:
    from pipcache_tui.select.judge import Judge

__all__ = ["FIELDS", "Expression", "ExpressionError", "Field", "all_of", "comparison", "parse_filter", "parse_search"]

#: no one types more, and every part costs time for each entry
LONGEST = 4000

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_OPERATOR = re.compile(r"\s*(~=|!=|<=|>=|==|=|<|>)")
_NOT_OPERATOR = re.compile(r"[<>=!~]+")
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_BARE = re.compile(r"[^\s,\"'<>=!~][^\s,]*")
_WORD = re.compile(r"\S+")
_SPACE = re.compile(r"\s*")
_COMMA = re.compile(r"\s*,\s*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
#: a unit that a space separates from its number
_UNIT = re.compile(r"\s+([kmgt]?i?b|min|mo|[hdwy])(?=\s|\Z)", re.IGNORECASE)
_AND = re.compile(r"and(?=\s+\S)", re.IGNORECASE)
#: fields that an entry answers itself, and plain words, which have no field: quick tests, done first
_AT_HAND = frozenset(("kind", "store", "project", ""))


class ExpressionError(ValueError):
    """A text that is not an expression: why, where, and what was probably meant; one line."""

    def __init__(self, message: str, text: str, position: int, suggestion: str | None = None) -> None:
        near = f"; did you mean {suggestion}?" if suggestion else ""
        shown = safe_text(text, 200)
        super().__init__(f"{message}{near} (at character {position + 1} of {shown!r})".replace("\\\\", "\\"))
        self.message = message
        self.text = text
        self.position = position
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True)
class Part:
    """One of the tests of an expression, for those who test many entries at once."""

    field: str
    matches: Test
    #: the column that decides alone, and the test of its values: testing a column is much quicker than testing entries
    column: Column | None = None
    holds: ColumnTest | None = None

    @property
    def cost(self) -> int:
        """Rank among others: what quick ones turn away, slow ones need not look at."""
        return 0 if self.holds else 1 if self.field in _AT_HAND else 2


@dataclass(frozen=True, slots=True)
class Expression:
    """A test of entries: as it was written, in words, and which fields it asks."""

    text: str
    words: str
    fields: frozenset[str]
    #: whether an entry matches
    matches: Test = field(repr=False, compare=False)
    #: the same in parts, the quick ones first
    parts: tuple[Part, ...] = field(repr=False, compare=False)

    @property
    def needs_pythons(self) -> bool:
        """Whether the answer depends on the Pythons of this machine."""
        return any(FIELDS[key].needs_pythons for key in self.fields if key in FIELDS)


def parse_filter(text: str) -> Expression:
    """One comparison, or several that must all hold. Raises ExpressionError."""
    return _Parser(text).parse(plain_words=False)


def parse_search(text: str) -> Expression:
    """Comparisons and plain words that must all hold; nothing at all matches everything. Raises ExpressionError."""
    return _Parser(text).parse(plain_words=True)


def comparison(key: str, operator: str, *values: str) -> Expression:
    """A comparison from its parts, where values need no quotes, as in `--project 'num*'`."""
    written = ",".join(_quoted(value) for value in values)
    return parse_filter(f"{key}{operator}{written}")


def all_of(expressions: Iterable[Expression]) -> Expression:
    """What all of the expressions match; everything for none."""
    several = tuple(expressions)
    if len(several) == 1:
        return several[0]
    return _of_parts(
        (part for one in several for part in one.parts),
        text=" ".join(one.text for one in several if one.text),
        words=" and ".join(one.words for one in several if one.text),
    )


def _of_parts(parts: Iterable[Part], *, text: str, words: str) -> Expression:
    ordered = tuple(sorted(parts, key=lambda part: part.cost))
    return Expression(
        text=text,
        words=words or "everything",
        fields=frozenset(part.field for part in ordered),
        matches=_all(tuple(part.matches for part in ordered)),
        parts=ordered,
    )


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def parse(self, *, plain_words: bool) -> Expression:
        if len(self.text) > LONGEST:
            raise ExpressionError(f"an expression has at most {LONGEST} characters", self.text, LONGEST)
        terms = list(self._terms(plain_words))
        if not terms and not plain_words:
            self._fail("an expression is missing: write for example size>100MB or kind=wheel,sdist", 0)
        return _of_parts(
            (term[0] for term in terms), text=self.text.strip(), words=" and ".join(term[1] for term in terms)
        )

    def _terms(self, plain_words: bool) -> Iterator[tuple[Part, str]]:
        self._skip(_SPACE)
        while self.place < len(self.text):
            name = _NAME.match(self.text, self.place)
            operator = _OPERATOR.match(self.text, name.end()) if name else None
            if name and operator:
                yield self._comparison(name, operator)
            elif plain_words and not (name and name[0].lower() == "or" and name.start() > 0):
                yield self._plain_word()
            else:
                self._fail_at_no_comparison(name)
            self._skip(_SPACE)
            if (match := _AND.match(self.text, self.place)) and not _OPERATOR.match(self.text, match.end()):
                self.place = match.end()
                self._skip(_SPACE)

    def _comparison(self, name: re.Match[str], operator: re.Match[str]) -> tuple[Part, str]:
        asked = find_field(name[0])
        if asked is None:
            known = "" if nearest(name[0]) else f" (there are {', '.join(FIELDS)})"
            self._fail(f"there is no field {name[0][:40]!r}{known}", name.start(), nearest(name[0]))
        sign = "=" if operator[1] == "==" else operator[1]
        self.place = operator.end()
        wrong = _NOT_OPERATOR.match(self.text, self.place)
        if wrong:
            written = operator[1] + wrong[0]
            swapped = {"=>": ">=", "=<": "<=", "=~": "~=", "=!": "!=", "<>": "!="}.get(written)
            self._fail(f"{written[:10]!r} is not an operator (there are = != < <= > >= ~=)", operator.start(1), swapped)
        if sign not in asked.operators:
            fitting = " ".join(asked.operators)
            self._fail(f"{asked.key} takes {fitting}, not {sign}", operator.start(1), asked.example)
        values, places = self._values(asked, sign)
        try:
            test, words = compare(asked, sign, values)
        except InvalidValue as misfit:
            self._fail(misfit.message, places[misfit.index], misfit.suggestion)
        return Part(asked.key, test, asked.column, compare_column(asked, sign, values)), words

    def _values(self, asked: Field, sign: str) -> tuple[list[str], list[int]]:
        values: list[str] = []
        places: list[int] = []
        while True:
            self._skip(_SPACE)
            places.append(self.place)
            values.append(self._value(asked))
            comma = _COMMA.match(self.text, self.place)
            if comma is None:
                break
            if sign not in ("=", "!=", "~="):
                message = f"{sign} takes one value; a list goes with = and !="
                first = f"{asked.key}{sign}{safe_text(values[0], 40)}"
                self._fail(message, comma.start(), self._both_bounds(asked, first, comma.end()))
            self.place = comma.end()
        if self.place < len(self.text) and not self.text[self.place].isspace():
            self._fail("a space is missing here", self.place)
        return values, places

    def _value(self, asked: Field) -> str:
        quoted = _QUOTED.match(self.text, self.place)
        bare = _BARE.match(self.text, self.place)
        if quoted:
            self.place = quoted.end()
            value = quoted[1] if quoted[1] is not None else quoted[2]
        elif bare:
            # "10 MB": a space may separate the unit
            unit = _UNIT.match(self.text, bare.end()) if asked.type in ("size", "duration") else None
            apart = unit is not None and _NUMBER.fullmatch(bare[0]) is not None
            self.place = unit.end() if unit and apart else bare.end()
            value = bare[0] + (unit[1] if unit and apart else "")
        elif self.text[self.place : self.place + 1] in ("'", '"') and self.place < len(self.text):
            self._fail("this quote has no end", self.place)
        else:
            self._fail(f"a value for {asked.key} is missing: write for example {asked.example}", self.place)
        return value

    def _both_bounds(self, asked: Field, first: str, place: int) -> str | None:
        """For "version>=1.2,<2": how that is written."""
        operator = _OPERATOR.match(self.text, place)
        bare = _BARE.match(self.text, operator.end()) if operator else None
        return f"{first} {asked.key}{operator[1]}{safe_text(bare[0], 40)}" if operator and bare else None

    def _plain_word(self) -> tuple[Part, str]:
        quoted = _QUOTED.match(self.text, self.place)
        match = quoted or _WORD.match(self.text, self.place)
        assert match is not None
        self.place = match.end()
        word = match[0] if quoted is None else (quoted[1] if quoted[1] is not None else quoted[2])
        return Part("", _names_contain(word)), f"named like {safe_text(word, 80)}"

    def _fail_at_no_comparison(self, name: re.Match[str] | None) -> NoReturn:
        word = name[0] if name else ""
        if word.lower() in ("or", "not") or self.text[self.place] in "()":
            self._fail("all comparisons must hold; for any of several write a list: kind=wheel,sdist", self.place)
        asked = find_field(word)
        if asked is not None:
            assert name is not None
            self._fail(f"{asked.key} is compared with nothing", name.end(), asked.example)
        self._fail("here should be a comparison such as size>100MB or project=num*", self.place)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.place)
        self.place = match.end() if match else self.place

    def _fail(self, message: str, position: int, suggestion: str | None = None) -> NoReturn:
        raise ExpressionError(message, self.text, position, suggestion) from None


def _all(tests: tuple[Test, ...]) -> Test:
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda entry, judge: first(entry, judge) and second(entry, judge)

    def all_hold(entry: Entry, judge: Judge) -> bool:
        for test in tests:  # noqa: SIM110 - all() takes twice the time
            if not test(entry, judge):
                return False
        return True

    return all_hold


def _names_contain(word: str) -> Test:
    """Whether a part of the project, the file name or the URL matches a word, which may have globs in it."""
    if is_glob(word):
        matches = text_matcher([word], part=True)
        project_matches = text_matcher([normal_project(word)], part=True)

        def glob(entry: Entry, _: Judge) -> bool:
            project, filename, url = entry.project, entry.filename, entry.url
            return (
                (url is not None and matches(url.lower()))
                or (filename is not None and matches(filename.lower()))
                or (project is not None and project_matches(project))
            )

        return glob
    needle, project_needle = word.lower(), normal_project(word)

    def test(entry: Entry, _: Judge) -> bool:  # as one types, for each entry: a call less is a tenth of the time
        project, filename, url = entry.project, entry.filename, entry.url
        if url is not None and needle in url.lower():
            return True
        if filename is not None and needle in filename.lower():
            return True
        return project is not None and project_needle in project

    return test


def _quoted(value: str) -> str:
    if '"' not in value:
        return f'"{value}"'
    return "'{}'".format(value.replace("'", "?"))  # nothing holds both quotes: the glob for any letter stands in
