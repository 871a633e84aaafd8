"""Hashed names → URLs, each with its proof: a candidate whose hash is the entry's own name is its URL.

Candidates are the files that cached index pages list and their `.metadata`, the pages' own URLs below every index
known or seen, sources in `origin.json`, and targets of redirects. Each page is read once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urljoin

from pipcache_tui.cache.formats import file_names
from pipcache_tui.cache.formats.identify import normalised, shared_tags
from pipcache_tui.cache.model import LAYOUTS, PIP_GOES_BY, Entry, IndexPage, UrlProof, compress_tags
from pipcache_tui.cache.pip.cache_keys import URL_LIMIT, cache_digest, url_variants
from pipcache_tui.cache.urls.index_bases import IndexBaseUrls
from pipcache_tui.cache.urls.page_search import Key, PageJob, PageReading, read_page
from pipcache_tui.cache.urls.unnamed import UnnamedEntries, key_of
from pipcache_tui.text import safe_text

#: how many pairs of a page and an entry of no known project are tried
_LOST_LIMIT = 1_000_000


#: kinds that pip installs, or reads to choose what to install
_INSTALLED = frozenset({"wheel", "sdist", "metadata"})
#: kinds whose content may not say the project
_OF_NO_PROJECT = ("other", "unreadable", "orphan")


def has_no_project(kind: str) -> bool:
    """Whether the content of such an entry may not say its project, so that any page may list it."""
    return kind in _OF_NO_PROJECT


class UrlRecovery:
    """Finds the URLs of the entries of one scan: `add` all of them, then iterate over `resolve`.

    `search` reads the pages: `read_page` on each job, in any order, perhaps in other processes.
    """

    def __init__(
        self,
        index_urls: Sequence[str] = (),
        search: Callable[[Iterable[PageJob]], Iterable[tuple[PageJob, PageReading]]] | None = None,
    ) -> None:
        self._search = search or (lambda jobs: ((job, read_page(job)) for job in jobs))
        self._waiting = UnnamedEntries()
        self._places = IndexBaseUrls(index_urls)
        self._earlier = _Earlier()
        self._pages: list[Entry] = []
        #: by the keys of pages
        self._page_urls: dict[tuple[str, str], str] = {}
        #: URLs in entries: of a source, or the target of a redirect
        self._hints: dict[str, None] = {}
        #: the forms of a project's name in file names: old pips asked for pages under the name as it was typed
        self._written_names: dict[str, set[str]] = defaultdict(set)

    def add(self, entry: Entry, *, recalled: bool = False) -> None:
        """Add an entry, as one that needs a URL, as a source of URLs, or both.

        One `recalled` from an earlier scan is looked at again only if something new may say more about it.
        """
        if entry.project is not None and entry.filename is not None:
            self._written_names[entry.project].add(_written_name(entry.filename) or entry.project)
        key = key_of(entry)
        if key is None:
            if entry.url is not None and entry.url.startswith(("https://", "http://")):
                self._hints[entry.url] = None
        elif entry.kind == "index-page" and isinstance(entry.detail, IndexPage):
            self._pages.append(entry)
            if recalled and entry.detail.files is not None:
                self._earlier.pages.add(entry.key)
            if entry.url is not None:
                self._page_urls[entry.key] = entry.url
                self._places.add_of_page(entry.url)
            else:
                self._waiting.put(key, entry)
        elif recalled:
            self._earlier.add(entry)
        else:
            self._waiting.put_for_pages(key, entry)
        if entry.response is not None and entry.response.location:
            self._hints[entry.response.location] = None

    def resolve(self, *, retry: bool = False) -> Iterator[Entry]:
        """The entries whose URL was found, with the URL, its proof and what its file name says.

        With `retry`, those that an earlier scan found no URL for are tried again: the indexes known have changed.
        """
        for entry in self._earlier.again(self._pages, everything=retry):
            self._waiting.put_for_pages(key_of(entry) or "", entry)
        for entry in self._earlier.unnamed:  # a new origin or redirect may have its URL
            self._waiting.put(key_of(entry) or "", entry)
        for hint in self._hints:
            yield from self._take_hint(hint)
        yield from self._follow_redirects()
        readings: dict[tuple[str, str], PageReading] = {}
        for _ in range(2):  # the second time with the indexes that links showed
            self._guess_pages()
            yield from self._read(readings)
        read = [page for page in self._pages if page.key in readings]
        for page in read:
            yield self._finished(page, readings[page.key])
        # once more: pages with relative links whose URL is known only now, and pages of several projects
        again = [
            page._replace(project=None) if readings[page.key].is_mixed else page
            for page in read
            if readings[page.key].is_mixed or (readings[page.key].relative and self._url(page))
        ]
        yield from self._read_again(again)
        yield from self._follow_redirects()
        yield from self._guess_others()

    # --- pages ----------------------------------------------------------------------------------------------

    def _guess_pages(self) -> None:
        """The URLs of pages below the indexes known by now."""
        for page in self._pages:
            if page.key not in self._page_urls and (url := self._places.url_of(page)) is not None:
                self._page_urls[page.key] = url

    def _url(self, page: Entry) -> str | None:
        return self._page_urls.get(page.key)

    def _read(self, readings: dict[tuple[str, str], PageReading]) -> Iterator[Entry]:
        """Read the pages that have not been read yet and may say something new."""
        nameless = self._nameless()
        to_read = [
            page
            for page in self._pages
            if page.key not in readings
            and (
                page.key not in self._earlier.pages
                or (page.url is None and self._url(page) is not None)
                or self._wanted_of(page)
                or nameless
            )
        ]
        for job, reading in self._search(self._job(page, nameless) for page in to_read):
            if reading.example:
                self._places.learn(reading.example, listed=True)
            yield from self._take(reading)
            self._waiting.discard(job.page.project)
            readings[job.page.key] = replace(
                reading, matches=()
            )  # of all pages, they would take as much memory as the entries

    def _read_again(self, again: Sequence[Entry]) -> Iterator[Entry]:
        nameless = self._nameless()
        for _, reading in self._search(self._job(page, nameless) for page in again):
            yield from self._take(reading)

    def _nameless(self) -> Sequence[Key]:
        """As many keys of no known project as all pages can be searched for in reasonable time."""
        return self._waiting.nameless(_LOST_LIMIT // max(1, len(self._pages)))

    def _job(self, page: Entry, nameless: Sequence[Key]) -> PageJob:
        return PageJob(page, self._url(page), (*self._wanted_of(page), *nameless))

    def _wanted_of(self, page: Entry) -> Sequence[Key]:
        """What a page may list: files of its project; of a page of several projects, or of none known, any file."""
        if page.project is not None:
            return self._waiting.of_project(page.project)
        return self._waiting.of_any_project(_LOST_LIMIT // max(1, sum(each.project is None for each in self._pages)))

    def _take(self, reading: PageReading) -> Iterator[Entry]:
        for key, url, yanked, requires_python in reading.matches:
            for entry in self._waiting.take(key):
                yield named(entry, url, "index-page", yanked, requires_python)

    def _finished(self, page: Entry, reading: PageReading) -> Entry:
        """A page with what was found by reading it."""
        assert isinstance(page.detail, IndexPage)
        problems = (*page.problems, reading.problem) if reading.problem else page.problems
        project = None if reading.is_mixed else page.project
        page = page._replace(project=project, detail=replace(page.detail, files=reading.files), problems=problems)
        url = self._url(page)
        if url is not None:
            self._waiting.take(key_of(page) or "")
            page = page._replace(url=url, url_proof="index-page")
        return page

    # --- what no page lists ---------------------------------------------------------------------------------

    def _take_hint(self, url: str) -> Iterator[Entry]:
        """Name the entries of a URL that an origin or a redirect shows, and look for indexes near it."""
        if len(url) > URL_LIMIT:
            return
        self._places.learn(url)
        for variant in url_variants(url):
            for entry in self._waiting.take(cache_digest(variant)):
                if entry.kind == "index-page":  # given when it has been read
                    self._page_urls[entry.key] = variant
                    self._places.add_of_page(variant)
                else:
                    yield named(entry, variant, "origin")
        yield from self._try((url + ".metadata",), "origin")

    def _follow_redirects(self) -> Iterator[Entry]:
        """Redirects of a project's page, and what a relative one leads to."""
        redirects = [entry for entry in self._waiting if entry.kind == "redirect" and entry.project is not None]
        for redirect in redirects:
            names = (redirect.project or "", *self._written_names.get(redirect.project or "", ()))
            candidates = [f"{place}{name}{end}" for place in self._places for name in names for end in ("/", "")]
            for entry in self._try(candidates, "index-page"):
                yield entry
                if entry.url is not None and entry.response is not None and entry.response.location:
                    yield from self._take_hint(urljoin(entry.url, entry.response.location))

    def _try(self, candidates: Iterable[str], proof: UrlProof) -> Iterator[Entry]:
        for candidate in candidates:
            for variant in url_variants(candidate):
                for entry in self._waiting.take(cache_digest(variant)):
                    yield named(entry, variant, proof)

    def _guess_others(self) -> Iterator[Entry]:
        """Lost halves of pages, and the JSON a project's versions are asked from."""
        for place in self._places:
            site = place.removesuffix("simple/").removesuffix("+")
            for entry in self._waiting:
                if entry.project is None:
                    continue
                if entry.kind == "orphan":
                    for name in (entry.project, *self._written_names.get(entry.project, ())):
                        yield from self._try((f"{place}{name}/", f"{place}{name}"), "index-page")
                elif entry.kind == "other":
                    release = f"{site}pypi/{entry.project}"
                    candidates = (f"{release}/json", f"{release}/{entry.version}/json")
                    yield from self._try(candidates, "index-page")


