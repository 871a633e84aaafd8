"""Which file pip takes for a project, given all that is asked of it, and what it does to get that file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias
from urllib.parse import quote

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from pipcache_tui.cache.content import open_content
from pipcache_tui.cache.formats.file_names import ARCHIVE_SUFFIXES, split_filename
from pipcache_tui.cache.formats.index_pages import Link
from pipcache_tui.cache.formats.metadata import CoreMetadata
from pipcache_tui.cache.formats.responses import EnvelopeError
from pipcache_tui.cache.model import LAYOUTS, Entry
from pipcache_tui.resolve.cache_view import CacheView, Page, Request, origin_hashes
from pipcache_tui.resolve.candidates import Candidate, CandidateEvaluator, parse_wheel
from pipcache_tui.resolve.requirements import Digest, InstallRequirement, Options, file_name
from pipcache_tui.text import format_day, safe_text
from pipcache_tui.versions import read_version

#: served: from disk, without a request. asks: the server must say that the copy still holds. nothing: pip finds no
#: file, or stops. skipped: not for this Python
Verdict: TypeAlias = Literal["served", "asks", "download", "nothing", "unknown", "skipped"]
_VERDICTS: dict[str | None, Verdict] = {
    "reuse": "served",
    "revalidate": "asks",
    "download": "download",
    None: "unknown",
}

#: pips that fetch a file's `.metadata` first (PEP 658): from HTML pages, and from JSON ones
_METADATA_FROM_HTML, _METADATA_FROM_JSON = Version("22.3"), Version("23.2")
#: the pip that first takes wheels it built where hashes are checked, or where --no-binary is given
_BUILT_DESPITE_HASHES = Version("23.1")
#: the pip that first takes a hash, or one from a constraint, for as good as a pinned version
_HASH_IS_ENOUGH = Version("26.1")
_MOST_MATCHES = 3


@dataclass(frozen=True, slots=True)
class Need:
    """A requirement, and the project whose file asks for it (None: it was given)."""

    wanted: InstallRequirement
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Pick:
    """What was found for a project. `size` in bytes, where it is known."""

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
    core: CoreMetadata | None = None
    #: where nothing can be said: cached files that would do
    matches: tuple[Entry, ...] = ()
    #: no version meets all that is asked for
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class _Demand:
    """All that is asked of a project, put together."""

    project: str
    specifier: SpecifierSet
    hashes: frozenset[Digest]


class Picker:
    """Picks as the pip of `shelf.buyer` does. `checked`: pip wants a hash for everything."""

    def __init__(
        self, shelf: CacheView, options: Options, constraints: Sequence[InstallRequirement], *, checked: bool
    ) -> None:
        self.shelf = shelf
        self.options = options
        self.checked = checked
        self.buyer: CandidateEvaluator = shelf.buyer
        self._constraints = constraints
        self._known: dict[_Demand, Pick] = {}

    def pick(self, project: str, needs: Sequence[Need]) -> Pick:
        """The file for a project of which all of `needs` are true."""
        wanted = [need.wanted for need in needs]
        constraints = [one for one in self._constraints if one.name == project]
        if refused := next((one for one in wanted if one.refused), None):
            return Pick("unknown", refused.refused or "", url=refused.url)
        if unread := next((one for one in self._constraints if one.refused and one.name in (None, project)), None):
            return Pick("unknown", f"{safe_text(unread.text)} may say which version: {unread.refused}")
        if any(one.url for one in constraints):
            return Pick("unknown", "a constraint names an address for it, which is not followed here")
        direct = list(dict.fromkeys(one.url for one in wanted if one.url))
        if len(direct) > 1:
            return Pick("nothing", f"{safe_text(direct[0])} and {safe_text(direct[1])}: pip stops", conflict=True)
        if direct:
            chosen = next(one for one in wanted if one.url)
            pick = self.direct(chosen)
            return replace(pick, core=None) if chosen.locked else pick  # a lock lists what is needed besides
        hashes = _common_hashes([*wanted, *constraints])
        if self.checked and (objection := self._objection(needs, constraints)):
            return Pick("nothing", objection)
        specifier = SpecifierSet()
        for one in (*constraints, *wanted):
            specifier &= one.specifier
        demand = _Demand(project, specifier, hashes)
        if demand not in self._known:
            self._known[demand] = self._from_pages(demand)
        return self._known[demand]

    def direct(self, wanted: InstallRequirement) -> Pick:
        """The file at an address that is named outright."""
        assert wanted.url is not None
        name = file_name(wanted)
        link = Link(wanted.url, name, tuple(sorted(wanted.hashes)), size=wanted.size)
        split = split_filename(name)
        version = read_version(split[1]) if split else None
        pick = Pick("unknown", "", version=split[1] if split else None, filename=name, url=wanted.url, size=wanted.size)
        if not name.endswith(".whl"):
            if not name.endswith(ARCHIVE_SUFFIXES):
                return replace(pick, why="its address names no wheel and no source archive: only the file tells")
            offer = Candidate(link, version or Version("0"), 0, (), is_wheel=False)
            return self._get(offer, wanted.name, "html", pick)
        parsed = parse_wheel(name, self.buyer.row.strict_wheel_names)
        rank = self.buyer.rank(parsed[3]) if parsed else None
        if parsed is None or rank is None:
            return replace(pick, verdict="nothing", why=f"not a wheel for Python {self.buyer.python.name}: pip stops")
        return self._get(Candidate(link, parsed[1], rank, parsed[2], is_wheel=True), wanted.name, "html", pick)

    def _objection(self, needs: Sequence[Need], constraints: Sequence[InstallRequirement]) -> str | None:
        """Why pip stops where it checks hashes."""
        settles = self.buyer.pip >= _HASH_IS_ENOUGH
        if not any(one.hashes for one in (*(need.wanted for need in needs), *(constraints if settles else ()))):
            asked_by = next((need.by for need in needs if need.by), None)
            by = f", which {asked_by} needs" if asked_by else ""
            return f"no hash is given for it{by}, and hashes are checked: pip stops"
        if not settles and not needs[0].wanted.pinned:
            return "not pinned by ==, and hashes are checked: pip stops"
        return None

    # --- from index pages -----------------------------------------------------------------------------------

    def _from_pages(self, demand: _Demand) -> Pick:
        if self.options.index_urls is None and not self.options.no_index:
            return self._unknown(demand, "which index pip asks can't be told: no pip is here to say it", ())
        pages, troubles = [], []
        for url in self._page_urls(demand.project):
            if not url.lower().startswith(("http:", "https:")):
                troubles.append(f"{safe_text(url)} is no address that a cache holds")
                continue
            page = self.shelf.page(url)
            pages.append(page)
            if page.links is None:
                troubles.append(f"index page {safe_text(url)}: {page.request.why}")
        requests = tuple(page.request for page in pages)
        forms = {link.url: page.form for page in pages for link in page.links or ()}
        links = [*self._local_links(), *(link for page in pages for link in self._as_read(page))]
        listed = {link.url: link.hashes for page in pages for link in page.links or ()}
        offers = list(self.buyer.offers(_once(links), demand.project, self.options))
        ranked = self._ranked(offers, demand)
        if troubles:
            pick = self._unknown(demand, "; ".join(troubles), requests)
            if not ranked:
                return pick
            known = self._taken(ranked, demand, forms, listed, Pick("unknown", ""))
            others = f"by the other pages: {safe_text(known.filename or '')}, {known.verdict}"
            return replace(known, verdict="unknown", why=f"{pick.why}; {others}", pages=requests, matches=pick.matches)
        if not ranked:
            return self._nothing(demand, links, offers, pages)
        return self._taken(ranked, demand, forms, listed, Pick("unknown", "", pages=requests))

    def _as_read(self, page: Page) -> Iterator[Link]:
        """A page's links as pip takes them: some leave out the hashes of a JSON page."""
        hashless = self.buyer.row.hashless_json and page.form == "json"
        for link in page.links or ():
            yield replace(link, hashes=()) if hashless else link

    def _ranked(self, offers: Sequence[Candidate], demand: _Demand) -> list[Candidate]:
        return self.buyer.best_first(
            offers,
            demand.specifier,
            demand.hashes,
            prereleases=self.options.prereleases(demand.project),
            prefer_binary=self.options.prefer_binary,
        )

    def _taken(
        self,
        ranked: Sequence[Candidate],
        demand: _Demand,
        forms: Mapping[str, Literal["html", "json"]],
        listed: Mapping[str, Sequence[Digest]],
        pick: Pick,
    ) -> Pick:
        """The first offer that holds when pip reads its metadata."""
        passed_over = 0
        for offer in ranked:
            named = replace(
                pick,
                version=str(offer.version),
                filename=offer.link.filename,
                url=offer.link.url,
                size=offer.link.size,
            )
            hashes = listed.get(offer.link.url)
            if demand.hashes and hashes and demand.hashes.isdisjoint(hashes):
                return replace(named, verdict="nothing", why="the file pip takes has none of the hashes: pip stops")
            got = self._get(offer, demand.project, forms.get(offer.link.url, "html"), named)
            if got.core and not self.buyer.python.accepts((), got.core.requires_python):
                passed_over += 1
                continue
            if passed_over:
                got = replace(
                    got, why=f"{got.why}; newer ones are not for Python {self.buyer.python.name}, by METADATA"
                )
            return got
        why = f"its METADATA is not for Python {self.buyer.python.name}"
        return replace(pick, verdict="nothing", why=why, conflict=True)

    def _page_urls(self, project: str) -> Iterator[str]:
        for base in self.options.index_urls or ():
            yield f"{base}/{quote(project)}/"
        for place in self.options.find_links:
            if place.lower().startswith(("http:", "https:")):
                yield place

    def _local_links(self) -> Iterator[Link]:
        for place in self.options.find_links:
            if place.lower().startswith(("http:", "https:")):
                continue
            folder = os.path.abspath(os.path.expanduser(place.removeprefix("file://")))
            try:
                names = sorted(os.listdir(folder), reverse=True)
            except OSError:
                continue  # pip goes on without it too
            for name in names:
                yield Link(f"file://{folder}/{name}", name)

    def _nothing(
        self, demand: _Demand, links: Sequence[Link], offers: Sequence[Candidate], pages: Sequence[Page]
    ) -> Pick:
        requests = tuple(page.request for page in pages)
        if not (pages or self.options.find_links):
            return Pick("nothing", "--no-index, and no --find-links")
        as_of = [page.request.entry.validated for page in pages if page.request.entry]
        when = f" as of {format_day(min(as_of))}" if as_of else ""
        name = self.buyer.python.name
        if not links:
            why = f"no files listed{when}"
        elif not offers:
            why = f"none of the {len(links)} files listed{when} is for Python {name}"
        else:
            versions = sorted({offer.version for offer in offers})
            yanked = " that is not yanked" if any(offer.link.yanked is not None for offer in offers) else ""
            span = f"{versions[0]} to {versions[-1]}" if len(versions) > 1 else str(versions[0])
            fitting = safe_text(str(demand.specifier)) or "any version"
            why = f"no version{yanked} fits {fitting}; for Python {name} there is {span}{when}"
        return Pick("nothing", why, pages=requests, conflict=True)

    def _unknown(self, demand: _Demand, why: str, requests: tuple[Request, ...]) -> Pick:
        return Pick("unknown", why, pages=requests, matches=tuple(self._matches(demand))[:_MOST_MATCHES])

    def _matches(self, demand: _Demand) -> Iterator[Entry]:
        """Cached files of the project that its Python takes and that all asked for allows, newest first."""
        fitting = []
        for entry in self.shelf.files_of(demand.project):
            version = read_version(entry.version)
            if version is None or not demand.specifier.contains(version, prereleases=True):
                continue
            rank = self.buyer.rank(entry.tags) if entry.tags else -(1 << 20)
            if rank is not None and self.buyer.python.accepts((), entry.requires_python):
                fitting.append(((version, rank), entry))
        for _, entry in sorted(fitting, key=lambda pair: pair[0], reverse=True):
            if not demand.hashes or _has_hash(entry, demand.hashes):
                yield entry

    # --- one file -------------------------------------------------------------------------------------------

    def _get(self, offer: Candidate, project: str | None, form: Literal["html", "json"], pick: Pick) -> Pick:
        """What pip does to get a file, and what is in it."""
        link = offer.link
        built = None if offer.is_wheel else self._built(link, project, form)
        if built is not None:
            why = "a wheel built from it here before"
            return replace(pick, verdict="served", why=why, entry=built, built=True, core=self.shelf.metadata(built))
        if link.url.startswith("file:"):
            return replace(pick, verdict="served", why="a file outside the cache", builds=not offer.is_wheel)
        request = self.shelf.request(link.url)
        metadata = self.shelf.request(f"{link.url}.metadata") if self._asks_metadata(link, form) else None
        entry = request.entry if request.way != "download" else None
        core = self.shelf.metadata(metadata.entry if metadata else None) or self.shelf.metadata(entry)
        return replace(
            pick,
            verdict=_VERDICTS[request.way],
            why=request.why,
            size=pick.size if pick.size is not None else _size(entry),
            entry=entry,
            builds=not offer.is_wheel,
            metadata=metadata,
            core=core,
        )

    def _asks_metadata(self, link: Link, form: Literal["html", "json"]) -> bool:
        since = _METADATA_FROM_HTML if form == "html" else _METADATA_FROM_JSON
        return link.has_metadata and not self.checked and self.buyer.pip >= since

    def _built(self, link: Link, project: str | None, form: Literal["html", "json"]) -> Entry | None:
        old = self.buyer.pip < _BUILT_DESPITE_HASHES
        if old and (self.checked or "binary" not in self.options.formats(project or "")):
            return None
        built = self.shelf.built(link.url, link.hashes, project, form)
        if built is not None and self.checked and origin_hashes(built).isdisjoint(link.hashes):
            return None
        return built


def _once(links: Sequence[Link]) -> Iterator[Link]:
    seen: set[str] = set()
    for link in links:
        if link.url not in seen:
            seen.add(link.url)
            yield link


def _common_hashes(wanted: Sequence[InstallRequirement]) -> frozenset[Digest]:
    common: frozenset[Digest] = frozenset()
    for one in wanted:
        common = common & one.hashes if common and one.hashes else common | one.hashes
    return common


def _has_hash(entry: Entry, hashes: frozenset[Digest]) -> bool:
    """Whether the file itself has one of the hashes; it is read to know."""
    try:
        digests = {name: hashlib.new(name) for name, _ in hashes}
        with open_content(entry) as content:
            for piece in content.stream():
                for digest in digests.values():
                    digest.update(piece)
    except (OSError, EnvelopeError, ValueError):
        return False
    return any((name, digest.hexdigest()) in hashes for name, digest in digests.items())


def _size(entry: Entry | None) -> int | None:
    """Bytes of the file where it stands alone in the cache."""
    return entry.body.size if entry and LAYOUTS[entry.store].response == "pair" else None
