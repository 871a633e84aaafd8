"""The sums of the overview agree with the filter."""

from __future__ import annotations

from pipcache_tui.select.expression import parse_search
from pipcache_tui.tui.model.overview import look_over
from pipcache_tui.tui.model.session import Session, matching
from tests.support.screen import launch, some_entries


def test_every_slice_sums_what_its_filter_shows() -> None:
    from pipcache_tui.tui.model.catalog import Batch

    entries = some_entries()
    session = Session(launch())
    session.take(Batch.of(entries))
    judge = session.make_judge(entries)
    overview = look_over(entries, judge)
    assert overview.total == sum(entry.size for entry in entries)
    assert sum(part.count for part in overview.kinds) == len(entries)
    assert sum(part.count for part in overview.ages) == len(entries)
    assert [part.label for part in overview.kinds][:2] == ["wheel", "sdist"], "the largest first"
    assert [part.label for part in overview.projects] == ["torch", "numpy", "six"]
    for part in (*overview.kinds, *overview.projects, *overview.ages, *overview.rules):
        shown = matching(session.catalog, range(len(entries)), parse_search(part.pick), judge)
        assert len(shown) == part.count, part
        assert sum(entries[index].size for index in shown) == part.size, part
