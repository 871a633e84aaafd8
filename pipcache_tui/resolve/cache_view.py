"""The cache as one pip sees it: what it finds under an address, what it then does, and what was built here before."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import urljoin

from pipcache_tui.cache.content import open_content, read_core_metadata
from pipcache_tui.cache.formats import file_names, index_pages
from pipcache_tui.cache.formats.metadata import CoreMetadata
from pipcache_tui.cache.formats.responses import EnvelopeError
from pipcache_tui.cache.model import Entry, IndexPage, Origin
from pipcache_tui.cache.pip.built_wheels import old_wheel_key, wheel_key
from pipcache_tui.cache.pip.cache_keys import cache_key, entry_key, url_variants
from pipcache_tui.cache.pip.freshness import outlook
from pipcache_tui.resolve.candidates import CandidateEvaluator, parse_wheel
from pipcache_tui.resolve.requirements import Digest
from pipcache_tui.text import safe_text

#: what pip does for an address: nothing over the network, a question whether its copy still holds, a full download
Way: TypeAlias = Literal["reuse", "revalidate", "download"]
_WORST_LAST: tuple[Way | None, ...] = ("reuse", "revalidate", None, "download")
_HOPS = 10
#: the hash that stands in the key of a built wheel, where a link has several
_HASHES_BY_STRENGTH = ("sha512", "sha384", "sha256", "sha224", "sha1", "md5")


@dataclass(frozen=True, slots=True)
class Request:
    """An address that pip needs. `way` None: it can't be said. `entry` is what answers, redirects followed."""

    url: str
    way: Way | None
    why: str
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """An index page that pip asks for, and what the cached one lists; `links` None: nothing here tells."""

    request: Request
    links: tuple[index_pages.Link, ...] | None = None
    form: Literal["html", "json"] = "html"


