"""How pip gets a file, and what it refuses: metadata and hashes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from pipcache_tui.pythons.interpreters import Python
from pipcache_tui.resolve.preparer import Outcome, Verdict
from tests.support.index_cache import FILES, PYTHON, Shop, make_python, make_shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path)


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
        assert self.shop.check_lines(f"six==1.0 {self.digest(algorithm)}") == [("download", self.name)]
        self.shop.keep(self.name)
        assert self.shop.check_lines(f"six==1.0 {self.digest(algorithm)}") == [("served", self.name)]
        assert self.shop.check_lines(f"six==1.0 --hash={algorithm}:{'0' * 96}") == [("nothing", self.name)]

    @pytest.mark.parametrize(("pip", "verdict"), [("26.3", "served"), ("24.1", "nothing")])
    def test_a_hash_in_upper_case_counts_for_newer_pips(self, pip: str, verdict: Verdict) -> None:
        self.shop.keep_pages()
        self.shop.keep(self.name)
        line = f"six==1.0 --hash=sha256:{self.shop.sha256(self.name).upper()}"
        assert self.shop.check_lines(line, pip=pip) == [(verdict, self.name)]

    def test_a_wrong_hash_stops_pip_where_the_page_has_none(self) -> None:
        self.shop.listed["six"] = [replace(self.shop.listed["six"][0], sha256=None)]
        self.shop.keep_pages()
        self.shop.keep(self.name)
        assert self.shop.check_lines(f"six==1.0 {self.digest('sha256')}") == [("served", self.name)]
        assert self.shop.check_lines(f"six==1.0 --hash=sha256:{'0' * 64}") == [("nothing", self.name)]

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
        assert self.shop.check_lines("six==1.0", excluded)[0] == ("nothing", None)
        assert self.shop.check_lines("six==1.0")[0] == ("served", self.name)

    def test_hashes_of_a_constraint_count_from_pip_26_1_on(self) -> None:
        self.shop.keep_pages()
        self.shop.keep(self.name)
        (self.shop.place.path / "limits.txt").write_text(f"six {self.digest('sha256')}\n")
        assert self.shop.check_lines("six", "-c limits.txt", pip="26.3") == [("served", self.name)]
        assert self.shop.check_lines("six==1.0", "-c limits.txt", pip="25.3") == [("nothing", None)]
        (self.shop.place.path / "limits.txt").write_text(f"absent {self.digest('sha256')}\n")
        assert self.shop.check_lines("six==1.0", "-c limits.txt", pip="26.3") == [("nothing", None)]

    def test_the_hashes_of_the_first_requirement_count(self) -> None:
        self.shop.keep_pages()
        self.shop.keep(self.name)
        good = f"six==1.0 {self.digest('sha256')}"
        assert self.shop.check_lines(good, "six>=1")[0] == ("served", self.name)
        assert self.shop.check_lines("six==1.0", good)[0] == ("nothing", None)

    def test_a_built_wheel_whose_origin_has_none_of_the_hashes_is_not_used(self) -> None:
        source = self.shop.sdist("source", "1.0")
        self.shop.keep_built(source, "source-1.0-py3-none-any.whl")
        self.shop.keep_pages()
        digests = {name: hashlib.new(name, self.shop.contents[source]).hexdigest() for name in ("sha256", "sha512")}
        lines = [f"source==1.0 --hash={name}:{digest}" for name, digest in digests.items()]
        assert [self.shop.check_lines(line)[0][0] for line in lines] == ["served", "download"]
