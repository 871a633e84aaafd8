"""Why something was, or will be, downloaded again: all reasons that can be found on disk.

pip finds a stored response by its URL, in one store of one cache, and uses it as its headers allow. So what was
downloaded twice is either here twice, under two URLs or in two stores, or here once and can't be used. If there is no
trace, the reason is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from packaging.utils import canonicalize_name

from pipcache_tui.cache.content import read_page_links
from pipcache_tui.cache.formats import file_names, index_pages
from pipcache_tui.cache.model import Entry, IndexPage
from pipcache_tui.cache.pip.cache_keys import cache_key, entry_key
from pipcache_tui.cache.pip.releases import pips_reading
from pipcache_tui.pep440 import is_release
from pipcache_tui.select.judge import Judge
from pipcache_tui.text import format_day, safe_text

_FILES = frozenset({"wheel", "sdist", "metadata", "built-wheel"})
_MOST = 5
NO_TRACE = (
    "no trace of it: never asked for with this cache, or removed, or answered as pip keeps nothing "
    "(over plain http, cut short, with neither an ETag nor a life); which of these is not known"
)


def why_again(entry: Entry, judge: Judge, entries: Sequence[Entry]) -> Iterator[str]:
    """Reasons why the entry's content was downloaded more than once or will be, each one line and safe to show.

    None if pip uses it from disk and it is here once.
    """
    forecast = judge.forecast(entry)
    if forecast.pip_will in ("download-again", "never-read"):
        yield f"will be: {forecast.why}"
    elif forecast.pip_will == "revalidate":
        yield "may be: where the server's answer has changed since"
    yield from twice_here(entry, entries)


def twice_here(entry: Entry, entries: Sequence[Entry]) -> Iterator[str]:
    """The part of `why_again` that comes from other entries: what is here more than once, and why."""
    for copy in _copies(entry, entries)[:_MOST]:
        yield f"{_how_copied(entry, copy)}: {safe_text(copy.id)}"


def why_absent(what: str, entries: Sequence[Entry]) -> Iterator[str]:
    """What is known about a URL, a file name or a release ("six==1.16.0") that is not in the cache; one line each."""
    url = what.partition("#")[0]
    if urlsplit(url).scheme in ("http", "https"):
        yield from _about_address(url, entries)
        return
    name, _, version = (part.strip() for part in what.partition("=="))
    project = name if version else file_names.project_of(what)
    if project is None:
        return
    links = [
        (page, link)
        for page in _pages(entries, project)
        for link in read_page_links(page)
        if _is_meant(link, what, name, version)
    ]
    for page, link in links[-_MOST:]:
        yanked = "" if link.yanked is None else ", yanked"
        where = f"listed by {safe_text(page.url or page.id)} as of {format_day(page.validated)}{yanked}"
        key = cache_key(link.url)
        here = next((entry for entry in entries if entry_key(entry) == key), None)
        yield f"{safe_text(link.filename)}: {where}; " + (
            f"here as {safe_text(here.id)}" if here else "not fetched, or not kept"
        )
    if not links:
        yield NO_TRACE


def _about_address(url: str, entries: Sequence[Entry]) -> Iterator[str]:
    name = file_names.file_name(url)
    same = [entry for entry in entries if name and entry.filename == name and entry.kind in _FILES]
    for entry in same[:_MOST]:
        place = safe_text(entry.url) if entry.url else "an address that is not known"
        yield f"a file of the same name is here from {place}: pip looks a file up by its address alone"
    if url.startswith("http:"):
        yield "over plain http pip keeps nothing, unless the host is trusted (from pip 20.1 on)"
    if not same:
        yield NO_TRACE
    for page in _pages(entries, file_names.project_of(name)):
        if any(link.url == url for link in read_page_links(page)):
            yield f"listed by {safe_text(page.url or page.id)} as of {format_day(page.validated)}"
            return


def _copies(entry: Entry, entries: Sequence[Entry]) -> list[Entry]:
    """Other entries with the same content: the same URL in another store, or the same file from another URL."""
    key = entry_key(entry)
    return [
        other
        for other in entries
        if other is not entry
        and other.key != entry.key
        and other.kind not in ("orphan", "leftover")
        and (
            (key is not None and entry_key(other) == key)
            or (
                entry.kind in _FILES
                and other.kind == entry.kind
                and entry.filename is not None
                and other.filename == entry.filename
            )
        )
    ]


def _how_copied(entry: Entry, copy: Entry) -> str:
    if copy.store != entry.store:
        readers = f"{copy.store}/ is read by {pips_reading(copy.store)}, {entry.store}/ by {pips_reading(entry.store)}"
        return f"twice here: {readers}"
    if copy.kind == "built-wheel":
        return "built more than once: pip keeps one for each Python and each address of the source"
    if copy.root != entry.root:
        return f"twice here: another cache has it too, {safe_text(copy.root)}"
    if entry.url is None or copy.url is None:
        return "twice here, from two addresses, of which not both are known"
    ours, theirs = urlsplit(entry.url).netloc, urlsplit(copy.url).netloc
    if ours != theirs:
        return f"twice here: also from another host, {safe_text(theirs)}"
    return f"twice here: also from another address, {safe_text(copy.url)}"


def _pages(entries: Sequence[Entry], project: str | None) -> Iterator[Entry]:
    wanted = canonicalize_name(project) if project else None
    return (entry for entry in entries if entry.project == wanted and isinstance(entry.detail, IndexPage))


def _is_meant(link: index_pages.Link, what: str, name: str, version: str) -> bool:
    if link.filename == what:
        return True
    split = file_names.split_filename(link.filename)
    if split is None or not version or canonicalize_name(split[0]) != canonicalize_name(name):
        return False
    return is_release(split[1], version)
