"""Which file pip takes for a project, given all its requirements: the part of pip's `resolvelib/factory.py`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from pipcache_tui.cache.formats.file_names import SDIST_SUFFIXES, split_filename
from pipcache_tui.cache.formats.pip_index_page import PageStopsPip, PipLink, make_link
from pipcache_tui.cache.model import Entry
from pipcache_tui.pep440 import read_version
from pipcache_tui.resolve.cache_view import HASHES_IN_ANY_CASE, CacheView, Page, Request
from pipcache_tui.resolve.candidates import Candidate, CandidateEvaluator, LinkEvaluator, parse_wheel
from pipcache_tui.resolve.inputs.requirements import Digest, InstallOptions, InstallRequirement, file_name
from pipcache_tui.resolve.preparer import Outcome, Preparer
from pipcache_tui.text import format_day, safe_text

#: from this pip on a hash counts as a pinned version, a constraint's hash too (`Factory._iter_found_candidates`)
_HASH_PINS = Version("26.1")
_MOST_MATCHES = 3


@dataclass(frozen=True, slots=True)
class RequirementInformation:
    """A requirement, and the project whose file needs it (None: it was given); as resolvelib's class of this name."""

    requirement: InstallRequirement
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class _Search:
    """What pip's `find_best_candidate` is asked for."""

    project: str
    specifier: SpecifierSet
    hashes: frozenset[Digest]
    #: see `Preparer.prepare`
    allowed: frozenset[Digest]


