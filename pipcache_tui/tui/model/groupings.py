"""The ways to group entries: from the outermost key to the innermost, and the names rows carry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipcache_tui.cache.model import Entry
from pipcache_tui.cache.pip.cache_keys import url_host

#: the key of an entry at one level; None: it has none there, and hangs one level further out
KeyOf = Callable[[Entry], "str | None"]


@dataclass(frozen=True, slots=True)
class Grouping:
    """A way to group. `missing` labels the outermost group of entries without a key."""

    name: str
    title: str
    levels: tuple[KeyOf, ...]
    missing: str = ""


def _project(entry: Entry) -> str | None:
    return entry.project


def _version_or_kind(entry: Entry) -> str | None:
    return entry.version if entry.project is not None else entry.kind


def _version(entry: Entry) -> str | None:
    return entry.version


def _tags(entry: Entry) -> str | None:
    return entry.tag_label or None


def _kind(entry: Entry) -> str | None:
    return entry.kind


def _store(entry: Entry) -> str | None:
    return entry.store


def _python_tag(entry: Entry) -> str | None:
    return entry.tag_label.split("-", 1)[0] or None if entry.tags else None


def _host(entry: Entry) -> str | None:
    return url_host(entry.url)


BY_PROJECT = Grouping("project", "project", (_project, _version_or_kind, _tags), "(no project)")
FLAT = Grouping("flat", "no groups", ())
#: in the order in which `t` goes through them
GROUPINGS: tuple[Grouping, ...] = (
    BY_PROJECT,
    Grouping("kind", "kind", (_kind, _project, _version)),
    Grouping("store", "store", (_store, _kind, _project)),
    Grouping("python", "Python tag", (_python_tag, _project, _version), "(no tags)"),
    Grouping("host", "index host", (_host, _project, _version), "(host not known)"),
    FLAT,
)