class _Earlier:
    """What an earlier scan read, and which entries it found URLs for."""

    def __init__(self) -> None:
        #: keys of the pages that have not changed
        self.pages: set[tuple[str, str]] = set()
        self._named: dict[str, list[Entry]] = defaultdict(list)
        #: entries without a URL that are not to be looked for again yet
        self.unnamed: list[Entry] = []
        #: entries whose content does not say the project, so that any page may have listed them
        self._named_by_any: list[Entry] = []

    def add(self, entry: Entry) -> None:
        if entry.url is None:
            self.unnamed.append(entry)
        elif entry.kind in _OF_NO_PROJECT:
            self._named_by_any.append(entry._replace(project=None))
        else:
            self._named[entry.project or ""].append(entry)

    def again(self, pages_now: Iterable[Entry], *, everything: bool) -> Iterator[Entry]:
        """The entries to look for again: `everything` without a URL, else what new pages may list.

        A new page may list what no page did before, and may have yanked what an older one had not.
        """
        new = {page.project for page in pages_now if page.key not in self.pages}
        for project in new:
            yield from self._named.get(project or "", ())
        if new:
            yield from self._named_by_any
        rest: list[Entry] = []
        for entry in self.unnamed:
            if everything or (new and entry.project is None) or entry.project in new:
                yield entry
            else:
                rest.append(entry)
        self.unnamed = rest


