"""Made wheels, source distributions and pages, read back by code that is not ours."""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from packaging.metadata import Metadata
from packaging.utils import parse_sdist_filename, parse_wheel_filename

from pipcache_tui.demo import packages
from pipcache_tui.demo.blob import zeros_crc32


def check_record(wheel: bytes) -> None:
    """Every file stands in RECORD with its hash and size, RECORD itself without."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        assert archive.testzip() is None
        (record,) = (name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
        rows = list(csv.reader(archive.read(record).decode().splitlines()))
        assert sorted(row[0] for row in rows) == sorted(archive.namelist())
        for path, digest, size in rows:
            if path == record:
                assert (digest, size) == ("", "")
                continue
            data = archive.read(path)
            expected = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
            assert (digest, size) == (f"sha256={expected}", str(len(data)))


@pytest.mark.parametrize("padding", [0, 10, 5_000, 300_000])
def test_wheels_are_whole_and_always_the_same(padding: int) -> None:
    tags = "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64"
    wheel = packages.make_wheel("Some.Name-x", "1.0+l.1", tags, requires_python=">=3.8,<4", padding=padding)
    assert wheel == packages.make_wheel("Some.Name-x", "1.0+l.1", tags, requires_python=">=3.8,<4", padding=padding)
    assert len(wheel) > padding
    check_record(wheel)
    name, version, _, parsed = parse_wheel_filename(packages.wheel_name("Some.Name-x", "1.0+l.1", tags))
    assert (name, str(version)) == ("some-name-x", "1.0+l.1")
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        metadata = Metadata.from_email(archive.read("Some_Name_x-1.0+l.1.dist-info/METADATA"))
        described = archive.read("Some_Name_x-1.0+l.1.dist-info/WHEEL").decode().splitlines()
    assert (metadata.name, str(metadata.version)) == ("Some.Name-x", "1.0+l.1")
    assert str(metadata.requires_python) == "<4,>=3.8"
    assert {line[5:] for line in described if line.startswith("Tag: ")} == {str(tag) for tag in parsed}


def test_pip_installs_a_made_wheel(tmp_path: Path) -> None:
    wheel = tmp_path / packages.wheel_name("made-name", "2.1", "py2.py3-none-any")
    wheel.write_bytes(packages.make_wheel("made-name", "2.1", "py2.py3-none-any", padding=10_000))
    command = [sys.executable, "-m", "pip", "--isolated", "install", "--no-index", "--no-cache-dir", "-q"]
    subprocess.run(
        [*command, "--no-deps", "--target", str(tmp_path / "to"), str(wheel)],
        check=True,
        env={**os.environ, "PIP_CONFIG_FILE": os.devnull},
    )
    assert (tmp_path / "to" / "made_name" / "__init__.py").read_text() == '__version__ = "2.1"\n'


@pytest.mark.parametrize("form", ["tar.gz", "zip", "tar.bz2", "tar.xz"])
def test_sdists_hold_their_metadata(form: packages.SdistForm) -> None:
    sdist = packages.make_sdist("made.name", "1.2", form, files={"src/x.c": b"int x;\n"})
    assert sdist == packages.make_sdist("made.name", "1.2", form, files={"src/x.c": b"int x;\n"})
    if form == "zip":
        with zipfile.ZipFile(io.BytesIO(sdist)) as archive:
            held = {name: archive.read(name) for name in archive.namelist()}
    else:
        with tarfile.open(fileobj=io.BytesIO(sdist)) as tar:
            held = {member.name: (tar.extractfile(member) or io.BytesIO()).read() for member in tar}
    assert Metadata.from_email(held["made.name-1.2/PKG-INFO"]).name == "made.name"
    assert {path.split("/")[0] for path in held} == {"made.name-1.2"}
    compile(held["made.name-1.2/setup.py"], "setup.py", "exec")
    if form in ("tar.gz", "zip"):
        assert parse_sdist_filename(packages.sdist_name("made.name", "1.2", form))[0] == "made-name"


FILES = (
    packages.Listed("a-1.0.tar.gz", "https://files.index.example/p/a-1.0.tar.gz?x=1&y"),
    packages.Listed(
        "a-1.1-py3-none-any.whl",
        "../../p/a-1.1-py3-none-any.whl",
        sha256="1" * 64,
        size=12,
        requires_python=">=3.8",
        yanked='broken "here"',
        metadata_sha256="2" * 64,
        upload_time="2024-01-01T00:00:00.000000Z",
    ),
    packages.Listed("a-1.2.zip", "/p/a-1.2.zip", yanked=""),
)


def test_html_pages_say_what_they_list() -> None:
    links: list[dict[str, str | None]] = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag in ("a", "base"):
                links.append(dict(attrs))

    Links().feed(packages.index_page_html("a", FILES, base="https://index.example/x/").decode())
    assert links == [
        {"href": "https://index.example/x/"},
        {"href": "https://files.index.example/p/a-1.0.tar.gz?x=1&y"},
        {
            "href": f"../../p/a-1.1-py3-none-any.whl#sha256={'1' * 64}",
            "data-requires-python": ">=3.8",
            "data-yanked": 'broken "here"',
            "data-dist-info-metadata": f"sha256={'2' * 64}",
            "data-core-metadata": f"sha256={'2' * 64}",
        },
        {"href": "/p/a-1.2.zip", "data-yanked": ""},
    ]


def test_json_pages_say_what_they_list() -> None:
    page = json.loads(packages.index_page_json("a", FILES, versions=["1.0", "1.1", "1.2"]))
    assert (page["name"], page["versions"]) == ("a", ["1.0", "1.1", "1.2"])
    first, second, third = page["files"]
    assert (first["hashes"], first["yanked"], "size" in first) == ({}, False, False)
    assert (second["hashes"], second["yanked"], second["size"]) == (
        {"sha256": "1" * 64},
        'broken "here"',
        12,
    )
    assert (third["yanked"], third["requires-python"]) == (True, None)


def test_gzipped_pages_are_always_the_same() -> None:
    assert packages.gzipped(b"page") == packages.gzipped(b"page")
    assert gzip.decompress(packages.gzipped(b"page")) == b"page"


def test_a_wheel_of_gigabytes_costs_nothing(tmp_path: Path) -> None:
    size = 3_000_000_000
    blob = packages.make_wheel_blob("big", "1.0", padding=size, padding_sha256="0" * 64)
    path = tmp_path / "big.whl"
    blob.write(str(path))
    assert path.stat().st_size > size
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("big/data.bin").file_size == size
        assert zeros_crc32(size) == archive.getinfo("big/data.bin").CRC
        assert b"Name: big\n" in archive.read("big-1.0.dist-info/METADATA")
