"""The Python and the pip that are asked about (pip's `TargetPython`), and how much that Python likes a wheel's tags."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.version import Version

from pipcache_tui.cache.pip.releases import generation_of
from pipcache_tui.pep440 import read_version
from pipcache_tui.pythons.interpreters import Python


class TargetPython:
    """One Python with its pip. `pip` is the pip's version, `row` what that pip does with a cache."""

    def __init__(self, python: Python, pip_version: str) -> None:
        self.python = python
        self.pip_version = pip_version
        self.pip = read_version(pip_version) or Version("0")
        self.row = generation_of(pip_version)
        self._places = {tag: place for place, tag in enumerate(python.ranked_tags or sorted(python.tags))}

    @property
    def rank_of_source(self) -> int:
        """The rank of a source archive: below that of every wheel (`CandidateEvaluator._sort_key`)."""
        return -len(self._places)

    def rank(self, tags: Iterable[str]) -> int | None:
        """How much the Python likes a wheel with these tags (pip's `Wheel.support_index_min`).

        Args:
            tags: the wheel's single tags, as its file name has them.

        Returns:
            0 for the tag it likes best, less for others; None where it accepts none of them.
        """
        places = [self._places[tag] for tag in map(str.lower, tags) if tag in self._places]
        return -min(places) if places else None
