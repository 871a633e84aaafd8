"""How pip gets a file it has chosen, and what the file needs: the part of pip's `operations/prepare.py`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from pipcache_tui.cache.formats.metadata import CoreMetadata
from pipcache_tui.cache.formats.pip_index_page import PipLink
from pipcache_tui.cache.model import LAYOUTS, Entry
from pipcache_tui.pep440 import read_version
from pipcache_tui.pythons.interpreters import Python
from pipcache_tui.pythons.markers import marker_holds
from pipcache_tui.resolve.cache_view import CacheView, Request, origin_hashes
from pipcache_tui.resolve.candidates import Candidate, parse_wheel
from pipcache_tui.resolve.inputs.requirements import Digest, InstallOptions
from pipcache_tui.text import safe_text

#: served: from disk, without a request. asks: the server must confirm the copy. nothing: pip finds no file, or stops.
#: skipped: not for this Python
Verdict: TypeAlias = Literal["served", "asks", "download", "nothing", "unknown", "skipped"]
_VERDICTS: dict[str | None, Verdict] = {
    "reuse": "served",
    "revalidate": "asks",
    "download": "download",
    None: "unknown",
}
#: from this pip on wheels built here are used in hash mode and with --no-binary
_BUILT_WHEELS_WITH_HASHES = Version("23.1")
#: from this pip on a version that does not follow PEP 440 is an error
_VERSIONS_MUST_BE_VALID = Version("24.1")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What pip does for a project: which file it takes, and how it gets it. `size` in bytes, where known."""

    verdict: Verdict
    why: str
    version: str | None = None
    filename: str | None = None
    url: str | None = None
    size: int | None = None
    #: what serves it: a cached file, or a wheel built here (then `built`)
    entry: Entry | None = None
    built: bool = False
    #: pip has to build a wheel from it
    builds: bool = False
    pages: tuple[Request, ...] = ()
    metadata: Request | None = None
    #: for files that pip looked at before and rejected
    rejected: tuple[Request, ...] = ()
    core: CoreMetadata | None = None
    #: where the file is not known: cached files that would fit
    matches: tuple[Entry, ...] = ()
    #: no version meets all requirements
    conflict: bool = False


#: what becomes of a candidate whose metadata pip does not accept: pip `stops`, tries the next `file`, or the next
#: `version`
Rejection: TypeAlias = tuple[Literal["stops", "file", "version"], str]


