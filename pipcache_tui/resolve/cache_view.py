"""The cache as one pip sees it: what it finds for a URL, what it then does, and which wheels it built earlier."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import urljoin

from packaging.version import Version

from pipcache_tui.cache.content import open_content, read_core_metadata, read_headers, read_index_page
from pipcache_tui.cache.formats import file_names, index_pages
from pipcache_tui.cache.formats.metadata import CoreMetadata
from pipcache_tui.cache.formats.pip_index_page import HASH_NAMES, PageIgnored, PageStopsPip, PipLink, read_pip_page
from pipcache_tui.cache.formats.responses import EnvelopeError
from pipcache_tui.cache.model import Entry, Origin, PipWill
from pipcache_tui.cache.pip.built_wheels import old_wheel_key, wheel_key
from pipcache_tui.cache.pip.cache_keys import cache_key, entry_key, url_variants
from pipcache_tui.cache.pip.freshness import forecast
from pipcache_tui.resolve.candidates import parse_wheel
from pipcache_tui.resolve.inputs.requirements import Digest
from pipcache_tui.resolve.target import TargetPython
from pipcache_tui.text import safe_text

#: what pip does for a URL: no request, a request whether its copy is still valid, a full download
Way: TypeAlias = Literal["reuse", "revalidate", "download"]
_BEST_FIRST: tuple[Way | None, ...] = ("reuse", "revalidate", None, "download")
_WAYS: dict[PipWill | None, Way | None] = {
    "reuse": "reuse",
    "revalidate": "revalidate",
    "download-again": "download",
    "never-read": "download",
    None: None,
}
#: kinds that a page's answer may be taken for
_CONTENTS = frozenset({"other", "wheel", "sdist", "metadata"})
_MOST_REDIRECTS = 10
#: which of a link's hashes is part of a built wheel's key (`_get_cache_path_parts` of pip's `cache.py`): from this pip
#: on its first, before that the strongest
_FIRST_HASH_COUNTS = Version("23.0")
#: from this pip on hashes are compared in lower case (`Hashes.__init__`)
HASHES_IN_ANY_CASE = Version("24.2")


@dataclass(frozen=True, slots=True)
class Request:
    """A URL that pip needs. `way` None: not known. `entry` is what answers, after redirects."""

    url: str
    way: Way | None
    why: str
    entry: Entry | None = None
    #: the URL after redirects
    final_url: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """An index page that pip asks for, and the links of the cached one.

    `links` None: not known. `ignored` says why pip takes nothing from it, `stops` why pip ends with an error there.
    """

    request: Request
    links: tuple[PipLink, ...] | None = None
    ignored: str | None = None
    stops: str | None = None


class CacheView:
    """The entries of a scan as one pip finds them.

    Args:
        entries: all entries of the scan.
        root: the path of the cache that this pip uses.
        target: the Python and its pip.
        now: the time of the check, in seconds since 1970.
    """

    def __init__(self, entries: Iterable[Entry], root: str, target: TargetPython, now: float) -> None:
        self.entries = tuple(entries)
        self.root = root
        self.target = target
        self.now = now
        self._by_key: dict[str, list[Entry]] = defaultdict(list)
        self._by_name: dict[str, list[Entry]] = defaultdict(list)
        self._built: dict[str, list[Entry]] = defaultdict(list)
        self._pages: dict[str, Page] = {}
        self._digests: dict[tuple[str, str], dict[str, str]] = {}
        self._metadata: dict[tuple[str, str], CoreMetadata | None] = {}
        for entry in self.entries:
            key = entry_key(entry)
            if key is not None:
                self._by_key[key].append(entry)
                if entry.filename and entry.kind in ("wheel", "sdist"):
                    self._by_name[entry.filename].append(entry)
            elif entry.kind == "built-wheel" and entry.root == root:
                self._built["".join(entry.files.path.split("/")[1:5])].append(entry)

    def request(self, url: str, *, as_page: bool = False) -> Request:
        """What pip does to get a URL, following redirects that are in the cache.

        Args:
            url: without fragment.
            as_page: pip asks for it as an index page, whatever the cached answer turns out to be.
        """
        way: Way | None = "reuse"
        current = url
        for _ in range(_MOST_REDIRECTS):
            entry = self._find(current)
            if entry is None:
                return Request(url, "download", self.why_absent(current))
            asked = entry._replace(kind="index-page") if as_page and entry.kind in _CONTENTS else entry
            expected = forecast(asked, self.target.pip_version, self.now, pythons=(self.target.python,))
            step = _WAYS[expected.pip_will]
            way = max(way, step, key=_BEST_FIRST.index)
            if step == "download" or entry.kind != "redirect":
                return Request(url, way, expected.why, entry, current)
            location = entry.response.location if entry.response else None
            if location is None:
                return Request(url, None, "a redirect without a Location", entry)
            current = urljoin(current, location)
        return Request(url, None, f"more than {_MOST_REDIRECTS} redirects in a row")

    def why_absent(self, url: str) -> str:
        """Why pip finds nothing for a URL, as far as the files on disk show it."""
        pip = f"pip {self.target.pip_version}"
        for entry in self._by_key.get(cache_key(url), ()):
            if entry.store not in self.target.row.stores:
                return f"cached in {entry.store}/, which {pip} never reads"
            return f"cached in {safe_text(entry.root)}, not where {pip} looks"
        if url.lower().startswith("http:") and not self.target.row.plain_http:
            return f"not cached: {pip} caches nothing that comes over plain http"
        for entry in self._by_name.get(file_names.file_name(url), ()):
            source = f"from another URL: {safe_text(entry.url)}" if entry.url else "from an unknown URL"
            return f"not cached; a file of the same name is, {source}"
        return "not cached"

    def page(self, url: str) -> Page:
        """An index page and the files it lists."""
        known = self._pages.get(url)
        if known is None:
            known = self._pages[url] = self._read_page(url)
        return known

    def built(
        self, url: str, hashes: Sequence[Digest], project: str | None, subdirectory: str | None = None
    ) -> Entry | None:
        """The wheel built here that pip finds for a source archive (pip's `cache.py`, `SimpleWheelCache.get`).

        Args:
            url: the archive's URL without fragment.
            hashes: its hashes as the page or the requirement gives them.
            project: the wheel must be of this project; None: any.
            subdirectory: the `#subdirectory=` of the URL.
        """
        row, python = self.target.row, self.target.python
        in_order = hashes if self.target.pip >= _FIRST_HASH_COUNTS else sorted(hashes, key=_by_strength)
        name, digest = in_order[0] if in_order else (None, None)
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
            rank = self.target.rank(parsed.tags) if parsed and project in (None, parsed.project) else None
            if rank is not None:
                found.append((-rank, filename, entry))
        return min(found, key=lambda one: one[:2])[2] if found else None

    def metadata(self, entry: Entry | None) -> CoreMetadata | None:
        """The core metadata of a wheel or a `.metadata` file; None where it can't be read."""
        if entry is None:
            return None
        if entry.key not in self._metadata:
            self._metadata[entry.key] = read_core_metadata(entry)
        return self._metadata[entry.key]

    def digests(self, entry: Entry, names: Collection[str]) -> Mapping[str, str] | None:
        """The cached file's hashes; all of it is read, once for each hash.

        Args:
            entry: the file.
            names: of hashes, as hashlib knows them.

        Returns:
            By name, lower-case hexadecimal; None where the file can't be read.

        Raises:
            ValueError: hashlib knows no hash of that name.
        """
        known = self._digests.setdefault(entry.key, {})
        missing = {name: hashlib.new(name) for name in names if name not in known}
        if missing:
            try:
                with open_content(entry) as content:
                    for piece in content.stream():
                        for digest in missing.values():
                            digest.update(piece)
            except (OSError, EnvelopeError):
                return None
            known.update({name: digest.hexdigest() for name, digest in missing.items()})
        return {name: known[name] for name in names}

    def has_hash(self, entry: Entry, hashes: Collection[Digest]) -> bool | None:
        """Whether the cached file has one of these hashes (pip's `Hashes.check_against_path`); None: not known.

        Raises:
            ValueError: hashlib knows no hash of a name.
        """
        digests = self.digests(entry, {name for name, _ in hashes})
        any_case = self.target.pip >= HASHES_IN_ANY_CASE
        return (
            None
            if digests is None
            else any(digests[name] == (value.lower() if any_case else value) for name, value in hashes)
        )

    def files_of(self, project: str) -> Iterator[Entry]:
        """The wheels and source archives of a project in this pip's stores, whatever their URL."""
        for entry in self.entries:
            if (
                entry.project == project
                and entry.root == self.root
                and entry.kind in ("wheel", "built-wheel", "sdist")
                and entry.store in self.target.row.stores
            ):
                yield entry

    def _find(self, url: str) -> Entry | None:
        for variant in url_variants(url):
            for entry in self._by_key.get(cache_key(variant), ()):
                if entry.root == self.root and entry.store in self.target.row.stores:
                    return entry
        return None

    def _read_page(self, url: str) -> Page:
        request = self.request(url, as_page=True)
        entry = request.entry
        if entry is None or entry.kind not in ("index-page", *_CONTENTS):
            return Page(request)
        try:
            text, content_type = read_index_page(entry), read_headers(entry).get("content-type")
        except (OSError, EnvelopeError, index_pages.PageError) as error:
            return Page(Request(url, request.way, f"its cached copy can't be read: {safe_text(str(error), 100)}"))
        if len(text) >= index_pages.PAGE_LIMIT:
            return Page(Request(url, request.way, f"over {index_pages.PAGE_LIMIT >> 20} MiB, which is not read here"))
        try:
            return Page(request, tuple(read_pip_page(text, content_type, request.final_url or url, self.target.pip)))
        except PageIgnored as error:
            return Page(request, (), ignored=safe_text(str(error), 120))
        except PageStopsPip as error:
            return Page(request, (), stops=safe_text(str(error), 120))


def _by_strength(digest: Digest) -> int:
    return HASH_NAMES.index(digest[0]) if digest[0] in HASH_NAMES else len(HASH_NAMES)


def origin_hashes(entry: Entry) -> frozenset[Digest]:
    """The hashes of the source archive that a wheel was built from (`origin.json`, pip 22.2 and newer)."""
    return frozenset(entry.detail.hashes) if isinstance(entry.detail, Origin) else frozenset()
