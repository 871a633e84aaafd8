from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pytest

from pipcache_tui.cache.disk.machine import THIS_MACHINE
from pipcache_tui.cache.model import Entry, Files
from pipcache_tui.remove.plan import LEFTOVER_AGE, Costs, Plan, make_plan, plan_of
from pipcache_tui.select import rules
from pipcache_tui.select.budgets import max_size
from pipcache_tui.select.expression import parse_filter
from pipcache_tui.select.judge import Judge
from tests.support.report_entries import make_python
from tests.support.small_caches import DAY, NOW, WHY, Cache, planned_files, used_blocks


def names(plan: Plan) -> list[str]:
    return [file.path.rpartition("/")[2] for planned in plan.entries for file in planned.files]


def judge_of(cache: Cache) -> Judge:
    return Judge(cache.scan().entries, now=NOW, machine=THIS_MACHINE, pip_version="25.3")


@dataclass(frozen=True)
class Named:
    """A rule that chooses one project."""

    project: str

    def choose(self, entries: Sequence[Entry], judge: Judge) -> Iterator[tuple[Entry, str]]:
        return ((entry, f"called {self.project}") for entry in entries if entry.project == self.project)

    def why_nothing(self, entries: Sequence[Entry], judge: Judge) -> str | None:
        return None


# --- which files go --------------------------------------------------------------------------------------


def test_origin_stays_while_a_wheel_of_its_folder_does(cache: Cache) -> None:
    first, second = cache.built("two", "1.0", "2.0")
    assert names(cache.plan([cache.entry(first)])) == ["two-1.0-py3-none-any.whl"]
    assert names(cache.plan([cache.entry(second)])) == ["two-2.0-py3-none-any.whl"]


def test_origin_goes_last_with_all_wheels_of_its_folder(cache: Cache) -> None:
    first, second = cache.built("two", "1.0", "2.0")
    expected = ["two-2.0-py3-none-any.whl", "two-1.0-py3-none-any.whl", "origin.json"]
    assert names(cache.plan([cache.entry(first), cache.entry(second)])) == expected
    assert names(cache.plan([cache.entry(second), cache.entry(first)])) == expected


def test_lone_origin_goes(cache: Cache) -> None:
    cache.built("none")
    assert names(cache.plan()) == ["origin.json"]


def test_origin_of_one_folder_is_not_held_by_another(cache: Cache) -> None:
    one = cache.built("one", "1.0")[0]
    cache.built("two", "1.0", "2.0")
    assert names(cache.plan([cache.entry(one)])) == ["one-1.0-py3-none-any.whl", "origin.json"]


def test_metadata_goes_before_the_body(cache: Cache) -> None:
    path = cache.pair("six")
    (planned,) = cache.plan().entries
    assert [file.path for file in planned.files] == [path, f"{path}.body"]


# --- what can't go ---------------------------------------------------------------------------------------


def test_young_leftover_is_spared(cache: Cache) -> None:
    young = cache.temporary("young", days=(LEFTOVER_AGE - 60) / DAY)
    old = cache.temporary("old", days=LEFTOVER_AGE / DAY)
    plan = cache.plan()
    assert planned_files(plan) == {old}
    (protected,) = plan.protected
    assert protected.entry.files[0].path == young
    assert protected.why == "written in the last 6 hours: a running pip may need it"


def test_leftover_with_one_young_file_is_spared(cache: Cache) -> None:
    cache.lock("locked", "host.1-23", "host.4-56")
    held = cache.lock("locked", "host.1-23")[0]
    os.utime(cache.folder / held, (NOW, NOW))
    assert not cache.plan().entries


def test_name_pip_would_not_write_is_spared(cache: Cache) -> None:
    entry = cache.entry(cache.pair("six"))
    strange = entry._replace(files=Files.of(replace(entry.files[0], path="http-v2/../../mine.txt")))
    plan = plan_of(cache.scan(), [(strange, WHY)], now=NOW)
    assert not plan.entries
    assert plan.protected[0].why == "not a name pip writes: http-v2/../../mine.txt"


@pytest.mark.parametrize("glob", ["zope-interface", "Zope.Interface", "zope_*", "z*"])
def test_kept_projects_stay(cache: Cache, glob: str) -> None:
    cache.pair("zope-interface")
    other = cache.pair("six")
    plan = make_plan(cache.scan(), [rules.everything()], judge_of(cache), keep=[glob])
    assert planned_files(plan) == {other, f"{other}.body"}
    assert [protected.why for protected in plan.protected] == [f"kept: its project matches {glob}"]


def test_budget_counts_what_is_kept(cache: Cache) -> None:
    kept = cache.entry(cache.pair("six", days=400))
    for number in range(5):
        cache.pair(f"wheel{number}")
    room = kept.size_on_disk + 10 * 4096
    plan = make_plan(cache.scan(), [max_size(room)], judge_of(cache), keep=["six"])
    assert plan.size_on_disk >= sum(entry.size_on_disk for entry in cache.scan().entries) - room
    assert not plan.protected


def test_budget_does_not_count_on_a_leftover_that_is_too_young(cache: Cache) -> None:
    """It stays, so something else has to go in its place."""
    young = cache.temporary("cut", days=0)
    (cache.folder / young).write_bytes(b"x" * 200_000)
    os.utime(cache.folder / young, (NOW, NOW))
    cache.pair("six", days=400)
    everything = sum(entry.size_on_disk for entry in cache.scan().entries)
    plan = make_plan(cache.scan(), [max_size(everything - 1)], judge_of(cache))
    assert [planned.entry.kind for planned in plan.entries] == ["wheel"]


