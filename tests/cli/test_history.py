"""`--history`, what writes it, and what deletes it."""

from __future__ import annotations

import pytest

from pipcache_tui.remove import running_pip_policy
from tests.cli.conftest import Cache, Run
from tests.support.schemas import validator


@pytest.fixture(autouse=True)
def _no_pip_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_pip_policy, "PipFinder", lambda *_args, **_named: lambda: ())


@pytest.fixture
def filled(cache: Cache) -> Cache:
    for number, days in enumerate((1, 20, 40, 400)):
        cache.add(f"{number}.bin", days=days, size=1000 * (number + 1))
    return cache


def test_a_removal_is_recorded_with_its_rules_and_the_sizes_of_before(filled: Cache, run: Run) -> None:
    total = run(filled.flag, "--info", "--json").json["totals"]["size_on_disk"]
    freed = run(filled.flag, "--prune-older", "30d", "--kind", "other", "--json").json["freed"]
    record = run(filled.flag, "--history", "--json").json
    validator("history").validate(record)
    (removal,) = record["removals"]
    assert removal["rules"] == ["--prune-older 30d", "--kind other"]
    assert removal["freed"] == freed > 0
    assert sum(each["size_on_disk"] for each in record["sizes"]) == total
    assert run(filled.flag, "--history").err.startswith("1 removal freed ")


def test_a_preview_is_not_recorded(filled: Cache, run: Run) -> None:
    run(filled.flag, "-n", "--prune-older", "30d")
    assert run(filled.flag, "--history", "--json").json["removals"] == []


def test_without_memory_nothing_is_recorded(filled: Cache, run: Run) -> None:
    run(filled.flag, "--no-memory", "--prune-older", "30d")
    assert run(filled.flag, "--no-memory", "--history", "--json").json["sizes"] == []
    assert run(filled.flag, "--history", "--json").json["removals"] == []


def test_forget_deletes_the_record(filled: Cache, run: Run) -> None:
    run(filled.flag, "--prune-older", "30d")
    assert run(filled.flag, "--history", "--json").json["removals"]
    run("--forget")
    assert run(filled.flag, "--history", "--json").json["removals"] == []


def test_it_lists_no_ids(filled: Cache, run: Run) -> None:
    answer = run(filled.flag, "--history", "-q")
    assert (answer.code, answer.out) == (2, "")
    assert "--history" in answer.err
