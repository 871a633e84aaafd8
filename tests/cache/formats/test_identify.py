"""What a stored body is, from its content; headers only help."""

from __future__ import annotations

import gzip

import pytest

from pipcache_tui.cache.formats.identify import identify, identify_file
from pipcache_tui.demo import packages
from tests.cache.formats.test_zips import Bytes

SDIST = packages.make_sdist("demo", "1.0")
PAGE = packages.index_page_html("demo", [packages.Listed("demo-1.0.tar.gz", "https://index.example/demo-1.0.tar.gz")])


@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "x-gzip"])
def test_an_sdist_is_one_even_if_the_server_calls_gzip_its_encoding(encoding: str) -> None:
    headers = {"content-type": "application/x-tar", "content-encoding": encoding}
    found = identify(Bytes(SDIST), 200, headers)
    assert (found.kind, found.project, found.version) == ("sdist", "demo", "1.0")
    assert found.filename == "demo-1.0.tar.gz"
    assert found.problems == ()


@pytest.mark.parametrize("content_type", ["text/html", "", "text/plain"])
def test_a_packed_page_is_no_sdist(content_type: str) -> None:
    headers = {"content-type": content_type, "content-encoding": "gzip"}
    found = identify(Bytes(gzip.compress(PAGE)), 200, headers)
    assert (found.kind, found.project, found.problems) == ("index-page", "demo", ())


def test_packed_bytes_that_are_nothing_known_are_other() -> None:
    found = identify(Bytes(gzip.compress(b"x" * 5000)), 200, {"content-encoding": "gzip"})
    assert (found.kind, found.problems) == ("other", ())


def test_files_without_headers_are_identified_by_content() -> None:
    assert identify_file(Bytes(packages.make_wheel("demo", "1.0"))).kind == "wheel"
    assert identify_file(Bytes(SDIST)).kind == "sdist"
    assert identify_file(Bytes(b"text")).kind == "other"
