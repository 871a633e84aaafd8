from __future__ import annotations

from pathlib import Path

import pytest

from pipcache_tui.resolve.inputs.requirements import InstallOptions
from pipcache_tui.resolve.preparer import Verdict
from tests.support.cache_root import INDEX
from tests.support.index_cache import EXPIRED, FILES, GONE, Shop, make_shop

BASE = InstallOptions((INDEX.rstrip("/"),))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path)


def test_a_cached_file_is_served_and_a_missing_one_is_downloaded_with_its_size(shop: Shop) -> None:
    old, new = shop.wheel("six", "1.0"), shop.wheel("six", "2.0")
    shop.keep_pages()
    shop.keep(old)
    pinned, newest = shop.one("six==1.0"), shop.one("six")
    assert (pinned.verdict, pinned.outcome.filename) == ("served", old)
    assert pinned.outcome.entry is not None
    assert (newest.verdict, newest.outcome.filename, newest.outcome.why) == ("download", new, "not cached")
    assert newest.outcome.size == len(shop.contents[new])
    assert (shop.ask("six==1.0").ready, shop.ask("six").ready) == (True, False)


@pytest.mark.parametrize(
    ("headers", "verdict", "why"),
    [(EXPIRED, "asks", "keeps the body on a 304"), (GONE, "download", "it has no ETag")],
)
def test_an_expired_file_is_revalidated_or_downloaded(
    shop: Shop, headers: dict[str, str], verdict: Verdict, why: str
) -> None:
    shop.keep(shop.wheel("six", "1.0"), headers=headers)
    shop.keep_pages()
    result = shop.one("six")
    assert result.verdict == verdict
    assert why in result.outcome.why


class TestNeeds:
    def test_dependencies_must_meet_all_requirements(self, shop: Shop) -> None:
        app = shop.wheel("app", "1.0", requires=["lib<2", "other; extra == 'more'", "win; sys_platform == 'win32'"])
        libs = [shop.wheel("lib", version) for version in ("1.0", "1.5", "2.0")]
        shop.keep(app, libs[1])
        shop.keep_pages()
        report = shop.ask("app", "lib>=1.0")
        assert [(result.project, result.verdict, result.outcome.version) for result in report.results] == [
            ("app", "served", "1.0"),
            ("lib", "served", "1.5"),
        ]
        assert report.ready

    def test_only_extras_that_a_file_provides_count(self, shop: Shop) -> None:
        requires = ["lib; extra == 'More_Of'", "never; extra == 'unheard'"]
        shop.keep(shop.wheel("app", "1.0", requires=requires, extras=["more-of"]), shop.wheel("lib", "1.0"))
        shop.keep_pages()
        report = shop.ask("app[more.of,unheard]")
        assert [(result.project, result.needed_by) for result in report.results] == [("app", ()), ("lib", ("app",))]

    def test_needs_are_known_from_the_metadata_of_a_file_that_is_not_cached(self, shop: Shop) -> None:
        app = shop.wheel("app", "1.0", requires=["lib"], beside=True)
        shop.wheel("lib", "1.0")
        shop.keep(f"{app}.metadata")
        shop.keep_pages()
        report = shop.ask("app")
        assert [(result.project, result.verdict) for result in report.results] == [
            ("app", "download"),
            ("lib", "download"),
        ]
        assert [request.way for request in report.requests if request.url.endswith(".metadata")] == ["reuse"]

    def test_needs_are_unknown_where_no_cached_file_shows_them(self, shop: Shop) -> None:
        shop.wheel("app", "1.0", requires=["lib"])
        shop.keep_pages()
        (result,) = shop.ask("app").results
        assert result.needs_unknown == "what it needs is in a file that is not cached"

    def test_a_newer_file_that_needs_less(self, shop: Shop) -> None:
        """What an older file would need plays no part once a newer one is taken."""
        shop.keep(shop.wheel("app", "1.0", requires=["gone"]), shop.wheel("app", "2.0"))
        shop.keep_pages()
        assert [result.project for result in shop.ask("app").results] == ["app"]
        assert [result.project for result in shop.ask("app<2").results] == ["app", "gone"]

    def test_a_conflict_that_pip_solves_by_backtracking_is_unknown(self, shop: Shop) -> None:
        shop.keep(shop.wheel("app", "1.0"), shop.wheel("app", "2.0", requires=["lib>=2"]), shop.wheel("lib", "1.0"))
        shop.keep_pages()
        report = shop.ask("app", "lib")
        assert [(result.project, result.verdict) for result in report.results] == [
            ("app", "unknown"),
            ("lib", "unknown"),
        ]
        assert "may go back to an older version" in report.results[0].outcome.why

    def test_circular_dependencies_end(self, shop: Shop) -> None:
        requires = ["app[x]", "lib; extra == 'x'"]
        shop.keep(shop.wheel("app", "1.0", requires=requires, extras=["x"]), shop.wheel("lib", "1.0", requires=["app"]))
        shop.keep_pages()
        assert [result.verdict for result in shop.ask("app").results] == ["served", "served"]

    def test_constraints_count_only_for_what_is_needed(self, shop: Shop) -> None:
        one, two = shop.wheel("six", "1.0"), shop.wheel("six", "2.0")
        shop.keep(one, two)
        shop.keep_pages()
        report = shop.ask("six", constraints=["six<2", "absent==1"])
        assert [(result.project, result.outcome.version) for result in report.results] == [("six", "1.0")]


