from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipcache_tui.resolve.check import CheckInput, check
from pipcache_tui.resolve.evaluator import Verdict
from pipcache_tui.resolve.requirements import ANY, Options
from pipcache_tui.resolve.requirements_file import read_requirements
from tests.support.cache_root import INDEX
from tests.support.index_cache import EXPIRED, FILES, GONE, NOW, PYTHON, TAGS, Shop, make_python, make_shop

BASE = Options((INDEX.rstrip("/"),))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path)


def test_what_is_kept_is_served_and_what_is_not_is_downloaded_with_its_size(shop: Shop) -> None:
    old, new = shop.wheel("six", "1.0"), shop.wheel("six", "2.0")
    shop.keep_pages()
    shop.keep(old)
    pinned, newest = shop.one("six==1.0"), shop.one("six")
    assert (pinned.verdict, pinned.pick.filename) == ("served", old)
    assert pinned.pick.entry is not None
    assert (newest.verdict, newest.pick.filename, newest.pick.why) == ("download", new, "not cached")
    assert newest.pick.size == len(shop.contents[new])
    assert (shop.ask("six==1.0").ready, shop.ask("six").ready) == (True, False)


@pytest.mark.parametrize(
    ("headers", "verdict", "why"),
    [(EXPIRED, "asks", "keeps the body on a 304"), (GONE, "download", "no ETag to ask by")],
)
def test_what_has_expired_is_asked_for_or_downloaded(
    shop: Shop, headers: dict[str, str], verdict: Verdict, why: str
) -> None:
    shop.keep(shop.wheel("six", "1.0"), headers=headers)
    shop.keep_pages()
    answer = shop.one("six")
    assert answer.verdict == verdict
    assert why in answer.pick.why


def test_the_page_is_asked_for_apart_from_the_file(shop: Shop) -> None:
    shop.keep(shop.wheel("six", "1.0"))
    shop.keep_pages(life="max-age=86400")
    ways = {pip: shop.ask("six", pip=pip).requests[0].way for pip in ("25.3", "26.3")}
    assert ways == {"25.3": "revalidate", "26.3": "reuse"}


