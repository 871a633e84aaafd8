"""What a pip finds in its cache for a URL, a page, a source archive."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cache_root import INDEX
from tests.support.index_cache import FILES, Shop, make_shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path)


def test_redirects_in_the_cache_are_followed(shop: Shop) -> None:
    name = shop.wheel("six", "1.0")
    shop.keep(name)
    moved = "https://old.example/six-1.0-py3-none-any.whl"
    shop.place.v2(moved, b"", {"Date": "Sat, 21 Nov 2026 03:00:00 GMT", "Location": FILES + name}, status=301)
    result = shop.one(f"six @ {moved}")
    assert result.verdict == "served"
    assert result.outcome.entry is not None and result.outcome.entry.kind == "wheel"


def test_the_page_is_requested_separately_from_the_file(shop: Shop) -> None:
    shop.keep(shop.wheel("six", "1.0"))
    shop.keep_pages(life="max-age=86400")
    ways = {pip: shop.ask("six", pip=pip).requests[0].way for pip in ("25.3", "26.3")}
    assert ways == {"25.3": "revalidate", "26.3": "reuse"}


class TestBuiltHere:
    def test_a_wheel_built_from_it_serves_a_source_archive(self, shop: Shop) -> None:
        source = shop.sdist("six", "1.0")
        shop.keep_built(source, "six-1.0-cp312-cp312-linux_x86_64.whl")
        shop.keep_pages()
        result = shop.one("six")
        assert (result.verdict, result.outcome.built, result.outcome.filename) == ("served", True, source)
        assert result.needs_unknown is None

    def test_a_wheel_built_by_another_python_is_not_used(self, shop: Shop) -> None:
        source = shop.sdist("six", "1.0")
        shop.keep_built(source, "six-1.0-py3-none-any.whl", interpreter=("cp", "311"))
        shop.keep_pages()
        result = shop.one("six")
        assert (result.verdict, result.outcome.built, result.outcome.builds) == ("download", False, True)

    def test_a_cached_source_archive_is_served_but_its_needs_are_unknown(self, shop: Shop) -> None:
        shop.keep(shop.sdist("six", "1.0"))
        shop.keep_pages()
        report = shop.ask("six")
        (result,) = report.results
        assert (result.verdict, result.outcome.builds) == ("served", True)
        assert result.needs_unknown == "only building it shows what it needs"
        assert not report.ready
        assert shop.ask("six", dependencies=False).ready


def test_why_a_url_is_not_cached_names_a_file_of_the_same_name(shop: Shop) -> None:
    name = shop.wheel("six", "1.0")
    shop.keep(name)
    assert shop.one(f"{FILES}elsewhere/{name}").outcome.why.startswith("not cached; a file of the same name is")


def test_relative_links_of_a_redirected_page_start_at_its_final_url(shop: Shop) -> None:
    final = "https://mirror.example/six/"
    shop.place.v2(f"{INDEX}six/", b"", {"Date": "Sat, 21 Nov 2026 03:00:00 GMT", "Location": final}, status=301)
    headers = {"Date": "Sat, 21 Nov 2026 03:00:00 GMT", "ETag": "1", "Content-Type": "text/html"}
    shop.put(final, b'<a href="six-1.0-py3-none-any.whl">six</a>', headers)
    assert shop.one("six", pip="26.3").outcome.url == f"{final}six-1.0-py3-none-any.whl"
