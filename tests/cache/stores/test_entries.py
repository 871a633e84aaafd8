from __future__ import annotations

import os

import pytest

from pipcache_tui.cache.model import IndexPage
from pipcache_tui.demo import formats, packages
from pipcache_tui.demo.formats import cache_key
from tests.support.cache_root import FILE_HEADERS, FILES, INDEX, Place

WHEEL = packages.make_wheel("Demo.Pkg", "1.0", "py2.py3-none-any", requires_python=">=3.6")

URL = FILES + "ab/cd/Demo.Pkg-1.0-py2.py3-none-any.whl"


def owned(place: Place) -> list[str]:
    return sorted(file.path for entry in place.scan().entries for file in entry.files)


@pytest.mark.parametrize("store", ["v1", "v2"])
def test_a_wheel_is_named_from_its_inside(place: Place, store: str) -> None:
    getattr(place, store)(URL, WHEEL)
    entry = place.only()
    assert (entry.kind, entry.project, entry.version) == ("wheel", "demo-pkg", "1.0")
    assert entry.tags == ("py2-none-any", "py3-none-any")
    assert entry.tag_label == "py2.py3-none-any"
    assert entry.requires_python == ">=3.6"
    assert entry.filename == "Demo_Pkg-1.0-py2.py3-none-any.whl"
    assert entry.url is None  # nothing here proves it
    assert entry.response is not None
    assert entry.response.has_etag
    assert entry.id == f"{'http' if store == 'v1' else 'http-v2'}:{cache_key(URL)}"
    assert owned(place) == sorted(place.files())
    assert entry.size == sum((place.path / path).stat().st_size for path in place.files())


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", ["html", "json"])
def test_index_pages(place: Place, form: str, packed: bool) -> None:
    listed = [packages.Listed(f"lib-{n}.0.tar.gz", f"{FILES}{n}/lib-{n}.0.tar.gz", sha256="a" * 64) for n in range(3)]
    page = (packages.index_page_html if form == "html" else packages.index_page_json)("lib", listed)
    kind = "text/html" if form == "html" else "application/vnd.pypi.simple.v1+json"
    headers = {**FILE_HEADERS, "Content-Type": kind} | ({"Content-Encoding": "gzip"} if packed else {})
    place.v2(f"{INDEX}lib/", packages.gzipped(page) if packed else page, headers)
    entry = place.only(index_urls=[INDEX])
    assert (entry.kind, entry.project, entry.url) == ("index-page", "lib", f"{INDEX}lib/")
    assert entry.detail == IndexPage(3, form)  # type: ignore[arg-type]


def test_metadata_redirect_and_project_json(place: Place) -> None:
    place.v2(URL + ".metadata", packages.core_metadata("Demo.Pkg", "1.0"))
    place.v2("https://index.example/simple/Lib", b"", {**FILE_HEADERS, "Location": "/simple/lib/"}, status=301)
    place.v2(
        "https://index.example/pypi/pip/json",
        b'{"info": {"name": "pip", "version": "26.3"}}',
        {**FILE_HEADERS, "Content-Type": "application/json"},
    )
    entries = place.entries(index_urls=[INDEX])
    kinds = {entry.kind: entry for entry in entries.values()}
    assert (kinds["metadata"].project, kinds["metadata"].version) == ("demo-pkg", "1.0")
    assert kinds["redirect"].project == "lib"
    assert kinds["redirect"].response is not None
    assert kinds["redirect"].response.location == "/simple/lib/"
    assert (kinds["other"].project, kinds["other"].version) == ("pip", "26.3")
    assert kinds["other"].url == "https://index.example/pypi/pip/json"


@pytest.mark.parametrize("broken", [b"", b"cc=4,\x82", b"cc=2,zzzz", b"nonsense"])
@pytest.mark.parametrize("store", ["http", "http-v2"])
def test_what_cannot_be_decoded_is_an_entry(place: Place, store: str, broken: bytes) -> None:
    key = cache_key(URL)
    place.raw(store, key, broken)
    if store == "http-v2":
        place.raw(store, key, WHEEL, ".body")
    entry = place.only()
    assert entry.kind == "unreadable"
    assert entry.problems
    assert len(entry.files) == len(place.files())
    if store == "http-v2":
        assert entry.project == "demo-pkg"  # its body still names it


def test_a_damaged_wheel_is_unreadable(place: Place) -> None:
    place.v2(URL, WHEEL[:-30])
    assert place.only().kind == "unreadable"
    assert "cut short" in place.only().problems[0]


def test_scanning_leaves_access_times(place: Place) -> None:
    place.v2(URL, WHEEL)
    place.v1(URL, WHEEL)
    place.write(formats.selfcheck_path("/x"), formats.selfcheck_note("/x", 1e9, "1"))
    paths = [place.path / path for path in place.files()]
    for path in paths:
        os.utime(path, (1e9, 2e9))
    before = {entry.id: entry.used for entry in place.scan().entries}
    assert {path.stat().st_atime for path in paths} == {1e9}
    assert set(before.values()) == {1e9}