class TestWhichFile:
    @pytest.fixture(autouse=True)
    def _shop(self, shop: Shop) -> None:
        self.shop = shop

    def chosen(self, requirement: str = "six", **how: object) -> str | None:
        self.shop.keep_pages()
        return self.shop.one(requirement, **how).pick.filename

    def test_the_tag_its_pip_likes_best(self) -> None:
        for tags in ("py3-none-any", "cp312-abi3-linux_x86_64", "cp27-cp27m-linux_x86_64"):
            self.shop.wheel("six", "1.0", tags)
        assert self.chosen() == "six-1.0-cp312-abi3-linux_x86_64.whl"
        other_way_round = make_python(tags=TAGS[::-1])
        assert self.chosen(python=other_way_round) == "six-1.0-py3-none-any.whl"

    def test_the_higher_build_number(self) -> None:
        for build in ("1", "10", "9"):
            self.shop.wheel("six", "1.0", build=build)
        assert self.chosen() == "six-1.0-10-py3-none-any.whl"

    def test_a_wheel_before_a_source_archive_of_its_version_but_not_of_a_newer_one(self) -> None:
        self.shop.wheel("six", "1.0")
        self.shop.sdist("six", "1.0")
        assert self.chosen() == "six-1.0-py3-none-any.whl"
        self.shop.sdist("six", "1.1")
        assert self.chosen() == "six-1.1.tar.gz"
        assert self.chosen(options=replace(BASE, prefer_binary=True)) == "six-1.0-py3-none-any.whl"
        assert self.chosen(options=replace(BASE, only_binary=frozenset({ANY}))) == "six-1.0-py3-none-any.whl"
        assert self.chosen("six<1.1", options=replace(BASE, no_binary=frozenset({"six"}))) == "six-1.0.tar.gz"

    def test_none_that_its_python_can_not_use(self) -> None:
        self.shop.wheel("six", "1.0")
        self.shop.wheel("six", "2.0", requires_python=">=3.13")
        self.shop.wheel("six", "3.0", "cp313-cp313-linux_x86_64")
        assert self.chosen() == "six-1.0-py3-none-any.whl"
        assert self.chosen(python=make_python("3.13.0")) == "six-2.0-py3-none-any.whl"

    def test_none_whose_metadata_says_so_where_the_page_does_not(self) -> None:
        self.shop.wheel("six", "1.0")
        self.shop.keep(self.shop.wheel("six", "2.0", inside_python=">=3.13"))
        assert self.chosen() == "six-1.0-py3-none-any.whl"

    def test_a_yanked_one_only_where_it_alone_is_pinned(self) -> None:
        self.shop.wheel("six", "1.0")
        self.shop.wheel("six", "2.0", yanked="broken")
        assert self.chosen() == "six-1.0-py3-none-any.whl"
        assert self.chosen("six==2.0") == "six-2.0-py3-none-any.whl"
        assert self.chosen("six===2.0") == "six-2.0-py3-none-any.whl"
        assert self.chosen("six>=2.0") is None
        assert self.chosen("six==2.*") is None

    def test_a_yanked_one_by_pips_that_took_it_where_nothing_else_fits(self, tmp_path: Path) -> None:
        self.shop = make_shop(tmp_path / "older", pip="21.3.1")
        self.shop.wheel("six", "1.0")
        self.shop.wheel("six", "2.0", yanked="broken")
        assert self.chosen("six>=2.0") == "six-2.0-py3-none-any.whl"

    def test_prereleases_as_its_pip_lets_them_in(self) -> None:
        self.shop.wheel("six", "1.0")
        self.shop.wheel("six", "2.0rc1")
        assert self.chosen() == "six-1.0-py3-none-any.whl"
        assert self.chosen("six>=2.0rc1") == "six-2.0rc1-py3-none-any.whl"
        assert self.chosen(options=replace(BASE, all_releases=frozenset({ANY}))) == "six-2.0rc1-py3-none-any.whl"
        both = replace(BASE, all_releases=frozenset({ANY}), only_final=frozenset({"six"}))
        assert self.chosen(options=both) == "six-1.0-py3-none-any.whl"
        # nothing else fits: the newest pips take a pre-release then (PEP 440), older ones nothing
        assert self.chosen("six>1.0", pip="26.3") == "six-2.0rc1-py3-none-any.whl"
        assert self.chosen("six>1.0", pip="25.3") is None

    def test_one_with_the_right_hash(self) -> None:
        name = self.shop.sdist("six", "1.0")
        self.shop.wheel("six", "1.0")
        self.shop.keep_pages()
        (answer,) = self.asked(f"six==1.0 --hash=sha256:{self.shop.sha256(name)}")
        assert answer == ("download", "six-1.0.tar.gz")

    def test_stops_at_a_wrong_hash(self) -> None:
        self.shop.wheel("six", "1.0")
        self.shop.keep_pages()
        assert self.asked(f"six==1.0 --hash=sha256:{'0' * 64}") == [("nothing", "six-1.0-py3-none-any.whl")]

    def test_stops_where_hashes_are_missing(self) -> None:
        name = self.shop.wheel("six", "1.0", requires=["attrs"])
        self.shop.wheel("attrs", "1.0")
        self.shop.keep(name)
        self.shop.keep_pages()
        hashed = f"--hash=sha256:{self.shop.sha256(name)}"
        assert self.asked(f"six==1.0 {hashed}") == [("served", name), ("nothing", None)]
        assert self.asked(f"six>=1.0 {hashed}")[0] == ("nothing", None)

    def asked(self, *lines: str) -> list[tuple[str, str | None]]:
        path = self.shop.place.path / "requirements.txt"
        path.write_text("\n".join(lines))
        found = read_requirements(str(path), BASE)
        ask = CheckInput(found.options, found.wanted)
        report = check(ask, self.shop.entries(), str(self.shop.place.path), PYTHON, "25.3", NOW)
        return [(answer.verdict, answer.pick.filename) for answer in report.answers]


class TestBuiltHere:
    def test_a_wheel_built_from_it_serves_a_source_archive(self, shop: Shop) -> None:
        source = shop.sdist("six", "1.0")
        shop.keep_built(source, "six-1.0-cp312-cp312-linux_x86_64.whl")
        shop.keep_pages()
        answer = shop.one("six")
        assert (answer.verdict, answer.pick.built, answer.pick.filename) == ("served", True, source)
        assert answer.needs_unknown is None

    def test_not_for_another_python(self, shop: Shop) -> None:
        source = shop.sdist("six", "1.0")
        shop.keep_built(source, "six-1.0-py3-none-any.whl", interpreter=("cp", "311"))
        shop.keep_pages()
        answer = shop.one("six")
        assert (answer.verdict, answer.pick.built, answer.pick.builds) == ("download", False, True)

    def test_a_kept_source_archive_is_served_but_what_it_needs_is_not_known(self, shop: Shop) -> None:
        shop.keep(shop.sdist("six", "1.0"))
        shop.keep_pages()
        report = shop.ask("six")
        (answer,) = report.answers
        assert (answer.verdict, answer.pick.builds) == ("served", True)
        assert answer.needs_unknown == "only building it tells what it needs"
        assert not report.ready
        assert shop.ask("six", dependencies=False).ready


