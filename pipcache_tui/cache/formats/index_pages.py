"""Index pages: whose they are, and which files they list.

This reader is made to find URLs fast, and may find more than pip does; `pip_index_page` reads a page as pip does.
`page_head` looks at the first part only; `raw_links` and `read_links` go through all of a page. Links are found with
patterns: parsing a page with ten thousand files would cost more than the rest of a scan.
"""

from __future__ import annotations

import html
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin

from pipcache_tui.cache.formats.file_names import ARCHIVE_SUFFIXES, file_name, is_archive, project_of
from pipcache_tui.cache.formats.responses import Body

#: the most of a page that is unpacked (bytes); the largest on the public index have about 20 MB
PAGE_LIMIT = 64 << 20
_HEAD = 1 << 14
#: how much of an HTML page mostly lists a few files (bytes)
_FEW_LINKS = 1 << 12
#: how much of an HTML page is looked at if its first part lists no file (bytes)
_LONG_HEAD = 1 << 18

_JSON_NAME = re.compile(rb'"name"\s*:\s*"([A-Za-z0-9._-]{1,200})"')
_JSON_URL = re.compile(rb'"url"\s*:\s*"((?:[^"\\]|\\.){1,4096})"')
_JSON_LINK = re.compile(rb'"url"\s*:\s*"([^"#]+)')
_JSON_EITHER = re.compile(rb'"url"')
_HTML_LINK = re.compile(rb"""href\s*=\s*(?:"([^"#]+)|'([^'#]+)|([^"'#>\s]+))""", re.I)
_HTML_EITHER = re.compile(rb"href")
#: characters that some template engines write by number
_NUMBERED = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{1,4})|([0-9]{1,5}));")
_UNNUMBERED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/:._~+%=?@!,;-")
ARCHIVE_ENDINGS = tuple(suffix.encode() for suffix in ARCHIVE_SUFFIXES)
_SEPARATORS = re.compile(r"[-_.]+")
#: how a page in UTF-16 begins: with its byte-order mark, or with its first "<" or "{"
_UTF_16 = {
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"<\0": "utf-16-le",
    b"{\0": "utf-16-le",
    b"\0<": "utf-16-be",
    b"\0{": "utf-16-be",
}
# no part of these can match what another part can, so that no page makes them backtrack
_HTML_ANCHOR = re.compile(
    rb"""<a\s([^<>"']{0,8192}(?:(?:"[^"]{0,8192}"|'[^']{0,8192}')[^<>"']{0,8192}){0,64})>""", re.I
)
_HREF = re.compile(rb"""(?<![^\s"'])href\s*=\s*(?:"([^"]{1,4096})|'([^']{1,4096})|([^\s"'>]{1,4096}))""", re.I)
_HTML_BASE = re.compile(rb"<[bB][aA][sS][eE]\s([^<>]{0,4096})>")
_YANKED = re.compile(rb"""data-yanked(?:\s*=\s*(?:"([^"]{0,1024})"|'([^']{0,1024})'))?""", re.I)
_REQUIRES = re.compile(rb"""data-requires-python\s*=\s*(?:"([^"]{0,256})"|'([^']{0,256})')""", re.I)
_METADATA = re.compile(rb"""data-(?:core|dist-info)-metadata\s*=\s*["']?([a-z0-9]{1,16})=([0-9A-Fa-f]{32,128})""", re.I)


@dataclass(frozen=True, slots=True)
class PageHead:
    """What the start of a page says. `project` is what its links agree on; of JSON, its name as written."""

    form: Literal["html", "json"]
    project: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """A file a page lists: absolute URL without fragment, hashes, and what pip looks at."""

    url: str
    filename: str
    hashes: tuple[tuple[str, str], ...] = ()
    requires_python: str | None = None
    yanked: str | None = None
    size: int | None = None
    has_metadata: bool = False
    #: of its `.metadata`, if the page has them (PEP 658)
    metadata_hashes: tuple[tuple[str, str], ...] = ()


class PageError(ValueError):
    """The page can't be read; the message says in a few words why."""


