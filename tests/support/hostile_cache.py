"""A cache to put hostile things into, and the scan of it held to what every scan must be."""

from __future__ import annotations

import gc
import marshal
import os
import stat
import tracemalloc
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, TypeVar

import msgpack

from pipcache_tui.cache.model import KINDS, Entry, Root, Snapshot
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.cache.table import Table
from pipcache_tui.demo import formats

INDEX = "https://index.example"
FILE_HEADERS = {
    "Content-Type": "binary/octet-stream",
    "ETag": '"e"',
    "Date": "Sat, 21 Nov 2026 03:00:00 GMT",
    "Cache-Control": "max-age=365000000, immutable, public",
}
PAGE_HEADERS = {**FILE_HEADERS, "Content-Type": "text/html", "Cache-Control": "max-age=600, public"}
JSON_HEADERS = {**PAGE_HEADERS, "Content-Type": "application/vnd.pypi.simple.v1+json"}


class Shelf:
    """A root below which files are put as pips put them, but with any bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, path: str, content: bytes) -> Path:
        """A file at a path relative to the root."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return target

    def pair(self, url: str, body: bytes, headers: Mapping[str, str] = FILE_HEADERS) -> str:
        """An http-v2 entry of a whole response; its key."""
        return self.raw_pair(url, formats.encode_cc4(formats.Stored(headers), inside=False), body)

    def raw_pair(self, url: str, metadata: bytes, body: bytes) -> str:
        """An http-v2 entry of any bytes; its key."""
        key = formats.cache_key(url)
        self.write(formats.http_path("http-v2", key), metadata)
        self.write(formats.http_path("http-v2", key, body=True), body)
        return key

    def single(self, url: str, content: bytes) -> str:
        """An entry of `http/` of any bytes; its key."""
        key = formats.cache_key(url)
        self.write(formats.http_path("http", key), content)
        return key

    def place(self, store: Literal["http", "http-v2"], url: str, *, body: bool = False) -> Path:
        """Where an entry would lie, its folder made."""
        target = self.folder / formats.http_path(store, formats.cache_key(url), body=body)
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def scan(self) -> Snapshot:
        """The scan, checked: every file accounted for once, nothing in it that would break a caller."""
        snapshot = take_snapshot([Root(str(self.folder), "--cache-dir", True)], index_urls=[f"{INDEX}/simple/"])
        check_snapshot(self.folder, snapshot)
        return snapshot

    def entry(self, key: str) -> Entry:
        """The one entry whose id ends with the key."""
        (found,) = (entry for entry in self.scan().entries if entry.id.endswith(key))
        return found


def check_snapshot(folder: Path, snapshot: Snapshot) -> None:
    """What must hold for a scan of whatever lies below `folder`."""
    owned = [file.path for entry in snapshot.entries for file in entry.files]
    assert len(owned) == len(set(owned)), "a file owned twice"
    assert len({entry.key for entry in snapshot.entries}) == len(snapshot.entries)
    assert len({entry.id for entry in snapshot.entries}) == len(snapshot.entries)
    for entry in snapshot.entries:
        assert entry.kind in KINDS
        assert entry.files
        for file in entry.files:
            path = os.path.join(os.fsencode(folder), *os.fsencode(file.path).split(b"/"))
            assert stat.S_ISREG(os.lstat(path).st_mode), f"no plain file: {file.path}"
        for text in (*entry.problems, entry.project or "", entry.version or ""):
            assert len(text) <= 512, "what names an entry has a bound"
            assert "\n" not in text
        for text in (entry.project or "", entry.version or "", *entry.tags):
            assert not any(unicodedata.category(sign) in ("Cc", "Cf", "Cs") for sign in text), text
        assert len(entry.tags) <= 1024
        assert len(entry.filename or "") <= 8192
        packed = msgpack.packb(Table([entry]).packed(), unicode_errors="surrogatepass")
        kept = msgpack.unpackb(packed, use_list=False, unicode_errors="surrogatepass")
        assert Table.unpacked(entry.root, kept) == [entry], "it can be remembered"
        marshal.dumps(Table([entry]).columns)  # and sent between processes


T = TypeVar("T")


def peak_of(call: Callable[[], T]) -> tuple[T, int]:
    """What a call gives, and how many bytes Python had in use at most while it ran, more than before."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        result = call()
        return result, tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
