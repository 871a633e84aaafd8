"""Whole entries of every kind and format, as starting points for what is broken on purpose."""

from __future__ import annotations

import bz2
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Literal

from pipcache_tui.demo import formats, packages
from pipcache_tui.demo.formats import Stored
from tests.support.hostile_cache import FILE_HEADERS, INDEX, JSON_HEADERS, PAGE_HEADERS

Shape = Literal["pair", "single", "wheel", "selfcheck", "download"]


@dataclass(frozen=True, slots=True)
class Seed:
    """A whole entry: `first` is the metadata of a pair, an entry of `http/`, an origin.json, a note or a sidecar;
    `second` the body beside it, b"" where there is none."""

    name: str
    shape: Shape
    first: bytes
    second: bytes
    #: the body inside `first`, and what makes a `first` of another body
    body: bytes = b""
    encode: Callable[[bytes], bytes] | None = None


@lru_cache(maxsize=1)
def bodies() -> dict[str, tuple[bytes, dict[str, str]]]:
    """Bodies of every kind, with the headers they come with."""
    listed = [
        packages.Listed(
            f"demo-{number}.0-py3-none-any.whl",
            f"{INDEX}/files/{number}/demo-{number}.0-py3-none-any.whl",
            sha256="a" * 64,
            size=1000,
            requires_python=">=3.8",
            yanked="oops" if number == 2 else None,
            metadata_sha256="b" * 64,
        )
        for number in range(6)
    ]
    relative = [packages.Listed("demo-1.0.tar.gz", "../../files/demo-1.0.tar.gz")]
    metadata = packages.core_metadata("demo", "1.0", requires_python=">=3.8", description="A thing.\n" * 20)
    page, json_page = packages.index_page_html("demo", listed), packages.index_page_json("demo", listed)
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr(zipfile.ZipInfo("demo-1.0.dist-info/METADATA"), metadata)
        archive.writestr(zipfile.ZipInfo("demo-1.0.dist-info/WHEEL"), "Tag: py3-none-any\n")
        archive.comment = b"a comment"
    linux = "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64"
    info = {"info": {"name": "demo", "version": "1.0"}, "releases": {}, "urls": []}
    gzip = {"Content-Encoding": "gzip"}
    made: dict[str, tuple[bytes, dict[str, str]]] = {
        "wheel": (packages.make_wheel("demo", "1.0", metadata=metadata), FILE_HEADERS),
        "native wheel": (packages.make_wheel("demo", "1.0", linux, padding=9000), FILE_HEADERS),
        "stored wheel": (stored.getvalue(), FILE_HEADERS),
        "page": (page, PAGE_HEADERS),
        "packed page": (packages.gzipped(page), {**PAGE_HEADERS, **gzip}),
        "deflated page": (zlib.compress(page), {**PAGE_HEADERS, "Content-Encoding": "deflate"}),
        "relative page": (packages.index_page_html("demo", relative, base="../"), PAGE_HEADERS),
        "json page": (json_page, JSON_HEADERS),
        "packed json page": (packages.gzipped(json_page), {**JSON_HEADERS, **gzip}),
        "metadata": (metadata, FILE_HEADERS),
        "project": (json.dumps(info).encode(), {**JSON_HEADERS, "Content-Type": "application/json"}),
        "bare tar": (bz2.decompress(packages.make_sdist("demo", "1.0", "tar.bz2")), FILE_HEADERS),
    }
    for form in ("tar.gz", "zip", "tar.bz2", "tar.xz"):
        made[form] = (packages.make_sdist("demo", "1.0", form, metadata=metadata), FILE_HEADERS)
    return made


@lru_cache(maxsize=1)
def seeds() -> tuple[Seed, ...]:
    """All of them."""
    return tuple(_seeds())


def _cc4(response: Stored, body: bytes) -> bytes:
    return formats.encode_cc4(replace(response, body=body), inside=True, keys=formats.KEYS_TO_23_2)


def _cc2(response: Stored, body: bytes) -> bytes:
    return formats.encode_cc2(replace(response, body=body))


def _seeds() -> Iterator[Seed]:
    vary = {"Accept-Encoding": "identity", "Cookie": None}
    for name, (body, headers) in bodies().items():
        response = Stored(headers, body, vary=vary)
        yield Seed(name, "pair", formats.encode_cc4(response, inside=False), body)
        for encode in (_cc4, _cc2):
            yield Seed(name, "single", encode(response, body), b"", body, partial(encode, response))
    wheel, headers = bodies()["wheel"]
    response = Stored(headers, wheel, vary=vary)
    backwards = formats.KEYS_TO_23_2[::-1]
    python_2 = formats.encode_cc4(response, inside=True, keys=backwards, vary_first=True, vary_as_bytes=True)
    yield Seed("python 2", "single", python_2, b"")
    yield Seed("pickle", "single", formats.encode_cc1(response), b"")
    redirect = formats.encode_cc4(Stored({"Location": "/simple/demo/"}, status=301), inside=False)
    yield Seed("redirect", "pair", redirect, b"")
    resumed = Stored(headers, version=0, reason="None", decode_content=True)
    yield Seed("resumed", "pair", formats.encode_cc4(resumed, inside=False), wheel)
    url = f"{INDEX}/files/demo-1.0.tar.gz"
    yield Seed("built", "wheel", formats.origin_json(url, hashes={"sha256": "c" * 64}), wheel)
    yield Seed("built from git", "wheel", formats.origin_json(url, vcs=("git", "d" * 40)), wheel)
    yield Seed("note", "selfcheck", formats.selfcheck_note("/usr", 0, "26.3"), b"")
    yield Seed("old note", "selfcheck", formats.old_selfcheck({"/usr": (0, "9.0.3")}), b"")
    yield Seed("download", "download", b"application/x-gzip", bodies()["tar.gz"][0])
