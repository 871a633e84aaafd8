"""The roots of a run: which are refused, and what is read from them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipcache_tui.caches import Caches, NoCacheError, Options
from pipcache_tui.progress import Progress
from tests.support.small_caches import DAY, NOW, Cache


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", os.fspath(tmp_path / "home"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for name in ("XDG_CACHE_HOME", "PIP_CACHE_DIR", "VIRTUAL_ENV"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    (tmp_path / "pip").mkdir()
    cache = Cache(tmp_path / "pip")
    cache.pair("old", days=90)
    cache.pair("young", days=1)
    return cache


def caches_at(path: object, **options: object) -> Caches:
    return Caches(Options(cache_dirs=(str(path),), remember=False, **options), clock=lambda: NOW)  # type: ignore[arg-type]


def test_a_named_folder_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoCacheError, match="no such folder"):
        caches_at(tmp_path / "missing").roots  # noqa: B018


def test_without_any_cache_the_error_says_where_it_looked(tmp_path: Path) -> None:
    caches = Caches(Options(remember=False), clock=lambda: NOW)
    with pytest.raises(NoCacheError, match=f"no pip cache here .looked at .*{tmp_path}/home.*; --cache-dir DIR"):
        caches.require_cache()


def test_a_sound_cache_passes_every_check(cache: Cache) -> None:
    caches = caches_at(cache.root.path)
    caches.require_cache()
    assert caches.check_roots() == []
    assert caches.odd_folders() == {}


def test_the_snapshot_is_read_once_and_reports_its_progress(cache: Cache) -> None:
    seen: list[Progress] = []
    caches = caches_at(cache.root.path)
    caches.watch = seen.append
    assert len(caches.snapshot.entries) == 2
    cache.pair("later", days=0)
    assert len(caches.snapshot.entries) == 2, "kept until it is refreshed"
    assert seen[-1].ended


def test_a_refresh_reads_again_as_of_a_later_time(cache: Cache) -> None:
    times = iter([NOW, NOW + DAY])
    caches = Caches(Options(cache_dirs=(cache.root.path,), remember=False), clock=lambda: next(times))
    assert (caches.now, len(caches.snapshot.entries)) == (NOW, 2)
    cache.pair("later", days=0)
    caches.refresh()
    assert (caches.now, len(caches.snapshot.entries)) == (NOW + DAY, 3)


def test_a_folder_that_is_not_a_cache_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "one.txt").write_text("x")
    caches = caches_at(tmp_path / "letters")
    with pytest.raises(NoCacheError, match="not laid out as pip's cache"):
        caches.require_cache()
    with pytest.raises(NoCacheError, match="nothing is deleted there"):
        caches.check_roots()


def test_the_demo_is_removed_when_the_run_ends() -> None:
    caches = Caches(Options(demo=True), clock=lambda: NOW)
    paths = [root.path for root in caches.roots]
    assert caches.snapshot.entries
    assert all(map(os.path.isdir, paths))
    assert caches.memories.scans is None
    caches.close()
    assert not any(map(os.path.exists, paths))