def unpack(body: Body, encoding: str, limit: int = PAGE_LIMIT) -> bytes:
    """The page without its Content-Encoding; raises PageError if that can't be undone."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body.read_at(0, min(body.size, limit))
    packed = body.read_at(0, min(body.size, PAGE_LIMIT if limit > _HEAD else 2 * _HEAD))
    if encoding in ("gzip", "x-gzip"):
        return _decompress(packed, 31, limit)
    if encoding == "deflate":  # zlib by the standard, bare deflate by habit
        try:
            return _decompress(packed, 15, limit)
        except PageError:
            return _decompress(packed, -15, limit)
    raise PageError(f"packed as {encoding[:20]!a}, which is not unpacked here")


def _decompress(packed: bytes, window: int, limit: int) -> bytes:
    try:
        return zlib.decompressobj(window).decompress(packed, limit)
    except zlib.error as error:
        raise PageError(f"damaged: {str(error)[:80]}") from None


def to_utf8(page: bytes) -> bytes:
    """A page without its byte-order mark, in UTF-8 if it was in UTF-16 (HTML standard, encoding sniffing)."""
    if page[:3] == b"\xef\xbb\xbf":
        return page[3:]
    encoding = _UTF_16.get(page[:2])
    return page if encoding is None else page.decode(encoding, "replace").encode("utf-8", "replace")


def page_head(body: Body, content_type: str, encoding: str) -> PageHead | None:
    """Whose index page this is, from its first 16 kB, or more if no file is listed there; None if it is no index page.

    Raises PageError.
    """
    start = to_utf8(unpack(body, encoding, _HEAD))
    if start.lstrip()[:1] == b"{" and _is_simple_json(start, content_type):
        name = _JSON_NAME.search(start)
        # the public index sends the name after the files: then the first file has it
        project = name.group(1).decode() if name else _first_project(start)
        if project is None and (name := _JSON_NAME.search(to_utf8(unpack(body, encoding))[-_HEAD:])):
            project = name.group(1).decode()
        return PageHead("json", project)
    is_simple = "vnd.pypi.simple" in content_type
    if not is_simple and "html" not in content_type and start.lstrip()[:1] != b"<":
        return None
    # a few files are enough here: whoever searches the whole page sees whether it lists other projects too
    names = _listed_names(start[:_FEW_LINKS]) or _listed_names(start)
    if not names and len(start) >= _HEAD // 2:
        names = _listed_names(to_utf8(unpack(body, encoding, _LONG_HEAD)))
    if names or is_simple or b"Links for" in start:
        return PageHead("html", agreed_project(names))
    return None


def _listed_names(start: bytes) -> list[str]:
    """File names that the start of an HTML page lists; of those that begin alike, one."""
    return names_that_differ(raw_links(start, "html"))


def names_that_differ(links: Iterable[bytes]) -> list[str]:
    """The file names in raw links: of wheels with the same first word, and of sdists up to the last "-", one."""
    found: dict[bytes, bytes] = {}
    for link in links:
        name = link.rpartition(b"/")[2]
        if name.endswith(b".whl"):
            found[name.partition(b"-")[0]] = name
        elif name.endswith(ARCHIVE_ENDINGS):
            found[name.rpartition(b"-")[0]] = name
        else:
            found[name] = name
    return [name for name in (file_name(_unescape(name)) for name in found.values()) if is_archive(name)]


def agreed_project(names: Iterable[str]) -> str | None:
    """The project that all of these file names begin with, normalised; None if they don't agree or none says one.

    A wheel's name is clear; in an sdist's, a "-" may belong to the name or to the version.
    """
    wheels: set[str] = set()
    sdists: set[str] = set()
    stems: list[str] = []
    for name in names:
        if (project := project_of(name)) is None:
            continue
        if name.endswith(".whl"):
            wheels.add(_normalise(project))
        else:
            sdists.add(_normalise(project))
            stems.append(_normalise(name))
    candidates = wheels or set(sorted(sdists, key=len)[:1])
    if len(candidates) != 1:
        return None
    (agreed,) = candidates
    at = len(agreed)  # where "-" and a version must follow
    return agreed if all(stem.startswith(agreed + "-") and stem[at + 1 : at + 2].isdigit() for stem in stems) else None


def _normalise(name: str) -> str:
    """As PEP 503 says; not packaging's, which a worker would have to import for it."""
    return _SEPARATORS.sub("-", name).lower()


def _is_simple_json(start: bytes, content_type: str) -> bool:
    return "vnd.pypi.simple" in content_type or (b'"files"' in start and b'"filename"' in start)


def read_links(page: bytes, form: str, url: str | None) -> Iterator[Link]:
    """Every file a page lists. Relative links need the page's own `url`; without it they are left out."""
    yield from _json_links(page, url) if form == "json" else _html_links(page, url)


def raw_links(page: bytes, form: str) -> list[bytes]:
    """Every link of a page as it is written, without fragments: as fast as possible, nothing unescaped."""
    if form == "json":
        pieces = page.split(b'"url":"')
        # nearly always a program wrote them, all in the usual way: no pattern needed
        if len(pieces) - 1 == len(_JSON_EITHER.findall(page)):
            return [piece.partition(b'"')[0].partition(b"#")[0] for piece in pieces[1:]]
        return _JSON_LINK.findall(page)
    if b"&#" in page[:_HEAD]:
        page = _NUMBERED.sub(_unnumbered, page)
    pieces = page.split(b'href="')
    usual = len(pieces) - 1
    start = page[:_HEAD]
    alike = start.count(b'href="') >= start.count(b"</a>") and b"</A" not in start
    if alike and usual and usual == len(_HTML_EITHER.findall(page)):
        return [piece.partition(b'"')[0].partition(b"#")[0] for piece in pieces[1:]]
    return [double or single or bare for double, single, bare in _HTML_LINK.findall(page)]


