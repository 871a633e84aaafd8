"""An index page read exactly as pip reads it, to decide what pip would install.

This follows `parse_links` and `HTMLLinkParser` of pip's `index/collector.py` and `Link` of its `models/link.py`.
Recovering URLs has another, much faster reader that may find more: `index_pages`.
"""

from __future__ import annotations

import email.message
import json
import os
import posixpath
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from itertools import chain

from packaging.version import Version

#: pip's `_SUPPORTED_HASHES`
HASH_NAMES = ("sha512", "sha384", "sha256", "sha224", "sha1", "md5")
_HTML = ("text/html", "application/vnd.pypi.simple.v1+html")
_JSON = "application/vnd.pypi.simple.v1+json"
#: from this pip on JSON pages are read (PEP 691)
_READS_JSON = Version("22.2")
#: these pips lose the hashes of JSON pages (`Link.link_hash` is only of the URL)
_LOSES_JSON_HASHES = (Version("22.3"), Version("23.0"))
#: from this pip on a `.metadata` file counts: named by HTML pages; by JSON pages, and under its new name (PEP 714)
_METADATA_FROM_HTML, _METADATA_FROM_JSON = Version("22.3"), Version("23.2")
#: from this pip on the time of upload is read (`--uploaded-prior-to`)
_READS_UPLOAD_TIME = Version("26.0")
#: from this pip on an `#egg=` that is not a project's name is an error (`Link._egg_fragment`; issue 13157 of pip)
_CHECKS_EGG = Version("26.0")
#: from this pip on a file name is unquoted only once (`_to_path_component`)
_UNQUOTES_ONCE = Version("26.2")
#: from this pip on a URL without a host keeps its "//", and an absolute link is not joined to the page's URL
_KEEPS_EMPTY_HOST = Version("25.1")

_HASH_FRAGMENT = re.compile(rf"[#&]({'|'.join(HASH_NAMES)})=([^&]*)")
_HASH_ANYWHERE = re.compile(rf"({'|'.join(HASH_NAMES)})=(.*)")
#: from this pip on a hash is looked for in the fragment only
_HASH_IN_FRAGMENT = Version("23.1")
_EGG_FRAGMENT = re.compile(r"[#&]egg=([^&]*)")
_EGG_NAME = re.compile(r"([A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9])\n?\Z", re.IGNORECASE)
_RESERVED = re.compile("(@|%2F)", re.IGNORECASE)


class PageIgnored(ValueError):
    """pip takes nothing from the page and goes on; the message says why."""


class PageStopsPip(ValueError):
    """pip ends with an error at the page; the message says why."""


@dataclass(frozen=True, slots=True)
class PipLink:
    """A link as pip's `Link` has it.

    `url` is absolute and without fragment, `fragment` what followed "#". `hashes` are as written, the one that pip
    checks a download by first. `yanked` is the reason, "" for none given, None where it is not yanked.
    """

    url: str
    path: str
    filename: str
    fragment: str = ""
    hashes: tuple[tuple[str, str], ...] = ()
    requires_python: str | None = None
    yanked: str | None = None
    has_metadata: bool = False
    #: of its `.metadata` (PEP 658)
    metadata_hashes: tuple[tuple[str, str], ...] = ()
    egg: str | None = None
    upload_time: datetime | None = None
    #: bytes; pip does not read it
    size: int | None = None

    @property
    def extension(self) -> str:
        """As pip's `Link.splitext` splits it off: ".whl", ".tar.gz"."""
        return split_extension(posixpath.basename(self.path.rstrip("/")))[1]

    @property
    def is_file(self) -> bool:
        return self.url.startswith("file:")


def split_extension(name: str) -> tuple[str, str]:
    """pip's `utils/misc.py`, `splitext`: "x-1.0.tar.gz" is ("x-1.0", ".tar.gz")."""
    base, extension = posixpath.splitext(name)
    if base.lower().endswith(".tar"):
        return base[:-4], base[-4:] + extension
    return base, extension


