"""Whose a page is, and which files it lists, read fast."""

from __future__ import annotations

import gzip

import pytest

from pipcache_tui.cache.formats import index_pages
from pipcache_tui.cache.formats.index_pages import PageError, PageHead
from tests.cache.formats.test_zips import Bytes

URL = "https://index.example/simple/lib/"


@pytest.mark.parametrize(
    ("names", "project"),
    [
        (["lib-1.0-py3-none-any.whl", "Lib-0.9.tar.gz"], "lib"),
        (["my_lib-1.0-py3-none-any.whl", "my.lib-0.9.tar.gz", "My-Lib-0.8.zip"], "my-lib"),
        (["lib-1.0-2.tar.gz", "lib-1.0.tar.gz"], "lib"),
        (["lib-2-1.0.tar.gz", "lib-2-1.1.tar.gz"], "lib-2"),
        (["lib-1.0.win32-py2.7.exe", "lib-1.0-py2.7.egg"], "lib"),
        (["lib-1.0.tar.gz", "README.txt", "lib.zip"], "lib"),
        (["lib-1.0.tar.gz", "lib-extra-1.0.tar.gz"], None),
        (["lib-1.0-py3-none-any.whl", "lib_extra-1.0-py3-none-any.whl"], None),
        (["lib-1.0-py3-none-any.whl", "tool-1.0.tar.gz"], None),
        (["README.txt"], None),
        ([], None),
    ],
)
def test_the_project_is_what_all_names_agree_on(names: list[str], project: str | None) -> None:
    assert index_pages.agreed_project(names) == project
    assert index_pages.agreed_project(reversed(names)) == project


def test_a_title_names_no_project() -> None:
    page = b"<title>Links for lib</title><a href='../other/'>other</a>"
    assert index_pages.page_head(Bytes(page), "text/html", "") == PageHead("html", None)


def test_a_page_that_lists_no_file_is_no_index_page() -> None:
    assert index_pages.page_head(Bytes(b"<html><a href='/about'>about</a></html>"), "text/html", "") is None
    assert index_pages.page_head(Bytes(b"Name: lib\n"), "text/plain", "") is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_any_unicode_encoding_becomes_utf_8(encoding: str) -> None:
    assert index_pages.to_utf8("<a>é</a>".encode(encoding)) == "<a>é</a>".encode()


def test_a_page_that_cannot_be_unpacked_says_why() -> None:
    assert index_pages.unpack(Bytes(gzip.compress(b"<a>")), "x-gzip") == b"<a>"
    for data, encoding in ((b"x", "br"), (b"no gzip", "gzip"), (b"x" * 9, "deflate")):
        with pytest.raises(PageError):
            index_pages.unpack(Bytes(data), encoding)


@pytest.mark.parametrize(
    ("page", "links"),
    [
        (b'<a href="a#1">a</a><a href="b c">b</a>', [b"a", b"b c"]),
        (b"<A HREF=\"a\">a</A><a href='b c'>b</a><a href=c>c</a>", [b"a", b"b c", b"c"]),
        (b'<a href="a">a</a><a Href="b">b</a>', [b"a", b"b"]),
        (b"no links", []),
    ],
)
def test_links_are_found_as_they_are_written(page: bytes, links: list[bytes]) -> None:
    assert index_pages.raw_links(page, "html") == links


@pytest.mark.parametrize(
    ("page", "bases"),
    [
        (b"<a href=x>", (URL,)),
        (b'<base href="https://files.example/a/">', ("https://files.example/a/", URL)),
        (b'<base target=x><BASE href="../b/">', ("https://index.example/simple/b/", URL)),
        (b"<base target=x>", (URL,)),
    ],
)
def test_relative_links_start_from_the_base_or_the_page(page: bytes, bases: tuple[str, ...]) -> None:
    assert index_pages.bases_of(page, "html", URL) == bases


def test_what_a_page_says_about_a_file_is_read() -> None:
    page = (
        b'<a href="lib-1.0.tar.gz#sha256=' + b"a" * 64 + b'" data-yanked="bad &amp; old" '
        b'data-requires-python="&gt;=3.8" data-core-metadata="sha256=' + b"B" * 64 + b'">lib</a>'
    )
    (link,) = index_pages.read_links(page, "html", URL)
    assert (link.url, link.filename) == (f"{URL}lib-1.0.tar.gz", "lib-1.0.tar.gz")
    assert (link.hashes, link.metadata_hashes) == ((("sha256", "a" * 64),), (("sha256", "b" * 64),))
    assert (link.yanked, link.requires_python, link.has_metadata) == ("bad & old", ">=3.8", True)
    assert list(index_pages.read_links(page, "html", None)) == []
