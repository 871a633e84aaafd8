"""Entries by index, with their marks and sums."""

from __future__ import annotations

from pipcache_tui.tui.model.catalog import Batch, Catalog
from tests.support.screen import entry


def test_an_entry_with_a_better_name_replaces_the_old_one_at_its_index() -> None:
    catalog = Catalog()
    catalog.add(Batch.of([entry(1), entry(2, None, None)]))
    better = entry(2, "found", "3")
    assert not catalog.rename([better], [lambda e: e.kind])
    assert not catalog.rename([entry(77, "unknown")], [lambda e: e.project])
    assert catalog.rename([entry(2, None, None)], [lambda e: e.kind, lambda e: e.project])
    catalog.rename([better])
    assert catalog.entries[1].project == "found"


def test_marking_an_entry_twice_counts_it_once() -> None:
    catalog = Catalog()
    catalog.add(Batch.of([entry(n, size=10) for n in range(5)]))
    catalog.mark([1, 2], True)
    catalog.mark([2, 3], True)
    assert (catalog.marked_count, catalog.marked_size) == (3, 30)
    catalog.mark(range(5), False)
    assert (catalog.marked_count, catalog.marked_size, list(catalog.marked_indices())) == (0, 0, [])
