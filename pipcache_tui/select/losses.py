"""Which Pythons lose the last version of a project that they could install from the cache."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipcache_tui.cache.model import Entry
from pipcache_tui.select.superseded import is_sound

if TYPE_CHECKING:
    from pipcache_tui.select.judge import Judge

_FILES = frozenset({"wheel", "built-wheel", "sdist"})


@dataclass(frozen=True, slots=True)
class Loss:
    """A Python by name, and the projects of which no version is left that it could use, sorted."""

    python: str
    projects: tuple[str, ...]


def losses(entries: Iterable[Entry], going: Iterable[Entry], judge: Judge) -> tuple[Loss, ...]:
    """What each Python of the judge loses if some of the entries go; those that lose nothing are left out.

    A Python can use a file that has no problems, that its tags and version accept, and that a pip may still use.
    """
    gone: set[tuple[str, str]] = set()
    projects: set[str | None] = set()
    for entry in going:
        gone.add(entry.key)
        if entry.kind in _FILES and entry.project is not None:
            projects.add(entry.project)
    if not projects or not judge.pythons:
        return ()
    lost: set[tuple[str, str | None]] = set()
    left: set[tuple[str, str | None]] = set()
    for entry in entries:
        project = entry.project
        if project not in projects or entry.kind not in _FILES or not is_sound(entry) or not judge.usable(entry):
            continue
        if entry.tags or entry.kind == "sdist":
            side = lost if entry.key in gone else left
            side.update((python, project) for python in judge.accepting(entry.tags, entry.requires_python))
    names = dict.fromkeys(python.name for python in judge.pythons)
    by_python = ((name, tuple(sorted(str(p) for python, p in lost - left if python == name))) for name in names)
    return tuple(Loss(name, projects_lost) for name, projects_lost in by_python if projects_lost)
