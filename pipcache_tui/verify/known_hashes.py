"""Hashes of a body that are recorded elsewhere: on cached index pages, in `origin.json`, in its headers or its URL.

Only a hash from outside the body itself can prove every byte of it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urljoin

from pipcache_tui.cache.content import read_page_links
from pipcache_tui.cache.model import LAYOUTS, Entry, IndexPage, Origin

Means = Literal[
    # recorded outside the body: agreement proves every byte
    "content-address",  # its URL contains the blake2b-256 of the body
    "index-page",  # a cached index page lists its hash
    "origin",  # the origin.json of a wheel built from it has its hash
    "header",  # a response header has its hash
    "etag",  # its ETag is its hash
    "wheel",  # the METADATA inside the cached wheel is the same
    # found inside the body, or of its length only: agreement shows no fault
    "record",  # RECORD's hashes of a wheel's files
    "crc",  # the CRC-32 of each file in a zip
    "compression",  # it unpacks to its end, checksums included
    "content-length",
    "json",  # it is whole JSON
    "html",  # its end tag is there
    "name",  # its file's name is the hash of the prefix in it
]
PROOFS: frozenset[Means] = frozenset({"content-address", "index-page", "origin", "header", "etag", "wheel"})

#: pages that list more are not read; the longest of the public index list some tens of thousands of files
_MOST_LINKS = 500_000
#: the length of a hex digest, by algorithm
DIGEST_LENGTHS: Mapping[str, int] = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}
_ADDRESS = re.compile(r"(https?://[^?#]*?)/packages/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{60})/[^/?#]+\Z")
_HEX = re.compile(r"[0-9a-f]+\Z")
#: headers of index servers that hold a hash of the body as it was sent, in hex
_HASH_HEADERS = {"x-checksum-md5": "md5", "x-checksum-sha1": "sha1", "x-checksum-sha256": "sha256"}


@dataclass(frozen=True, slots=True)
class Claim:
    """A hash that a body must have. `algorithm` is hashlib's name; "blake2b" means blake2b with 256 bits.

    If it is not `binding`, agreement proves the body, but disagreement says nothing: an ETag may be anything.
    """

    means: Means
    algorithm: str
    digest: str
    binding: bool = True


@dataclass(frozen=True, slots=True)
class KnownHashes:
    """The hashes that the entries of a scan record of each other; see `gather_known_hashes`."""

    #: by URL as `plain_url` writes it
    claims: Mapping[str, tuple[Claim, ...]] = field(default_factory=dict)
    #: base URLs below which files are stored under the blake2b-256 of their content
    address_bases: tuple[str, ...] = ()
    #: cached wheels by plain URL
    wheels: Mapping[str, Entry] = field(default_factory=dict)

    def of(self, entry: Entry) -> tuple[Claim, ...]:
        """The hashes recorded of an entry's body, apart from its own headers."""
        if entry.url is None or LAYOUTS[entry.store].built or entry.kind == "redirect":
            return ()  # the URL of a built wheel is that of its source, a redirect's that of its target
        return (*_address_claims(entry.url), *self.claims.get(plain_url(entry.url), ()))

    def wheel_of(self, metadata: Entry) -> Entry | None:
        """The cached wheel that a `metadata` entry belongs to; None if it is not cached."""
        if metadata.kind != "metadata" or metadata.url is None:
            return None
        return self.wheels.get(plain_url(metadata.url).removesuffix(".metadata"))


def plain_url(url: str) -> str:
    """The URL without fragment and escapes, so that different spellings compare equal."""
    return unquote(url.split("#", 1)[0])


