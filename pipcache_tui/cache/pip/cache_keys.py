"""URLs as the names of what pip stores: the hash that names a response, and the forms a link may have."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote, unquote

from pipcache_tui.cache.model import RESPONSES, Entry

#: no server accepts a longer one (characters), and hashing longer ones again and again would take too much time
URL_LIMIT = 8192
_NORMAL = re.compile(r"https?://[a-z0-9.:\[\]-]+/[^?#]*\Z")
_AUTHORITY_END = re.compile(r"[/?#]")
#: what `_clean_url_path` of pip's `models/link.py` leaves as it is
_RESERVED = re.compile("(@|%2F)", re.IGNORECASE)
_RESERVED = re.compile("(@|%2F)", re.IGNORECASE)
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]\Z")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.~-]*\Z")


def cache_key(url: str) -> str:
    """The name pip stores a URL's response under: the SHA-224 of the URL as CacheControl normalises it.

    Scheme and host in lower case, an empty path as "/", the query kept, the fragment dropped
    (`CacheController._urlnorm` of controller.py, then `FileCache.encode` of caches/file_cache.py, in every pip since
    6.0). Credentials are gone by then: `MultiDomainBasicAuth` (network/auth.py) moves them to a header.
    """
    if not _NORMAL.match(url):
        url = url.split("#", 1)[0]
        scheme, mark, authority, tail = _split(url)
        if mark:
            host = authority.rpartition("@")[2].lower()
            url = f"{scheme.lower()}://{host}{tail if tail.startswith('/') else '/' + tail}"
    return hashlib.sha224(url.encode("utf-8", "surrogatepass")).hexdigest()


def without_credentials(url: str) -> str:
    """The URL without the name and password in front of its host, as pip removes them (`utils/misc.py`)."""
    scheme, mark, authority, tail = _split(url)
    return f"{scheme}{mark}{authority.rpartition('@')[2]}{tail}"


def url_host(url: str | None) -> str | None:
    """The host of a URL in lower case, with its port and without credentials; None where it has none."""
    return _split(url)[2].rpartition("@")[2].lower() or None if url else None


def _split(url: str) -> tuple[str, str, str, str]:
    """Scheme, "://", authority and all the rest of a URL; without "://", all of it is the scheme."""
    scheme, mark, rest = url.partition("://")
    end = _AUTHORITY_END.search(rest)
    at = end.start() if end else len(rest)
    return scheme, mark, rest[:at], rest[at:]


def cache_digest(url: str) -> bytes:
    """The same as 28 bytes: half the memory for each of a hundred thousand."""
    return bytes.fromhex(cache_key(url))


def entry_key(entry: Entry) -> str | None:
    """The hash an HTTP entry is named by; None for other stores and for leftovers."""
    if entry.store not in RESPONSES or entry.kind == "leftover":
        return None
    path = entry.files.path
    start = path.rfind("/") + 1
    return path[start : start + 56]


def url_variants(link: str) -> tuple[str, ...]:
    """The URLs that pips may request for an absolute link, the link itself first; credentials are left out.

    A link on a page is quoted by `_ensure_quoted_url` of models/link.py (up to 20.0 without its care for "%2F"), a
    direct URL is not; requests then quotes what is left (`requote_uri`), and urllib3 resolves "." and "..".
    """
    scheme, _, rest = without_credentials(link).partition("://")
    host, slash, path = rest.partition("/")
    scheme, host = scheme.lower(), host.lower()
    link = f"{scheme}://{host}{slash}{path}"
    if _PLAIN_PATH.match(path) and "/." not in rest:
        return (link,)
    path, mark, query = path.partition("?")
    tail = mark + _requote(query)
    pieces = _RESERVED.split(path)
    cleaned = "".join([piece.upper() if number % 2 else _quote(piece) for number, piece in enumerate(pieces)])
    paths = (_requote(path), cleaned, _quote(path, safe="/~@"))
    quoted = (f"{scheme}://{host}{slash}{_without_dots(path)}{tail}" for path in paths)
    return tuple(dict.fromkeys((link, *quoted)))


def _quote(text: str, safe: str = "/") -> str:
    return quote(unquote(text, errors="surrogateescape"), safe=safe + "~", errors="surrogatepass")


def _requote(text: str) -> str:
    """As `requote_uri` of requests' utils.py: escapes of unreserved characters undone, what needs it escaped."""
    text = _ESCAPE.sub(_unreserved, text)
    return quote(text, safe="!#$%&'()*+,/:;=?@[]~", errors="surrogatepass")


def _unreserved(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if _UNRESERVED.match(character) else escape[0].upper()


def _without_dots(path: str) -> str:
    """A path without its "." and ".." (RFC 3986, 5.2.4)."""
    if "." not in (parts := path.split("/")) and ".." not in parts:
        return path
    kept: list[str] = []
    for part in parts:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    return "/".join(kept + [""] * (parts[-1] in (".", "..")))
