"""Which files of a page pip may take, and in which order: the rules of pip's `index/package_finder.py`."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from pipcache_tui.cache.formats.file_names import SDIST_SUFFIXES, expand_tags
from pipcache_tui.cache.formats.pip_index_page import PageStopsPip, PipLink, split_extension
from pipcache_tui.pep440 import read_version
from pipcache_tui.resolve.inputs.requirements import Digest, InstallOptions
from pipcache_tui.resolve.target import TargetPython

_EXTENSIONS = (".whl", *SDIST_SUFFIXES)
#: "-py2.7" after a version (`LinkEvaluator._py_version_re`)
_PYTHON_IN_VERSION = re.compile(r"-py([123]\.?[0-9]?)$")
#: pip's `Wheel.wheel_file_re` before 25.3
_LOOSE_WHEEL = re.compile(
    r"(?P<name>[^\s-]+?)-(?P<version>[^\s-]*?)(?:-(?P<build>\d[^-]*?))?"
    r"-(?P<python>[^\s-]+?)-(?P<abi>[^\s-]+?)-(?P<platform>[^\s-]+?)\.whl$"
)
#: from this pip on, pre-releases are taken where no final release fits (packaging 26.0, as PEP 440 says)
_PRERELEASES_AS_LAST_RESORT = Version("26.0")
#: the first pip with --uploaded-prior-to
_UPLOADED_PRIOR_TO = Version("26.0")
#: from this pip on, a yanked file is taken only where the requirement pins its version (`_iter_found_candidates`)
_YANKED_ONLY_PINNED = Version("22.2")
#: of a wheel's file name; () where it has none
BuildTag: TypeAlias = tuple[int, str] | tuple[()]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that pip may take (pip's `InstallationCandidate`). `rank`: see `TargetPython.rank`."""

    link: PipLink
    version: Version
    rank: int
    build: BuildTag
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
        self._ignore_requires_python = options.ignore_requires_python
        self._uploaded_prior_to = options.uploaded_prior_to if target.pip >= _UPLOADED_PRIOR_TO else None

    def candidates(self, links: Iterable[PipLink]) -> Iterator[Candidate]:
        """The links of one page that are candidates, in the order of pip's `_sort_links`: `#egg=` ones last, each once.

        Raises:
            PageStopsPip: the page has no upload times, and `--uploaded-prior-to` needs them.
        """
        unique: dict[tuple[str, str], PipLink] = {}
        for link in links:
            unique.setdefault((link.url, link.fragment), link)
        for link in sorted(unique.values(), key=lambda link: bool(link.egg)):
            candidate = self.evaluate(link)
            if candidate is not None:
                yield candidate

    def evaluate(self, link: PipLink) -> Candidate | None:
        """pip's `evaluate_link`, its checks in the same order; None where the link is not a candidate."""
        extension, rank = link.extension, self._target.rank_of_source
        build: BuildTag = ()
        version: str | None = None
        if not link.egg:
            if extension not in _EXTENSIONS or (extension == ".whl" and "binary" not in self._formats):
                return None
            if extension == ".zip" and "macosx10" in link.path:
                return None
        if extension == ".whl":
            wheel = parse_wheel(link.filename, self._target.row.strict_wheel_names)
            wheel_rank = self._target.rank(wheel.tags) if wheel else None
            if wheel and wheel_rank is not None:
                rank, build = wheel_rank, wheel.build
            if not link.egg:
                if wheel is None or wheel_rank is None or wheel.project != self._project:
                    return None
                version = wheel.version
        if not self._uploaded_in_time(link) or ("source" not in self._formats and extension != ".whl"):
            return None
        name = link.egg or split_extension(posixpath.basename(link.path.rstrip("/")))[0]
        version = version or _version_after_name(name, self._project)
        python = _PYTHON_IN_VERSION.search(version) if version else None
        if version and python:
            if python[1] != self._target.python.version.rpartition(".")[0]:
                return None
            version = version[: python.start()]
        read = read_version(version)
        if read is None or not (self._ignore_requires_python or self._target.python.accepts((), link.requires_python)):
            return None
        return Candidate(link, read, rank, build, is_wheel=extension == ".whl")

    def _uploaded_in_time(self, link: PipLink) -> bool:
        """`--uploaded-prior-to`, which does not apply to local files."""
        if self._uploaded_prior_to is None or link.is_file:
            return True
        if link.upload_time is None:
            raise PageStopsPip("it has no upload times, which --uploaded-prior-to needs: pip stops")
        if link.upload_time.tzinfo is None:
            raise PageStopsPip("it has an upload time without a time zone: pip stops")
        return link.upload_time < self._uploaded_prior_to


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
        """The candidates that pip would try, in its order; of a version it takes the first that it accepts.

        `get_applicable_candidates`, then `_iter_found_candidates` of pip's `resolution/resolvelib/factory.py`.
        """
        applicable = self._with_allowed_hash(self._with_allowed_version(candidates))
        applicable.sort(key=self._sort_key)
        only_yanked = all(candidate.link.yanked is not None for candidate in applicable)
        if not (only_yanked and (_pins(self._specifier) or self._pip < _YANKED_ONLY_PINNED)):
            applicable = [candidate for candidate in applicable if candidate.link.yanked is None]
        return applicable[::-1]

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


@dataclass(frozen=True, slots=True)
class WheelName:
    """A wheel's file name taken apart, as in pip's `Wheel`. `version` is as pip reads it from there."""

    project: str
    version: str
    build: BuildTag
    tags: tuple[str, ...]


@lru_cache(maxsize=1 << 14)
def parse_wheel(filename: str, strict: bool) -> WheelName | None:
    """Read a wheel's file name as pip's `models/wheel.py` does.

    Args:
        filename: ends in ".whl".
        strict: only names that follow the specification (pip 25.3 and newer).

    Returns:
        None where pip says "invalid wheel filename".
    """
    if strict:
        try:
            name, version, build, tags = parse_wheel_filename(filename)
        except InvalidWheelFilename:
            return None
        return WheelName(name, str(version), build, tuple(map(str, tags)))
    found = _LOOSE_WHEEL.match(filename)
    if found is None:
        return None
    number = re.match(r"(\d+)(.*)", found["build"] or "")
    tag_set = "-".join((found["python"], found["abi"], found["platform"]))
    return WheelName(
        canonicalize_name(found["name"]),
        found["version"].replace("_", "-"),
        (int(number[1]), number[2]) if number else (),
        expand_tags(tag_set.lower()),
    )


@lru_cache(maxsize=1 << 14)
def _version_after_name(stem: str, project: str) -> str | None:
    """pip's `_extract_version_from_fragment`: the version starts after the first "-" where the names are equal."""
    for place, sign in enumerate(stem):
        if sign == "-" and canonicalize_name(stem[:place]) == project:
            return stem[place + 1 :] or None
    return None


def _pins(specifier: SpecifierSet) -> bool:
    """`is_pinned` in `_iter_found_candidates`: a pin decides whether a yanked version is taken."""
    return any(
        each.operator == "===" or (each.operator == "==" and not each.version.endswith(".*")) for each in specifier
    )