# --- order and reasons -----------------------------------------------------------------------------------


def test_same_plan_in_whatever_order_entries_come(cache: Cache) -> None:
    cache.fill()
    snapshot = cache.scan()
    chosen = [(entry, WHY) for entry in snapshot.entries]
    forward = plan_of(snapshot, chosen, now=NOW)
    backward = plan_of(replace(snapshot, entries=snapshot.entries[::-1]), chosen[::-1], now=NOW)
    assert forward == backward
    folders = [file.path.rpartition("/")[0] for planned in forward.entries for file in planned.files]
    visits = [folder for folder, before in zip(folders, [None, *folders], strict=False) if folder != before]
    assert len(visits) == len(set(visits)), "a folder is left only once"


def test_what_proves_a_folder_of_pip_accel_goes_last(cache: Cache) -> None:
    """So that the rest of a purge that was cut short can still go."""
    binary = cache.write("binaries/v7/six:1.0:py2.7.tar.gz", b"built")
    source = cache.write("sources/six-1.0.tar.gz", b"sdist")
    assert [planned.files[0].path for planned in cache.plan().entries] == [source, binary]


def test_reasons_of_all_rules_once_each(cache: Cache) -> None:
    cache.pair("six")
    plan = make_plan(cache.scan(), [Named("six"), Named("six"), rules.everything()], judge_of(cache))
    (planned,) = plan.entries
    assert len(planned.reasons) == 2
    assert planned.reasons[0] == "called six"


def test_nothing_outside_the_filter_goes(cache: Cache) -> None:
    six = cache.pair("six")
    cache.pair("numpy")
    within = parse_filter("project=six")
    plan = make_plan(cache.scan(), [rules.everything()], judge_of(cache), within=within)
    assert planned_files(plan) == {six, f"{six}.body"}
    assert plan.remaining.entries == 1


# --- figures ---------------------------------------------------------------------------------------------


def test_figures_of_a_plan_for_everything(cache: Cache) -> None:
    for number in range(3):
        cache.pair(f"wheel{number}")
    cache.built("two", "1.0", "2.0")
    entries = cache.scan().entries
    plan = cache.plan()
    assert plan.files == len(planned_files(plan)) == 9
    assert plan.size == sum(entry.size for entry in entries)
    assert plan.size_on_disk == plan.frees == used_blocks(cache.folder)
    assert (plan.remaining.entries, plan.remaining.size) == (0, 0)


def test_what_stays_has_the_rest_of_the_size(cache: Cache) -> None:
    first, second = cache.built("two", "1.0", "2.0")
    plan = cache.plan([cache.entry(first)])
    left = [second, second.rpartition("/")[0] + "/origin.json"]
    assert plan.remaining.entries == 1
    assert plan.remaining.size == sum((cache.folder / path).stat().st_size for path in left)


def test_file_with_a_link_elsewhere_frees_nothing(cache: Cache) -> None:
    body = cache.folder / f"{cache.pair('six')}.body"
    os.link(body, cache.folder.parent / "another")
    plan = cache.plan()
    assert plan.size_on_disk - plan.frees == body.stat().st_blocks * 512 > 0


def test_file_with_all_its_links_in_the_plan_frees_once(cache: Cache) -> None:
    first, second = (cache.folder / f"{cache.pair(name)}.body" for name in ("six", "seven"))
    second.unlink()
    os.link(first, second)
    plan = cache.plan()
    assert plan.frees == plan.size_on_disk == used_blocks(cache.folder)
    (half,) = [entry for entry in cache.scan().entries if entry.files[0].path in str(first)]
    assert cache.plan([half]).frees == (cache.folder / half.files[0].path).stat().st_blocks * 512


def test_costs(cache: Cache) -> None:
    body = f"{cache.pair('six')}.body"
    wheels = cache.built("two", "1.0", "2.0")
    cache.selfcheck("/usr")
    cache.temporary("cut")
    expected = Costs(
        built_wheels=2,
        built_size=sum((cache.folder / wheel).stat().st_size for wheel in wheels),
        download=(cache.folder / body).stat().st_size,
    )
    assert cache.plan().costs == expected


def test_what_pip_never_reads_costs_nothing(cache: Cache) -> None:
    cache.single("old")
    snapshot, chosen = cache.scan(), [(entry, WHY) for entry in cache.scan().entries]
    assert plan_of(snapshot, chosen, judge=judge_of(cache), now=NOW).costs == Costs()
    reader = Judge(snapshot.entries, now=NOW, machine=THIS_MACHINE, pip_version="20.3.4")
    assert plan_of(snapshot, chosen, judge=reader, now=NOW).costs.download == snapshot.entries[0].size


def test_a_wheel_that_only_a_python_not_found_here_would_use_costs_its_compile(cache: Cache) -> None:
    """cron finds few Pythons; that the wheel's own is not among them does not make the compile free."""
    (wheel,) = cache.built("two", "1.0")
    snapshot = cache.scan()
    judge = Judge(snapshot.entries, now=NOW, machine=THIS_MACHINE, pip_version="25.3", pythons=(make_python("3.11"),))
    plan = make_plan(snapshot, [rules.stale()], judge)
    assert [planned.entry.kind for planned in plan.entries] == ["built-wheel"]
    assert plan.costs == Costs(built_wheels=1, built_size=(cache.folder / wheel).stat().st_size)
    ancient = Judge(
        snapshot.entries, now=NOW, machine=THIS_MACHINE, pip_version="19.3.1", pythons=(make_python("3.11"),)
    )
    assert make_plan(snapshot, [rules.stale()], ancient).costs == Costs(), "no Python's pip of that version looks there"
