"""What an index page says of one file, without parsing the whole page: of thousands of links, a cache holds a few."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipcache_tui.cache.formats import index_pages
from pipcache_tui.cache.pip.cache_keys import url_variants

#: a tag that may have ">" in its attributes, as some indexes write Requires-Python
_TAG = re.compile(rb"""<[aA]\b(?:[^>"']|"[^"]*"|'[^']*')*>""")
_BRACE = re.compile(rb"[{}]")
#: no index says more of a file (bytes to each side of its name)
_REACH = 8192
#: how many places that may name the file are looked at: a name can end others, and stands twice for each
_MOST_PLACES = 32


def find_link(page: bytes, form: str, url: str, bases: Sequence[str | None]) -> index_pages.Link | None:
    """The link of the page that has this URL, which was found on it; None where it can't be picked out.

    Args:
        page: The text of the page.
        form: "html" or "json".
        url: The file's URL, as `url_variants` writes it.
        bases: What relative links may start from; None: not known.
    """
    name = url.rpartition("/")[2].encode("utf-8", "surrogateescape")
    place = page.find(name)
    for _ in range(_MOST_PLACES):
        if place < 0 or not name:
            return None
        element = _object_at(page, place) if form == "json" else _tag_at(page, place)
        for base in bases or (None,):
            for link in index_pages.read_links(element or b"", form, base):
                if url in url_variants(link.url):
                    return link
        place = page.find(name, place + 1)
    return None


def _tag_at(page: bytes, place: int) -> bytes | None:
    start = page.rfind(b"<", max(0, place - _REACH), place)
    tag = _TAG.match(page, start, place + _REACH) if start >= 0 else None
    return tag.group() if tag else None


def _object_at(page: bytes, place: int) -> bytes | None:
    """The innermost JSON object around a place, as a page of that file only."""
    start = place
    depth = 1
    while depth:
        opening, closing = (page.rfind(brace, max(0, place - _REACH), start) for brace in (b"{", b"}"))
        start = max(opening, closing)
        if start < 0:
            return None
        depth += 1 if start == closing else -1
    depth = 1
    for brace in _BRACE.finditer(page, place, place + _REACH):
        depth += 1 if brace.group() == b"{" else -1
        if not depth:
            return b'{"files":[' + page[start : brace.end()] + b"]}"
    return None