class CacheView:
    """The entries of a scan, as the pip of `buyer` finds them in the cache `root` at `now` (seconds since 1970)."""

    def __init__(self, entries: Iterable[Entry], root: str, buyer: CandidateEvaluator, now: float) -> None:
        self.entries = tuple(entries)
        self.root = root
        self.buyer = buyer
        self.now = now
        self._by_key: dict[str, list[Entry]] = defaultdict(list)
        self._by_name: dict[str, list[Entry]] = defaultdict(list)
        self._built: dict[str, list[Entry]] = defaultdict(list)
        self._pages: dict[str, Page] = {}
        self._metadata: dict[tuple[str, str], CoreMetadata | None] = {}
        for entry in self.entries:
            key = entry_key(entry)
            if key is not None:
                self._by_key[key].append(entry)
                if entry.filename and entry.kind in ("wheel", "sdist"):
                    self._by_name[entry.filename].append(entry)
            elif entry.kind == "built-wheel" and entry.root == root:
                self._built["".join(entry.files.path.split("/")[1:5])].append(entry)

    def request(self, url: str) -> Request:
        """What pip does to get an address, redirects in the cache followed."""
        way: Way | None = "reuse"
        at = url
        for _ in range(_HOPS):
            entry = self._find(at)
            if entry is None:
                return Request(url, "download", self.why_absent(at))
            told = outlook(entry, self.buyer.pip_version, self.now, pythons=(self.buyer.python,))
            step: Way | None = "download" if told.pip_will in ("download-again", "never-read") else told.pip_will  # type: ignore[assignment]
            way = max(way, step, key=_WORST_LAST.index)
            if step == "download" or entry.kind != "redirect":
                return Request(url, way, told.why, entry)
            location = entry.response.location if entry.response else None
            if location is None:
                return Request(url, None, "a redirect that says not where to", entry)
            at = urljoin(at, location)
        return Request(url, None, f"more than {_HOPS} redirects in a row")

    def why_absent(self, url: str) -> str:
        """Why pip finds nothing under an address, as far as what is on disk tells."""
        pip = f"pip {self.buyer.pip_version}"
        for entry in self._by_key.get(cache_key(url), ()):
            if entry.store not in self.buyer.row.stores:
                return f"cached in {entry.store}/, which {pip} never reads"
            return f"cached in {safe_text(entry.root)}, not where {pip} looks"
        if url.lower().startswith("http:") and not self.buyer.row.plain_http:
            return f"not cached: {pip} keeps nothing that comes over plain http"
        for entry in self._by_name.get(file_names.file_name(url), ()):
            place = (
                f"from another address: {safe_text(entry.url)}" if entry.url else "from an address that is not known"
            )
            return f"not cached; a file of the same name is, {place}"
        return "not cached"

    def page(self, url: str) -> Page:
        """An index page and the files it lists."""
        known = self._pages.get(url)
        if known is None:
            known = self._pages[url] = self._read_page(url)
        return known

    def built(
        self,
        url: str,
        hashes: Sequence[Digest],
        project: str | None,
        form: Literal["html", "json"],
        subdirectory: str | None = None,
    ) -> Entry | None:
        """The wheel built here that pip finds for a source archive."""
        row, python = self.buyer.row, self.buyer.python
        by_name = dict(hashes) if not (row.hashless_json and form == "json") else {}
        name = next((name for name in _HASHES_BY_STRENGTH if name in by_name), None)
        digest = by_name.get(name) if name else None
        interpreter = (python.interpreter_name, python.interpreter_version)
        keys = []
        if "interpreter" in row.wheel_keys:
            keys.append(wheel_key(url, interpreter, hash_name=name, digest=digest, subdirectory=subdirectory))
        if "old" in row.wheel_keys:
            keys.append(old_wheel_key(url, hash_name=name, digest=digest))
        found = []
        for entry in (entry for key in keys for entry in self._built.get(key, ())):
            filename = os.path.basename(entry.files.path)
            parsed = parse_wheel(filename, row.strict_wheel_names)
            rank = self.buyer.rank(parsed[3]) if parsed and project in (None, parsed[0]) else None
            if rank is not None:
                found.append((-rank, filename, entry))
        return min(found, key=lambda one: one[:2])[2] if found else None

    def metadata(self, entry: Entry | None) -> CoreMetadata | None:
        """What a wheel or its `.metadata` says it needs; None where that can't be read."""
        if entry is None:
            return None
        if entry.key not in self._metadata:
            self._metadata[entry.key] = read_core_metadata(entry)
        return self._metadata[entry.key]

    def files_of(self, project: str) -> Iterator[Entry]:
        """The wheels and source archives of a project that this pip's stores hold, under whichever address."""
        for entry in self.entries:
            if (
                entry.project == project
                and entry.root == self.root
                and entry.kind in ("wheel", "built-wheel", "sdist")
                and entry.store in self.buyer.row.stores
            ):
                yield entry

    def _find(self, url: str) -> Entry | None:
        for spelling in url_variants(url):
            for entry in self._by_key.get(cache_key(spelling), ()):
                if entry.root == self.root and entry.store in self.buyer.row.stores:
                    return entry
        return None

    def _read_page(self, url: str) -> Page:
        request = self.request(url)
        entry = request.entry
        if entry is None or not isinstance(entry.detail, IndexPage):
            return Page(request)
        try:
            with open_content(entry) as content:
                text = index_pages.unpack(content.body, content.headers.get("content-encoding", ""))
        except (OSError, EnvelopeError, index_pages.PageError) as error:
            return Page(Request(url, request.way, f"its cached copy can't be read: {safe_text(str(error), 100)}"))
        # after a redirect relative links start from where the page really stands
        links = tuple(index_pages.read_links(text, entry.detail.form, entry.url or url))
        return Page(request, links, entry.detail.form)


def origin_hashes(entry: Entry) -> frozenset[Digest]:
    """The hashes of the source archive that a built wheel was made from."""
    return frozenset(entry.detail.hashes) if isinstance(entry.detail, Origin) else frozenset()
