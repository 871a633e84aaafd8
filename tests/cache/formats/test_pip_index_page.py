"""Single facts of how pip reads a page; tests/resolve/test_page_oracle.py holds all of it against a pip."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from packaging.version import Version

from pipcache_tui.cache.formats import index_pages
from pipcache_tui.cache.formats.file_names import is_archive
from pipcache_tui.cache.formats.pip_index_page import PageIgnored, PageStopsPip, PipLink, make_link, read_pip_page
from pipcache_tui.cache.pip.cache_keys import cache_key, url_variants
from tests.support.generated_pages import JSON_PAGES, PAGE_URL, WELL_FORMED_PAGES

PIP = Version("26.3")
JSON = "application/vnd.pypi.simple.v1+json"
WHEEL = "x-1.0-py3-none-any.whl"


def html_links(text: str, pip: Version = PIP) -> list[PipLink]:
    return read_pip_page(text.encode(), "text/html", PAGE_URL, pip)


def json_link(pip: Version = PIP, /, **file: object) -> PipLink:
    (link,) = read_pip_page(json.dumps({"files": [{"url": WHEEL, **file}]}).encode(), JSON, PAGE_URL, pip)
    return link


@pytest.mark.parametrize("wrapper", ["<!-- {} -->", "<script>{}</script>", "<style>{}</style>", "<abbr{}"])
def test_a_link_in_a_comment_script_or_style_does_not_count(wrapper: str) -> None:
    assert html_links(wrapper.format(f'<a href="{WHEEL}">')) == []


@pytest.mark.parametrize(
    ("anchor", "url"),
    [
        (f'<a href="  {WHEEL}\n">', PAGE_URL + WHEEL),
        (f'<a href="early.whl" href="{WHEEL}">', PAGE_URL + WHEEL),
        (f"<A HREF={WHEEL}>", PAGE_URL + WHEEL),
        (f"<a title=\"href='no.whl'\" href='{WHEEL}'>", PAGE_URL + WHEEL),
        (f'<base href="https://f.example/"><base href="/late/"><a href="{WHEEL}">', f"https://f.example/{WHEEL}"),
        ('<a href="x&#45;1.0 b.zip#a">', f"{PAGE_URL}x-1.0%20b.zip"),
    ],
)
def test_the_url_of_an_html_link(anchor: str, url: str) -> None:
    assert [link.url for link in html_links(anchor)] == [url]


@pytest.mark.parametrize(
    ("attribute", "yanked"),
    [
        ("data-yanked", None),
        ('data-yanked=""', ""),
        ("data-yanked=broken", "broken"),
        ('title="data-yanked"', None),
        ("title='data-yanked=\"no\"'", None),
    ],
)
def test_data_yanked_counts_only_as_an_attribute_with_a_value(attribute: str, yanked: str | None) -> None:
    (link,) = html_links(f'<a href="{WHEEL}" {attribute}>')
    assert link.yanked == yanked


@pytest.mark.parametrize(
    ("attribute", "requires_python"),
    [
        ("data-requires-python=>=3.6", None),
        ("data-requires-python=3", "3"),
        ('data-requires-python="&gt;=3.6"', ">=3.6"),
        ("title=\"data-requires-python='<3'\"", None),
        ("data-requires-python", None),
    ],
)
def test_requires_python_of_an_html_link(attribute: str, requires_python: str | None) -> None:
    (link,) = html_links(f'<a href="{WHEEL}" {attribute}>')
    assert link.requires_python == requires_python


@pytest.mark.parametrize("content_type", ["text/plain", "application/xhtml+xml", "application/json", None])
def test_pages_of_other_types_are_ignored(content_type: str | None) -> None:
    with pytest.raises(PageIgnored, match="which pip ignores"):
        read_pip_page(b"", content_type, PAGE_URL, PIP)


def test_json_is_read_from_pip_22_2_on() -> None:
    assert json_link(Version("22.2")).url == PAGE_URL + WHEEL
    with pytest.raises(PageIgnored):
        json_link(Version("22.1.2"))


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"\xff", "text/html"),
        (b"x", "text/html; charset=nonsense"),
        (b"{", JSON),
        (b'{"files": [{"url": 1}]}', JSON),
        (b'<a href="https://[::1/x-1.0.tar.gz">', "text/html"),
        (b'<a href="x-1.0.tar.gz#egg=x[a]">', "text/html"),
    ],
)
def test_a_page_that_pip_can_not_read_stops_it(content: bytes, content_type: str) -> None:
    with pytest.raises(PageStopsPip):
        read_pip_page(content, content_type, PAGE_URL, PIP)


def test_a_json_file_is_named_by_its_url() -> None:
    link = json_link(filename="x-9.0-py3-none-any.whl")
    assert link.filename == WHEEL


def test_hashes_are_kept_as_written_and_the_fragment_comes_first_on_html() -> None:
    assert html_links(f'<a href="{WHEEL}#sha256=AB&x=1">')[0].hashes == (("sha256", "AB"),)
    assert json_link(hashes={"sha256": "AB", "odd": "1"}).hashes == (("sha256", "AB"), ("odd", "1"))
    assert json_link(Version("22.3"), hashes={"sha256": "AB"}).hashes == ()


def test_metadata_files_are_named_as_each_pip_reads_them() -> None:
    assert json_link(PIP, **{"core-metadata": {"sha256": "ab", "odd": "1"}}).metadata_hashes == (("sha256", "ab"),)
    assert json_link(PIP, **{"dist-info-metadata": True}).has_metadata
    assert not json_link(PIP, **{"data-dist-info-metadata": True}).has_metadata
    assert not json_link(Version("23.1"), **{"core-metadata": True}).has_metadata
    (link,) = html_links(f'<a href="{WHEEL}" data-core-metadata="sha256=ab">')
    assert (link.has_metadata, link.metadata_hashes) == (True, (("sha256", "ab"),))


def test_the_time_of_upload_is_read_by_pips_that_use_it() -> None:
    text = "2026-01-02T03:04:05.000006Z"
    uploaded = json_link(PIP, **{"upload-time": text}).upload_time
    assert uploaded is not None and uploaded.isoformat() == "2026-01-02T03:04:05.000006+00:00"
    assert json_link(Version("25.3"), **{"upload-time": "nonsense"}).upload_time is None
    with pytest.raises(PageStopsPip):
        json_link(PIP, **{"upload-time": "nonsense"})


def test_the_file_name_is_unquoted_once_from_pip_26_2_on() -> None:
    url = "https://files.index.example/x%252D1.0.tar.gz"
    assert make_link(url, PIP).filename == "x%2D1.0.tar.gz"
    assert make_link(url, Version("26.1")).filename == "x-1.0.tar.gz"


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(page=WELL_FORMED_PAGES | JSON_PAGES)
def test_the_fast_reader_finds_every_file_of_a_well_formed_page_that_pip_does(page: bytes) -> None:
    form, content_type = ("json", JSON) if page[:1] != b"<" else ("html", "text/html")
    try:
        links = read_pip_page(page, content_type, PAGE_URL, PIP)
    except PageStopsPip:
        return
    fast = {
        cache_key(variant)
        for link in index_pages.read_links(page, form, PAGE_URL)
        for variant in url_variants(link.url)
    }
    listed = [link.url for link in links if link.url.startswith("http") and is_archive(link.filename)]
    missed = {url for url in listed if cache_key(url) not in fast and b"https:///" not in page}
    assert missed == set()
