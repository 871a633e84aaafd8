"""Everything that reads bytes from disk, or text from a person, each as one function of any bytes.

A decoder returns, whatever it is given: it lets through no error but the one its module says it raises, and checks
what it got. The Hypothesis tests and the coverage-guided runs share these.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import msgpack

from pipcache_tui.cache.disk.folders import Folder
from pipcache_tui.cache.disk.own_files import path_of_root
from pipcache_tui.cache.formats import archives, file_names, index_pages, tar_sdists, zips
from pipcache_tui.cache.formats import identify as bodies
from pipcache_tui.cache.formats.metadata import read_fields
from pipcache_tui.cache.formats.responses import EnvelopeError, read_envelope, read_metadata, stream_body
from pipcache_tui.cache.memory import scans
from pipcache_tui.cache.memory.previous import PreviousIdentities
from pipcache_tui.cache.model import STAMP_BYTES, Entry, Files
from pipcache_tui.cache.pip import cache_keys
from pipcache_tui.cache.stores import MODULES, hashed, selfcheck, wheels
from pipcache_tui.cache.table import Table
from pipcache_tui.demo import formats, packages
from pipcache_tui.quantities import QuantityError, parse_duration, parse_share, parse_size, parse_span
from pipcache_tui.select.expression import ExpressionError, parse_filter, parse_search
from pipcache_tui.text import safe_text
from tests.hostile.seeds import bodies as whole_bodies
from tests.hostile.seeds import seeds

Decoder = Callable[[bytes], None]
TURNS = frozenset(("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"))
_PAGE_URL = "https://index.example/simple/demo/"


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes as a body, or as an open file."""

    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def read_at(self, offset: int, count: int) -> bytes:
        assert offset >= 0, "before the start"
        assert 0 <= count <= 1 << 27, "more at once than any reading needs"
        return self.data[offset : offset + count]


def envelope(data: bytes) -> None:
    file = Memory(data)
    for read in (read_metadata, read_envelope):
        with suppress(EnvelopeError):
            read(file)  # type: ignore[arg-type]
    with suppress(EnvelopeError):
        found, body = read_envelope(file)  # type: ignore[arg-type]
        assert body.size >= 0
        identity = bodies.identify(body, found.status, found.headers)
        assert identity.kind
        total = sum(map(len, stream_body(file, found)))  # type: ignore[arg-type]
        assert total == body.size


def zip_directory(data: bytes) -> None:
    with suppress(zips.ArchiveError):
        archives.read_zip(Memory(data))


def tar(data: bytes) -> None:
    with suppress(zips.ArchiveError):
        tar_sdists.read_tar(Memory(data), data[:6])


def body(data: bytes) -> None:
    """Any content under each content type and encoding."""
    types = ("", "text/html", "application/vnd.pypi.simple.v1+json", "application/json", "binary/octet-stream")
    for content_type in types:
        for encoding in ("", "gzip", "deflate", "br"):
            headers = {"content-type": content_type, "content-encoding": encoding}
            identity = bodies.identify(Memory(data), 200, headers)
            assert len(identity.tags) <= 256
    bodies.identify_file(Memory(data))


def metadata(data: bytes) -> None:
    fields = read_fields(data)
    assert fields.name is None or file_names.is_project(fields.name)
    assert fields.version is None or file_names.is_version(fields.version)


def _page(data: bytes, form: str) -> None:
    with suppress(index_pages.PageError):
        index_pages.page_head(Memory(data), "", "")
    for url in (None, _PAGE_URL):
        for link in index_pages.read_links(data, form, url):
            cache_keys.cache_key(link.url)
            file_names.split_filename(link.filename)
    (base, *_) = index_pages.bases_of(index_pages.to_utf8(data), form, _PAGE_URL)
    for raw in index_pages.raw_links(data, form):
        absolute = index_pages.absolute(raw, form, base)
        if absolute is not None:
            cache_keys.cache_key(absolute)
            file_names.file_name(absolute)


def html_page(data: bytes) -> None:
    _page(data, "html")


def json_page(data: bytes) -> None:
    _page(data, "json")


def names(data: bytes) -> None:
    """Names of files, and addresses, in what any file name or header can hold."""
    text = data.decode("utf-8", "surrogateescape")
    split = file_names.split_filename(text)
    assert split is None or (file_names.is_project(split[0]) and file_names.is_version(split[1]))
    assert len(file_names.expand_tags(text)) <= 256
    assert len(cache_keys.cache_key(text)) == 56
    file_names.file_name(text)
    for module in MODULES:
        module.recognises(text)
    for sign in safe_text(text):
        assert unicodedata.category(sign) not in ("Cc", "Cs", "Zl", "Zp"), "steers a terminal, or breaks a line"
        assert unicodedata.bidirectional(sign) not in TURNS, "turns text round"


