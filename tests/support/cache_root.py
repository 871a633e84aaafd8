"""A made cache root for the tests of the reading side, and a short way to scan it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipcache_tui.cache.model import Entry, Root, Snapshot
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.demo.formats import KEYS_TO_23_2, Stored, cache_key, encode_cc4, http_path

INDEX = "https://index.example/simple/"
FILES = "https://files.index.example/packages/"
DATE = "Sat, 21 Nov 2026 03:00:00 GMT"
FILE_HEADERS = {
    "Date": DATE,
    "ETag": '"abc"',
    "Cache-Control": "max-age=365000000, immutable, public",
    "Content-Type": "application/octet-stream",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A root in a temporary folder."""

    path: Path

    def write(self, path: str, content: bytes) -> Path:
        target = self.path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return target

    def v2(self, url: str, body: bytes, headers: Mapping[str, str] = FILE_HEADERS, **stored: object) -> str:
        """An entry of `http-v2/`; gives its key."""
        key = cache_key(url)
        response = Stored(headers, body, **stored)  # type: ignore[arg-type]
        self.write(http_path("http-v2", key), encode_cc4(response, inside=False))
        self.write(http_path("http-v2", key, body=True), body)
        return key

    def v1(self, url: str, body: bytes, headers: Mapping[str, str] = FILE_HEADERS) -> str:
        """A cc=4 entry of `http/`; gives its key."""
        key = cache_key(url)
        self.write(http_path("http", key), encode_cc4(Stored(headers, body), inside=True, keys=KEYS_TO_23_2))
        return key

    def raw(self, store: str, key: str, content: bytes, suffix: str = "") -> Path:
        """A file where the entry of a key lies."""
        return self.write("/".join((store, *key[:5], key + suffix)), content)

    def scan(self, **options: object) -> Snapshot:
        root = Root(os.fspath(self.path), "test", exists=True)
        return take_snapshot([root], **options)  # type: ignore[arg-type]

    def entries(self, **options: object) -> dict[str, Entry]:
        return {entry.id: entry for entry in self.scan(**options).entries}

    def only(self, **options: object) -> Entry:
        (entry,) = self.scan(**options).entries
        return entry

    def files(self) -> set[str]:
        """Every path below the root that is no folder."""
        return {path.relative_to(self.path).as_posix() for path in self.path.rglob("*") if not path.is_dir()}
