"""Index pages made to break what reads them: no crash, no run-away time, no unbounded memory."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from pipcache_tui.demo import packages
from tests.support.hostile_cache import INDEX, JSON_HEADERS, PAGE_HEADERS, Shelf

#: a page is read in well under a second; a machine under load gets twenty
pytestmark = pytest.mark.timeout(20)
URL = f"{INDEX}/simple/demo/"
GOOD = packages.Listed("demo-1.0-py3-none-any.whl", f"{INDEX}/files/demo-1.0-py3-none-any.whl")
WHEEL = packages.make_wheel("demo", "1.0")


def scan_page(folder: Path, page: bytes, headers: dict[str, str]) -> None:
    """Scan a page beside a wheel that it may list, so that all its links are looked at."""
    shelf = Shelf(folder)
    shelf.pair(f"{INDEX}/files/elsewhere/demo-1.0-py3-none-any.whl", WHEEL)
    key = shelf.pair(URL, page, headers)
    assert shelf.entry(key).kind in ("index-page", "other", "unreadable")


@pytest.mark.parametrize(
    "page",
    [
        b"<a href=" * 40_000,
        b"<a " * 100_000,
        b"<a href='" + b"x" * 500_000,
        b"<a " + b"href=" * 60_000 + b">",
        b"<a href=x " + b" " * 400_000 + b"<",
        b"<a href" + b" " * 400_000,
        b"<title>" + b" " * 400_000 + b"<a href=x>",
        b"<title>" + b"\t \n" * 100_000,
        b"<title>" * 60_000 + b"<a >",
        b"<h1>Links for" * 40_000 + b"<a >",
        b"<base " * 60_000 + b"<a >",
        b"<a data-yanked" + b" " * 200_000 + b" href=x>y</a>",
        b'<a href="' + b"../" * 150_000 + b'x.whl">x</a>',
        b"<!-- <a " * 50_000,
        b"<html>" + b"<a href='\xff\xfe\x00'>\x00</a>" * 10_000,
        b"<a href='https://[::1/x-1.0.tar.gz'>x</a><a href='//[x'>y</a>",
        b"<a href='&#x110000;&#xd800;&#0;-1.0.whl'>x</a>",
        b"<a " + b"<a href=" * 900 + b"'>",
        (b"<a href=" + b'"' * 10 + b"x" * 4000) * 100,
    ],
    ids=lambda page: page[:16].decode("latin-1") + f"… {len(page)}",
)
def test_an_odd_html_page_is_read_quickly(tmp_path: Path, page: bytes) -> None:
    for start in (b"", b"<a href='demo-0.tar.gz'>demo-0.tar.gz</a>", packages.index_page_html("demo", [GOOD])):
        scan_page(tmp_path, start + page, PAGE_HEADERS)


@pytest.mark.parametrize(
    "page",
    [
        b'{"files": [{"filename": "x", "url": "https://\\q/\\ud800-1.0.whl"}]}',
        b'{"files": [{"filename": "demo-1.0.whl", "url": "https://f.example/\\ud800/demo-1.0-py3-none-any.whl"}]}',
        b'{"files": [{"filename": "x", "url": "a\nb"}, {"url": "\\u12"}, {"url": "\xff"}]}',
        b'{"files": [{"filename": "x", "url": ' + b'"url": ' * 60_000,
        b'{"files": [{"filename": "x", "url": "' + b"\\" * 300_001,
        b'{"files": "filename' + b"[" * 300_000,
        b'{"files": [], "filename": ' + b'{"a":' * 100_000,
        b'{"files": [' + b'{"filename": "demo-1.0.tar.gz", "url": "\\u0000\\u001b]0;x\\u0007"},' * 1000,
        b'{"files": [{"filename": 1, "url": 2, "hashes": 3, "yanked": {}, "size": -1, "requires-python": []}]}',
        b'{"name": "demo", "files": {"filename": 1}, "meta": ' + b"1" * 10_000,
        b'{"name"' + b" " * 400_000 + b'"files" "filename"',
    ],
    ids=lambda page: page[:24].decode("latin-1") + f"… {len(page)}",
)
def test_an_odd_json_page_is_read_quickly(tmp_path: Path, page: bytes) -> None:
    scan_page(tmp_path, page, JSON_HEADERS)


@pytest.mark.parametrize("name", ["\ud800", "../../etc/passwd", "a\x1b[2Jb", "x" * 10_000_000, "a/b", "", "\u202efoo"])
def test_an_odd_name_of_a_page_is_no_project(tmp_path: Path, name: str) -> None:
    page = json.dumps({"name": name, "files": [{"filename": name, "url": f"{INDEX}/{name}"}]}).encode()
    shelf = Shelf(tmp_path)
    shelf.pair(URL, WHEEL)
    key = shelf.pair(f"{URL}json", page, JSON_HEADERS)
    assert shelf.entry(key).project is None


def test_a_gzip_bomb_is_read_up_to_a_bound(tmp_path: Path) -> None:
    start = packages.index_page_html("demo", [GOOD])
    bomb = gzip.compress(start + b" " * 300_000_000, 9, mtime=0)
    shelf = Shelf(tmp_path)
    wheel = shelf.pair(GOOD.url, WHEEL)
    key = shelf.pair(URL, bomb, PAGE_HEADERS | {"Content-Encoding": "gzip"})
    snapshot = {entry.id: entry for entry in shelf.scan().entries}
    assert snapshot[f"http-v2:{key}"].project == "demo"
    assert snapshot[f"http-v2:{wheel}"].url == GOOD.url


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "x" * 100_000, "\x1b[2J", "deflate", "compress"])
def test_an_encoding_that_can_not_be_undone_is_a_problem(tmp_path: Path, encoding: str) -> None:
    shelf = Shelf(tmp_path)
    key = shelf.pair(URL, b"\x1f\x8b" + b"\xff" * 1000, PAGE_HEADERS | {"Content-Encoding": encoding})
    found = shelf.entry(key)
    assert found.kind in ("index-page", "other")
    assert found.problems