def _unnumbered(match: re.Match[bytes]) -> bytes:
    """A character that was written by its number, where it can't be taken for the end of the link."""
    number = int(match[1], 16) if match[1] else int(match[2])
    return bytes((number,)) if number in _UNNUMBERED else match[0]


def bases_of(page: bytes, form: str, url: str | None) -> tuple[str | None, ...]:
    """What relative links of a page may start from: its `<base>`, wherever it is, and its URL if that is known."""
    declared = _html_base(page, url) if form == "html" else url
    return tuple(dict.fromkeys((declared, url)))


def absolute(link: bytes, form: str, base: str | None) -> str | None:
    """A raw link as an absolute URL without fragment; None if it is relative to a base that is not known."""
    text = link.decode("utf-8", "replace").strip()
    if form == "json":
        if "\\" in text:
            try:
                text = str(json.loads(f'"{text}"'))
            except ValueError:
                return None
    elif "&" in text:
        text = html.unescape(text)
    return next(_absolute(text, base), None)


def _unescape(href: bytes) -> str:
    text = href.decode("utf-8", "replace").strip()
    return html.unescape(text) if "&" in text else text


def _absolute(link: str, base: str | None) -> Iterator[str]:
    link = link.split("#", 1)[0]
    if link[:8].lower().startswith(("https://", "http://")):
        yield link
    elif base is None and link.startswith("//"):
        yield "https:" + link
    elif base is not None and link:
        try:
            yield urljoin(base, link)
        except ValueError:  # such as an unfinished IPv6 address
            return


def _html_base(page: bytes, url: str | None) -> str | None:
    """The URL of the first `<base>` that has one, else the page's own; pip too looks for it in all of the page."""
    found = next(filter(None, (_HREF.search(tag.group(1)) for tag in _HTML_BASE.finditer(page))), None)
    if found is None:
        return url
    return next(_absolute(_unescape(next(filter(None, found.groups()))), url), None)


def _html_links(page: bytes, url: str | None) -> Iterator[Link]:
    base = _html_base(page, url)
    for attributes, href in _anchors(page):
        for absolute in _absolute(href, base):
            name = file_name(absolute)
            if not is_archive(name):
                continue
            fragment = href.partition("#")[2]
            algorithm, _, digest = fragment.partition("=")
            digest = digest.split("&", 1)[0].lower()
            yield Link(
                url=absolute,
                filename=name,
                hashes=((algorithm.lower(), digest),) if re.fullmatch("[0-9a-f]{32,128}", digest) else (),
                requires_python=_attribute(_REQUIRES, attributes) or None,
                yanked=_attribute(_YANKED, attributes),
                has_metadata=b"data-core-metadata" in attributes or b"data-dist-info-metadata" in attributes,
                metadata_hashes=tuple(
                    (name.decode().lower(), value.decode().lower())
                    for name, value in dict(_METADATA.findall(attributes)).items()
                ),
            )


def _anchors(page: bytes) -> Iterator[tuple[bytes, str]]:
    """The attributes of each link, and its address."""
    for match in _HTML_ANCHOR.finditer(page):
        found = _HREF.search(match.group(1))
        if found is not None:
            yield match.group(1), _unescape(next(group for group in found.groups() if group is not None))


def _attribute(pattern: re.Pattern[bytes], anchor: bytes) -> str | None:
    found = pattern.search(anchor)
    if found is None:
        return None
    return _unescape(next((group for group in found.groups() if group is not None), b""))


def _json_links(page: bytes, url: str | None) -> Iterator[Link]:
    try:
        document = json.loads(page)
    except (ValueError, RecursionError):
        return
    files = document.get("files") if isinstance(document, dict) else None
    for file in files if isinstance(files, list) else ():
        if not isinstance(file, dict) or not isinstance(file.get("url"), str):
            continue
        size, yanked = file.get("size"), file.get("yanked")
        metadata = file.get("core-metadata") or file.get("data-dist-info-metadata")
        requires = file.get("requires-python")
        for absolute in _absolute(file["url"], url):
            named = file.get("filename")
            yield Link(
                url=absolute,
                filename=named if isinstance(named, str) else file_name(absolute),
                hashes=_json_hashes(file.get("hashes")),
                requires_python=requires if isinstance(requires, str) and requires else None,
                yanked=yanked if isinstance(yanked, str) and yanked else ("" if yanked else None),
                size=size if isinstance(size, int) and not isinstance(size, bool) else None,
                has_metadata=bool(metadata),
                metadata_hashes=_json_hashes(metadata),
            )


def _json_hashes(listed: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(listed, dict):
        return ()
    return tuple(sorted((str(key), str(value).lower()) for key, value in listed.items()))


def _first_project(start: bytes) -> str | None:
    """The project of the first file that a JSON page lists, for pages that name themselves at their end."""
    names = map(file_name, (_unescape(match.group(1)) for match in _JSON_URL.finditer(start)))
    return next((project_of(name) for name in names if is_archive(name)), None)
