"""Which files of a page pip may take, and in which order: the rules of pip's `index/package_finder.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from pipcache_tui.cache.formats.file_names import SDIST_SUFFIXES, expand_tags
from pipcache_tui.cache.formats.index_pages import Link
from pipcache_tui.resolve.requirements import Digest, InstallOptions
from pipcache_tui.resolve.target import TargetPython
from pipcache_tui.versions import read_version

#: from this pip on, pre-releases are taken where no final release fits (packaging 26.0, as PEP 440 says)
_PRERELEASES_AS_LAST_RESORT = Version("26.0")
#: from this pip on, a yanked file is taken only where the requirement pins its version (pypa/pip#11028)
_YANKED_ONLY_PINNED = Version("22.2")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that pip may take (pip's `InstallationCandidate`). `rank`: see `TargetPython.rank`."""

    link: Link
    version: Version
    rank: int
    build: tuple[int, str] | tuple[()]
    is_wheel: bool

    def has_hash_of(self, hashes: frozenset[Digest]) -> bool:
        """Whether the page lists one of these hashes for it (`Link.is_hash_allowed`)."""
        return not hashes.isdisjoint(self.link.hashes)


class LinkEvaluator:
    """Decides which links are files that pip may take for a project, as pip's class of this name does."""

    def __init__(self, target: TargetPython, project: str, options: InstallOptions) -> None:
        self._target = target
        self._project = project
        self._formats = options.formats(project)

    def candidates(self, links: Iterable[Link]) -> Iterator[Candidate]:
        """The links that are files of the project which the Python can use, in their order."""
        for link in links:
            candidate = self._wheel(link) if link.filename.endswith(".whl") else self._source_archive(link)
            if candidate is None or ("binary" if candidate.is_wheel else "source") not in self._formats:
                continue
            if self._target.python.accepts((), link.requires_python):
                yield candidate

    def _wheel(self, link: Link) -> Candidate | None:
        parsed = parse_wheel(link.filename, self._target.row.strict_wheel_names)
        if parsed is None or parsed[0] != self._project:
            return None
        rank = self._target.rank(parsed[3])
        return None if rank is None else Candidate(link, parsed[1], rank, parsed[2], is_wheel=True)

    def _source_archive(self, link: Link) -> Candidate | None:
        suffix = next((suffix for suffix in SDIST_SUFFIXES if link.filename.lower().endswith(suffix)), None)
        if suffix is None:
            return None
        version = _version_after_name(link.filename[: -len(suffix)], self._project)
        return None if version is None else Candidate(link, version, self._target.rank_of_source, (), is_wheel=False)


class CandidateEvaluator:
    """Filters and orders candidates as pip's class of this name does.

    Args:
        target: the Python and its pip.
        specifier: all specifiers for the project together.
        hashes: the hashes of which the file must have one; empty for any file.
        prereleases: whether pre-releases are let in; None: as the specifier says.
        prefer_binary: `--prefer-binary`.
    """

    def __init__(
        self,
        target: TargetPython,
        specifier: SpecifierSet,
        hashes: frozenset[Digest],
        *,
        prereleases: bool | None,
        prefer_binary: bool,
    ) -> None:
        self._pip = target.pip
        self._specifier = specifier
        self._hashes = hashes
        self._prereleases = prereleases
        self._prefer_binary = prefer_binary

    def best_first(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The candidates that pip would try, one for each version, in its order.

        `get_applicable_candidates`, then `_iter_found_candidates` of pip's `resolution/resolvelib/factory.py`.
        """
        applicable = self._with_allowed_hash(self._with_allowed_version(candidates))
        applicable.sort(key=self._sort_key)
        only_yanked = all(candidate.link.yanked is not None for candidate in applicable)
        if not (only_yanked and (_pins(self._specifier) or self._pip < _YANKED_ONLY_PINNED)):
            applicable = [candidate for candidate in applicable if candidate.link.yanked is None]
        by_version: dict[Version, Candidate] = {}
        for candidate in reversed(applicable):
            by_version.setdefault(candidate.version, candidate)
        return list(by_version.values())

    def _with_allowed_version(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        versions = {candidate.version for candidate in candidates}
        if self._pip >= _PRERELEASES_AS_LAST_RESORT or not len(self._specifier):
            allowed = set(self._specifier.filter(versions, prereleases=self._prereleases))
        else:
            # older pips take pre-releases only where an option allows them or a specifier names one
            let_in = bool(self._specifier.prereleases if self._prereleases is None else self._prereleases)
            allowed = {version for version in versions if self._specifier.contains(version, prereleases=let_in)}
        return [candidate for candidate in candidates if candidate.version in allowed]

    def _with_allowed_hash(self, candidates: list[Candidate]) -> list[Candidate]:
        """pip's `filter_unallowed_hashes`: where no candidate has an allowed hash, all of them stay."""
        hashes = self._hashes
        if not any(candidate.has_hash_of(hashes) for candidate in candidates):
            return candidates
        return [candidate for candidate in candidates if not candidate.link.hashes or candidate.has_hash_of(hashes)]

    def _sort_key(self, candidate: Candidate) -> tuple[object, ...]:
        """pip's `_sort_key`: the greater is the better."""
        return (
            candidate.has_hash_of(self._hashes),
            candidate.link.yanked is None,
            candidate.is_wheel and self._prefer_binary,
            candidate.version,
            candidate.rank,
            candidate.build,
        )


@lru_cache(maxsize=1 << 14)
def parse_wheel(
    filename: str, strict: bool
) -> tuple[str, Version, tuple[int, str] | tuple[()], tuple[str, ...]] | None:
    """Read a wheel's file name as pip's `models/wheel.py` does.

    Args:
        filename: ends in ".whl".
        strict: only names that follow the specification (pip 25.3 and newer).

    Returns:
        Project, version, build number and single tags; None where pip says "invalid wheel filename".
    """
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
def _version_after_name(stem: str, project: str) -> Version | None:
    """pip's `_extract_version_from_fragment`: the version starts after the first "-" where the names are equal."""
    for place, sign in enumerate(stem):
        if sign == "-" and canonicalize_name(stem[:place]) == project:
            try:
                return Version(stem[place + 1 :])
            except InvalidVersion:
                return None
    return None


def _pins(specifier: SpecifierSet) -> bool:
    """`is_pinned` in `_iter_found_candidates`: a pin decides whether a yanked version is taken."""
    return any(
        each.operator == "===" or (each.operator == "==" and not each.version.endswith(".*")) for each in specifier
    )
