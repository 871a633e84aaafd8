"""Reading a cache for the screen, forgetting what was deleted, and filtering."""

from __future__ import annotations

from pipcache_tui.cache import scan
from pipcache_tui.cache.disk.machine import THIS_MACHINE
from pipcache_tui.cache.stores import Foreign, Trouble
from pipcache_tui.select.expression import FIELDS, parse_search
from pipcache_tui.select.judge import Judge
from pipcache_tui.tui.model.catalog import Batch, Catalog
from pipcache_tui.tui.model.session import Session, matching, read_cache
from tests.support.screen import NOW, entry, launch, some_entries


def test_a_scan_arrives_in_few_batches_and_loses_nothing() -> None:
    events = [scan.Found((entry(n),)) for n in range(1200)]
    events[700:700] = [Foreign(2, 99), Trouble("a folder could not be read")]  # type: ignore[list-item]
    ticks = iter(range(100_000))
    readings = list(read_cache(iter(events), monotonic=lambda: next(ticks) * 1e-6))
    assert len(readings) < 10
    session = Session(launch())
    session.begin()
    for reading in readings:
        session.take(reading)
    assert len(session.catalog) == 1200
    assert session.warnings == ["a folder could not be read"]
    assert (session.foreign_files, session.foreign_size) == (2, 99)


def test_a_scan_that_is_stopped_ends() -> None:
    def endless() -> object:
        while True:
            yield scan.Found((entry(1),))

    asked = iter([False] * 5 + [True])
    readings = list(read_cache(endless(), stopped=lambda: next(asked), monotonic=lambda: 0.0))  # type: ignore[arg-type]
    assert len(readings) == 1, "the first batch is sent at once, the rest dropped"


def test_forgetting_keeps_the_marks_of_what_stays() -> None:
    session = Session(launch())
    session.take(Batch.of(some_entries()))
    session.catalog.mark([0, 4], True)
    plan = session.plan([(session.catalog.entries[0], ("marked",))])
    session.forget(plan.entries)
    assert len(session.catalog) == len(some_entries()) - 1
    assert [e.project for e in session.catalog.marked_entries()] == ["numpy"]


def test_filtering_by_columns_gives_the_same_as_filtering_by_entries() -> None:
    entries = [entry(0), *some_entries()]
    catalog = Catalog()
    catalog.add(Batch.of(entries))
    # values on the bound too: what is shown is what --filter gives
    judge = Judge(entries, now=NOW, machine=THIS_MACHINE)
    for field in ("size", "on-disk", "age"):
        for operator in FIELDS[field].operators:
            values = ("20d", "1d", "19d", "0s") if field == "age" else ("1000B", "4096B", "11kB", "1GB", "0")
            for value in values:
                for others in ("", " torch", " kind=wheel", " t*ch kind!=wheel stale=no"):
                    expression = parse_search(f"{field}{operator}{value}{others}")
                    shown = matching(catalog, range(len(entries)), expression, judge)
                    assert shown == [i for i, one in enumerate(entries) if expression.matches(one, judge)]


def test_a_filter_looks_at_columns_first_and_at_entries_only_if_needed() -> None:
    expression = parse_search("stale=yes 311 age>30d")
    assert [part.field for part in expression.parts] == ["age", "", "stale"]
    catalog = Catalog()
    catalog.add(Batch.of([entry(1)]))
    catalog.entries[0] = None  # type: ignore[call-overload]  # whoever asks it fails
    judge = Judge((), now=NOW, machine=THIS_MACHINE)
    assert matching(catalog, [0], expression, judge) == []
    assert matching(catalog, [0], parse_search("age>1h size>=1000B"), judge) == [0]
