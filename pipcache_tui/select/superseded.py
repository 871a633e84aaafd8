"""Which entries a newer version of the same project makes superfluous: the meaning of "superseded".

An entry E is superseded by an entry N when all of these hold:

- **newer**: N has the same project and a higher version (PEP 440). A pre-release supersedes pre-releases only. Local
  labels ("+cpu", "+cu118") name variants, so N has the same label as E, or like E none.
- **as good**: N is a wheel, downloaded or built here; it supersedes wheels, source distributions and metadata. A newer
  source distribution supersedes source distributions only (a wheel kept for lack of a newer one that builds is no
  rubbish), newer metadata metadata only. N has no problems and is not known to be yanked.
- **acceptable to the same Pythons**: each Python that accepts E accepts N, by tags and Requires-Python. Where no
  Pythons are known, or none of them accepts E: N has each of E's tags, and its Requires-Python leaves out no Python
  that E's lets in.
- **within reach**: where pip may still use E, it may still use N, and N lies in the same root.

Entries without a project or a version that can be read are neither. Of the classes of newer entries of a project that
differ in any of this only the newest `MOST_CLASSES` are looked at, so that no made-up cache takes hours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import Protocol

from pipcache_tui.cache.model import Entry, Kind
from pipcache_tui.versions import Version, read_version, requirement_covers


class Decides(Protocol):
    """What decides whether one entry can take another's place: the part of the judge that is needed here."""

    def usable(self, entry: Entry) -> bool: ...
    def accepting(self, tags: tuple[str, ...], requires_python: str | None) -> Iterable[str]: ...


MOST_CLASSES = 200

#: of which kinds a newer one may be, for an entry of each kind
_AS_GOOD: dict[Kind, frozenset[Kind]] = {
    "wheel": frozenset({"wheel", "built-wheel"}),
    "built-wheel": frozenset({"wheel", "built-wheel"}),
    "sdist": frozenset({"wheel", "built-wheel", "sdist"}),
    "metadata": frozenset({"wheel", "built-wheel", "metadata"}),
}


@dataclass(frozen=True, slots=True)
class _Class:
    """What entries have in common that supersede the same ones: only the newest of each class matters."""

    kind: Kind
    tags: tuple[str, ...]
    requires_python: str | None
    prerelease: bool
    local: str | None
    root: str
    usable: bool


@dataclass(frozen=True, slots=True)
class _Compatibility:
    """Who accepts an entry: the Pythons here, by name, and all others, by tags and Requires-Python."""

    accepting: frozenset[str]
    tags: frozenset[str]
    requires_python: str | None

    def covers(self, older: _Compatibility) -> bool:
        """Whether each Python that accepts the older accepts this one."""
        if older.accepting:
            return older.accepting <= self.accepting
        if self.tags and not (older.tags and older.tags <= self.tags):
            return False
        return requirement_covers(self.requires_python, older.requires_python)


class Newer:
    """Finds for an entry the newest version that supersedes it."""

    def __init__(self, entries: Iterable[Entry], judge: Decides) -> None:
        self._judge = judge
        self._reaches: dict[tuple[tuple[str, ...], str | None], _Compatibility] = {}
        newest: dict[str, dict[_Class, Version]] = {}
        for entry in entries:
            version = may_supersede(entry)
            if version is not None and entry.project is not None:
                known = newest.setdefault(entry.project, {})
                own = self._class(entry, version)
                if own not in known or known[own] < version:
                    known[own] = version
        self._by_project = {
            project: [
                (version, one, self._reach(one))
                for one, version in sorted(known.items(), key=itemgetter(1), reverse=True)[:MOST_CLASSES]
            ]
            for project, known in newest.items()
        }

    def than(self, entry: Entry) -> str | None:
        """The newest version that supersedes the entry, None where none does."""
        as_good = _AS_GOOD.get(entry.kind)
        version = read_version(entry.version)
        if as_good is None or version is None or entry.project is None:
            return None
        older: _Class | None = None
        for newer_version, newer, reach in self._by_project.get(entry.project, ()):
            if newer_version <= version:
                break
            if older is None:
                older = self._class(entry, version)
                older_reach = self._reach(older)
            if (
                newer.kind in as_good
                and newer.local == older.local
                and (older.prerelease or not newer.prerelease)
                and (not older.usable or (newer.usable and newer.root == older.root))
                and reach.covers(older_reach)
            ):
                return str(newer_version)
        return None

    def _class(self, entry: Entry, version: Version) -> _Class:
        usable = self._judge.usable(entry)
        return _Class(
            entry.kind, entry.tags, entry.requires_python, version.is_prerelease, version.local, entry.root, usable
        )

    def _reach(self, one: _Class) -> _Compatibility:
        key = (one.tags, one.requires_python)
        known = self._reaches.get(key)
        if known is None:
            accepting = frozenset(self._judge.accepting(*key))
            known = self._reaches[key] = _Compatibility(accepting, frozenset(one.tags), one.requires_python)
        return known


def may_supersede(entry: Entry) -> Version | None:
    """Its version where it counts as a newer one at all: sound, not yanked, of a kind that has versions."""
    if entry.kind not in _AS_GOOD or entry.problems or entry.yanked is not None or entry.project is None:
        return None
    if entry.kind in ("wheel", "built-wheel") and not entry.tags:
        return None  # nothing is known of who accepts it
    return read_version(entry.version)