class TestNeeds:
    def test_what_is_needed_in_turn_is_asked_for_together(self, shop: Shop) -> None:
        app = shop.wheel("app", "1.0", requires=["lib<2", "other; extra == 'more'", "win; sys_platform == 'win32'"])
        libs = [shop.wheel("lib", version) for version in ("1.0", "1.5", "2.0")]
        shop.keep(app, libs[1])
        shop.keep_pages()
        report = shop.ask("app", "lib>=1.0")
        assert [(a.project, a.verdict, a.pick.version) for a in report.answers] == [
            ("app", "served", "1.0"),
            ("lib", "served", "1.5"),
        ]
        assert report.ready

    def test_extras_that_are_provided(self, shop: Shop) -> None:
        requires = ["lib; extra == 'More_Of'", "never; extra == 'unheard'"]
        shop.keep(shop.wheel("app", "1.0", requires=requires, extras=["more-of"]), shop.wheel("lib", "1.0"))
        shop.keep_pages()
        report = shop.ask("app[more.of,unheard]")
        assert [(answer.project, answer.needed_by) for answer in report.answers] == [("app", ()), ("lib", ("app",))]

    def test_known_from_the_metadata_beside_a_file_that_is_not_here(self, shop: Shop) -> None:
        app = shop.wheel("app", "1.0", requires=["lib"], beside=True)
        shop.wheel("lib", "1.0")
        shop.keep(f"{app}.metadata")
        shop.keep_pages()
        report = shop.ask("app")
        assert [(answer.project, answer.verdict) for answer in report.answers] == [
            ("app", "download"),
            ("lib", "download"),
        ]
        assert [request.way for request in report.requests if request.url.endswith(".metadata")] == ["reuse"]

    def test_unknown_where_no_file_here_tells(self, shop: Shop) -> None:
        shop.wheel("app", "1.0", requires=["lib"])
        shop.keep_pages()
        (answer,) = shop.ask("app").answers
        assert answer.needs_unknown == "what it needs stands in a file that is not in the cache"

    def test_a_newer_file_that_needs_less(self, shop: Shop) -> None:
        """What an older file would need plays no part once a newer one is taken."""
        shop.keep(shop.wheel("app", "1.0", requires=["gone"]), shop.wheel("app", "2.0"))
        shop.keep_pages()
        assert [answer.project for answer in shop.ask("app").answers] == ["app"]
        assert [answer.project for answer in shop.ask("app<2").answers] == ["app", "gone"]

    def test_where_pip_would_try_older_ones_nothing_is_claimed(self, shop: Shop) -> None:
        shop.keep(shop.wheel("app", "1.0"), shop.wheel("app", "2.0", requires=["lib>=2"]), shop.wheel("lib", "1.0"))
        shop.keep_pages()
        report = shop.ask("app", "lib")
        assert [(answer.project, answer.verdict) for answer in report.answers] == [
            ("app", "unknown"),
            ("lib", "unknown"),
        ]
        assert "may go back to an older version" in report.answers[0].pick.why

    def test_that_needs_itself_and_each_other(self, shop: Shop) -> None:
        requires = ["app[x]", "lib; extra == 'x'"]
        shop.keep(shop.wheel("app", "1.0", requires=requires, extras=["x"]), shop.wheel("lib", "1.0", requires=["app"]))
        shop.keep_pages()
        assert [answer.verdict for answer in shop.ask("app").answers] == ["served", "served"]

    def test_constraints_count_only_for_what_is_needed(self, shop: Shop) -> None:
        one, two = shop.wheel("six", "1.0"), shop.wheel("six", "2.0")
        shop.keep(one, two)
        shop.keep_pages()
        report = shop.ask("six", constraints=["six<2", "absent==1"])
        assert [(answer.project, answer.pick.version) for answer in report.answers] == [("six", "1.0")]


