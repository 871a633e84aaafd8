"""Searching one page: which wanted keys its links have, and what the page says of those files."""

from __future__ import annotations

import pytest

from pipcache_tui.cache.pip.cache_keys import cache_digest
from pipcache_tui.cache.urls.page_search import PageJob, PageReading, read_page
from pipcache_tui.demo import packages
from pipcache_tui.demo.packages import Listed
from tests.support.cache_root import FILE_HEADERS, FILES, INDEX, Place

PAGE_URL = f"{INDEX}lib/"
WANTED = f"{FILES}lib-1.0-py3-none-any.whl"


def search(place: Place, form: str, listed: list[Listed], *wanted: str, url: str | None = PAGE_URL) -> PageReading:
    page = (packages.index_page_html if form == "html" else packages.index_page_json)("lib", listed)
    content_type = "text/html" if form == "html" else "application/vnd.pypi.simple.v1+json"
    place.v2(PAGE_URL, page, {**FILE_HEADERS, "Content-Type": content_type})
    return read_page(PageJob(place.only(), url, {cache_digest(each) for each in wanted}))


@pytest.mark.parametrize("form", ["html", "json"])
def test_a_wanted_link_and_its_metadata_are_found_with_what_the_page_says(place: Place, form: str) -> None:
    listed = [
        Listed("lib-1.0-py3-none-any.whl", WANTED, requires_python=">=3.8", yanked="broken"),
        Listed("lib-2.0-py3-none-any.whl", f"{FILES}lib-2.0-py3-none-any.whl"),
    ]
    reading = search(place, form, listed, WANTED, f"{WANTED}.metadata", f"{FILES}unlisted.whl")
    assert set(reading.matches) == {
        (cache_digest(url), url, "broken", ">=3.8") for url in (WANTED, f"{WANTED}.metadata")
    }
    assert (reading.files, reading.relative, reading.problem, reading.is_mixed) == (2, False, None, False)


@pytest.mark.parametrize("form", ["html", "json"])
def test_relative_links_need_the_url_of_the_page(place: Place, form: str) -> None:
    listed = [Listed("lib-1.0.tar.gz", "../../files/lib-1.0.tar.gz")]
    url = "https://index.example/files/lib-1.0.tar.gz"
    unknown = search(place, form, listed, url, url=None)
    assert (unknown.matches, unknown.relative) == ((), True)
    assert [match[1] for match in search(place, form, listed, url).matches] == [url]


def test_a_page_taken_for_that_of_one_project_may_list_others(place: Place) -> None:
    listed = [Listed(name, FILES + name) for name in ("lib-1.0.tar.gz", "other-1.0.tar.gz")]
    page = packages.index_page_html("lib", listed)
    place.v2(PAGE_URL, page, {**FILE_HEADERS, "Content-Type": "text/html"})
    assert read_page(PageJob(place.only()._replace(project="lib"), PAGE_URL, ())).is_mixed
    assert not search(place, "html", listed[:1]).is_mixed


def test_a_page_that_is_gone_is_a_problem_and_not_a_crash(place: Place) -> None:
    page = packages.index_page_html("lib", [Listed("lib-1.0.tar.gz", f"{FILES}lib-1.0.tar.gz")])
    key = place.v2(PAGE_URL, page, {**FILE_HEADERS, "Content-Type": "text/html"})
    entry = place.only()
    (place.path / "/".join(("http-v2", *key[:5], f"{key}.body"))).unlink()
    reading = read_page(PageJob(entry, PAGE_URL, {cache_digest(WANTED)}))
    assert (reading.files, reading.matches) == (None, ())
    assert reading.problem