def make_link(
    url: str,
    pip: Version,
    *,
    hashes: Mapping[str, str] | None = None,
    requires_python: str | None = None,
    yanked: str | None = None,
    metadata: Mapping[str, str] | bool = False,
    upload_time: datetime | None = None,
    size: int | None = None,
) -> PipLink:
    """A link from its absolute URL, as pip's `Link.__init__` makes it.

    Args:
        url: with its fragment.
        pip: the pip's version.
        hashes: those that a JSON page lists.
        requires_python: the page's Requires-Python.
        yanked: see `PipLink`.
        metadata: whether there is a `.metadata` file; its hashes where the page lists them.
        upload_time: as the page says.
        size: in bytes.

    Raises:
        PageStopsPip: the URL can't be split, or has an `#egg=` that this pip refuses.
    """
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError as error:
        raise PageStopsPip(f"a link that is not a URL: {error}") from None
    path = urllib.parse.unquote(parts.path)
    in_fragment = (_HASH_FRAGMENT if pip >= _HASH_IN_FRAGMENT else _HASH_ANYWHERE).search(url)
    found = dict(hashes or {})
    if in_fragment:
        found[in_fragment[1]] = in_fragment[2]
    egg = _EGG_FRAGMENT.search(url)
    if egg and pip >= _CHECKS_EGG and not _EGG_NAME.match(egg[1]):
        raise PageStopsPip("a link whose #egg= is not a project's name")
    return PipLink(
        url=urllib.parse.urlunsplit(parts._replace(fragment="")),
        path=path,
        filename=_file_name(path, parts.netloc, pip),
        fragment=parts.fragment,
        hashes=tuple(found.items()),
        requires_python=requires_python or None,
        yanked=yanked,
        has_metadata=metadata is not False,
        metadata_hashes=tuple(metadata.items()) if isinstance(metadata, Mapping) else (),
        egg=egg[1] if egg else None,
        upload_time=upload_time,
        size=size,
    )


def read_pip_page(content: bytes, content_type: str | None, url: str, pip: Version) -> list[PipLink]:
    """All links of a page, in its order.

    Args:
        content: the page, decompressed.
        content_type: the response's header of this name; None where it has none.
        url: the page's own URL, after redirects.
        pip: the pip's version.

    Raises:
        PageIgnored: this pip reads no pages of that type.
        PageStopsPip: pip ends with an error at this page.
    """
    kind = (content_type or "Unknown").lower()
    if not kind.startswith((*_HTML, _JSON) if pip >= _READS_JSON else _HTML[:1]):
        raise PageIgnored(f"its type is {content_type or 'not stated'}, which pip ignores")
    try:
        if kind.startswith(_JSON):
            return list(_json_links(content, url, pip))
        return list(_html_links(content.decode(_charset(content_type) or "utf-8"), url, pip))
    except PageStopsPip:
        raise
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        # what pip's own code does not expect ends it: text in another encoding, broken JSON, a list for a text
        raise PageStopsPip(f"pip can't read it: {str(error)[:100] or type(error).__name__}") from None