class TestNotKnown:
    def test_without_its_page_only_what_would_do_is_said(self, shop: Shop) -> None:
        names = [shop.wheel("six", version) for version in ("1.0", "2.0")]
        shop.keep(*names, shop.wheel("six", "3.0", "cp27-none-win32"))
        answer = shop.one("six<2")
        assert answer.verdict == "unknown"
        assert answer.pick.why == f"index page {INDEX}six/: not cached"
        assert [entry.version for entry in answer.pick.matches] == ["1.0"]
        assert [entry.version for entry in shop.one("six").pick.matches] == ["2.0", "1.0"]

    def test_by_hash_the_very_file_is_found(self, shop: Shop) -> None:
        name = shop.wheel("six", "1.0")
        shop.keep(name)
        good = shop.one(f"six @ {FILES}{name}#sha256={shop.sha256(name)}")
        assert (good.verdict, good.pick.filename) == ("served", name)

    def test_a_page_that_only_older_pips_read(self, tmp_path: Path) -> None:
        shop = make_shop(tmp_path, pip="23.2.1")
        shop.keep(shop.wheel("six", "1.0"))
        shop.keep_pages()
        assert shop.one("six").verdict == "served"
        answer = shop.one("six", pip="25.3")
        assert answer.verdict == "unknown"
        assert "cached in http/, which pip 25.3 never reads" in answer.pick.why

    def test_with_one_of_two_indexes(self, shop: Shop) -> None:
        shop.keep(shop.wheel("six", "1.0"))
        shop.keep_pages()
        other = "https://other.example/simple"
        answer = shop.one("six", options=Options((*(BASE.index_urls or ()), other)))
        assert answer.verdict == "unknown"
        assert (
            answer.pick.why
            == f"index page {other}/six/: not cached; by the other pages: six-1.0-py3-none-any.whl, served"
        )
        assert answer.pick.entry is not None

    def test_which_index(self, shop: Shop) -> None:
        shop.keep_pages("six")
        assert shop.one("six", options=Options(None)).pick.why.startswith("which index pip asks can't be told")
        assert shop.one("six", options=Options((), no_index=True)).verdict == "nothing"

    @pytest.mark.parametrize("text", ["git+https://git.example/six.git", "six @ git+https://git.example/six.git@v1"])
    def test_version_control(self, shop: Shop, text: str) -> None:
        answer = shop.one(text)
        assert (answer.verdict, answer.pick.why) == ("unknown", "from version control: pip asks the repository")


def test_a_page_is_only_of_its_day(shop: Shop) -> None:
    shop.wheel("six", "1.0")
    shop.keep_pages()
    answer = shop.one("six>=2")
    assert answer.verdict == "nothing"
    assert answer.pick.why.startswith("no version fits >=2; for Python 3.12 there is 1.0 as of ")


def test_markers_leave_out_what_is_for_others(shop: Shop) -> None:
    report = shop.ask("six; python_version < '3'", "six; sys_platform == 'nowhere'")
    assert [answer.verdict for answer in report.answers] == ["skipped", "skipped"]
    assert report.ready


def test_direct_addresses(shop: Shop) -> None:
    good, foreign = shop.wheel("six", "1.0"), shop.wheel("six", "1.0", "cp27-none-win32")
    shop.keep(good)
    assert shop.one(FILES + good).verdict == "served"
    assert shop.one(f"six @ {FILES}{foreign}").pick.why == "not a wheel for Python 3.12: pip stops"
    elsewhere = shop.one(f"{FILES}elsewhere/{good}").pick.why
    assert elsewhere == "not cached; a file of the same name is, from an address that is not known"
    shop.keep_pages()
    assert shop.one(f"{FILES}elsewhere/{good}").pick.why.endswith(f"from another address: {FILES}{good}")
    assert shop.one("https://files.index.example/download").verdict == "unknown"
    assert shop.one("http://plain.example/six-1.0-py3-none-any.whl", pip="19.3.1").verdict == "download"


def test_files_beside_the_cache(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "wheelhouse"
    folder.mkdir()
    name = shop.wheel("six", "1.0")
    (folder / name).write_bytes(shop.contents[name])
    options = Options((), no_index=True, find_links=(str(folder),))
    answer = shop.one("six", options=options)
    assert (answer.verdict, answer.pick.why, answer.pick.filename) == ("served", "a file outside the cache", name)
    assert shop.one(str(folder / name)).verdict == "served"


def test_redirects_in_the_cache_are_followed(shop: Shop) -> None:
    name = shop.wheel("six", "1.0")
    shop.keep(name)
    moved = "https://old.example/six-1.0-py3-none-any.whl"
    shop.place.v2(moved, b"", {"Date": "Sat, 21 Nov 2026 03:00:00 GMT", "Location": FILES + name}, status=301)
    answer = shop.one(f"six @ {moved}")
    assert answer.verdict == "served"
    assert answer.pick.entry is not None and answer.pick.entry.kind == "wheel"


def test_what_older_pips_do_is_said_to_be_told_by_newer_rules(shop: Shop) -> None:
    assert "older rules" in shop.ask("six; python_version < '3'", pip="19.3.1").notes[0]