class Factory:
    """Chooses files as the pip of `cache_view.target` does.

    Args:
        cache_view: the cache.
        options: pip's options.
        constraints: those that apply to the target's Python.
        hash_mode: pip wants a hash for everything it installs.
        stops: why pip ends before it looks for any file.
    """

    def __init__(
        self,
        cache_view: CacheView,
        options: InstallOptions,
        constraints: Sequence[InstallRequirement],
        *,
        hash_mode: bool,
        stops: str | None = None,
    ) -> None:
        self.cache_view = cache_view
        self.options = options
        self.target = cache_view.target
        self._hash_mode = hash_mode
        self._stops = stops
        self._constraints = constraints
        self._preparer = Preparer(cache_view, options, hash_mode=hash_mode)
        self._known: dict[_Search, Outcome] = {}

    def choose(self, project: str, information: Sequence[RequirementInformation]) -> Outcome:
        """The file for a project that has to meet all these requirements (pip's `find_candidates`)."""
        if self._stops:
            return Outcome("nothing", self._stops)
        requirements = [self._as_read(each.requirement) for each in information]
        constraints = [self._as_read(each) for each in self._constraints if each.name == project]
        if ignored := next((each for each in requirements if each.not_checked), None):
            return Outcome("unknown", ignored.not_checked or "", url=ignored.url)
        if unread := next(
            (each for each in self._constraints if each.not_checked and each.name in (None, project)), None
        ):
            return Outcome("unknown", f"{safe_text(unread.text)} may limit its version: {unread.not_checked}")
        if any(each.url for each in constraints):
            return Outcome("unknown", "a constraint names a URL for it, which is not followed here")
        specifier = SpecifierSet()
        for each in (*constraints, *requirements):
            specifier &= each.specifier
        urls = list(dict.fromkeys(each.url for each in requirements if each.url))
        if len(urls) > 1:
            return Outcome("nothing", f"{safe_text(urls[0])} and {safe_text(urls[1])}: pip stops", conflict=True)
        if urls:
            direct = next(each for each in requirements if each.url)
            if self._hash_mode and not direct.hashes:
                return Outcome("nothing", self._objection(information, direct.hashes) or "", url=direct.url)
            outcome = self.direct(direct, specifier)
            return replace(outcome, core=None) if direct.locked else outcome  # a lock file lists its needs itself
        allowed = self._allowed_hashes(requirements, constraints)
        if self._hash_mode and (objection := self._objection(information, allowed)):
            return Outcome("nothing", objection)
        search = _Search(project, specifier, _common_hashes([*requirements, *constraints]), allowed)
        if search not in self._known:
            self._known[search] = self._from_pages(search)
        return self._known[search]

    def direct(self, requirement: InstallRequirement, specifier: SpecifierSet) -> Outcome:
        """The file at a URL that the requirement names, where all other requirements together are `specifier`."""
        assert requirement.url is not None
        fragment = f"#{requirement.fragment}" if requirement.fragment else ""
        outcome = Outcome("unknown", "", filename=file_name(requirement), url=requirement.url, size=requirement.size)
        try:
            link = make_link(requirement.url + fragment, self.target.pip, size=requirement.size)
        except PageStopsPip as error:
            return replace(outcome, verdict="nothing", why=f"{error}: pip stops")
        # a lock file's hashes are no part of its link, nor of the key of a wheel built from it
        # (pip's `install_req_from_pylock_package`, 26.1)
        name = link.filename
        if link.extension != ".whl":
            if link.extension not in SDIST_SUFFIXES:
                return replace(
                    outcome, why="its URL names no wheel and no source archive: only the file shows what it is"
                )
            candidate = Candidate(link, Version("0"), 0, (), is_wheel=False)
            prepared = self._preparer.prepare(candidate, requirement.name, requirement.hashes, outcome)
            inside = prepared.entry if prepared.entry and not prepared.built else None
            named = (inside.project, inside.version) if inside and inside.version else split_filename(name)
        else:
            wheel = parse_wheel(name, self.target.row.strict_wheel_names)
            rank = self.target.rank(wheel.tags) if wheel else None
            if wheel is None or rank is None:
                why = f"not a wheel for Python {self.target.python.name}: pip stops"
                return replace(outcome, verdict="nothing", why=why)
            version = read_version(wheel.version)
            candidate = Candidate(link, version or Version("0"), rank, wheel.build, is_wheel=True)
            prepared = self._preparer.prepare(candidate, requirement.name, requirement.hashes, outcome)
            named = wheel.project, wheel.version
        return self._as_named(requirement, specifier, named, prepared)

    def _as_read(self, requirement: InstallRequirement) -> InstallRequirement:
        """With its hashes as this pip compares them (`Hashes.__init__`)."""
        if not requirement.hashes or self.target.pip < HASHES_IN_ANY_CASE:
            return requirement
        return replace(requirement, hashes=frozenset((name, value.lower()) for name, value in requirement.hashes))

    def _as_named(
        self,
        requirement: InstallRequirement,
        specifier: SpecifierSet,
        named: tuple[str | None, str | None] | None,
        prepared: Outcome,
    ) -> Outcome:
        """pip stops where a direct URL's file has another name, or a version that other requirements exclude."""
        project, version = named or (None, None)
        prepared = replace(prepared, version=version)
        if prepared.verdict == "nothing":
            return prepared
        if project and requirement.name and canonicalize_name(project) != requirement.name:
            why = f"the file is of {safe_text(project, 60)}, not of {requirement.name}: pip stops"
            return replace(prepared, verdict="nothing", why=why, entry=None, core=None)
        read = read_version(version)
        if read is not None and not specifier.contains(read, prereleases=True):
            why = f"its version {safe_text(version or '', 60)} does not fit {safe_text(str(specifier))}: pip stops"
            return replace(prepared, verdict="nothing", why=why, entry=None, core=None, conflict=True)
        return prepared

    def _allowed_hashes(
        self, requirements: Sequence[InstallRequirement], constraints: Sequence[InstallRequirement]
    ) -> frozenset[Digest]:
        """The hashes that a download is checked by in hash mode: those of pip's "template", its first requirement.

        From 26.1 on those of a constraint take their place (`Factory._iter_found_candidates`). Requirements with extras
        come last (`collect_root_requirements`).
        """
        template = min(requirements, key=lambda each: bool(each.extras))
        if not template.hashes and self.target.pip >= _HASH_PINS:
            return _common_hashes(constraints)
        return template.hashes

    def _objection(self, information: Sequence[RequirementInformation], allowed: frozenset[Digest]) -> str | None:
        """Why pip stops in hash mode (`_get_linked_req_hashes` of `operations/prepare.py`)."""
        if not allowed:
            parent = next((each.parent for each in information if each.parent), None)
            by = f", which {parent} needs" if parent else ""
            return f"no hash is given for it{by}, and hashes are checked: pip stops"
        if self.target.pip < _HASH_PINS and not information[0].requirement.is_pinned:
            return "not pinned by ==, and hashes are checked: pip stops"
        return None

    # --- from index pages -----------------------------------------------------------------------------------

    def _from_pages(self, search: _Search) -> Outcome:
        if self.options.index_urls is None and not self.options.no_index:
            return self._unknown(search, "which index pip uses is not known: no pip was found here", ())
        evaluator = LinkEvaluator(self.target, search.project, self.options)
        candidates = list(evaluator.candidates(self._local_links()))
        pages, problems = [], []
        for url in self._page_urls(search.project):
            if not url.lower().startswith(("http:", "https:")):
                problems.append(f"{safe_text(url)} is not a URL that a cache holds")
                continue
            page = self.cache_view.page(url)
            pages.append(page)
            stops = page.stops
            try:
                candidates += evaluator.candidates(page.links or ())
            except PageStopsPip as error:
                stops = str(error)
            if stops:
                requests = tuple(page.request for page in pages)
                return Outcome("nothing", f"index page {safe_text(url)}: {stops}", pages=requests)
            if page.links is None:
                problems.append(f"index page {safe_text(url)}: {page.request.why}")
        requests = tuple(page.request for page in pages)
        ranked = self._ranked(candidates, search)
        if problems:
            outcome = self._unknown(search, "; ".join(problems), requests)
            if not ranked:
                return outcome
            taken = self._taken(ranked, search, Outcome("unknown", ""))
            why = f"{outcome.why}; by the other pages: {safe_text(taken.filename or '')}, {taken.verdict}"
            return replace(taken, verdict="unknown", why=why, pages=requests, matches=outcome.matches)
        if not ranked:
            return self._nothing(search, candidates, pages)
        return self._taken(ranked, search, Outcome("unknown", "", pages=requests))

    def _ranked(self, candidates: Sequence[Candidate], search: _Search) -> list[Candidate]:
        evaluator = CandidateEvaluator(
            self.target,
            search.specifier,
            search.hashes,
            prereleases=self.options.prereleases(search.project, self.target.pip),
            prefer_binary=self.options.prefer_binary,
        )
        return evaluator.best_first(candidates)

    def _taken(
        self,
        ranked: Sequence[Candidate],
        search: _Search,
        outcome: Outcome,
    ) -> Outcome:
        """The first candidate that pip keeps after reading its metadata (`_iter_built` of `found_candidates.py`)."""
        finished: set[Version] = set()
        requests: tuple[Request, ...] = ()
        rejected = ""
        for candidate in ranked:
            if candidate.version in finished:
                continue
            link = candidate.link
            named = replace(
                outcome, version=str(candidate.version), filename=link.filename, url=link.url, size=link.size
            )
            prepared = self._preparer.prepare(candidate, search.project, search.allowed, named)
            prepared = replace(prepared, rejected=requests)
            if prepared.verdict == "nothing":
                return prepared
            rejection = self._preparer.rejection(candidate, search.project, prepared)
            if rejection is None:
                note = f"; not {safe_text(rejected)}" if rejected else ""
                return replace(prepared, why=prepared.why + note)
            kind, why = rejection
            if kind == "stops":
                return replace(prepared, verdict="nothing", why=f"{why}: pip stops", entry=None)
            if kind == "version":
                finished.add(candidate.version)
            requests = (*requests, prepared.metadata or self.cache_view.request(link.url))
            rejected = rejected or f"{link.filename}: {why}"
        return replace(outcome, verdict="nothing", why=f"not {safe_text(rejected)}", conflict=True, rejected=requests)

    def _page_urls(self, project: str) -> Iterator[str]:
        """The pages that pip asks for, in its order: --find-links, then `SearchScope.get_index_urls_locations`."""
        for place in self.options.find_links:
            if place.lower().startswith(("http:", "https:")):
                yield place
        for base in self.options.index_urls or ():
            yield f"{base}/{quote(project)}/"

    def _local_links(self) -> Iterator[PipLink]:
        """The files in local --find-links folders; pip skips a folder that it can't read."""
        for place in self.options.find_links:
            if place.lower().startswith(("http:", "https:")):
                continue
            folder = os.path.abspath(os.path.expanduser(place.removeprefix("file://")))
            try:
                names = sorted(os.listdir(folder), reverse=True)
            except OSError:
                continue
            for name in names:
                yield make_link(f"file://{quote(f'{folder}/{name}')}", self.target.pip)

    def _nothing(self, search: _Search, candidates: Sequence[Candidate], pages: Sequence[Page]) -> Outcome:
        requests = tuple(page.request for page in pages)
        if not (pages or self.options.find_links):
            return Outcome("nothing", "--no-index, and no --find-links")
        as_of = [page.request.entry.validated for page in pages if page.request.entry]
        when = f" as of {format_day(min(as_of))}" if as_of else ""
        name = self.target.python.name
        listed = sum(len(page.links or ()) for page in pages)
        ignored = [f"index page {safe_text(page.request.url)}: {page.ignored}" for page in pages if page.ignored]
        if ignored:
            why = "; ".join(ignored)
        elif not listed:
            why = f"no files listed{when}"
        elif not candidates:
            why = f"none of the {listed} files listed{when} is for Python {name}"
        else:
            versions = sorted({candidate.version for candidate in candidates})
            yanked = " that is not yanked" if any(each.link.yanked is not None for each in candidates) else ""
            span = f"{versions[0]} to {versions[-1]}" if len(versions) > 1 else str(versions[0])
            specifier = safe_text(str(search.specifier)) or "any version"
            why = f"no version{yanked} fits {specifier}; for Python {name} there is {span}{when}"
        return Outcome("nothing", why, pages=requests, conflict=True)

    def _unknown(self, search: _Search, why: str, requests: tuple[Request, ...]) -> Outcome:
        return Outcome("unknown", why, pages=requests, matches=tuple(self._matches(search))[:_MOST_MATCHES])

    def _matches(self, search: _Search) -> Iterator[Entry]:
        """Cached files of the project that its Python accepts and that all requirements allow, newest first."""
        fitting = []
        for entry in self.cache_view.files_of(search.project):
            version = read_version(entry.version)
            if version is None or not search.specifier.contains(version, prereleases=True):
                continue
            rank = self.target.rank(entry.tags) if entry.tags else self.target.rank_of_source
            if rank is not None and self.target.python.accepts((), entry.requires_python):
                fitting.append(((version, rank), entry))
        for _, entry in sorted(fitting, key=lambda pair: pair[0], reverse=True):
            if not search.hashes or self.cache_view.has_hash(entry, search.hashes):
                yield entry


def _common_hashes(requirements: Sequence[InstallRequirement]) -> frozenset[Digest]:
    common: frozenset[Digest] = frozenset()
    for each in requirements:
        common = common & each.hashes if common and each.hashes else common | each.hashes
    return common
