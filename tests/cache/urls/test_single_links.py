"""Picking one link out of a page gives what parsing the whole page gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipcache_tui.cache.formats.index_pages import read_links
from pipcache_tui.cache.urls.single_links import find_link
from pipcache_tui.demo import packages
from pipcache_tui.demo.packages import Listed

BASE = "https://files.index.example/packages/"
names = st.sampled_from(["lib-1.0.tar.gz", "xlib-1.0.tar.gz", "lib-1.0-py3-none-any.whl", "lib-2.0.zip", "a+b-1.zip"])
listed_files = st.builds(
    lambda folder, name, requires, yanked: Listed(
        name, f"{BASE}{folder}/{name}", sha256="ab" * 32, requires_python=requires, yanked=yanked
    ),
    st.sampled_from(["a", "b/c"]),
    names,
    st.sampled_from([None, ">=3.8", "<4,>=3.8", 'odd "{}" <>']),
    st.sampled_from([None, "", "broken {", "</a>"]),
)


@pytest.mark.parametrize("form", ["html", "json"])
@given(st.lists(listed_files, max_size=6, unique_by=lambda file: file.url))
def test_a_link_is_found_as_a_whole_page_gives_it(form: str, files: list[Listed]) -> None:
    make = packages.index_page_html if form == "html" else packages.index_page_json
    page = make("lib", files)
    for link in read_links(page, form, None):
        found = find_link(page, form, link.url, ())
        # braces in a reason can hide the end of an object: then nothing is said, and never something else
        assert found == link or (found is None and "{" in f"{link.yanked}{link.requires_python}")


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("html", b'<a data-requires-python=">=3.8" href="lib-1.0.zip">lib</a>'),  # ">" as it stands
        (
            "html",
            b'<A class=x HREF="https://files.index.example/packages/lib-1.0.zip" data-requires-python="&gt;=3.8">',
        ),
        ("json", b'{"files":[{"requires-python":">=3.8","hashes":{"sha256":"00"},"url":"lib-1.0.zip"}]}'),
        ("json", b'{"files":[{"filename":"lib-1.0.zip","url":"lib-1.0.zip","hashes":{},"requires-python":">=3.8"}]}'),
    ],
)
def test_what_is_said_of_a_file_is_found_wherever_it_stands(form: str, page: bytes) -> None:
    link = find_link(page, form, f"{BASE}lib-1.0.zip", (BASE,))
    assert link is not None
    assert link.requires_python == ">=3.8"


@pytest.mark.parametrize("form", ["html", "json"])
@given(st.binary(max_size=60).map(lambda text: text.replace(b"x", b"lib-1.0.zip")))
def test_no_page_is_too_odd(form: str, page: bytes) -> None:
    assert find_link(page, form, f"{BASE}other.zip", (BASE,)) is None
    find_link(page, form, f"{BASE}lib-1.0.zip", (BASE,))
    find_link(b'{"url":"' + page, form, f"{BASE}lib-1.0.zip", (BASE,))
