"""Hashed names → URLs, each proven: a candidate whose hash is the entry's own name is its URL.

The candidates: the files that cached index pages list (and `.metadata` beside each), the pages' own addresses below
every index known or seen, sources named in `origin.json`, and where redirects lead. Pages are read once, all of
them since each is counted too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from pipcache_tui.cache import archives, pages
from pipcache_tui.cache.addresses import URL_LIMIT, cache_digest, cache_key, entry_key, spellings
from pipcache_tui.cache.body import normalised, shared_tags
from pipcache_tui.cache.model import TRAITS, Entry, IndexPage, UrlProof
from pipcache_tui.cache.page_search import Expected, Key, PageJob, PageReading, read_page

#: how many addresses are remembered as places where an index may stand, since each is tried with each page: so many
#: from origins and redirects, and as many again from what pages list
_PLACES_LIMIT = 100
#: how many pairs of a page and an entry that nothing names are tried
_LOST_LIMIT = 1_000_000
#: what a file host's paths have before the part that is different for each file
_FILES_BELOW = re.compile(r"/(?:packages|files|\+[ef]|api/packages)/")


class UrlRecovery:
    """Names the entries of one scan: `add` all of them, then take what `resolve` gives.

    `search` does the reading of pages (`read_page` on each job, in any order, perhaps elsewhere at the same time).
    """

    def __init__(
        self,
        index_urls: Sequence[str] = (),
        search: Callable[[Iterable[PageJob]], Iterable[tuple[PageJob, PageReading]]] | None = None,
    ) -> None:
        self._search = search or (lambda jobs: ((job, read_page(job)) for job in jobs))
        #: entries without a URL, by key; several where a key stands in `http/` and in `http-v2/`, or in two roots
        self._open: dict[Key, Entry | list[Entry]] = {}
        self._keys: dict[str, list[Key]] = defaultdict(list)
        #: how a project's files write its name: old pips asked for pages under the name as it was typed
        self._spelled: dict[str, set[str]] = defaultdict(set)
        #: keys of entries that nothing inside names: every page may have them
        self._lost: dict[Key, None] = {}
        self._pages: list[Entry] = []
        #: keys of pages that an earlier scan has read as they are, and what it could name, and what not
        self._read_before: set[tuple[str, str]] = set()
        self._named_before: dict[str, list[Entry]] = defaultdict(list)
        self._unnamed_before: list[Entry] = []
        self._page_urls: dict[tuple[str, str], str] = {}
        self._bases: dict[str, None] = {base.rstrip("/") + "/": None for base in index_urls}
        self._hints: dict[str, None] = {}

    def add(self, entry: Entry, *, recalled: bool = False) -> None:
        """Take note of an entry: as one to be named, as a source of URLs, or both.

        One that was `recalled` from an earlier scan is looked at again only when something new may tell more of it.
        """
        if entry.project is not None and entry.filename is not None:
            self._spelled[entry.project].add(_spelled(entry.filename) or entry.project)
        key = _open_key(entry)
        if key is not None:
            if entry.kind == "index-page" and isinstance(entry.detail, IndexPage):
                self._pages.append(entry)
                if recalled and entry.detail.files is not None:
                    self._read_before.add(entry.key)
                if entry.url is not None:
                    self._page_urls[entry.key] = entry.url
                    self._bases[entry.url.rstrip("/").rpartition("/")[0] + "/"] = None
                else:
                    self._put(key, entry)
            elif not recalled:
                self._reopen(entry, key)
            elif entry.url is not None:
                self._named_before[entry.project or ""].append(entry)
            else:
                self._unnamed_before.append(entry)
        elif entry.url is not None and entry.url.startswith(("https://", "http://")):
            self._hints[entry.url] = None
        if entry.response is not None and entry.response.location:
            self._hints[entry.response.location] = None

    def _put(self, key: Key, entry: Entry) -> None:
        there = self._open.get(key)
        if there is None:
            self._open[key] = entry  # nearly always: no list for each of a hundred thousand
        else:
            self._open[key] = [*there, entry] if isinstance(there, list) else [there, entry]

    def _pop(self, key: Key) -> list[Entry]:
        there = self._open.pop(key, None)
        if there is None:
            return []
        return there if isinstance(there, list) else [there]

    def _reopen(self, entry: Entry, key: Key) -> None:
        self._put(key, entry)
        if entry.project is None:
            self._lost[key] = None
            return
        self._keys[entry.project].append(key)

    def _reopen_for_new_pages(self, everything: bool) -> None:
        """A new page may name what no page named before, and may have yanked what an older one had not."""
        new = {page.project for page in self._pages if page.key not in self._read_before}
        for project in new:
            for entry in self._named_before.get(project or "", ()):
                self._reopen(entry, _open_key(entry) or "")
        for entry in self._unnamed_before:
            if everything or (new and entry.project is None) or entry.project in new:
                self._reopen(entry, _open_key(entry) or "")

    def resolve(self, *, retry: bool = False) -> Iterator[Entry]:
        """Entries added before, now with URL, proof and what the URL tells besides.

        With `retry`, what an earlier scan could not name is tried again: the places to look in have changed.
        """
        self._reopen_for_new_pages(retry)
        for hint in (hint for hint in self._hints if len(hint) <= URL_LIMIT):
            self._learn(hint, _PLACES_LIMIT)
            yield from self._try((hint, hint + ".metadata"), "origin")
        self._guess_pages()
        readings: dict[tuple[str, str], PageReading] = {}
        yield from self._read(readings)
        self._guess_pages()  # with what the pages told of other indexes
        yield from self._read(readings)
        read = [page for page in self._pages if page.key in readings]
        for page in read:
            yield self._finished_page(page, readings[page.key])
        # once more: relative links where the URL is known only now
        again = [page for page in read if readings[page.key].relative and self._url(page)]
        lost = self._still_lost()
        for _, reading in self._search(self._job(page, lost) for page in again):
            yield from self._take(reading)
        yield from self._guess_others()

    def _read(self, readings: dict[tuple[str, str], PageReading]) -> Iterator[Entry]:
        """Read the pages that may tell something new and have not been read yet."""
        lost = self._still_lost()
        to_read = [
            page
            for page in self._pages
            if page.key not in readings
            and (
                page.key not in self._read_before
                or (page.url is None and self._url(page) is not None)
                or self._wanted(page)
                or lost
            )
        ]
        for job, reading in self._search(self._job(page, lost) for page in to_read):
            if reading.example:
                self._learn(reading.example, 2 * _PLACES_LIMIT)
            yield from self._take(reading)
            if job.page.project in self._keys:
                keys = self._keys[job.page.project]
                keys[:] = [key for key in keys if key in self._open]
            readings[job.page.key] = replace(reading, matches=())  # in all, they would take as much as the entries

    def _url(self, page: Entry) -> str | None:
        return self._page_urls.get(page.key)

    def _wanted(self, page: Entry) -> dict[Key, Expected]:
        wanted: dict[Key, Expected] = {}
        for key in self._keys.get(page.project or "", ()):
            there = self._open.get(key)
            if there is not None:
                entry = there[0] if isinstance(there, list) else there
                wanted[key] = (entry.filename, None if entry.version is None else _as_in_file_names(entry.version))
        return wanted

    def _still_lost(self) -> Mapping[Key, Expected]:
        """Keys that any page may have: as many as can be looked for in all pages without it costing the most."""
        lost = (key for key in self._lost if key in self._open)
        return dict.fromkeys(islice(lost, _LOST_LIMIT // max(1, len(self._pages))), (None, None))

    def _job(self, page: Entry, lost: Mapping[Key, Expected]) -> PageJob:
        return PageJob(page, self._url(page), {**self._wanted(page), **lost})

    def _take(self, reading: PageReading) -> Iterator[Entry]:
        for key, url, yanked in reading.matches:
            for entry in self._pop(key):
                yield named(entry, url, "index-page", yanked)

    def _try(self, candidates: Iterable[str], proof: UrlProof) -> Iterator[Entry]:
        for candidate in candidates:
            for spelling in spellings(candidate):
                for entry in self._pop(cache_digest(spelling)):
                    yield named(entry, spelling, proof)

    def _learn(self, url: str, most: int) -> None:
        """Remember below which addresses an index may stand, judging by the URL of a file; up to so many."""
        scheme, mark, rest = url.partition("://")
        if not mark or scheme not in ("http", "https"):
            return
        if len(self._bases) >= most or len(url) > URL_LIMIT:
            return
        host, _, path = rest.rpartition("@")[2].partition("/")
        for base in ("", *_index_prefixes("/" + path)):
            for tail in ("simple/", "+simple/") if base else ("simple/",):
                self._bases.setdefault(f"{scheme}://{host.lower()}/{base}{tail}")

    def _guess_pages(self) -> None:
        for page in self._pages:
            if page.project is None or page.key in self._page_urls:
                continue
            key = entry_key(page)
            for base in self._bases:
                url = f"{base}{page.project}/"
                if cache_key(url) == key:
                    self._page_urls[page.key] = url
                    break

    def _finished_page(self, page: Entry, reading: PageReading) -> Entry:
        assert isinstance(page.detail, IndexPage)
        problems = (*page.problems, reading.problem) if reading.problem else page.problems
        page = page._replace(detail=replace(page.detail, files=reading.files), problems=problems)
        url = self._url(page)
        if url is not None:
            self._open.pop(_open_key(page) or "", None)
            page = page._replace(url=url, url_proof="index-page")
        return page

    def _guess_others(self) -> Iterator[Entry]:
        """Addresses that no page lists: redirects to pages, and the JSON a project's versions are asked from."""
        for base in self._bases:
            site = base.removesuffix("simple/").removesuffix("+")
            for there in list(self._open.values()):
                entry = there[0] if isinstance(there, list) else there
                if entry.project is None:
                    continue
                if entry.kind in ("redirect", "orphan"):
                    for name in (entry.project, *self._spelled.get(entry.project, ())):
                        yield from self._try((f"{base}{name}/", f"{base}{name}"), "index-page")
                elif entry.kind == "other":
                    release = f"{site}pypi/{entry.project}"
                    candidates = (f"{release}/json", f"{release}/{entry.version}/json")
                    yield from self._try(candidates, "index-page")


