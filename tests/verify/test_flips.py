"""A thousand single bytes changed in a cache, each in a body whose hash is known: every one is found, and nothing else.

Known is the hash of a body that a URL, an index page or a header tells; of a wheel that nobody tells of, what RECORD
and CRC-32 cover; of what is compressed, what its checksum covers; of a self-check, the prefix its name is the hash of.
Where a hash covers what is unpacked, a byte counts only if it changes that: some bits of a packed stream mean nothing.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from pipcache_tui.cache.model import Root
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.demo import formats, packages
from pipcache_tui.verify.batch import verify_entries
from pipcache_tui.verify.known_hashes import gather_known_hashes
from tests.conftest import Figure

FLIPS = 1000
INDEX, FILES = "https://index.example/simple/", "https://files.index.example"
HEADERS = {"Date": "Sat, 21 Nov 2026 03:00:00 GMT", "Content-Type": "application/octet-stream"}
Span = tuple[int, int]
Unpack = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Target:
    """Bytes of a file that a hash covers. `entry`: the path the entry is known by (its first file's).

    `unpacked` gives what the hash covers, where that is not the bytes themselves.
    """

    what: str
    entry: str
    path: str
    spans: Sequence[Span]
    unpacked: Unpack | None = None


def address(content: bytes, name: str) -> str:
    digest = hashlib.blake2b(content, digest_size=32).hexdigest()
    return f"{FILES}/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{name}"


def member_data(archive: bytes) -> list[Span]:
    """Where the packed data of a zip's members lies."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        starts = [(info, info.header_offset) for info in opened.infolist()]
    return [
        (start, start + info.compress_size)
        for info, offset in starts
        if info.compress_size and (start := offset + 30 + int.from_bytes(archive[offset + 26 : offset + 28], "little"))
    ]


def members(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


class Shelf:
    """A cache with one entry for each way in which a hash can be known, in each store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.targets: list[Target] = []
        self.listed: list[packages.Listed] = []

    def write(self, path: str, content: bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def store(
        self,
        form: str,
        url: str,
        body: bytes,
        what: str,
        spans: Sequence[Span] | None = None,
        unpacked: Unpack | None = None,
        headers: Mapping[str, str] = HEADERS,
    ) -> None:
        """Put a response into `http-v2/` (form "v2"), or `http/` as cc=4 or cc=2."""
        response = formats.Stored(headers, body)
        key = formats.cache_key(url)
        spans = spans or [(0, len(body))]
        if form == "v2":
            path = formats.http_path("http-v2", key)
            self.write(path, formats.encode_cc4(response, inside=False))
            self.write(f"{path}.body", body)
            self.targets.append(Target(f"http-v2 {what}", path, f"{path}.body", spans, unpacked))
            return
        path = formats.http_path("http", key)
        if form == "cc=4":
            data = formats.encode_cc4(response, inside=True)
            start = data.index(body)
            spans = [(start + first, start + last) for first, last in spans]
            unpacked = unpacked and partial(_unpack_part, unpacked, start, start + len(body))
        else:
            data = formats.encode_cc2(response)
            spans, unpacked = [(5, len(data))], partial(_unpack_part, zlib.decompress, 5, None)  # one checksum for all
        self.write(path, data)
        self.targets.append(Target(f"http {form} {what}", path, path, spans, unpacked))

    def fill(self) -> None:
        for number, form in enumerate(("v2", "cc=4", "cc=2")):
            version = f"1.{number}"
            wheel = packages.make_wheel("known", version, padding=200)
            private = packages.make_wheel("private", version, files={"private.py": bytes(range(256)) * 8})
            nameless = packages.make_wheel("nameless", version, files={"nameless.py": b"x = 1\n" * 99})
            self._store_addressed(form, wheel, f"known-{version}-py3-none-any.whl", "wheel by its URL")
            private_url = f"https://private.example/files/private-{version}-py3-none-any.whl"
            self.store(form, private_url, private, "wheel by its page")
            self.store(
                form, f"https://nowhere.example/{form}", nameless, "wheel by itself", member_data(nameless), members
            )
            metadata = packages.core_metadata("private", version, description="words " * 50)
            self.store(form, private_url + ".metadata", metadata, "metadata")
            self.listed.append(
                packages.Listed(
                    f"private-{version}-py3-none-any.whl",
                    private_url,
                    sha256=hashlib.sha256(private).hexdigest(),
                    metadata_sha256=hashlib.sha256(metadata).hexdigest(),
                )
            )
            for suffix in ("tar.gz", "zip", "tar.bz2", "tar.xz"):
                sdist = packages.make_sdist("known", version, suffix)
                self._store_addressed(form, sdist, f"known-{version}.{suffix}", f"sdist {suffix}")
            page = packages.gzipped(
                packages.index_page_json("known", [packages.Listed(f"known-{version}.zip", wheel.hex()[:9])])
            )
            packed = {**HEADERS, "Content-Encoding": "gzip", "Content-Type": "application/vnd.pypi.simple.v1+json"}
            self.store(form, f"{INDEX}known{number}/", page, "page, packed", [(10, len(page))], gzip.decompress, packed)
            page = packages.index_page_html(
                "plain", [packages.Listed("plain-1.0.zip", "https://private.example/plain-1.0.zip")]
            )
            told = {**HEADERS, "X-Checksum-Sha256": hashlib.sha256(page).hexdigest(), "Content-Type": "text/html"}
            self.store(form, f"{INDEX}plain{number}/", page, "page, its hash in a header", headers=told)
        self._pages()
        self._others()

    def _store_addressed(self, form: str, body: bytes, name: str, what: str) -> None:
        """A file whose page tells the URL, and its URL the hash."""
        url = address(body, name)
        self.store(form, url, body, what)
        self.listed.append(packages.Listed(name, url))

    def _pages(self) -> None:
        """The pages that speak for the files; they stay as they are."""
        for project in ("known", "private"):
            page = packages.index_page_html(project, [each for each in self.listed if project in each.filename])
            self.store("v2", f"{INDEX}{project}/", page, "", headers={**HEADERS, "Content-Type": "text/html"})
            self.targets.pop()

    def _others(self) -> None:
        url = "https://private.example/sdist-1.0.tar.gz"
        wheel = packages.make_wheel("built", "1.0", files={"built.py": b"y = 2\n" * 40})
        folder = formats.built_wheel_folder(url, ("cp", "312"))
        path = f"{folder}/built-1.0-py3-none-any.whl"
        self.write(path, wheel)
        self.write(f"{folder}/origin.json", formats.origin_json(url))
        self.targets.append(Target("wheels built-wheel", path, path, member_data(wheel), members))
        for name, content in (
            ("old-1.0-py3-none-any.whl", packages.make_wheel("old", "1.0")),
            ("old-1.0.tar.gz", packages.make_sdist("old", "1.0")),
        ):
            body, sidecar = formats.download_names(address(content, name))
            self.write(body, content)
            self.write(sidecar, b"application/octet-stream")
            self.targets.append(Target(f"downloads {name.partition('.')[2]}", sidecar, body, [(0, len(content))]))
        for path in ("sources/accel-1.0.tar.gz", formats.pip_accel_path("accel", "1.0")):
            content = packages.make_sdist("accel", "1.0")
            self.write(path, content)
            self.targets.append(Target("pip-accel", path, path, [(10, len(content))], gzip.decompress))
        prefix = "/home/someone/environments/one"
        note = formats.selfcheck_note(prefix, 1e9, "25.3")
        start = note.index(prefix.encode())
        path = formats.selfcheck_path(prefix)
        self.write(path, note)
        self.targets.append(Target("selfcheck", path, path, [(start, start + len(prefix))]))

    def verdicts(self) -> dict[str, str]:
        """State by the path of an entry's first file; a fresh scan, as a person would make."""
        snapshot = take_snapshot([Root(os.fspath(self.folder), "test", exists=True)], index_urls=[INDEX], workers=0)
        known_hashes = gather_known_hashes(snapshot.entries, file_hosts=[FILES])
        return {
            verdict.entry.files[0].path: verdict.state for verdict in verify_entries(snapshot.entries, known_hashes)
        }


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path)
    shelf.fill()
    yield shelf


def test_a_thousand_flipped_bytes_are_found_and_nothing_else(shelf: Shelf, figure: Figure) -> None:
    chance = random.Random(5)
    pristine = shelf.verdicts()
    assert "corrupt" not in pristine.values()
    assert {target.entry for target in shelf.targets} <= pristine.keys()
    found: Counter[str] = Counter()
    flips = 0
    while flips < FLIPS:
        # one in each of many entries at once: none of these is another's witness
        flipped = chance.sample(shelf.targets, min(len(shelf.targets), FLIPS - flips))
        undo = [_flip(shelf.folder / target.path, target, chance) for target in flipped]
        verdicts = shelf.verdicts()
        corrupt = {path for path, state in verdicts.items() if state == "corrupt"}
        assert corrupt == {target.entry for target in flipped}, [
            (target.what, where)
            for target, (_, where, _) in zip(flipped, undo, strict=True)
            if target.entry not in corrupt
        ]
        flips += len(flipped)
        found.update(target.what for target in flipped)
        for path, offset, byte in undo:
            _write_byte(path, offset, byte)
    assert shelf.verdicts() == pristine
    assert len(found) == len({target.what for target in shelf.targets}) >= 30
    figure(f"{flips:,} bytes flipped in {len(found)} sorts of bodies, {flips:,} found, no other entry called corrupt")


def _unpack_part(unpack: Unpack, start: int, end: int | None, data: bytes) -> object:
    return unpack(data[start:end])


def _flip(path: Path, target: Target, chance: random.Random) -> tuple[Path, int, int]:
    """Change one byte; gives the place and what was there."""
    before = path.read_bytes()
    while True:
        offset = chance.randrange(*chance.choice(target.spans))
        byte = before[offset] ^ chance.randrange(1, 256)
        after = before[:offset] + bytes([byte]) + before[offset + 1 :]
        if target.unpacked is None or _differs(target.unpacked, before, after):
            _write_byte(path, offset, byte)
            return path, offset, before[offset]


def _differs(unpack: Unpack, before: bytes, after: bytes) -> bool:
    try:
        return unpack(before) != unpack(after)
    except (zlib.error, zipfile.BadZipFile, OSError, EOFError):
        return True


def _write_byte(path: Path, offset: int, byte: int) -> None:
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(bytes([byte]))
