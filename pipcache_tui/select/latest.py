"""`--keep-latest N`: all but the N newest versions of each project.

An entry goes when at least N newer versions of its project are here that count. A version counts when

- a file of it is here: a wheel, downloaded or built here, or a source distribution (metadata alone installs nothing);
- that file is sound, not known to be yanked, and in the same root;
- a pip may still use that file, if one may still use the entry;
- it is a final release, or the project has no final release that counts.

Tags don't matter: who needs one version for each Python wants `superseded`. Local labels don't make a version: 2.0+cpu
and 2.0+cu118 are both 2.0. Metadata goes with the versions it describes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipcache_tui.cache.model import Entry
from pipcache_tui.pep440 import Version, public_version, read_version
from pipcache_tui.select.rule import Selected
from pipcache_tui.select.superseded import may_supersede
from pipcache_tui.text import format_count, safe_text

if TYPE_CHECKING:
    from pipcache_tui.select.judge import Judge

_FILES = frozenset({"wheel", "built-wheel", "sdist"})
_KINDS = _FILES | {"metadata"}


@dataclass(frozen=True, slots=True)
class KeepLatest:
    """The rule; `count` is one or more."""

    count: int

    def choose(self, entries: Sequence[Entry], judge: Judge) -> Iterator[Selected]:
        for group in _groups(entries).values():
            if len(group) <= self.count:
                continue
            known: dict[bool, list[Version]] = {}
            for entry, version in group:
                usable = judge.usable(entry)
                if usable not in known:
                    known[usable] = _counting(group, judge, usable_only=usable)
                newer = len(known[usable]) - bisect_right(known[usable], version)
                if newer >= self.count:
                    named = f"{format_count(newer, 'newer version')} here, up to {known[usable][-1]}"
                    yield entry, f"not among the latest {self.count} ({named})"

    def why_nothing(self, entries: Sequence[Entry], judge: Judge) -> str | None:  # noqa: ARG002
        versions: dict[str, set[Version]] = {}
        for group in _groups(entries).values():
            for entry, version in group:
                versions.setdefault(entry.project or "", set()).add(version)
        if not versions:
            return "no entry has a project and a version"
        project, most = max(versions.items(), key=lambda item: (len(item[1]), item[0]))
        if len(most) <= self.count:
            return f"no project has more than {format_count(self.count, 'version')} here"
        return (
            f"{safe_text(project, 100)}: {len(most)} versions, of which at most {self.count} count: yanked, damaged or "
            "useless files, metadata without its file, and pre-releases of a project with releases don't"
        )


def _groups(entries: Sequence[Entry]) -> dict[tuple[str, str], list[tuple[Entry, Version]]]:
    """By root and project: its entries with their versions."""
    groups: dict[tuple[str, str], list[tuple[Entry, Version]]] = {}
    for entry in entries:
        version = read_version(entry.version)
        if version is not None and entry.project is not None and entry.kind in _KINDS:
            groups.setdefault((entry.root, entry.project), []).append((entry, public_version(version)))
    return groups


def _counting(group: Sequence[tuple[Entry, Version]], judge: Judge, *, usable_only: bool) -> list[Version]:
    """The versions that count, in order."""
    counting = {
        version
        for entry, version in group
        if entry.kind in _FILES and may_supersede(entry) is not None and (judge.usable(entry) or not usable_only)
    }
    return sorted({version for version in counting if not version.is_prerelease} or counting)