def gather_known_hashes(
    entries: Iterable[Entry],
    *,
    file_hosts: Sequence[str] = (),
    stop: Callable[[], bool] = lambda: False,
) -> KnownHashes:
    """Read the index pages among the entries for the hashes they list.

    Args:
        entries: all entries of a scan.
        file_hosts: further hosts ("https://…") that may store files under the hash of their content.
        stop: asked before each entry; once true, the hashes found so far are returned.

    Returns:
        The hashes; a page that cannot be read, or lists too many files, adds none.
    """
    entries = tuple(entries)
    moved = dict(move for entry in entries if (move := _move(entry)))
    wanted = {plain_url(entry.url).removesuffix(".metadata") for entry in entries if entry.url is not None}
    wanted.update(source for source, target in moved.items() if target in wanted)
    bases = dict.fromkeys(host.rstrip("/") for host in file_hosts)
    claims: dict[str, dict[Claim, None]] = defaultdict(dict)
    projects = {entry.project for entry in entries if entry.url is not None and entry.kind != "index-page"}
    for entry in entries:
        if stop():
            break
        if isinstance(entry.detail, Origin):
            for claim in _claims("origin", entry.detail.hashes):
                claims[plain_url(entry.detail.url)][claim] = None
        if entry.url is not None and (address := _ADDRESS.match(entry.url.removesuffix(".metadata"))):
            bases[address[1]] = None
        if isinstance(entry.detail, IndexPage) and (entry.detail.files or 0) > _MOST_LINKS:
            continue
        if entry.kind == "index-page" and (entry.project is None or entry.project in projects):
            for link in read_page_links(entry):
                url = plain_url(link.url)
                if url in wanted:
                    claims[url].update(dict.fromkeys(_claims("index-page", link.hashes)))
                    claims[url + ".metadata"].update(dict.fromkeys(_claims("index-page", link.metadata_hashes)))
        elif entry.kind == "index-page":
            for link in read_page_links(entry):  # one link is enough to know the page's file host
                if address := _ADDRESS.match(link.url):
                    bases[address[1]] = None
                break
    for source, target in moved.items():
        for suffix in ("", ".metadata"):
            claims[target + suffix].update(claims.get(source + suffix, {}))
    return KnownHashes(
        claims={url: tuple(said) for url, said in claims.items() if said},
        address_bases=tuple(bases),
        wheels={plain_url(entry.url): entry for entry in entries if entry.kind == "wheel" and entry.url is not None},
    )


def header_claims(headers: Mapping[str, str]) -> Iterator[Claim]:
    """The hashes of the body that the response's own headers record."""
    for name, algorithm in _HASH_HEADERS.items():
        if name in headers:
            yield from _claims("header", ((algorithm, headers[name].strip().lower()),))
    if "content-md5" in headers:
        try:
            digest = base64.b64decode(headers["content-md5"], validate=True).hex()
        except (binascii.Error, ValueError):
            digest = ""
        yield from _claims("header", (("md5", digest),))
    etag = headers.get("etag", "").removeprefix("W/").strip('"').lower()
    if _HEX.match(etag):
        for algorithm in ("md5", "sha1", "sha256"):
            if len(etag) == DIGEST_LENGTHS[algorithm]:
                yield Claim("etag", algorithm, etag, binding=False)


def new_hash(algorithm: str) -> hashlib._Hash | hashlib.blake2b:
    """A new hash object for a claim's algorithm."""
    if algorithm == "blake2b":
        return hashlib.blake2b(digest_size=32)
    return hashlib.new(algorithm, usedforsecurity=False)


def _claims(means: Means, hashes: Iterable[tuple[str, str]]) -> Iterator[Claim]:
    for algorithm, digest in hashes:
        if DIGEST_LENGTHS.get(algorithm) == len(digest) and _HEX.match(digest):
            yield Claim(means, algorithm, digest)


def _address_claims(url: str) -> Iterator[Claim]:
    address = _ADDRESS.match(url)
    if address is not None and not url.endswith(".metadata"):  # which stands under the hash of its wheel
        yield Claim("content-address", "blake2b", address[2] + address[3] + address[4])


def _move(entry: Entry) -> tuple[str, str] | None:
    """The URLs a redirect leads from and to; None for any other entry."""
    if entry.kind != "redirect" or entry.url is None or entry.response is None or entry.response.location is None:
        return None
    return plain_url(entry.url), plain_url(urljoin(entry.url, entry.response.location))
