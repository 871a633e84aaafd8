"""Searching one cached index page for the URLs of entries: a link whose hash is an entry's name is its URL.

All links of a page are hashed: hashing a link takes no longer than finding out whether it may be one that is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha224
from typing import TypeAlias

from pipcache_tui.cache.content import read_index_page
from pipcache_tui.cache.formats import file_names, index_pages
from pipcache_tui.cache.formats.responses import EnvelopeError
from pipcache_tui.cache.model import Entry, IndexPage, Origin
from pipcache_tui.cache.pip.built_wheels import made_by
from pipcache_tui.cache.pip.cache_keys import URL_LIMIT, cache_digest, url_variants
from pipcache_tui.cache.urls.single_links import find_link

#: a link of these characters alone is requested as it is, apart from its scheme and host
_PLAIN = bytes(byte for byte in range(128) if chr(byte).isalnum() or chr(byte) in "/:_.~-")
_PLAIN_HOST = re.compile(rb"https?://[a-z0-9.:-]+/")
_MENTIONED = re.compile(rb"yanked")
#: what a file's link has in it, however the rest is written: pip takes nothing else from a page
_MAY_BE_FILE = re.compile(rb"\.(?:whl|zip|tar|t[gbxl]z|egg|exe)", re.I)
_NOT_YANKED = re.compile(rb'"yanked"\s*:\s*false')


#: what a URL is wanted for: the digest that names an HTTP entry, or the path of a built wheel
Key: TypeAlias = bytes | str


@dataclass(frozen=True, slots=True)
class PageJob:
    """One page to search: its URL if that is known, and the keys wanted."""

    page: Entry
    url: str | None
    wanted: Collection[Key]


@dataclass(frozen=True, slots=True)
class PageReading:
    """The result of searching a page: how many files it lists, the URLs found, and one more as an example."""

    files: int | None
    #: (key, URL, reason it is yanked or None, its Requires-Python or None)
    matches: tuple[tuple[Key, str, str | None, str | None], ...] = ()
    example: str | None = None
    #: the page has links that need its own URL, which was not known
    relative: bool = False
    problem: str | None = None
    #: the page lists files of other projects than the one it was taken for
    is_mixed: bool = False


def read_page(job: PageJob) -> PageReading:
    """Search one cached page for the URLs of wanted keys."""
    assert isinstance(job.page.detail, IndexPage)
    form = job.page.detail.form
    try:
        text = index_pages.to_utf8(read_index_page(job.page))
    except (OSError, EnvelopeError, index_pages.PageError) as error:
        return PageReading(None, problem=str(error))
    links = index_pages.raw_links(text, form)
    example = next((link.decode("utf-8", "replace") for link in links if link.startswith(b"http")), None)
    built = [key for key in job.wanted if isinstance(key, str)]
    fetched = {key for key in job.wanted if isinstance(key, bytes)}
    bases = cache(partial(index_pages.bases_of, text, form, job.url))
    found: dict[Key, str] = dict(_find(fetched, links, form, bases))
    if built:
        found.update(_sources(index_pages.read_links(text, form, job.url), built))
    yanked = _yanked(text, form, job.url, found.values()) if found and _any_yanked(text) else {}
    requires = _requires_python(text, form, bases, found.values())
    matches = tuple(
        [
            (key, url, yanked.get(file), requires.get(file))
            for key, url in found.items()
            for file in (url.removesuffix(".metadata"),)
        ]
    )
    listed = [link for link in links if link.endswith(index_pages.ARCHIVE_ENDINGS)]
    is_mixed = form == "html" and _is_mixed(listed, job.page.project)
    return PageReading(len(listed), matches, example, relative=example is None and bool(listed), is_mixed=is_mixed)


def _is_mixed(links: Sequence[bytes], project: str | None) -> bool:
    """Whether some of the files are of another project; of those that begin alike, one is looked at."""
    if project is None:
        return False
    names = [name for name in index_pages.names_that_differ(links) if file_names.project_of(name)]
    return bool(names) and index_pages.agreed_project(names) != project


def _find(
    wanted: set[bytes], links: Sequence[bytes], form: str, bases: Callable[[], Sequence[str | None]]
) -> Iterator[tuple[bytes, str]]:
    """(digest, URL) of the wanted ones among the links of a page and their `.metadata`; `bases` of relative links."""
    if not wanted:
        return
    plain, others = _split_by_form(links)
    for link in plain:
        running = sha224(link)  # one at a time: many at once take twice as long
        if (digest := running.digest()) in wanted:
            yield digest, link.decode()
        running.update(b".metadata")
        if (digest := running.digest()) in wanted:
            yield digest, link.decode() + ".metadata"
    starts = bases() if others else ()
    for link in others:
        if len(link) <= URL_LIMIT and _MAY_BE_FILE.search(link):
            for offered in _variants(link, form, starts):
                if (digest := cache_digest(offered)) in wanted:
                    yield digest, offered


def _split_by_form(links: Sequence[bytes]) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """The links that pip requests as they are, mostly all, and the others."""
    found = next(filter(None, map(_PLAIN_HOST.match, links)), None)
    if found is None:
        return (), links
    host = found.group()
    joined = b"".join(links)
    all_plain = b"/." not in joined and not joined.translate(None, _PLAIN)
    plain = [link for link in links if link.startswith(host) and (all_plain or _is_plain(link))]
    if len(plain) == len(links):
        return plain, ()
    hashed = set(plain)
    return plain, [link for link in links if link not in hashed]


def _is_plain(link: bytes) -> bool:
    return b"/." not in link and not link.translate(None, _PLAIN)


def _variants(link: bytes, form: str, bases: Iterable[str | None]) -> Iterator[str]:
    """The URLs that a link may stand for, and those of its `.metadata`."""
    absolute = (index_pages.absolute(link, form, base) for base in bases)
    for url in dict.fromkeys(filter(None, absolute)):
        for variant in url_variants(url):
            yield variant
            yield variant + ".metadata"


def _sources(links: Iterable[index_pages.Link], built: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(path, URL) of the built wheels whose folder has the key of one of the links.

    This finds the source of wheels built by pips before 22.2, which wrote no `origin.json`.
    """
    versions = {path: (file_names.split_filename(path.rsplit("/", 1)[-1]) or ("", path))[1] for path in built}
    for link in links:
        if link.filename.endswith(".whl"):
            continue
        for path, version in versions.items():
            if version in link.filename and made_by(path, Origin(link.url, link.hashes)) is not None:
                yield path, link.url


def _any_yanked(page: bytes) -> bool:
    """Whether a page has any yanked file; JSON says for each file whether it is."""
    mentioned = len(_MENTIONED.findall(page))  # takes half the time of `bytes.count`
    return mentioned > 0 and mentioned > len(_NOT_YANKED.findall(page))


def _requires_python(
    text: bytes, form: str, bases: Callable[[], Sequence[str | None]], found: Iterable[str]
) -> dict[str, str]:
    """By URL, what the page says of the Pythons a file is for: pip goes by that before it reads the file."""
    files = {url.removesuffix(".metadata") for url in found}
    if not files or b"requires-python" not in text:
        return {}
    links = ((url, find_link(text, form, url, bases())) for url in files)
    return {url: link.requires_python for url, link in links if link is not None and link.requires_python}


def _yanked(text: bytes, form: str, url: str | None, found: Iterable[str]) -> dict[str, str]:
    wanted = {candidate.removesuffix(".metadata") for candidate in found}
    return {
        variant: link.yanked
        for link in index_pages.read_links(text, form, url)
        if link.yanked is not None
        for variant in url_variants(link.url)
        if variant in wanted
    }