def named(
    entry: Entry, url: str, proof: UrlProof, yanked: str | None = None, requires_python: str | None = None
) -> Entry:
    """The entry with its URL, and with the project, version and tags that pip read in the URL's file name.

    `yanked` and `requires_python`: what the index page that lists it says.

    pip picks a file by its name (`Wheel` in its `models/wheel.py`, `LinkEvaluator` in `index/package_finder.py`),
    whatever METADATA and WHEEL say; where these differ, that is one of its problems.
    """
    root, store, kind, files, project, version, tags, filename, requires, _, _, _, response, detail, problems = entry
    if kind != "index-page" and not LAYOUTS[store].built:
        filename = file_names.file_name(url) or filename
        if filename is not None and not _agrees(filename.removesuffix(".metadata"), project, version, tags):
            name = _read_name(filename.removesuffix(".metadata"))
            project = project or name.project
            if name.version is not None and name.version != version:
                if version is not None and not _same_version(name.version, version):
                    problems += (f"{PIP_GOES_BY}file name: version {name.version}, where its metadata says {version}",)
                    version = name.version
                version = version or name.version
            if name.tags and name.tags != tags:
                if tags and set(tags) != set(name.tags):
                    said = f"tags {compress_tags(name.tags)}, where its WHEEL says {compress_tags(tags)}"
                    problems += (f"{PIP_GOES_BY}file name: {said}",)
                    tags = name.tags
                tags = tags or name.tags
    if requires_python is not None and requires_python != requires and kind in _INSTALLED:
        requires, problem = _both_required(requires_python, requires)
        problems += (problem,) if problem else ()
    # not `_replace`, which takes twice as long: a big cache has a hundred thousand entries
    return Entry(
        root,
        store,
        kind,
        files,
        project,
        version,
        tags,
        filename,
        requires,
        url,
        proof,
        yanked,
        response,
        detail,
        problems,
    )


