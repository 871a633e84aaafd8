"""What "superseded" means: a newer version of the same project makes an entry unnecessary.

An entry E is superseded by an entry N if the same Pythons' pips would pick N by the same name:

- **newer**: N has the same project and a higher version (PEP 440). A pre-release supersedes pre-releases only. Local
  labels ("+cpu", "+cu118") name variants, so N has the same label as E, or like E none.
- **as good**: N is a wheel, downloaded or built here; it supersedes wheels, source distributions and metadata. A newer
  source distribution supersedes source distributions only (the older wheel may be kept because the newer version
  doesn't build), newer metadata only metadata. N has no problems and is not known to be yanked.
- **from the same index** (see `pipcache_tui.select.sources`).
- **for the same Pythons**: each Python that accepts E accepts N, by tags and Requires-Python. Where no Pythons are
  known, or none of them accepts E: N has each of E's tags, and its Requires-Python allows each Python that E's allows.
- **in use**: if a pip may still use E, one may still use N, and N is in the same root.

Entries without a project or a readable version are neither. Of the newer entries of a project that differ in any of
this, only the newest `MOST_CLASSES` kinds are compared, so that no hostile cache takes hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Protocol

from pipcache_tui.cache.model import PIP_GOES_BY, Entry, Kind
from pipcache_tui.pep440 import Version, read_version, requirement_covers
from pipcache_tui.select.sources import NOT_BY_NAME, source_of
from pipcache_tui.text import format_count, safe_text


class Decides(Protocol):
    """The part of the judge that is needed here."""

    def usable(self, entry: Entry) -> bool: ...
    def accepting(self, tags: tuple[str, ...], requires_python: str | None) -> Iterable[str]: ...


MOST_CLASSES = 200

#: which kinds a newer entry may have, for an entry of each kind
_AS_GOOD: dict[Kind, frozenset[Kind]] = {
    "wheel": frozenset({"wheel", "built-wheel"}),
    "built-wheel": frozenset({"wheel", "built-wheel"}),
    "sdist": frozenset({"wheel", "built-wheel", "sdist"}),
    "metadata": frozenset({"wheel", "built-wheel", "metadata"}),
}

#: why a newer entry does not supersede an older one, by how close it came
_NOT_COUNTING = "of which the newer are yanked or damaged"
_OBSTACLES = (
    "of which the newer are not wheels",
    "with different local labels",
    "of which the newer are pre-releases",
    "of which pip won't use the newer again",
    "in different caches",
    "from different indexes",
    "for different Pythons",
)


@dataclass(frozen=True, slots=True)
class _Class:
    """What entries have in common that supersede the same ones: only the newest of each class matters."""

    kind: Kind
    tags: tuple[str, ...]
    requires_python: str | None
    prerelease: bool
    local: str | None
    root: str
    source: str | None
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
        self._compatibilities: dict[tuple[tuple[str, ...], str | None], _Compatibility] = {}
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
                (version, one, self._compatibility(one))
                for one, version in sorted(known.items(), key=itemgetter(1), reverse=True)[:MOST_CLASSES]
            ]
            for project, known in newest.items()
        }

    def than(self, entry: Entry) -> str | None:
        """The newest version that supersedes the entry, None where none does."""
        version = read_version(entry.version)
        if entry.kind not in _AS_GOOD or version is None or entry.project is None:
            return None
        older: _Class | None = None
        for newer_version, newer, compatibility in self._by_project.get(entry.project, ()):
            if newer_version <= version:
                break
            if older is None:
                older = self._class(entry, version)
                older_compatibility = self._compatibility(older)
            if _obstacle(newer, compatibility, older, older_compatibility) is None:
                return str(newer_version)
        return None

    def why_none(self, entries: Sequence[Entry]) -> str:
        """Why none of these entries is superseded, in one line: of the project with the most versions."""
        versions: dict[str, dict[Version, Entry]] = {}
        for entry in entries:
            version = read_version(entry.version)
            if entry.project is not None and version is not None and entry.kind in _AS_GOOD:
                versions.setdefault(entry.project, {}).setdefault(version, entry)
        several = {project: found for project, found in versions.items() if len(found) > 1}
        if not several:
            return "no project has two versions here"
        project = min(several, key=lambda name: (-len(several[name]), name))
        found = several[project]
        closest = -1
        for version, entry in found.items():
            older = self._class(entry, version)
            for newer_version, newer, compatibility in self._by_project.get(project, ()):
                if newer_version > version:
                    obstacle = _obstacle(newer, compatibility, older, self._compatibility(older))
                    closest = max(closest, -1 if obstacle is None else obstacle)
        why = _OBSTACLES[closest] if closest >= 0 else _NOT_COUNTING
        return f"{safe_text(project, 100)}: {format_count(len(found), 'version')} {why}, so none is superseded"

    def _class(self, entry: Entry, version: Version) -> _Class:
        return _Class(
            entry.kind,
            entry.tags,
            entry.requires_python,
            version.is_prerelease,
            version.local,
            entry.root,
            source_of(entry),
            self._judge.usable(entry),
        )

    def _compatibility(self, one: _Class) -> _Compatibility:
        key = (one.tags, one.requires_python)
        known = self._compatibilities.get(key)
        if known is None:
            accepting = frozenset(self._judge.accepting(*key))
            known = self._compatibilities[key] = _Compatibility(accepting, frozenset(one.tags), one.requires_python)
        return known


def _obstacle(newer: _Class, accepted: _Compatibility, older: _Class, older_accepted: _Compatibility) -> int | None:
    """Which of `_OBSTACLES` keeps the newer from superseding the older; None: nothing does."""
    holds = (
        newer.kind in _AS_GOOD[older.kind],
        newer.local == older.local,
        older.prerelease or not newer.prerelease,
        newer.usable or not older.usable,
        newer.root == older.root or not older.usable,
        newer.source == older.source != NOT_BY_NAME,
    )
    for number, one in enumerate(holds):
        if not one:
            return number
    return None if accepted.covers(older_accepted) else len(holds)


def is_sound(entry: Entry) -> bool:
    """Whether pip can use it: nothing is wrong with it but that its name, its page and its content may disagree."""
    return all(problem.startswith(PIP_GOES_BY) for problem in entry.problems)


def may_supersede(entry: Entry) -> Version | None:
    """Its version if it counts as a newer one at all: sound, not yanked, of a kind that has versions."""
    if entry.kind not in _AS_GOOD or not is_sound(entry) or entry.yanked is not None or entry.project is None:
        return None
    if entry.kind in ("wheel", "built-wheel") and not entry.tags:
        return None  # nothing is known of who accepts it
    return read_version(entry.version)
