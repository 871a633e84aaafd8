"""Rules and filters on the demo cache, as a scan reads it from disk, against what the files themselves say."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

import pytest

from pipcache_tui.cache.disk.machine import DiskSpace, Machine, disk_space
from pipcache_tui.cache.model import Entry, Root, Snapshot
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.demo.http import FILES, INDEX
from pipcache_tui.demo.make import Demo, make_demo_cache
from pipcache_tui.quantities import parse_share
from pipcache_tui.select import rules
from pipcache_tui.select.budgets import choose_all, max_size, min_free
from pipcache_tui.select.expression import FIELDS, parse_filter, parse_search
from pipcache_tui.select.judge import Judge
from pipcache_tui.select.rule import Rule
from tests.support.entries import ALWAYS, DAY, make_python

NOW = 1_795_230_000.0
PYTHONS = (
    make_python("3.12.1", ["py3-none-any", "cp312-cp312-manylinux_2_17_x86_64", "cp39-abi3-manylinux_2_28_x86_64"]),
    make_python("3.13.0", ["py3-none-any", "cp313-cp313-manylinux_2_28_x86_64", "cp39-abi3-manylinux_2_28_x86_64"]),
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return make_demo_cache(str(tmp_path_factory.mktemp("demo") / "caches"), now=NOW, sparse=True)


@pytest.fixture(scope="module")
def on_disk(demo: Demo) -> dict[str, os.stat_result]:
    """Every file of the demo, looked at before the scan did."""
    return {
        os.path.join(parent, name): os.lstat(os.path.join(parent, name))
        for folder in demo.cache_dirs
        for parent, _, names in os.walk(folder)
        for name in names
    }


@pytest.fixture(scope="module")
def snapshot(demo: Demo, on_disk: dict[str, os.stat_result]) -> Snapshot:
    roots = [Root(path, "--cache-dir", True) for path in demo.cache_dirs]
    return take_snapshot(roots, index_urls=[f"{INDEX}/simple/"], file_hosts=[FILES])


def judge_of(snapshot: Snapshot, pip_version: str = "25.3", space: Callable[[str], DiskSpace] = disk_space) -> Judge:
    return Judge(
        snapshot.entries,
        now=NOW,
        pip_version=pip_version,
        pythons=PYTHONS,
        machine=Machine(lambda _: False, lambda _: ALWAYS, space),
    )


@pytest.fixture(scope="module")
def judge(snapshot: Snapshot) -> Judge:
    return judge_of(snapshot)


def ids(entries: Iterable[Entry]) -> set[str]:
    return {entry.id for entry in entries}


def chosen(rule: Rule, snapshot: Snapshot, judge: Judge) -> set[str]:
    return ids(entry for entry, _ in rule.choose(snapshot.entries, judge))


def stats(entry: Entry, on_disk: dict[str, os.stat_result]) -> list[os.stat_result]:
    return [on_disk[os.path.join(entry.root, *file.path.split("/"))] for file in entry.files]


def find(snapshot: Snapshot, **wanted: object) -> Entry:
    found = [e for e in snapshot.entries if all(getattr(e, name) == value for name, value in wanted.items())]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("days", [30, 365, 3650])
def test_by_age_use_and_size(days: int, snapshot: Snapshot, judge: Judge, on_disk: dict[str, os.stat_result]) -> None:
    old, unread, large = set(), set(), set()
    for entry in snapshot.entries:
        files = stats(entry, on_disk)
        if all(NOW - file.st_mtime_ns / 1e9 > days * DAY for file in files):
            old.add(entry.id)
        if all(NOW - file.st_atime_ns / 1e9 > days * DAY for file in files):
            unread.add(entry.id)
        if sum(file.st_size for file in files) > days * 1000:
            large.add(entry.id)
    assert chosen(rules.older(days * DAY), snapshot, judge) == old
    assert chosen(rules.unused(days * DAY), snapshot, judge) == unread
    assert chosen(rules.larger(days * 1000), snapshot, judge) == large
    for found, text in ((old, f"age>{days}d"), (unread, f"unused>{days}d"), (large, f"size>{days}kB")):
        assert 0 < len(found) < len(snapshot.entries)
        assert ids(e for e in snapshot.entries if parse_filter(text).matches(e, judge)) == found


def test_what_is_stale(snapshot: Snapshot, judge: Judge) -> None:
    stale = chosen(rules.stale(), snapshot, judge)
    for entry in snapshot.entries:
        if entry.store in ("http", "downloads", "pip-accel") or entry.kind in ("orphan", "leftover", "selfcheck"):
            assert entry.id in stale, entry.id
        if entry.store == "http-v2" and entry.kind in ("wheel", "sdist"):
            assert entry.response is not None
            for_years = "max-age=365000000" in (entry.response.cache_control or "")
            assert (entry.id in stale) == (not for_years or judge.forecast(entry).pip_will == "download-again"), (
                entry.id
            )
    for_years_wheels = [e for e in snapshot.entries if e.store == "http-v2" and e.kind == "wheel" and e.id not in stale]
    assert len(for_years_wheels) > 50
    old_pip = judge_of(snapshot, "22.3.1")
    stale_then = chosen(rules.stale(), snapshot, old_pip)
    assert {e.id for e in snapshot.entries if e.store == "http-v2"} <= stale_then
    kept = {e.id for e in snapshot.entries if e.store == "http" and e.kind == "wheel"} - stale_then
    assert kept, "pip 22.3.1 still reads wheels in http/"


def test_what_is_superseded(snapshot: Snapshot, judge: Judge) -> None:
    def newer(project: str, version: str, store: str = "http-v2", kind: str = "wheel") -> str | None:
        return judge.superseded_by(find(snapshot, project=project, version=version, store=store, kind=kind))

    assert newer("setuptools", "68.2.2") == "80.9.0"
    assert newer("requests", "2.31.0") == "2.32.5"
    assert newer("setuptools", "80.9.0") is None
    for entry in snapshot.entries:
        if entry.project is not None and (by := judge.superseded_by(entry)) is not None:
            versions = {e.version for e in snapshot.entries if e.project == entry.project}
            assert by in versions
            assert by != entry.version


def test_keep_latest_leaves_each_project_its_latest(snapshot: Snapshot, judge: Judge) -> None:
    going = chosen(rules.keep_latest(1), snapshot, judge)
    assert going
    projects: dict[object, list[Entry]] = {}
    for entry in snapshot.entries:
        if entry.kind in ("wheel", "built-wheel", "sdist"):
            projects.setdefault((entry.root, entry.project), []).append(entry)
    for entries in projects.values():
        assert any(entry.id not in going for entry in entries)
    setuptools = [e for e in snapshot.entries if e.project == "setuptools" and e.kind == "wheel"]
    assert {e.version for e in setuptools if e.id not in going} == {"80.9.0"}


def test_what_no_python_accepts(snapshot: Snapshot, judge: Judge) -> None:
    going = chosen(rules.incompatible(), snapshot, judge)
    for entry in snapshot.entries:
        if entry.kind in ("wheel", "built-wheel") and entry.tags:
            accepts = any(python.accepts(entry.tags, entry.requires_python) for python in PYTHONS)
            assert (entry.id in going) == (not accepts), entry.id
        elif entry.kind not in ("sdist", "metadata"):
            assert entry.id not in going
    assert any(entry.id in going for entry in snapshot.entries if "win_amd64" in entry.tag_label)


def test_orphans_are_halves_and_leftovers(snapshot: Snapshot, judge: Judge) -> None:
    going = chosen(rules.orphans(), snapshot, judge)
    assert going == ids(e for e in snapshot.entries if e.kind in ("orphan", "leftover"))
    assert len(going) >= 8


def test_a_budget_holds_on_the_disk(
    demo: Demo, snapshot: Snapshot, judge: Judge, on_disk: dict[str, os.stat_result]
) -> None:
    owned = {os.path.join(e.root, *file.path.split("/")) for e in snapshot.entries for file in e.files}
    total = sum(on_disk[path].st_blocks * 512 for path in owned)
    found = choose_all([max_size(total // 3)], snapshot.entries, judge)
    gone = {os.path.join(e.root, *file.path.split("/")) for e, _ in found.values() for file in e.files}
    left = sum(on_disk[path].st_blocks * 512 for path in owned - gone)
    last, _ = list(found.values())[-1]
    assert left <= total // 3 < left + last.size_on_disk
    kept = [e for e in snapshot.entries if e.key not in found]
    if any(e.kind == "built-wheel" and judge.usable(e) for e, _ in found.values()):
        assert not any(e.kind != "built-wheel" and e.size_on_disk for e in kept)
    half_full = judge_of(snapshot, space=lambda _: DiskSpace(2 * total, total))
    assert chosen(min_free(parse_share("50%")), snapshot, half_full) == set()
    assert chosen(min_free(parse_share("100%")), snapshot, half_full) == ids(
        e for e in snapshot.entries if e.size_on_disk
    )


def test_every_field_can_be_asked_of_every_entry(snapshot: Snapshot, judge: Judge) -> None:
    for field in FIELDS.values():
        expression = parse_filter(field.example)
        assert {expression.matches(entry, judge) for entry in snapshot.entries} <= {True, False}
    assert ids(e for e in snapshot.entries if parse_search("setuptools kind=wheel").matches(e, judge)) >= {
        find(snapshot, project="setuptools", version="80.9.0", store="http-v2", kind="wheel").id
    }