@lru_cache(maxsize=1)
def _folder() -> tempfile.TemporaryDirectory[str]:
    """One folder for all decoders that want a real file; it goes when the process does."""
    return tempfile.TemporaryDirectory(prefix="pipcache-fuzz-")


def origin(data: bytes) -> None:
    folder = _folder().name
    with open(os.path.join(folder, wheels.ORIGIN), "wb") as file:
        file.write(data)
    with Folder.at(folder) as opened:
        found, problem = wheels._read_origin(opened)
    assert (found is None) == (problem is not None)
    if found is not None:
        cache_keys.cache_key(found.url)


def note(data: bytes) -> None:
    with suppress(ValueError, RecursionError):
        document = json.loads(data)
        if isinstance(document, dict):
            selfcheck._detail(document)


def memory(data: bytes) -> None:
    """A remembered scan: the file as it is, and with a head and a checksum that are right."""
    folder = _folder().name
    stamps = dict.fromkeys(["http-v2/a/b/c/d/e/x", data.decode("utf-8", "replace")], data)
    os.makedirs(os.path.join(folder, "http-v2/a/b"), exist_ok=True)
    with Folder.at(folder) as top:
        known = PreviousIdentities(stamps, stamps.values(), bytes(16))
        assert hashed.all_unchanged(top, "http-v2/a/b", known) is None
    head = {"format": scans._FORMAT, "root": "/root"}
    checked = {**head, "checksum": hashlib.blake2b(data, digest_size=16).hexdigest()}
    for content in (data, json.dumps(head).encode() + b"\n" + data, json.dumps(checked).encode() + b"\n" + data):
        with open(path_of_root(folder, "/root", ".scan"), "wb") as file:
            file.write(content)
        kept = scans.recall(folder, "/root")
        for entry in kept.table:
            assert entry.files


def expression(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for parse in (parse_filter, parse_search):
        with suppress(ExpressionError):
            assert parse(text).words


def quantity(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for parse in (parse_size, parse_duration, parse_share, lambda text: parse_span(text, 1.8e9)):
        with suppress(QuantityError):
            parse(text)


DECODERS: Mapping[str, Decoder] = {
    "envelope": envelope,
    "zip": zip_directory,
    "tar": tar,
    "body": body,
    "metadata": metadata,
    "html-page": html_page,
    "json-page": json_page,
    "names": names,
    "origin": origin,
    "note": note,
    "memory": memory,
    "expression": expression,
    "quantity": quantity,
}


def examples(name: str) -> list[bytes]:
    """Whole inputs of a decoder, to start from."""
    whole = {kind: content for kind, (content, _) in whole_bodies().items()}
    texts = {
        "expression": [
            "size>100MB and age>30d",
            "project=num*,requests kind!=wheel",
            "name~='a b'",
            '"x',
            "unused>=1y2w",
        ],
        "quantity": ["30d", "2h30m", "1.5 GiB", "20%", "2026-11-21", "2026-11-21T10:00:00+02:00", "10kB", "1y6mo"],
        "names": [
            "demo-1.0-1-cp311.py3-abi3.none-any.whl",
            "Demo_x-1.0.tar.gz",
            "https://u:p@Index.example/simple/a%20b/?q#f",
            "wheels/ab/cd/ef/" + "0" * 50 + "/origin.json",
            "http-v2/a/b/c/d/e/" + "abcde" + "0" * 51 + ".body",
        ],
    }
    if name in texts:
        return [text.encode() for text in texts[name]]
    if name == "envelope":
        return [seed.first for seed in seeds() if seed.shape in ("pair", "single")]
    if name == "memory":
        entry = Entry("/root", "http-v2", "wheel", Files("http-v2/a/b/c/d/e/x", ("/.body",), bytes(2 * STAMP_BYTES)))
        kept = (Table([entry]).packed(), {"http-v2/a/b": (1, bytes(16))}, ("https://index.example/",))
        return [msgpack.packb(kept)]
    if name in ("origin", "note"):
        return [seed.first for seed in seeds() if seed.shape == ("wheel" if name == "origin" else "selfcheck")]
    chosen = {
        "zip": [whole["wheel"], whole["stored wheel"], whole["zip"]],
        "tar": [whole["bare tar"], whole["tar.gz"], whole["tar.bz2"], whole["tar.xz"]],
        "metadata": [whole["metadata"], packages.core_metadata("a", "1"), b"Name: a\r\nVersion: 1\r\n\r\nName: b"],
        "html-page": [whole["page"], whole["relative page"]],
        "json-page": [whole["json page"], whole["project"]],
        "body": [*whole.values(), formats.origin_json("https://x/")],
    }
    return chosen[name]