class TestNotKnown:
    def test_without_its_page_the_files_that_fit_are_named(self, shop: Shop) -> None:
        names = [shop.wheel("six", version) for version in ("1.0", "2.0")]
        shop.keep(*names, shop.wheel("six", "3.0", "cp27-none-win32"))
        result = shop.one("six<2")
        assert result.verdict == "unknown"
        assert result.outcome.why == f"index page {INDEX}six/: not cached"
        assert [entry.version for entry in result.outcome.matches] == ["1.0"]
        assert [entry.version for entry in shop.one("six").outcome.matches] == ["2.0", "1.0"]

    def test_a_direct_url_with_the_right_hash_is_served(self, shop: Shop) -> None:
        name = shop.wheel("six", "1.0")
        shop.keep(name)
        good = shop.one(f"six @ {FILES}{name}#sha256={shop.sha256(name)}")
        assert (good.verdict, good.outcome.filename) == ("served", name)

    def test_a_page_that_only_older_pips_read(self, tmp_path: Path) -> None:
        shop = make_shop(tmp_path, pip="23.2.1")
        shop.keep(shop.wheel("six", "1.0"))
        shop.keep_pages()
        assert shop.one("six").verdict == "served"
        result = shop.one("six", pip="25.3")
        assert result.verdict == "unknown"
        assert "cached in http/, which pip 25.3 never reads" in result.outcome.why

    def test_with_one_of_two_indexes(self, shop: Shop) -> None:
        shop.keep(shop.wheel("six", "1.0"))
        shop.keep_pages()
        other = "https://other.example/simple"
        result = shop.one("six", options=InstallOptions((*(BASE.index_urls or ()), other)))
        assert result.verdict == "unknown"
        assert (
            result.outcome.why
            == f"index page {other}/six/: not cached; by the other pages: six-1.0-py3-none-any.whl, served"
        )
        assert result.outcome.entry is not None

    def test_which_index(self, shop: Shop) -> None:
        shop.keep_pages("six")
        assert shop.one("six", options=InstallOptions(None)).outcome.why.startswith("which index pip uses is not known")
        assert shop.one("six", options=InstallOptions((), no_index=True)).verdict == "nothing"

    @pytest.mark.parametrize("text", ["git+https://git.example/six.git", "six @ git+https://git.example/six.git@v1"])
    def test_version_control(self, shop: Shop, text: str) -> None:
        result = shop.one(text)
        assert (result.verdict, result.outcome.why) == ("unknown", "from version control: pip asks the repository")


def test_a_version_that_no_page_lists_is_dated_by_the_page(shop: Shop) -> None:
    shop.wheel("six", "1.0")
    shop.keep_pages()
    result = shop.one("six>=2")
    assert result.verdict == "nothing"
    assert result.outcome.why.startswith("no version fits >=2; for Python 3.12 there is 1.0 as of ")


def test_markers_leave_out_what_is_for_others(shop: Shop) -> None:
    report = shop.ask("six; python_version < '3'", "six; sys_platform == 'nowhere'")
    assert [result.verdict for result in report.results] == ["skipped", "skipped"]
    assert report.ready


def test_direct_addresses(shop: Shop) -> None:
    good, foreign = shop.wheel("six", "1.0"), shop.wheel("six", "1.0", "cp27-none-win32")
    shop.keep(good)
    assert shop.one(FILES + good).verdict == "served"
    assert shop.one(f"six @ {FILES}{foreign}").outcome.why == "not a wheel for Python 3.12: pip stops"
    elsewhere = shop.one(f"{FILES}elsewhere/{good}").outcome.why
    assert elsewhere == "not cached; a file of the same name is, from an unknown URL"
    shop.keep_pages()
    assert shop.one(f"{FILES}elsewhere/{good}").outcome.why.endswith(f"from another URL: {FILES}{good}")
    assert shop.one("https://files.index.example/download").verdict == "unknown"
    assert shop.one("http://plain.example/six-1.0-py3-none-any.whl", pip="19.3.1").verdict == "download"


def test_local_files_are_served_from_outside_the_cache(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "wheelhouse"
    folder.mkdir()
    name = shop.wheel("six", "1.0")
    (folder / name).write_bytes(shop.contents[name])
    options = InstallOptions((), no_index=True, find_links=(str(folder),))
    result = shop.one("six", options=options)
    assert (result.verdict, result.outcome.why, result.outcome.filename) == ("served", "a file outside the cache", name)
    assert shop.one(str(folder / name)).verdict == "served"


def test_a_pip_before_the_new_resolver_gets_a_note(shop: Shop) -> None:
    assert "older rules" in shop.ask("six; python_version < '3'", pip="19.3.1").notes[0]