class _HTMLLinkParser(HTMLParser):
    """pip's class of this name: the first <base href> and the attributes of every <a>."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.base: str | None = None
        self.anchors: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "base" and self.base is None:
            self.base = next((value for name, value in attrs if name == "href" and value is not None), None)
        elif tag == "a":
            self.anchors.append(dict(attrs))


def _html_links(text: str, url: str, pip: Version) -> Iterator[PipLink]:
    """`Link.from_element` for each <a>."""
    parser = _HTMLLinkParser()
    parser.feed(text)
    base = parser.base or url
    for attributes in parser.anchors:
        href = attributes.get("href")
        if not href:
            continue
        yield make_link(
            _quoted(_absolute(base, href, pip), pip),
            pip,
            requires_python=attributes.get("data-requires-python"),
            yanked=attributes.get("data-yanked"),
            metadata=_html_metadata(attributes, pip),
        )


def _html_metadata(attributes: Mapping[str, str | None], pip: Version) -> Mapping[str, str] | bool:
    value = attributes.get("data-core-metadata") if pip >= _METADATA_FROM_JSON else None
    if value is None:
        value = attributes.get("data-dist-info-metadata")
    if value is None or pip < _METADATA_FROM_HTML:
        return False
    name, sign, digest = value.partition("=")
    return {name: digest} if sign and name in HASH_NAMES else True


def _json_links(content: bytes, url: str, pip: Version) -> Iterator[PipLink]:
    """`Link.from_json` for each file."""
    for file in json.loads(content).get("files", []):
        if file.get("url") is None:
            continue
        yanked = file.get("yanked")
        uploaded = file.get("upload-time") if pip >= _READS_UPLOAD_TIME else None
        hashes = dict(file.get("hashes", {}))
        if _LOSES_JSON_HASHES[0] <= pip < _LOSES_JSON_HASHES[1]:
            hashes = {}
        size = file.get("size")
        yield make_link(
            _quoted(_absolute(url, file["url"], pip), pip),
            pip,
            hashes=hashes,
            requires_python=file.get("requires-python"),
            yanked=(yanked if isinstance(yanked, str) else "") if yanked else None,
            metadata=_json_metadata(file, pip),
            upload_time=_time(uploaded) if uploaded else None,
            size=size if type(size) is int else None,
        )


def _json_metadata(file: Mapping[str, object], pip: Version) -> Mapping[str, str] | bool:
    value = file.get("core-metadata")
    if value is None:
        value = file.get("dist-info-metadata")
    if (not value and not isinstance(value, dict)) or pip < _METADATA_FROM_JSON:
        return False
    if isinstance(value, dict):
        return {name: digest for name, digest in value.items() if name in HASH_NAMES} or True
    return True


def _time(text: str) -> datetime:
    """pip's `parse_iso_datetime`, on every Python as on 3.11 and newer."""
    return datetime.fromisoformat(f"{text[:-1]}+00:00" if text.endswith("Z") else text)


def _charset(content_type: str | None) -> str | None:
    message = email.message.Message()
    message["content-type"] = content_type or ""
    charset = message.get_param("charset")
    return str(charset) if charset else None


def _absolute(base: str, link: str, pip: Version) -> str:
    """pip's `_absolute_link_url`."""
    absolute = pip >= _KEEPS_EMPTY_HOST and link.startswith(("https://", "http://"))
    return link if absolute else urllib.parse.urljoin(base, link)


def _quoted(url: str, pip: Version) -> str:
    """pip's `_ensure_quoted_url`."""
    if pip < _KEEPS_EMPTY_HOST:
        parsed = urllib.parse.urlparse(url)
        return urllib.parse.urlunparse(parsed._replace(path=_clean_path(parsed.path, parsed.netloc, pip)))
    parts = urllib.parse.urlsplit(url)
    path = _clean_path(parts.path, parts.netloc, pip)
    # a "file" for a moment, so that an empty host stays written: file:///path
    return parts.scheme + urllib.parse.urlunsplit(parts._replace(scheme="file", path=path))[4:]


def _clean_path(path: str, host: str, pip: Version) -> str:
    pieces = _RESERVED.split(path)
    signs = (*pieces[1::2], "")
    cleaned = [_clean(text) if host else _clean_local(text, pip) for text in pieces[::2]]
    return "".join(chain.from_iterable((text, sign.upper()) for text, sign in zip(cleaned, signs, strict=True)))


def _clean(part: str) -> str:
    return urllib.parse.quote(urllib.parse.unquote(part))


def _clean_local(part: str, pip: Version) -> str:
    cleaned = urllib.request.pathname2url(urllib.request.url2pathname(part))
    return cleaned.removeprefix("//") if pip >= _KEEPS_EMPTY_HOST and cleaned.startswith("///") else cleaned


def _file_name(path: str, host: str, pip: Version) -> str:
    """pip's `Link.filename`: the last part of the path, else the host without credentials."""
    name = posixpath.basename(path.rstrip("/"))
    if pip < _UNQUOTES_ONCE:
        return urllib.parse.unquote(name) if name else host.rpartition("@")[2]
    name = os.path.basename(name)
    return name if name not in ("", ".", "..") else host.rpartition("@")[2]
