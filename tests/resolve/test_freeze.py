from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipcache_tui.report.freeze import freeze_lines
from pipcache_tui.resolve.check import check
from pipcache_tui.resolve.check_input import read_check_input
from pipcache_tui.resolve.freeze import FreezeReport, freeze
from pipcache_tui.resolve.inputs.requirements import InstallOptions
from pipcache_tui.resolve.pip_options import PipOptions
from tests.support.cache_root import INDEX
from tests.support.index_cache import EXPIRED, NOW, PYTHON, Shop, make_shop

OPTIONS = InstallOptions((INDEX.rstrip("/"),))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path / "pip")


def frozen(shop: Shop, pip: str = "26.3") -> FreezeReport:
    shop.keep_pages()
    return freeze(shop.entries(), os.fspath(shop.place.path), PYTHON, pip, NOW, OPTIONS)


def versions(report: FreezeReport) -> dict[str, str]:
    return {each.project: each.version for each in report.frozen}


def test_the_newest_cached_version_of_each_project(shop: Shop) -> None:
    shop.keep(shop.wheel("six", "1.0"), shop.wheel("six", "2.0"), shop.wheel("attrs", "1.0"))
    shop.wheel("six", "3.0")
    assert versions(frozen(shop)) == {"attrs": "1.0", "six": "2.0"}


@pytest.mark.parametrize("pip", ["22.3.1", "25.3", "26.3"])
def test_check_calls_all_of_it_served(tmp_path: Path, pip: str) -> None:
    shop = make_shop(tmp_path / "pip", pip)
    shop.keep(shop.wheel("app", "1.0", requires=["lib<2", "plain"]), shop.wheel("app", "0.9"), shop.wheel("plain", "1"))
    shop.keep(shop.wheel("lib", "1.0"), shop.wheel("lib", "2.0"), shop.wheel("gone", "1.0", requires=["absent"]))
    source = shop.sdist("source", "1.0")
    shop.keep(source)
    shop.keep_built(source, "source-1.0-py3-none-any.whl")
    report = frozen(shop, pip)
    path = tmp_path / "frozen.txt"
    path.write_text("\n".join(freeze_lines(report)))
    check_input = read_check_input([str(path)], PipOptions(OPTIONS))
    checked = check(check_input, shop.entries(), os.fspath(shop.place.path), PYTHON, pip, NOW)
    assert checked.ready
    assert len(checked.results) == len(report.frozen) >= 3


def test_a_conflict_takes_the_older_dependency(shop: Shop) -> None:
    shop.keep(shop.wheel("app", "1.0", requires=["lib<2"]), shop.wheel("lib", "1.0"), shop.wheel("lib", "2.0"))
    assert versions(frozen(shop)) == {"app": "1.0", "lib": "1.0"}


def test_without_an_older_dependency_the_project_that_needs_it_goes_back(shop: Shop) -> None:
    shop.keep(shop.wheel("app", "1.0", requires=["lib>=1"]), shop.wheel("app", "2.0", requires=["lib>=3"]))
    shop.keep(shop.wheel("lib", "1.0"), shop.wheel("lib", "2.0"))
    assert versions(frozen(shop)) == {"app": "1.0", "lib": "2.0"}


def test_what_needs_something_that_is_not_cached_is_left_out(shop: Shop) -> None:
    shop.keep(shop.wheel("app", "1.0", requires=["absent"]), shop.wheel("six", "1.0"))
    shop.wheel("absent", "1.0")
    assert versions(frozen(shop)) == {"six": "1.0"}


def test_expired_files_unbuilt_sources_and_other_pythons_are_left_out(shop: Shop) -> None:
    shop.keep(shop.wheel("old", "1.0"), headers=EXPIRED)
    shop.keep(shop.sdist("source", "1.0"), shop.wheel("foreign", "1.0", "cp27-none-win32"))
    assert frozen(shop).frozen == ()
    assert list(freeze_lines(frozen(shop))) == ["# Python 3.12 with pip 26.3 could install nothing from this cache"]


def test_a_wheel_built_here_has_the_hash_of_its_source(shop: Shop) -> None:
    source = shop.sdist("source", "1.0")
    shop.keep_built(source, "source-1.0-py3-none-any.whl")
    (each,) = frozen(shop).frozen
    assert (each.filename, each.digest) == (source, ("sha256", shop.sha256(source)))


def test_prereleases_only_where_there_is_nothing_else(shop: Shop) -> None:
    shop.keep(shop.wheel("six", "1.0"), shop.wheel("six", "2.0rc1"), shop.wheel("attrs", "2.0rc1"))
    assert versions(frozen(shop)) == {"attrs": "2.0rc1", "six": "1.0"}
