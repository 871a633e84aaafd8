"""The order of entries in a report: `--sort size:desc`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pipcache_tui.cache.model import Entry

if TYPE_CHECKING:
    from pipcache_tui.select.judge import Judge


class OrderError(ValueError):
    """An unknown sort key; the message names one to use instead."""


@dataclass(frozen=True, slots=True)
class SortKey:
    """A key that entries can be sorted by; `descending`: the default direction."""

    value: Callable[[Entry, Judge], Any]
    descending: bool = False


@lru_cache(maxsize=65536)  # a big cache holds few distinct versions, each many times
def version_order(version: str | None) -> tuple[Any, ...]:
    """A sort key: PEP 440 order where the version is one, any other text after, none last."""
    from packaging.version import InvalidVersion, Version

    if version is None:
        return (2,)
    try:
        return (0, Version(version))
    except InvalidVersion:
        return (1, version)


def _text_last(text: str | None) -> tuple[bool, str]:
    """Sorts entries without such text after those with it."""
    return (not text, text or "")


SORT_KEYS: dict[str, SortKey] = {
    "project": SortKey(lambda entry, _: _text_last(entry.project)),
    "version": SortKey(lambda entry, _: version_order(entry.version)),
    "kind": SortKey(lambda entry, _: entry.kind),
    "store": SortKey(lambda entry, _: entry.store),
    "size": SortKey(lambda entry, _: entry.size, descending=True),
    "disk": SortKey(lambda entry, _: entry.size_on_disk, descending=True),
    "age": SortKey(lambda entry, judge: judge.age(entry), descending=True),
    "unused": SortKey(lambda entry, judge: judge.unused(entry), descending=True),
    "pip-will": SortKey(lambda entry, judge: judge.forecast(entry).pip_will or "~"),
    "id": SortKey(lambda entry, _: entry.id),
}
#: the default order of a report, by which it is grouped
BY_PROJECT = "project,version,kind,id"


@dataclass(frozen=True, slots=True)
class Order:
    """A parsed `--sort`: keys with their direction, the most significant first."""

    keys: tuple[tuple[SortKey, bool], ...]

    def apply(self, entries: Iterable[Entry], judge: Judge) -> list[Entry]:
        """The entries in this order; those equal in it by project, version, id and root, so always the same."""
        ordered = sorted(entries, key=lambda entry: (entry.id, entry.root))
        tie_breakers = tuple((SORT_KEYS[name], False) for name in ("project", "version"))
        for key, descending in reversed((*self.keys, *tie_breakers)):
            ordered.sort(key=lambda entry, value=key.value: value(entry, judge), reverse=descending)  # type: ignore[misc]
        return ordered


def parse_order(text: str) -> Order:
    """`size`, `size:desc`, `project,age:asc`. Raises OrderError."""
    return Order(tuple(_parse_key(part.strip()) for part in text.split(",")))


def _parse_key(text: str) -> tuple[SortKey, bool]:
    name, colon, direction = text.partition(":")
    if name[:1] in ("-", "+") and name[1:] in SORT_KEYS:
        raise OrderError(f"can't sort by {name!r}; write {name[1:]}:{'desc' if name[0] == '-' else 'asc'}")
    if name not in SORT_KEYS:
        near: Sequence[str] = get_close_matches(name, SORT_KEYS, 1)
        hint = f"did you mean {near[0]!r}?" if near else "known: " + ", ".join(SORT_KEYS)
        raise OrderError(f"can't sort by {name!r}; {hint}")
    if colon and direction not in ("asc", "desc"):
        raise OrderError(f"{text!r}: the direction is asc or desc, as in {name}:desc")
    key = SORT_KEYS[name]
    return key, direction == "desc" if colon else key.descending
