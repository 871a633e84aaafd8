"""URLs below which indexes may have their pages: those pip is set to ask, and those that URLs of files hint at.

A wrong guess costs a hash and nothing else: a page's URL counts only if its hash is the page's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from pipcache_tui.cache.formats.file_names import file_name, project_of
from pipcache_tui.cache.model import Entry
from pipcache_tui.cache.pip.cache_keys import URL_LIMIT, cache_key, entry_key, without_credentials

#: how many are learned, since each is tried with each page: so many from origins and redirects, as many again from
#: what pages list
_LIMIT = 120
#: how many are learned from URLs that look like no index's, such as archives of a source code host
_OTHER_LIMIT = 40
#: folders in which indexes keep files, the index being above: the public index, Artifactory, Nexus and pypiserver
#: (packages), GitLab, Gitea and Forgejo (files), Azure and ProGet (download), devpi (+f, +e), Gemfury (-), Pulp
#: (content)
_FILE_FOLDERS = frozenset({"packages", "files", "download", "+f", "+e", "-", "content"})
#: where an index has its pages, below a folder that a file's URL shows: PEP 503's root, devpi's, and none of its own as
#: with Gemfury
_PAGE_FOLDERS = ("simple/", "+simple/", "")
#: the deepest index below a host: of GitLab, "api/v4/projects/1/packages/pypi"
_DEEPEST = 8
_OTHER_DEEPEST = 4
_SEPARATORS = re.compile(r"[-_.]+")


class IndexBaseUrls:
    """Each ends with "/"; in the order in which they were learned."""

    def __init__(self, index_urls: Iterable[str]) -> None:
        self._places: dict[str, None] = {url.rstrip("/") + "/": None for url in index_urls}

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def add_of_page(self, url: str) -> None:
        """Where the index of a page is."""
        self._places[url.rstrip("/").rpartition("/")[0] + "/"] = None

    def learn(self, url: str, *, listed: bool = False) -> None:
        """Where the index of a file may be, from the file's URL; `listed`: a page lists it."""
        scheme, mark, rest = without_credentials(url).partition("://")
        if not mark or scheme.lower() not in ("http", "https") or len(url) > URL_LIMIT:
            return
        host, _, path = rest.partition("?")[0].partition("#")[0].partition("/")
        folders = path.split("/")[:-1]
        project = _normalise(project_of(file_name(url)) or "")
        ends = [at for at, folder in enumerate(folders) if folder in _FILE_FOLDERS or _normalise(folder) == project]
        limit = (2 * _LIMIT if listed else _LIMIT) if ends else _OTHER_LIMIT
        for place in _below(folders[: ends[-1]][:_DEEPEST] if ends else folders[:_OTHER_DEEPEST]):
            if len(self._places) >= limit:
                return
            self._places.setdefault(f"{scheme.lower()}://{host.lower()}/{place}")
        if "content" in folders[:-1]:  # Pulp: /pulp/content/NAME/ has its pages at /pypi/NAME/simple/
            distribution = folders[folders.index("content") + 1]
            self._places.setdefault(f"{scheme.lower()}://{host.lower()}/pypi/{distribution}/simple/")

    def url_of(self, page: Entry) -> str | None:
        """The URL of a page, proven by its key; None if it is below none of the places.

        A page of several projects (`--find-links`) can only be at one of the places itself.
        """
        key = entry_key(page)
        if page.project is not None:
            urls = [f"{place}{page.project}/" for place in self._places]
        else:
            urls = [url for place in self._places for url in (place, place[:-1])]
        return next((url for url in urls if cache_key(url) == key), None)


def _below(folders: list[str]) -> Iterator[str]:
    """Where the pages of an index may be that is one of these folders, or above them."""
    yield from ("simple/", "")
    for depth in range(len(folders), 0, -1):
        path = "/".join(folders[:depth])
        yield from (f"{path}/{pages}" for pages in _PAGE_FOLDERS)


def _normalise(name: str) -> str:
    return _SEPARATORS.sub("-", unquote(name)).lower()
