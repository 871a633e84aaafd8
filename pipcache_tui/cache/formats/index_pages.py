"""Index pages: whose they are, and which files they list.

Two readings. `page_head` looks at the first part only and names the page; `read_links` goes through all of it, when
URLs have to be recovered. Links are picked out with compiled patterns: building every object of a page with ten
thousand files would cost more than all the rest of a scan.
"""

from __future__ import annotations

import html
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin

from pipcache_tui.cache.formats.file_names import file_name, is_archive, is_project, project_of
from pipcache_tui.cache.formats.responses import Body

#: the most of a page that is unpacked (bytes); the largest on the public index have about 20 MB
PAGE_LIMIT = 64 << 20
_HEAD = 1 << 14

_JSON_NAME = re.compile(rb'"name"\s*:\s*"([A-Za-z0-9._-]{1,200})"')
_JSON_URL = re.compile(rb'"url"\s*:\s*"((?:[^"\\]|\\.){1,4096})"')
_JSON_LINK = re.compile(rb'"url"\s*:\s*"([^"#]+)')
_JSON_EITHER = re.compile(rb'"url"')
_HTML_LINK = re.compile(rb"""href\s*=\s*["']?([^"'#>\s]+)""", re.I)
_HTML_EITHER = re.compile(rb"href")
#: what a link may be written with, as some template engines do, and need not be
_NUMBERED = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{1,4})|([0-9]{1,5}));")
_UNNUMBERED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/:._~+%=?@!,;-")
_HTML_TITLE = re.compile(rb"<(?:title|h1)>([^<]{1,300})<", re.I)
_TITLE_WORDS = re.compile(r"(?:Links for|Simple index for|Index of)\s", re.I)
# no part of these can match what another part can, so that no page makes them try again and again
_HTML_ANCHOR = re.compile(
    rb"""<a\s([^<>"']{0,8192}(?:(?:"[^"]{0,8192}"|'[^']{0,8192}')[^<>"']{0,8192}){0,64})>""", re.I
)
_HREF = re.compile(rb"""(?<![^\s"'])href\s*=\s*(?:"([^"]{1,4096})|'([^']{1,4096})|([^\s"'>]{1,4096}))""", re.I)
_HTML_BASE = re.compile(rb"""<base\s[^>]{0,1024}?href\s*=\s*["']?([^"'>\s]{1,4096})""", re.I)
_YANKED = re.compile(rb"""data-yanked(?:\s*=\s*(?:"([^"]{0,1024})"|'([^']{0,1024})'))?""", re.I)
_REQUIRES = re.compile(rb"""data-requires-python\s*=\s*(?:"([^"]{0,256})"|'([^']{0,256})')""", re.I)
_METADATA = re.compile(rb"""data-(?:core|dist-info)-metadata\s*=\s*["']?([a-z0-9]{1,16})=([0-9A-Fa-f]{32,128})""", re.I)


@dataclass(frozen=True, slots=True)
class PageHead:
    """What the start of a page tells. `project` is as the page writes it."""

    form: Literal["html", "json"]
    project: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """A file a page lists: absolute URL without fragment, the fragment's or JSON's hash, what pip heeds of it."""

    url: str
    filename: str
    hashes: tuple[tuple[str, str], ...] = ()
    requires_python: str | None = None
    yanked: str | None = None
    size: int | None = None
    has_metadata: bool = False
    #: of its `.metadata`, where the page tells them (PEP 658)
    metadata_hashes: tuple[tuple[str, str], ...] = ()


class PageError(ValueError):
    """The page can't be read; the message says in a few words why."""


def unpack(body: Body, encoding: str, limit: int = PAGE_LIMIT) -> bytes:
    """The page as it was before its Content-Encoding; raises PageError where that can't be undone."""
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