def named(entry: Entry, url: str, proof: UrlProof, yanked: str | None = None) -> Entry:
    """The entry with its URL, and what the URL's file name tells that the content did not."""
    if entry.kind == "index-page" or TRAITS[entry.store].built:
        return entry._replace(url=url, url_proof=proof, yanked=yanked)
    filename = pages.file_name(url)
    distribution = filename.removesuffix(".metadata")
    project, version, tags = entry.project, entry.version, entry.tags
    if project is None or version is None:
        split = pages.split_filename(distribution)
        project = project or (normalised(split[0]) if split else None)
        version = version or (split[1] if split else None)
    if not tags and distribution.endswith(".whl"):
        tags = shared_tags(archives.expand_tags("-".join(distribution[:-4].split("-")[-3:])))
    return entry._replace(
        project=project,
        version=version,
        tags=tags,
        filename=filename or entry.filename,
        url=url,
        url_proof=proof,
        yanked=yanked,
    )


def _open_key(entry: Entry) -> Key | None:
    """What a proven URL is matched to: the hash of an HTTP entry, the path of a built wheel that has no origin."""
    if entry.kind == "built-wheel" and entry.detail is None:
        return entry.files[0].path
    key = entry_key(entry)
    return None if key is None else bytes.fromhex(key)


def _index_prefixes(path: str) -> Iterator[str]:
    """Parts of a file's path below which its index may stand: all before its "/packages/" or the like."""
    below = _FILES_BELOW.search(path)
    parts = path[1 : below.start() + 1].split("/")[:-1] if below else path[1:].split("/")[:-1][:4]
    for depth in range(1, len(parts) + 1):
        yield "/".join(parts[:depth]) + "/"


def _as_in_file_names(version: str) -> str:
    """The part of a version that file names keep as it is: all before a local label, whose signs may be quoted."""
    return version.split("+", 1)[0].split("-", 1)[0]


def _spelled(filename: str) -> str | None:
    """How a file's name writes its project."""
    return filename.partition("-")[0] if filename.endswith(".whl") else pages.project_of(filename)
