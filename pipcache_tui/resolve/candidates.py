"""What an index page offers, and in which order a pip would take it: the rules of pip's `package_finder.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from pipcache_tui.cache.formats.file_names import SDIST_SUFFIXES, expand_tags
from pipcache_tui.cache.formats.index_pages import Link
from pipcache_tui.cache.pip.releases import generation_of
from pipcache_tui.pythons.interpreters import Python
from pipcache_tui.resolve.requirements import Digest, Options
from pipcache_tui.versions import read_version

#: source archives that pip takes, the longest suffix first
#: the pip that first lets pre-releases in where nothing else matches a specifier (PEP 440)
_LAST_RESORT_PRERELEASES = Version("26.0")
#: the pip that first leaves a yanked file alone unless it is pinned
_YANKED_ONLY_PINNED = Version("22.2")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that pip may take. `rank` is higher for tags that its Python likes better, lowest for source."""

    link: Link
    version: Version
    rank: int
    build: tuple[int, str] | tuple[()]
    is_wheel: bool

    def has_hash_of(self, hashes: frozenset[Digest]) -> bool:
        return not hashes.isdisjoint(self.link.hashes)


class CandidateEvaluator:
    """One Python with its pip, which decides what can be taken and what is taken first."""

    def __init__(self, python: Python, pip_version: str) -> None:
        self.python = python
        self.pip_version = pip_version
        self.pip = read_version(pip_version) or Version("0")
        self.row = generation_of(pip_version)
        self._places = {tag: place for place, tag in enumerate(python.ranked_tags or sorted(python.tags))}

    def offers(self, links: Iterable[Link], project: str, options: Options) -> Iterator[Candidate]:
        """Those of the links that are files of the project which this Python can use, in the page's order."""
        formats = options.formats(project)
        for link in links:
            offer = self._wheel(link, project) if link.filename.endswith(".whl") else self._sdist(link, project)
            if offer is None or ("binary" if offer.is_wheel else "source") not in formats:
                continue
            if self.python.accepts((), link.requires_python):
                yield offer

    def best_first(
        self,
        offers: Sequence[Candidate],
        specifier: SpecifierSet,
        hashes: frozenset[Digest],
        *,
        prereleases: bool | None,
        prefer_binary: bool,
    ) -> list[Candidate]:
        """The offers that pip would try, one a version, in its order.

        Where none of them has one of the `hashes`, all stay: pip then stops at the first, whose hash is wrong.
        """
        allowed = self._allowed(specifier, {offer.version for offer in offers}, prereleases)
        fitting = [offer for offer in offers if offer.version in allowed]
        if hashes and any(offer.has_hash_of(hashes) for offer in fitting):
            fitting = [offer for offer in fitting if not offer.link.hashes or offer.has_hash_of(hashes)]
        fitting.sort(key=lambda offer: self._preference(offer, hashes, prefer_binary))
        only_yanked = all(offer.link.yanked is not None for offer in fitting)
        if not (only_yanked and (_pins(specifier) or self.pip < _YANKED_ONLY_PINNED)):
            fitting = [offer for offer in fitting if offer.link.yanked is None]
        by_version: dict[Version, Candidate] = {}
        for offer in reversed(fitting):
            by_version.setdefault(offer.version, offer)
        return list(by_version.values())

    def rank(self, tags: Iterable[str]) -> int | None:
        """How much the Python likes a file with these tags: 0 for its best, less for others; None: not at all."""
        places = [self._places[tag] for tag in map(str.lower, tags) if tag in self._places]
        return -min(places) if places else None

    def _preference(self, offer: Candidate, hashes: frozenset[Digest], prefer_binary: bool) -> tuple[object, ...]:
        return (
            offer.has_hash_of(hashes),
            offer.link.yanked is None,
            offer.is_wheel and prefer_binary,
            offer.version,
            offer.rank,
            offer.build,
        )

    def _allowed(self, specifier: SpecifierSet, versions: set[Version], prereleases: bool | None) -> set[Version]:
        if self.pip >= _LAST_RESORT_PRERELEASES or not len(specifier):
            return set(specifier.filter(versions, prereleases=prereleases))
        # older pips let pre-releases in only where told to, or where a specifier names one
        let_in = bool(specifier.prereleases if prereleases is None else prereleases)
        return {version for version in versions if specifier.contains(version, prereleases=let_in)}

    def _wheel(self, link: Link, project: str) -> Candidate | None:
        parsed = parse_wheel(link.filename, self.row.strict_wheel_names)
        if parsed is None or parsed[0] != project:
            return None
        rank = self.rank(parsed[3])
        return None if rank is None else Candidate(link, parsed[1], rank, parsed[2], is_wheel=True)

    def _sdist(self, link: Link, project: str) -> Candidate | None:
        suffix = next((suffix for suffix in SDIST_SUFFIXES if link.filename.lower().endswith(suffix)), None)
        if suffix is None:
            return None
        version = _version_behind(link.filename[: -len(suffix)], project)
        return None if version is None else Candidate(link, version, -len(self._places), (), is_wheel=False)


@lru_cache(maxsize=1 << 14)
def parse_wheel(
    filename: str, strict: bool
) -> tuple[str, Version, tuple[int, str] | tuple[()], tuple[str, ...]] | None:
    """Project, version, build number and single tags of a wheel's file name; None where pip takes it for none."""
    try:
        name, version, build, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename:
        if strict:
            return None
        parts = filename[:-4].split("-")
        loose = read_version(parts[1].replace("_", "-")) if len(parts) in (5, 6) else None
        if loose is None:
            return None
        return canonicalize_name(parts[0]), loose, (), expand_tags("-".join(parts[-3:]))
    return name, version, build, tuple(map(str, tags))


@lru_cache(maxsize=1 << 14)
def _version_behind(stem: str, project: str) -> Version | None:
    """The version behind the project's name, which ends at the first "-" where the names are equal."""
    for place, sign in enumerate(stem):
        if sign == "-" and canonicalize_name(stem[:place]) == project:
            try:
                return Version(stem[place + 1 :])
            except InvalidVersion:
                return None
    return None


def _pins(specifier: SpecifierSet) -> bool:
    return any(
        each.operator == "===" or (each.operator == "==" and not each.version.endswith(".*")) for each in specifier
    )