def _both_required(listed: str, inside: str | None) -> tuple[str, str | None]:
    """The Requires-Python that holds for pip, and what is odd about it.

    pip passes over a file whose page asks for another Python (`LinkEvaluator`), and refuses one whose METADATA does
    (`RequiresPythonRequirement` in its `resolution/resolvelib/requirements.py`, from 20.3): both must hold.
    """
    if inside is None:
        return listed, None
    on_page, in_file = ({"".join(clause.split()) for clause in text.split(",")} for text in (listed, inside))
    if on_page <= in_file:
        return inside, None
    said = f"Requires-Python {safe_text(listed, 80)}, where its metadata says {safe_text(inside, 80)}"
    return f"{listed},{inside}", f"{PIP_GOES_BY}index page too: {said}"


def _agrees(filename: str, project: str | None, version: str | None, tags: tuple[str, ...]) -> bool:
    """Whether a file's name plainly says no more and nothing else: nearly all do, and a big cache has many."""
    if project is None or version is None:
        return False
    if filename.endswith(".whl"):
        return bool(tags) and filename.endswith(_ending(tags)) and f"-{version}-" in filename
    return f"-{version}." in filename


@lru_cache(maxsize=4096)
def _ending(tags: tuple[str, ...]) -> str:
    return f"-{compress_tags(tags)}.whl"


class _FileName(NamedTuple):
    """What a distribution's file name says; None and () for what can't be read from it."""

    project: str | None
    version: str | None
    tags: tuple[str, ...]


@lru_cache(maxsize=1 << 14)
def _read_name(filename: str) -> _FileName:
    split = file_names.split_filename(filename)
    tags = _expanded("-".join(filename[:-4].rsplit("-", 3)[-3:])) if filename.endswith(".whl") else ()
    return _FileName(normalised(split[0]), split[1], tags) if split else _FileName(None, None, tags)


@lru_cache(maxsize=1 << 10)
def _same_version(one: str, other: str) -> bool:
    """Whether two texts are the same version (PEP 440); file names have "_" for "-"."""
    from pipcache_tui.pep440 import read_version

    first, second = read_version(one.replace("_", "-")), read_version(other)
    return first is None or first == second


@lru_cache(maxsize=4096)
def _expanded(label: str) -> tuple[str, ...]:
    return shared_tags(file_names.expand_tags(label))


def _written_name(filename: str) -> str | None:
    """The project's name as a file name has it."""
    return filename.partition("-")[0] if filename.endswith(".whl") else file_names.project_of(filename)