def page_head(body: Body, content_type: str, encoding: str) -> PageHead | None:
    """Whose index page this is, from its first 16 kB; None where it is no index page. Raises PageError."""
    start = unpack(body, encoding, _HEAD)
    stripped = start.lstrip()[:1]
    if stripped == b"{" and _is_simple_json(start, content_type):
        name = _JSON_NAME.search(start)
        # what the public index sends has the name behind the files: then the first file tells
        project = name.group(1).decode() if name else _first_project(start, "json")
        if project is None and (name := _JSON_NAME.search(unpack(body, encoding)[-_HEAD:])):
            project = name.group(1).decode()
        return PageHead("json", project)
    if stripped == b"<" and (b"<a " in start or "simple" in content_type or b"Links for" in start):
        title = _HTML_TITLE.search(start)
        name_text = html.unescape(title.group(1).decode("utf-8", "replace")).strip() if title else ""
        name_text = _TITLE_WORDS.sub("", name_text, count=1).strip()
        if not is_project(name_text):
            name_text = _first_project(start, "html") or ""
        if name_text or "vnd.pypi.simple" in content_type:
            return PageHead("html", name_text or None)
    return None


def _is_simple_json(start: bytes, content_type: str) -> bool:
    return "vnd.pypi.simple" in content_type or (b'"files"' in start and b'"filename"' in start)


def read_links(page: bytes, form: str, url: str | None) -> Iterator[Link]:
    """Every file a page lists. Relative links need the page's own `url`; without it they are passed over."""
    yield from _json_links(page, url) if form == "json" else _html_links(page, url)


def raw_links(page: bytes, form: str) -> list[bytes]:
    """Every link of a page as it is written, without fragments: as quick as can be, nothing unescaped."""
    mark, either, pattern = (
        (b'"url":"', _JSON_EITHER, _JSON_LINK) if form == "json" else (b'href="', _HTML_EITHER, _HTML_LINK)
    )
    start = page[:_HEAD]
    if form == "html" and b"&#" in start:
        page = _NUMBERED.sub(_unnumbered, page)
    pieces = page.split(mark)
    # nearly always a program wrote them, all in the usual way: no pattern needed
    if b"HREF" not in start and len(pieces) - 1 == len(either.findall(page)):
        return [piece.partition(b'"')[0].partition(b"#")[0] for piece in pieces[1:]]
    return pattern.findall(page)


def _unnumbered(match: re.Match[bytes]) -> bytes:
    """A character that was written by its number, where it can't be taken for the end of the link."""
    number = int(match[1], 16) if match[1] else int(match[2])
    return bytes((number,)) if number in _UNNUMBERED else match[0]


def base_of(page: bytes, form: str, url: str | None) -> str | None:
    """What relative links of a page start from, given the page's own URL where that is known."""
    return url if form == "json" else _html_base(page, url)


def absolute(link: bytes, form: str, base: str | None) -> str | None:
    """A raw link as an absolute URL without fragment; None where it is relative to a base that is not known."""
    text = link.decode("utf-8", "replace").strip()
    if "\\" in text:
        try:
            text = str(json.loads(f'"{text}"'))
        except ValueError:
            return None
    elif form == "html" and "&" in text:
        text = html.unescape(text)
    return next(_absolute(text, base), None)


def _unescape(href: bytes) -> str:
    text = href.decode("utf-8", "replace").strip()
    return html.unescape(text) if "&" in text else text


def _absolute(link: str, base: str | None) -> Iterator[str]:
    link = link.split("#", 1)[0]
    if link.startswith(("https://", "http://")):
        yield link
    elif base is not None and link:
        try:
            yield urljoin(base, link)
        except ValueError:  # such as an unfinished IPv6 address
            return


def _html_base(page: bytes, url: str | None) -> str | None:
    declared = _HTML_BASE.search(page, 0, 4096)
    if declared is None:
        return url
    text = _unescape(declared.group(1))
    if text.startswith(("https://", "http://")):
        return text
    return next(_absolute(text, url), None)


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


def _first_project(start: bytes, form: str) -> str | None:
    """The project of the first file listed, for pages that do not name themselves."""
    if form == "json":
        links = (_unescape(match.group(1)) for match in _JSON_URL.finditer(start))
    else:
        links = (href for _, href in _anchors(start))
    for link in links:
        name = file_name(link)
        if is_archive(name):
            return project_of(name)
    return None
