"""Which file pip takes for a project."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from pipcache_tui.pythons.interpreters import Python
from pipcache_tui.resolve.check import check
from pipcache_tui.resolve.check_input import CheckInput
from pipcache_tui.resolve.preparer import Outcome, Verdict
from pipcache_tui.resolve.requirements import ANY, InstallOptions
from pipcache_tui.resolve.requirements_file import read_requirements
from tests.support.cache_root import DATE, INDEX
from tests.support.index_cache import FILES, NOW, PYTHON, TAGS, Shop, make_python, make_shop

BASE = InstallOptions((INDEX.rstrip("/"),))
PAGE_HEADERS = {"Date": DATE, "ETag": '"page"', "Cache-Control": "max-age=86400"}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path)


def asked(shop: Shop, *lines: str, pip: str = "25.3") -> list[tuple[str, str | None]]:
    path = shop.place.path / "requirements.txt"
    path.write_text("\n".join(lines))
    found = read_requirements(str(path), BASE)
    check_input = CheckInput(found.options, found.requirements, found.constraints)
    report = check(check_input, shop.entries(), str(shop.place.path), PYTHON, pip, NOW)
    return [(result.verdict, result.outcome.filename) for result in report.results]


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
        (result,) = asked(self.shop, f"six==1.0 --hash=sha256:{self.shop.sha256(name)}")
        assert result == ("download", "six-1.0.tar.gz")

    def test_pip_stops_at_a_wrong_hash(self) -> None:
        self.shop.wheel("six", "1.0")
        self.shop.keep_pages()
        assert asked(self.shop, f"six==1.0 --hash=sha256:{'0' * 64}") == [("nothing", "six-1.0-py3-none-any.whl")]

    def test_pip_stops_where_hashes_are_missing(self) -> None:
        name = self.shop.wheel("six", "1.0", requires=["attrs"])
        self.shop.wheel("attrs", "1.0")
        self.shop.keep(name)
        self.shop.keep_pages()
        hashed = f"--hash=sha256:{self.shop.sha256(name)}"
        assert asked(self.shop, f"six==1.0 {hashed}") == [("served", name), ("nothing", None)]
        assert asked(self.shop, f"six>=1.0 {hashed}")[0] == ("nothing", None)


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


class TestMetadataThatPipRejects:
    @pytest.fixture(autouse=True)
    def _shop(self, shop: Shop) -> None:
        self.shop = shop
        shop.keep(shop.wheel("six", "1.0"))

    def chosen(self, *, pip: str = "26.3", python: Python = PYTHON, beside: bool = False, **how: object) -> Outcome:
        name = self.shop.wheel("six", "2.0", beside=beside, **how)  # type: ignore[arg-type]
        self.shop.keep(name, *([f"{name}.metadata"] if beside else []))
        self.shop.keep_pages()
        return self.shop.one("six", pip=pip, python=python).outcome

    @pytest.mark.parametrize("beside", [True, False])
    @pytest.mark.parametrize(
        ("how", "why"),
        [
            ({"inside": ("other", "2.0")}, "its METADATA is of other"),
            ({"inside": ("six", "2.5")}, "its METADATA is of version 2.5"),
            ({"requires": ["foo >=*bar"]}, "its METADATA has the invalid requirement 'foo >=*bar'"),
            ({"inside_python": ">=3.99"}, "its METADATA is not for Python 3.12"),
        ],
    )
    def test_pip_goes_back_to_the_older_version(self, how: dict[str, object], why: str, beside: bool) -> None:
        outcome = self.chosen(beside=beside, **how)  # type: ignore[arg-type]
        assert (outcome.verdict, outcome.version) == ("served", "1.0")
        assert outcome.why.endswith(f"; not six-2.0-py3-none-any.whl: {why}")

    def test_the_metadata_of_a_rejected_file_is_requested_too(self) -> None:
        self.chosen(beside=True, inside=("other", "2.0"))
        urls = [request.url for request in self.shop.ask("six", pip="26.3").requests]
        assert f"{FILES}six-2.0-py3-none-any.whl.metadata" in urls

    def test_an_invalid_version_stops_pip_from_24_1_on(self) -> None:
        assert self.chosen(inside=("six", "not a version")).verdict == "nothing"
        older = self.shop.one("six", pip="24.0").outcome
        assert (older.verdict, older.version) == ("served", "1.0")

    def test_another_file_of_the_version_is_tried_after_another_name_but_not_after_an_invalid_requirement(self) -> None:
        self.shop.keep(self.shop.wheel("six", "2.0", "py3-none-linux_x86_64", inside=("other", "2.0")))
        assert self.chosen().filename == "six-2.0-py3-none-any.whl"
        self.shop.keep(self.shop.wheel("six", "3.0", "py3-none-linux_x86_64", requires=["a >=*b"]))
        self.shop.keep(self.shop.wheel("six", "3.0"))
        assert self.chosen().version == "2.0"

    @pytest.mark.parametrize(("beside", "version"), [(False, "2.0"), (True, "1.0")])
    def test_a_name_inside_a_wheel_is_not_checked_on_pythons_before_3_11(self, beside: bool, version: str) -> None:
        older = make_python("3.10.1")
        assert self.chosen(inside=("other", "2.0"), python=older, beside=beside).version == version


class TestHashes:
    @pytest.fixture(autouse=True)
    def _shop(self, shop: Shop) -> None:
        self.shop = shop
        self.name = shop.wheel("six", "1.0")

    def digest(self, algorithm: str) -> str:
        return f"--hash={algorithm}:{hashlib.new(algorithm, self.shop.contents[self.name]).hexdigest()}"

    @pytest.mark.parametrize("algorithm", ["sha512", "sha384"])
    def test_a_hash_that_the_page_has_not_is_compared_with_the_cached_file(self, algorithm: str) -> None:
        self.shop.keep_pages()
        assert asked(self.shop, f"six==1.0 {self.digest(algorithm)}") == [("download", self.name)]
        self.shop.keep(self.name)
        assert asked(self.shop, f"six==1.0 {self.digest(algorithm)}") == [("served", self.name)]
        assert asked(self.shop, f"six==1.0 --hash={algorithm}:{'0' * 96}") == [("nothing", self.name)]

    @pytest.mark.parametrize(("pip", "verdict"), [("26.3", "served"), ("24.1", "nothing")])
    def test_a_hash_in_upper_case_counts_for_newer_pips(self, pip: str, verdict: Verdict) -> None:
        self.shop.keep_pages()
        self.shop.keep(self.name)
        line = f"six==1.0 --hash=sha256:{self.shop.sha256(self.name).upper()}"
        assert asked(self.shop, line, pip=pip) == [(verdict, self.name)]

    def test_a_wrong_hash_stops_pip_where_the_page_has_none(self) -> None:
        self.shop.listed["six"] = [replace(self.shop.listed["six"][0], sha256=None)]
        self.shop.keep_pages()
        self.shop.keep(self.name)
        assert asked(self.shop, f"six==1.0 {self.digest('sha256')}") == [("served", self.name)]
        assert asked(self.shop, f"six==1.0 --hash=sha256:{'0' * 64}") == [("nothing", self.name)]

    def test_a_file_other_than_the_page_lists_stops_pip(self) -> None:
        self.shop.listed["six"] = [replace(self.shop.listed["six"][0], sha256="0" * 64)]
        self.shop.keep_pages()
        assert self.shop.one("six").verdict == "download"
        self.shop.keep(self.name)
        outcome = self.shop.one("six").outcome
        assert (outcome.verdict, outcome.why) == (
            "nothing",
            "the file has another sha256 than the page or URL: pip stops",
        )

    def test_a_metadata_file_other_than_the_page_lists_stops_pip(self) -> None:
        name = self.shop.wheel("six", "2.0", beside=True, metadata_sha256="0" * 64)
        self.shop.keep(name, f"{name}.metadata")
        self.shop.keep_pages()
        assert self.shop.one("six").outcome.why == "its .metadata has another hash than the page lists: pip stops"

    def test_a_line_for_another_python_still_turns_hash_mode_on(self) -> None:
        self.shop.keep_pages()
        self.shop.keep(self.name)
        excluded = f"absent==1.0; python_version < '3' --hash=sha256:{'0' * 64}"
        assert asked(self.shop, "six==1.0", excluded)[0] == ("nothing", None)
        assert asked(self.shop, "six==1.0")[0] == ("served", self.name)

    def test_hashes_of_a_constraint_count_from_pip_26_1_on(self) -> None:
        self.shop.keep_pages()
        self.shop.keep(self.name)
        (self.shop.place.path / "limits.txt").write_text(f"six {self.digest('sha256')}\n")
        assert asked(self.shop, "six", "-c limits.txt", pip="26.3") == [("served", self.name)]
        assert asked(self.shop, "six==1.0", "-c limits.txt", pip="25.3") == [("nothing", None)]
        (self.shop.place.path / "limits.txt").write_text(f"absent {self.digest('sha256')}\n")
        assert asked(self.shop, "six==1.0", "-c limits.txt", pip="26.3") == [("nothing", None)]

    def test_the_hashes_of_the_first_requirement_count(self) -> None:
        self.shop.keep_pages()
        self.shop.keep(self.name)
        good = f"six==1.0 {self.digest('sha256')}"
        assert asked(self.shop, good, "six>=1")[0] == ("served", self.name)
        assert asked(self.shop, "six==1.0", good)[0] == ("nothing", None)


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
