"""Small JSON files made to break what reads them: origin.json, selfcheck notes, a project's JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from pipcache_tui.cache.urls import page_search, recovery
from pipcache_tui.demo import formats, packages
from tests.support.hostile_cache import INDEX, JSON_HEADERS, Shelf

pytestmark = pytest.mark.timeout(20)
WHEEL = packages.make_wheel("demo", "1.0")
LEAF = "wheels/ab/cd/ef/" + "0" * 50
JSONS = {
    "nothing": b"",
    "a nul": b"\x00",
    "cut": b'{"url": "https://x',
    "not UTF-8": b'{"url": "\xff\xfe"}',
    "UTF-16": '{"url": "x"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a list": b"[]",
    "null": b"null",
    "a number": b"1e999",
    "a constant": b'{"url": NaN, "key": Infinity}',
    "deep lists": b"[" * 60_000,
    "deep lists that end": b"[" * 30_000 + b"]" * 30_000,
    "deep maps": b'{"url":' * 8_000 + b"1" + b"}" * 8_000,
    "10 MB": b'{"url": "' + b"x" * 10_000_000 + b'"}',
    "many digits": b'{"url": ' + b"1" * 60_000 + b"}",
    "many keys": json.dumps({f"k{number}": number for number in range(5000)}).encode(),
    "the same key": b"{" + b'"url": "https://x/y", ' * 2000 + b'"url": 1}',
    "a lone surrogate": b'{"url": "https://x/\\ud800/demo-1.0.tar.gz", "key": "\\ud800", "last_check": "\\udfff"}',
    "signs that steer": b'{"url": "https://x/\\u001b[2J", "key": "\\u202e\\u0000", "pypi_version": "\\u001b]0;x"}',
    "URLs that are none": b'{"url": "://", "key": "", "last_check": ""}',
    "an address without end": b'{"url": "https://[::1/x.tar.gz"}',
    "other kinds": json.dumps(
        {
            "url": "https://index.example/demo-1.0.tar.gz",
            "archive_info": {"hash": {"a": 1}, "hashes": {"sha256": ["x"], "md5": None}},
            "vcs_info": {"vcs": [1], "commit_id": {}},
            "dir_info": 7,
            "subdirectory": ["x"],
            "key": 1,
            "last_check": {},
            "pypi_version": [],
        }
    ).encode(),
    "parts that are texts": b'{"url": "https://x/", "archive_info": "x", "vcs_info": "y", "dir_info": "z"}',
    "a hash without name": b'{"url": "https://x/", "archive_info": {"hash": "=", "hashes": {"": ""}}}',
    "a flood of hashes": json.dumps(
        {"url": "https://x/", "archive_info": {"hashes": {f"h{number}": "f" * 64 for number in range(700)}}}
    ).encode(),
    "prefixes that are maps": b'{"/usr": {"last_check": {"a": 1}, "pypi_version": 3}, "/opt": []}',
    "one prefix": b'{"\\u001b[2J": {"last_check": 1}}',
}


@pytest.mark.parametrize("name", JSONS)
def test_small_files(tmp_path: Path, name: str) -> None:
    shelf = Shelf(tmp_path)
    content = JSONS[name]
    shelf.write(f"{LEAF}/demo-1.0-py3-none-any.whl", WHEEL)
    shelf.write(f"{LEAF}/origin.json", content)
    shelf.write(LEAF.replace("ab", "ac") + "/origin.json", content)
    shelf.write(formats.selfcheck_path("/x"), content)
    shelf.write("selfcheck.json", content)
    project = shelf.pair(f"{INDEX}/pypi/demo/json", content, {**JSON_HEADERS, "Content-Type": "application/json"})
    found = {entry.files[0].path: entry for entry in shelf.scan().entries}
    assert found[f"{LEAF}/demo-1.0-py3-none-any.whl"].kind == "built-wheel"
    assert found[f"{LEAF}/demo-1.0-py3-none-any.whl"].project == "demo"
    assert found[LEAF.replace("ab", "ac") + "/origin.json"].kind == "orphan"
    for path in (formats.selfcheck_path("/x"), "selfcheck.json"):
        assert found[path].kind in ("selfcheck", "unreadable")
    assert found[formats.http_path("http-v2", project)].kind in ("other", "index-page")
    assert len(found) == 5


@pytest.mark.parametrize(
    "info",
    [
        {"name": "\x1b[2J", "version": "\u202e1"},
        {"name": "x" * 1_000_000, "version": "1" * 1_000_000},
        {"name": ["demo"], "version": {"a": 1}},
        {"name": "\ud800", "version": "\ud800"},
        {"name": "../..", "version": "../../1"},
    ],
)
def test_what_a_project_says_of_itself(tmp_path: Path, info: dict[str, object]) -> None:
    shelf = Shelf(tmp_path)
    headers = {**JSON_HEADERS, "Content-Type": "application/json"}
    key = shelf.pair(f"{INDEX}/pypi/demo/json", json.dumps({"info": info, "urls": []}).encode(), headers)
    entry = shelf.entry(key)
    assert entry.project is None
    assert entry.version is None


def test_a_thousand_origins_on_a_thousand_hosts_beside_a_thousand_pages(tmp_path: Path) -> None:
    """Every address seen is a place where an index may stand; trying each with each page must stay bounded."""
    shelf = Shelf(tmp_path)
    for number in range(1000):
        leaf = f"wheels/ab/cd/ef/{number:050x}"
        shelf.write(f"{leaf}/demo-1.0-py3-none-any.whl", WHEEL)
        url = f"https://host{number}.example/a/b/c/d{number}/demo-1.0.tar.gz"
        shelf.write(f"{leaf}/origin.json", formats.origin_json(url))
        page = packages.index_page_json(f"demo-{number}", [])
        shelf.pair(f"https://elsewhere.example/x/{number}", page, JSON_HEADERS)
    assert len(shelf.scan().entries) == 2000


def test_what_nothing_names_is_not_looked_for_in_all_pages_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page is given the keys it may list: with many of both, that alone would fill the memory."""
    monkeypatch.setattr(recovery, "_LOST_LIMIT", 1000)
    shelf = Shelf(tmp_path)
    for number in range(50):
        shelf.pair(f"{INDEX}/simple/p{number}/", packages.index_page_json(f"p{number}", []), JSON_HEADERS)
    for number in range(200):
        shelf.pair(f"{INDEX}/{number}", b"nothing known")
    jobs: list[page_search.PageJob] = []

    def search(given: Iterable[page_search.PageJob]) -> Iterator[tuple[page_search.PageJob, page_search.PageReading]]:
        given = list(given)
        jobs.extend(given)
        return ((job, page_search.read_page(job)) for job in given)

    found = recovery.UrlRecovery((), search)
    for entry in shelf.scan().entries:
        found.add(entry)
    list(found.resolve())
    assert len({job.page.key for job in jobs}) == 50
    assert 10 < max(len(job.wanted) for job in jobs) <= 1000 // 50 + 2


def test_addresses_of_many_kilobytes_are_not_tried_with_each_page(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for number in range(40):
        far = f"https://host{number}.example/" + "é" * 20_000 + f"/{number}.tar.gz"
        leaf = f"wheels/ab/cd/ef/{number:050x}"
        shelf.write(f"{leaf}/demo-1.0-py3-none-any.whl", WHEEL)
        shelf.write(f"{leaf}/origin.json", formats.origin_json(far))
        shelf.raw_pair(f"{far}?r", formats.encode_cc4(formats.Stored({"Location": far}, status=301), inside=False), b"")
    for number in range(500):
        links = [packages.Listed("x-1.0.tar.gz", "https://host.example/" + "é" * 9_000 + "/x-1.0.tar.gz")]
        page = packages.index_page_html(f"p{number}", links)
        shelf.pair(f"https://elsewhere.example/simple/p{number}/", page, JSON_HEADERS)
    started = time.process_time()
    assert len(shelf.scan().entries) == 580
    assert time.process_time() - started < 4
