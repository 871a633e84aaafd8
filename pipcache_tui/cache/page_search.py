"""Searching one cached index page for the URLs of entries: each link whose hash is the name of one is its URL.

Links are tried in the order of how likely they are: those to a file named as the entry's own content names it, those
of a version that is looked for, then all the rest; and only until everything is found. Pages list ten to fifty times
as many files as a cache holds, and hashing each would take longer than all else in a scan.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha224
from itertools import repeat
from typing import TypeAlias

from pipcache_tui.cache import pages
from pipcache_tui.cache.addresses import URL_LIMIT, cache_digest, spellings
from pipcache_tui.cache.built import made_by
from pipcache_tui.cache.contents import open_content
from pipcache_tui.cache.envelope import EnvelopeError
from pipcache_tui.cache.model import Entry, IndexPage, Origin

#: what a link may consist of to be its own normal form, its scheme and host aside
_PLAIN = bytes(byte for byte in range(128) if chr(byte).isalnum() or chr(byte) in "/:_.~-")
_PLAIN_HOST = re.compile(rb"https?://[a-z0-9.:-]+/")
_NOT_YANKED = re.compile(rb'"yanked"\s*:\s*false')

#: what a URL is found for: the digest that names an HTTP entry, or the path of a built wheel
Key: TypeAlias = bytes | str
#: (file name, version) that are expected of a key, each None where nothing tells it
Expected: TypeAlias = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class PageJob:
    """One page to be searched: its URL where that is known, and the keys looked for with what is known of each."""

    page: Entry
    url: str | None
    wanted: Mapping[Key, Expected]


@dataclass(frozen=True, slots=True)
class PageReading:
    """What searching a page gave: how many files it lists, the URLs found, one more URL as an example."""

    files: int | None
    #: (key, URL, reason it is yanked or None)
    matches: tuple[tuple[Key, str, str | None], ...] = ()
    example: str | None = None
    #: the page has links that need its own URL, which was not known
    relative: bool = False
    problem: str | None = None


def read_page(job: PageJob) -> PageReading:
    """Search one cached page for the URLs of wanted keys."""
    assert isinstance(job.page.detail, IndexPage)
    form = job.page.detail.form
    try:
        with open_content(job.page) as content:
            text = pages.unpack(content.body, content.headers.get("content-encoding", ""))
    except (OSError, EnvelopeError, pages.PageError) as error:
        return PageReading(None, problem=str(error))
    links = pages.raw_links(text, form)
    example = next((link.decode("utf-8", "replace") for link in links if link.startswith(b"http")), None)
    built = [key for key in job.wanted if isinstance(key, str)]
    fetched = {key: known for key, known in job.wanted.items() if isinstance(key, bytes)}
    found: dict[Key, str] = dict(_Search(links, pages.base_of(text, form, job.url)).find(fetched)) if fetched else {}
    if built:
        found.update(_sources(pages.read_links(text, form, job.url), built))
    yanked = _yanked(text, form, job.url, found.values()) if found and _any_yanked(text) else {}
    matches = tuple([(key, url, yanked.get(url.removesuffix(".metadata"))) for key, url in found.items()])
    files = len([link for link in links if link.endswith(pages.ARCHIVE_SUFFIXES)])
    return PageReading(files, matches, example, relative=example is None and files > 0)


class _Search:
    """Goes through the links of one page, the likely ones first."""

    def __init__(self, links: Sequence[bytes], base: str | None) -> None:
        self._links = links
        self._base = base
        host = next(filter(None, map(_PLAIN_HOST.match, links)), None)
        self._host = host.group() if host is not None and not b"".join(links).translate(None, _PLAIN) else None
        self._found: list[tuple[bytes, str]] = []

    def find(self, wanted: dict[bytes, Expected]) -> list[tuple[bytes, str]]:
        """(digest, URL) of what is found, for digests of which something may be known."""
        names = {name.encode("utf-8", "replace") for name, _ in wanted.values() if name}
        self._try([link for link in self._links if link[link.rfind(b"/") + 1 :] in names], wanted)
        versions = {version.encode("utf-8", "replace") for _, version in wanted.values() if version}
        if wanted and versions:
            hint = re.compile(b"|".join(map(re.escape, sorted(versions))))
            self._try([link for link in self._links if hint.search(link, link.rfind(b"/") + 1)], wanted)
        if wanted and self._any(wanted):
            self._try(self._links, wanted)
        return self._found

    def _any(self, wanted: dict[bytes, Expected]) -> bool:
        """Whether any link can be one that is wanted: nearly never by now, so all are hashed at one go."""
        if self._host is None or not all(map(bytes.startswith, self._links, repeat(self._host))):
            return True
        hashes = [sha224(link) for link in self._links]
        if not wanted.keys().isdisjoint([running.digest() for running in hashes]):
            return True
        for running in hashes:
            running.update(b".metadata")
        return not wanted.keys().isdisjoint([running.digest() for running in hashes])

    def _try(self, links: Iterable[bytes], wanted: dict[bytes, Expected]) -> None:
        """Hash links and their `.metadata`; what is found leaves `wanted`."""
        for link in links:
            if self._host is not None and link.startswith(self._host):  # nearly all: hashed as they stand
                running = sha224(link)
                if (digest := running.digest()) in wanted:
                    self._take(digest, link.decode(), wanted)
                running.update(b".metadata")
                if (digest := running.digest()) in wanted:
                    self._take(digest, link.decode() + ".metadata", wanted)
            elif len(link) <= URL_LIMIT:
                for offered in self._spelled(link):
                    if (digest := cache_digest(offered)) in wanted:
                        self._take(digest, offered, wanted)
            if not wanted:
                return

    def _take(self, digest: bytes, url: str, wanted: dict[bytes, Expected]) -> None:
        del wanted[digest]
        self._found.append((digest, url))

    def _spelled(self, link: bytes) -> Iterator[str]:
        absolute = pages.absolute(link, self._base)
        for spelling in spellings(absolute) if absolute else ():
            yield spelling
            yield spelling + ".metadata"


def _sources(links: Iterable[pages.Link], built: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(path, URL) of the built wheels whose folder is proven to be named after one of the links.

    So wheels are named that pips before 22.2 built, which left no `origin.json`.
    """
    versions = {path: (pages.split_filename(path.rsplit("/", 1)[-1]) or ("", path))[1] for path in built}
    for link in links:
        if link.filename.endswith(".whl"):
            continue
        for path, version in versions.items():
            if version in link.filename and made_by(path, Origin(link.url, link.hashes)) is not None:
                yield path, link.url


def _any_yanked(page: bytes) -> bool:
    """Whether a page says of any file that it is yanked; JSON says of each whether it is."""
    mentioned = page.count(b"yanked")
    return mentioned > 0 and mentioned > len(_NOT_YANKED.findall(page))


def _yanked(text: bytes, form: str, url: str | None, found: Iterable[str]) -> dict[str, str]:
    wanted = {candidate.removesuffix(".metadata") for candidate in found}
    return {
        spelling: link.yanked
        for link in pages.read_links(text, form, url)
        if link.yanked is not None
        for spelling in spellings(link.url)
        if spelling in wanted
    }
