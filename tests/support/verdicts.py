"""Entries to verify, and what verifying a made cache says of each."""

from __future__ import annotations

import hashlib

from pipcache_tui.demo import packages
from pipcache_tui.verify.batch import verify_entries
from pipcache_tui.verify.examine import Verdict
from pipcache_tui.verify.known_hashes import gather_known_hashes
from tests.support.cache_root import FILE_HEADERS, INDEX, Place

FILE_HOST = "https://files.index.example"
PAGE = {**FILE_HEADERS, "Content-Type": "text/html"}
JSON_PAGE = {**FILE_HEADERS, "Content-Type": "application/vnd.pypi.simple.v1+json"}
WHEEL = packages.make_wheel("pure", "1.0")
PRIVATE = "https://private.example/files/"


def address(content: bytes, name: str, host: str = FILE_HOST) -> str:
    digest = hashlib.blake2b(content, digest_size=32).hexdigest()
    return f"{host}/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{name}"


def verdicts(place: Place, *, hosts: tuple[str, ...] = (), memory: str | None = None) -> dict[str, Verdict]:
    """Verdicts by the entry's id."""
    entries = place.scan(index_urls=[INDEX]).entries
    known_hashes = gather_known_hashes(entries, file_hosts=hosts)
    return {verdict.entry.id: verdict for verdict in verify_entries(entries, known_hashes, memory=memory)}


def only(place: Place, *, hosts: tuple[str, ...] = ()) -> Verdict:
    (verdict,) = verdicts(place, hosts=hosts).values()
    return verdict


def listing(place: Place, content: bytes, form: str = "html", **fields: str | None) -> str:
    """A private file that its page lists; gives the file's id."""
    url = f"{PRIVATE}pure-1.0-py3-none-any.whl"
    listed = packages.Listed("pure-1.0-py3-none-any.whl", url, **fields)  # type: ignore[arg-type]
    if form == "html":
        place.v2(f"{INDEX}pure/", packages.index_page_html("pure", [listed]), PAGE)
    else:
        place.v2(f"{INDEX}pure/", packages.index_page_json("pure", [listed]), JSON_PAGE)
    return f"http-v2:{place.v2(url, content)}"