class Preparer:
    """Finds out how pip gets a file. `hash_mode`: pip wants a hash for everything it installs."""

    def __init__(self, cache_view: CacheView, options: InstallOptions, *, hash_mode: bool) -> None:
        self._cache_view = cache_view
        self._options = options
        self._hash_mode = hash_mode
        self._python = cache_view.target.python
        self._pip = cache_view.target.pip

    def prepare(
        self, candidate: Candidate, project: str | None, allowed: frozenset[Digest], outcome: Outcome
    ) -> Outcome:
        """Complete `outcome`, which names the file, with how pip gets it and what is in it.

        Args:
            candidate: the file.
            project: whose file it is, normalised; None where only the file shows it.
            allowed: the hashes that the requirement gives, which count in hash mode.
            outcome: what is known of it so far.
        """
        link = candidate.link
        if candidate.is_wheel and link.egg and not self._is_as_named(candidate, project):
            return replace(outcome, verdict="nothing", why="its #egg= names another project or version: pip stops")
        built = None if candidate.is_wheel else self._built(link, project, allowed)
        if built is not None:
            core = self._cache_view.metadata(built)
            return replace(
                outcome, verdict="served", why="a wheel built from it here earlier", entry=built, built=True, core=core
            )
        if link.url.startswith("file:"):
            return replace(outcome, verdict="served", why="a file outside the cache", builds=not candidate.is_wheel)
        request = self._cache_view.request(link.url)
        metadata = self._cache_view.request(f"{link.url}.metadata") if self._asks_metadata(link) else None
        entry = request.entry if request.way != "download" else None
        described = metadata.entry if metadata and metadata.way != "download" else None
        core = self._cache_view.metadata(described) or self._cache_view.metadata(entry)
        prepared = replace(
            outcome,
            verdict=_VERDICTS[request.way],
            why=request.why,
            size=outcome.size if outcome.size is not None else _size(entry),
            entry=entry,
            builds=not candidate.is_wheel,
            metadata=metadata,
            core=core,
        )
        problem = self._wrong_hash(link, entry, described, allowed)
        return replace(prepared, verdict="nothing", why=f"{problem}: pip stops", entry=None) if problem else prepared

    def rejection(self, candidate: Candidate, project: str, outcome: Outcome) -> Rejection | None:
        """What pip has against a file's metadata (`_check_metadata_consistency` of `resolvelib/candidates.py`).

        On Pythons before 3.11 pip reads metadata with pkg_resources, which does not look at the name inside a wheel.
        """
        core = outcome.core
        if core is None or outcome.built:
            return None
        importlib = tuple(map(int, self._python.version.split(".")[:2])) >= (3, 11)
        if core.version is None or (core.name is None and importlib and self._pip >= _VERSIONS_MUST_BE_VALID):
            return "stops", "its METADATA has no Name or no Version"
        if core.name and (importlib or outcome.metadata) and canonicalize_name(core.name) != project:
            return "file", f"its METADATA is of {safe_text(core.name, 60)}"
        version = read_version(core.version)
        if version is None and self._pip >= _VERSIONS_MUST_BE_VALID:
            return "stops", f"its METADATA has the invalid version '{safe_text(core.version, 60)}'"
        if version != candidate.version:
            return "file", f"its METADATA is of version {safe_text(core.version, 60)}"
        invalid = next((line for line in core.requires if not is_requirement(line)), None)
        if invalid is not None and (self._pip >= _VERSIONS_MUST_BE_VALID or applies(invalid, self._python)):
            return "version", f"its METADATA has the invalid requirement '{safe_text(invalid, 60)}'"
        if not (self._options.ignore_requires_python or self._python.accepts((), core.requires_python)):
            return "version", f"its METADATA is not for Python {self._python.name}"
        return None

    def _is_as_named(self, candidate: Candidate, project: str | None) -> bool:
        """What `LinkCandidate.__init__` asserts of a wheel's file name."""
        wheel = parse_wheel(candidate.link.filename, self._cache_view.target.row.strict_wheel_names)
        return wheel is not None and wheel.project == project and read_version(wheel.version) == candidate.version

    def _asks_metadata(self, link: PipLink) -> bool:
        """`_fetch_metadata_only`: never in hash mode."""
        return link.has_metadata and not self._hash_mode

    def _built(self, link: PipLink, project: str | None, allowed: frozenset[Digest]) -> Entry | None:
        """`Factory.get_wheel_cache_entry`, then the check of its origin in `_prepare_linked_requirement`."""
        old = self._pip < _BUILT_WHEELS_WITH_HASHES
        if old and (self._hash_mode or "binary" not in self._options.formats(project or "")):
            return None
        built = self._cache_view.built(link.url, link.hashes, project)
        if built is not None and self._hash_mode and origin_hashes(built).isdisjoint(allowed):
            return None
        return built

    def _wrong_hash(
        self, link: PipLink, entry: Entry | None, metadata: Entry | None, allowed: frozenset[Digest]
    ) -> str | None:
        """Why pip refuses the file or its `.metadata` (`_get_linked_req_hashes`, then `Hashes.check_against_path`).

        In hash mode the requirement's hashes count, of any algorithm; else the first one of the page or the URL.
        """
        wanted = allowed if self._hash_mode else frozenset(link.hashes[:1])
        try:
            if entry is not None:
                wrong = bool(wanted) and self._cache_view.has_hash(entry, wanted) is False
            else:  # where the page has another value for each algorithm, pip downloads the file in vain
                listed = dict(link.hashes)
                wrong = (
                    bool(wanted)
                    and self._hash_mode
                    and all(listed.get(name, value).lower() != value for name, value in wanted)
                )
            if wrong:
                given = (
                    "none of the hashes given"
                    if self._hash_mode
                    else f"another {link.hashes[0][0]} than the page or URL"
                )
                return f"the file has {given}"
            listed_hashes = link.metadata_hashes
            if metadata and listed_hashes and self._cache_view.has_hash(metadata, listed_hashes) is False:
                return "its .metadata has another hash than the page lists"
        except ValueError:
            return "a hash of an unknown kind"
        return None


def applies(line: str, python: Python) -> bool:
    """Whether the marker of a requirement that packaging can't read holds; pips before 24.1 read such ones."""
    marker = line.partition(";")[2].strip()
    try:
        return not marker or marker_holds(Marker(marker), python) is not False
    except InvalidMarker:
        return True


def is_requirement(line: str) -> bool:
    """Whether packaging can read it."""
    try:
        Requirement(line.strip())
    except InvalidRequirement:
        return False
    return True


def _size(entry: Entry | None) -> int | None:
    """Bytes of the file, where its body is a file of its own."""
    return entry.body.size if entry and LAYOUTS[entry.store].response == "pair" else None
