"""Addresses below which indexes may stand: those pip is set to ask, and those that URLs of files hint at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pipcache_tui.cache.model import Entry
from pipcache_tui.cache.pip.cache_keys import URL_LIMIT, cache_key, entry_key, without_credentials

#: how many are learnt, since each is tried with each page: so many from origins and redirects, and as many again from
#: what pages list
_LIMIT = 100
#: what a file host's paths have before the part that is different for each file
_FILES_BELOW = re.compile(r"/(?:packages|files|\+[ef]|api/packages)/")


class IndexBaseUrls:
    """Each ends with "/"; in the order in which they were learnt."""

    def __init__(self, index_urls: Iterable[str]) -> None:
        self._places: dict[str, None] = {url.rstrip("/") + "/": None for url in index_urls}

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def add_of_page(self, url: str) -> None:
        """Where the index of a page stands."""
        self._places[url.rstrip("/").rpartition("/")[0] + "/"] = None

    def learn(self, url: str, *, listed: bool = False) -> None:
        """Where the index may stand that a file's URL is of; `listed`: a page lists it."""
        scheme, mark, rest = without_credentials(url).partition("://")
        if not mark or scheme not in ("http", "https"):
            return
        if len(self._places) >= (2 * _LIMIT if listed else _LIMIT) or len(url) > URL_LIMIT:
            return
        host, _, path = rest.partition("/")
        for prefix in ("", *_prefixes("/" + path)):
            for tail in ("simple/", "+simple/") if prefix else ("simple/",):
                self._places.setdefault(f"{scheme}://{host.lower()}/{prefix}{tail}")

    def url_of(self, page: Entry) -> str | None:
        """The URL of a page, proven by its key; None where it is below none of the places."""
        if page.project is None:
            return None
        key = entry_key(page)
        urls = (f"{place}{page.project}/" for place in self._places)
        return next((url for url in urls if cache_key(url) == key), None)


def _prefixes(path: str) -> Iterator[str]:
    """Parts of a file's path below which its index may stand: all before its "/packages/" or the like."""
    below = _FILES_BELOW.search(path)
    parts = path[1 : below.start() + 1].split("/")[:-1] if below else path[1:].split("/")[:-1][:4]
    for depth in range(1, len(parts) + 1):
        yield "/".join(parts[:depth]) + "/"
