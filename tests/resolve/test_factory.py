"""Which file pip takes for a project."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from pipcache_tui.resolve.inputs.requirements import ANY, InstallOptions
from pipcache_tui.resolve.preparer import Outcome
from tests.support.cache_root import DATE, INDEX
from tests.support.index_cache import FILES, TAGS, Shop, make_python, make_shop

BASE = InstallOptions((INDEX.rstrip("/"),))
PAGE_HEADERS = {"Date": DATE, "ETag": '"page"', "Cache-Control": "max-age=86400"}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path)


class TestWhichFile:
    @pytest.fixture(autouse=True)
    def _shop(self, shop: Shop) -> None:
        self.shop = shop

    def chosen(self, requirement: str = "six", **how: object) -> str | None:
        self.shop.keep_pages()
        return self.shop.one(requirement, **how).outcome.filename

    def test_the_wheel_with_the_most_preferred_tag_is_taken(self) -> None:
        for tags in ("py3-none-any", "cp312-abi3-linux_x86_64", "cp27-cp27m-linux_x86_64"):
            self.shop.wheel("six", "1.0", tags)
        assert self.chosen() == "six-1.0-cp312-abi3-linux_x86_64.whl"
        other_way_round = make_python(tags=TAGS[::-1])
        assert self.chosen(python=other_way_round) == "six-1.0-py3-none-any.whl"

    def test_the_higher_build_number_is_taken(self) -> None:
        for build in ("1", "10", "9"):
            self.shop.wheel("six", "1.0", build=build)
        assert self.chosen() == "six-1.0-10-py3-none-any.whl"

    def test_a_wheel_is_preferred_to_a_source_archive_of_the_same_version_only(self) -> None:
        self.shop.wheel("six", "1.0")
        self.shop.sdist("six", "1.0")
        assert self.chosen() == "six-1.0-py3-none-any.whl"
        self.shop.sdist("six", "1.1")
        assert self.chosen() == "six-1.1.tar.gz"
        assert self.chosen(options=replace(BASE, prefer_binary=True)) == "six-1.0-py3-none-any.whl"
        assert self.chosen(options=replace(BASE, only_binary=frozenset({ANY}))) == "six-1.0-py3-none-any.whl"
        assert self.chosen("six<1.1", options=replace(BASE, no_binary=frozenset({"six"}))) == "six-1.0.tar.gz"

    def test_files_for_other_pythons_are_left_out(self) -> None:
        self.shop.wheel("six", "1.0")
        self.shop.wheel("six", "2.0", requires_python=">=3.13")
        self.shop.wheel("six", "3.0", "cp313-cp313-linux_x86_64")
        assert self.chosen() == "six-1.0-py3-none-any.whl"
        assert self.chosen(python=make_python("3.13.0")) == "six-2.0-py3-none-any.whl"

    def test_a_requires_python_in_metadata_alone_rules_a_file_out(self) -> None:
        self.shop.wheel("six", "1.0")
        self.shop.keep(self.shop.wheel("six", "2.0", inside_python=">=3.13"))
        assert self.chosen() == "six-1.0-py3-none-any.whl"

    def test_a_yanked_file_is_taken_only_where_its_version_is_pinned(self) -> None:
        self.shop.wheel("six", "1.0")
        self.shop.wheel("six", "2.0", yanked="broken")
        assert self.chosen() == "six-1.0-py3-none-any.whl"
        assert self.chosen("six==2.0") == "six-2.0-py3-none-any.whl"
        assert self.chosen("six===2.0") == "six-2.0-py3-none-any.whl"
        assert self.chosen("six>=2.0") is None
        assert self.chosen("six==2.*") is None

    def test_pips_before_22_2_take_a_yanked_file_where_nothing_else_fits(self, tmp_path: Path) -> None:
        self.shop = make_shop(tmp_path / "older", pip="21.3.1")
        self.shop.wheel("six", "1.0")
        self.shop.wheel("six", "2.0", yanked="broken")
        assert self.chosen("six>=2.0") == "six-2.0-py3-none-any.whl"

    def test_prereleases_are_taken_as_the_pip_version_allows(self) -> None:
        self.shop.wheel("six", "1.0")
        self.shop.wheel("six", "2.0rc1")
        assert self.chosen() == "six-1.0-py3-none-any.whl"
        assert self.chosen("six>=2.0rc1") == "six-2.0rc1-py3-none-any.whl"
        assert self.chosen(options=replace(BASE, pre=True)) == "six-2.0rc1-py3-none-any.whl"
        both = replace(BASE, all_releases=frozenset({ANY}), only_final=frozenset({"six"}))
        assert self.chosen(options=both, pip="26.3") == "six-1.0-py3-none-any.whl"
        # nothing else fits: the newest pips take a pre-release then (PEP 440), older ones nothing
        assert self.chosen("six>1.0", pip="26.3") == "six-2.0rc1-py3-none-any.whl"
        assert self.chosen("six>1.0", pip="25.3") is None

    def test_a_file_with_the_right_hash_is_taken(self) -> None:
        name = self.shop.sdist("six", "1.0")
        self.shop.wheel("six", "1.0")
        self.shop.keep_pages()
        (result,) = self.shop.check_lines(f"six==1.0 --hash=sha256:{self.shop.sha256(name)}")
        assert result == ("download", "six-1.0.tar.gz")

    def test_pip_stops_at_a_wrong_hash(self) -> None:
        self.shop.wheel("six", "1.0")
        self.shop.keep_pages()
        assert self.shop.check_lines(f"six==1.0 --hash=sha256:{'0' * 64}") == [("nothing", "six-1.0-py3-none-any.whl")]

    def test_pip_stops_where_hashes_are_missing(self) -> None:
        name = self.shop.wheel("six", "1.0", requires=["attrs"])
        self.shop.wheel("attrs", "1.0")
        self.shop.keep(name)
        self.shop.keep_pages()
        hashed = f"--hash=sha256:{self.shop.sha256(name)}"
        assert self.shop.check_lines(f"six==1.0 {hashed}") == [("served", name), ("nothing", None)]
        assert self.shop.check_lines(f"six>=1.0 {hashed}")[0] == ("nothing", None)


class TestOddPages:
    """How pip reads pages is in tests/cache/formats/test_pip_index_page.py; this is what `--check` then says."""

    def chosen(self, shop: Shop, content_type: str, page: bytes, pip: str = "25.3") -> Outcome:
        shop.put(f"{INDEX}six/", page, {**PAGE_HEADERS, "Content-Type": content_type})
        return shop.one("six", pip=pip).outcome

    def test_a_page_of_another_type_lists_nothing(self, shop: Shop) -> None:
        outcome = self.chosen(shop, "text/plain", b'<a href="six-1.0-py3-none-any.whl">Links for six</a>')
        assert outcome.verdict == "nothing"
        assert outcome.why == f"index page {INDEX}six/: its type is text/plain, which pip ignores"

    def test_a_page_that_pip_can_not_read_stops_it(self, shop: Shop) -> None:
        outcome = self.chosen(shop, "application/vnd.pypi.simple.v1+json", b'{"files": [{"url": 1}]}')
        assert outcome.verdict == "nothing"
        assert "pip can't read it" in outcome.why

    def test_a_page_without_links_is_asked_for_as_a_page(self, shop: Shop) -> None:
        outcome = self.chosen(shop, "text/html", b"nothing here")
        assert [request.way for request in outcome.pages] == ["revalidate"]
        assert outcome.why.startswith("no files listed")

    def test_a_link_in_a_comment_is_not_taken(self, shop: Shop) -> None:
        page = b'<!-- <a href="six-2.0-py3-none-any.whl">new</a> --><a href="six-1.0-py3-none-any.whl">old</a>'
        assert self.chosen(shop, "text/html", page).version == "1.0"

    def test_an_egg_fragment_of_another_version_than_the_wheels_stops_pip(self, shop: Shop) -> None:
        page = b'<a href="six-1.0-py3-none-any.whl#egg=six-3.0"></a>'
        outcome = self.chosen(shop, "text/html", page)
        assert (outcome.verdict, outcome.why) == ("nothing", "its #egg= names another project or version: pip stops")

    def test_an_egg_fragment_names_the_version(self, shop: Shop) -> None:
        page = b'<a href="six-1.0-py3-none-any.whl"></a><a href="archive#egg=six-3.0"></a>'
        outcome = self.chosen(shop, "text/html", page)
        assert (outcome.version, outcome.url) == ("3.0", f"{INDEX}six/archive")

    def test_files_uploaded_later_are_left_out(self, shop: Shop) -> None:
        shop.wheel("six", "1.0", upload_time="2026-01-01T00:00:00Z")
        shop.wheel("six", "2.0", upload_time="2026-03-01T00:00:00Z")
        shop.keep_pages()
        options = replace(BASE, uploaded_prior_to=datetime(2026, 2, 1, tzinfo=timezone.utc))
        assert shop.one("six", options=options, pip="26.3").outcome.version == "1.0"
        shop.wheel("six", "3.0")
        shop.keep_pages()
        assert "no upload times" in shop.one("six", options=options, pip="26.3").outcome.why

    def test_requires_python_can_be_ignored(self, shop: Shop) -> None:
        shop.wheel("six", "1.0", requires_python=">=3.99")
        shop.keep_pages()
        assert shop.one("six").verdict == "nothing"
        assert shop.one("six", options=replace(BASE, ignore_requires_python=True)).verdict == "download"


class TestDirectUrls:
    @pytest.fixture(autouse=True)
    def _shop(self, shop: Shop) -> None:
        self.shop = shop
        self.url = FILES + shop.wheel("six", "1.0")
        shop.keep("six-1.0-py3-none-any.whl")
        shop.keep_pages()

    def test_another_name_than_the_files_stops_pip(self) -> None:
        outcome = self.shop.one(f"seven @ {self.url}").outcome
        assert (outcome.verdict, outcome.why) == ("nothing", "the file is of six, not of seven: pip stops")

    def test_a_source_archive_of_another_name_stops_pip(self) -> None:
        source = self.shop.sdist("six", "1.0")
        self.shop.keep(source)
        assert self.shop.one(f"six @ {FILES}{source}").verdict == "served"
        assert self.shop.one(f"seven @ {FILES}{source}").verdict == "nothing"

    @pytest.mark.parametrize(("others", "constraints"), [(["six>=2"], []), ([], ["six>=2"])])
    def test_a_version_that_another_line_or_a_constraint_excludes_stops_pip(
        self, others: list[str], constraints: list[str]
    ) -> None:
        report = self.shop.ask(f"six @ {self.url}", *others, constraints=constraints)
        assert report.results[0].outcome.why == "its version 1.0 does not fit >=2: pip stops"
        assert self.shop.ask(f"six @ {self.url}", "six>=1", constraints=["six<2"]).ready

    def test_a_url_without_a_hash_stops_pip_in_hash_mode(self) -> None:
        options = replace(BASE, require_hashes=True)
        assert self.shop.one(f"six @ {self.url}", options=options).outcome.why.startswith("no hash is given for it")

    def test_a_wrong_hash_in_the_fragment_stops_pip(self) -> None:
        assert self.shop.one(f"{self.url}#sha256={'0' * 64}").verdict == "nothing"
        assert self.shop.one(f"{self.url}#sha256={self.shop.sha256('six-1.0-py3-none-any.whl')}").verdict == "served"

    @pytest.mark.parametrize("constraint", ["six[extra]<2", "six[extra]<2; python_version < '3'"])
    def test_extras_in_a_constraint_stop_pip(self, constraint: str) -> None:
        (result,) = self.shop.ask("six", constraints=[constraint]).results
        assert result.outcome.why == "constraints.txt line 1: extras in a constraint: pip stops"
