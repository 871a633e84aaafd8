from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

from pipcache_tui.cache.model import Entry
from pipcache_tui.remove.plan import Plan, plan_of
from pipcache_tui.remove.steps import Failed, RemovalResult, Removed, Skipped
from pipcache_tui.report.json_output import write_document
from pipcache_tui.report.plan import (
    Pruning,
    plan_head,
    plan_lines,
    plan_lists,
    write_plan,
)
from pipcache_tui.report.terminal import TerminalStyle
from tests.support.report_entries import NOW, make_entry, make_judge, make_snapshot, owned, wheel
from tests.support.schemas import validator

WHEELS = [wheel(number, "six", f"1.{number}") for number in range(1, 4)]
BUILT = make_entry(
    9,
    "built-wheel",
    "wheels",
    files=(owned(f"wheels/aa/bb/cc/{'d' * 50}/lxml-5.0-py3-none-any.whl", 700_000),),
    project="lxml",
    version="5.0",
    tags=("py3-none-any",),
    filename="lxml-5.0-py3-none-any.whl",
    response=None,
)
WHY = ("older than 30 days (stored 2026-01-01)",)


def plan_for(chosen: Sequence[Entry], stay: Sequence[Entry] = (), judged: bool = True) -> Plan:
    snapshot = make_snapshot([*chosen, *stay])
    judge = make_judge(snapshot.entries) if judged else None
    return plan_of(snapshot, [(entry, WHY) for entry in chosen], judge=judge, now=NOW)


def result_for(plan: Plan) -> RemovalResult:
    """The first went, the second had changed, the third was refused."""
    first, second, third = plan.entries
    return RemovalResult.of(
        [Removed(first, 2, 57_344), Skipped(second, "changed since"), Failed(third, "permission denied")]
    )


def document_of(pruning: Pruning) -> dict[str, Any]:
    out = io.StringIO()
    write_document(out, plan_head(pruning), plan_lists(pruning))
    document: dict[str, Any] = json.loads(out.getvalue())
    validator("prune").validate(document)
    return document


def test_a_plan_on_a_terminal_gives_each_entry_its_reason() -> None:
    plan = plan_for(WHEELS)
    out = io.StringIO()
    write_plan(out, plan, make_judge(WHEELS), TerminalStyle(width=120))
    assert out.getvalue().splitlines() == [
        "PROJECT  VERSION  TAGS OR FILE  KIND       SIZE  AGE  WHY",
        "six               3 entries            153.0 kB",
        "         1.1      py3-none-any  wheel   51.0 kB   1d  older than 30 days (stored 2026-01-01)",
        "         1.2      py3-none-any  wheel   51.0 kB   1d  older than 30 days (stored 2026-01-01)",
        "         1.3      py3-none-any  wheel   51.0 kB   1d  older than 30 days (stored 2026-01-01)",
    ]
    out = io.StringIO()
    write_plan(out, plan, make_judge(WHEELS), TerminalStyle())
    assert out.getvalue().splitlines()[0].split("\t")[-2:] == [WHEELS[0].id, WHY[0]]


def test_of_a_long_plan_the_largest_are_shown_and_the_rest_counted() -> None:
    big = wheel(7, "big", "1", files=(owned("http-v2/7/7/7/7/7/" + "7" * 56, 10**9),))
    plan = plan_for([*WHEELS, big])
    out = io.StringIO()
    write_plan(out, plan, make_judge(WHEELS), TerminalStyle(width=120), rows=1)
    lines = out.getvalue().splitlines()
    assert lines[1].startswith("big ")
    assert lines[2:] == ["… and 3 more entries, 153.0 kB"]


def test_a_dry_run_as_json_selects_and_removes_nothing() -> None:
    document = document_of(Pruning(plan_for([*WHEELS, BUILT]), warnings=["a warning"]))
    assert document["dry_run"] is True
    assert [entry["id"] for entry in document["selected"]] == [*(entry.id for entry in WHEELS), BUILT.id]
    assert document["selected"][0]["reasons"] == list(WHY)
    assert document["plan"]["size"] == 853_000
    assert (document["removed"], document["freed"], document["files_removed"]) == ([], 0, 0)
    assert document["warnings"] == ["a warning"]


def test_what_came_of_a_plan_as_json() -> None:
    plan = plan_for(WHEELS)
    document = document_of(Pruning(plan, result_for(plan), interrupted=True))
    root = document["selected"][0]["root"]
    assert document["dry_run"] is False
    assert document["interrupted"] is True
    assert document["removed"] == [{"id": WHEELS[0].id, "root": root}]
    assert document["skipped"] == [{"id": WHEELS[1].id, "root": root, "why": "changed since"}]
    assert document["failed"] == [{"id": WHEELS[2].id, "root": root, "error": "permission denied"}]
    assert (document["files_removed"], document["freed"]) == (2, 57_344)


def test_json_lines_are_events_with_the_figures_last() -> None:
    plan = plan_for(WHEELS)
    lines = [{"schema_version": 1, **line} for line in plan_lines(Pruning(plan, result_for(plan)))]
    assert [line["event"] for line in lines] == [*["selected"] * 3, "removed", "skipped", "failed", "result"]
    for line in lines:
        validator("prune", part="line").validate(line)


def test_what_a_plan_spares_is_shown_even_in_a_dry_run() -> None:
    young = make_entry(
        1, "leftover", response=None, files=(owned("http-v2/0/0/0/0/0/" + "0" * 56 + "abcd1234.tmp", age=60),)
    )
    plan = plan_for([young])
    ((entry, why),) = Pruning(plan).left_alone
    assert entry == young
    assert why == "written in the last 6 hours: a running pip may need it"
    assert document_of(Pruning(plan))["skipped"][0]["id"] == young.id
