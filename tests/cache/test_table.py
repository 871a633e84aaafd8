from __future__ import annotations

import marshal
import os
from pathlib import Path

import msgpack
import pytest

from pipcache_tui.cache.model import Entry, Root
from pipcache_tui.cache.scan import Found, Named, ScanEvent, fold_events, scan_roots, take_snapshot
from pipcache_tui.cache.table import Rows, Table
from pipcache_tui.demo.make import make_demo_cache


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> tuple[Entry, ...]:
    demo = make_demo_cache(os.fspath(tmp_path_factory.mktemp("demo")), now=1_780_000_000.0)
    return tuple(take_snapshot([Root(demo.cache_dirs[0], "t", exists=True)]).entries)


def fresh(entries: tuple[Entry, ...]) -> Table:
    """A table that has made no entry yet."""
    table = Table()
    table.extend(Table(entries).columns)
    return table


def test_a_table_gives_back_what_was_put_in(entries: tuple[Entry, ...]) -> None:
    table = fresh(entries)
    assert table == entries
    assert table[0] is table[0]
    assert table[-1] == entries[-1]
    assert table[2:5] == entries[2:5]
    assert [*table] == [*entries]
    with pytest.raises(IndexError):
        table[len(entries)]


def test_tables_are_equal_by_their_entries(entries: tuple[Entry, ...]) -> None:
    assert fresh(entries) == Table(entries)
    assert Table(entries) != Table(entries[1:])
    assert Table(entries) != Table((*entries[1:], entries[0]))
    assert Table() == ()


def test_a_row_that_is_put_changes_the_entry_and_the_columns(entries: tuple[Entry, ...]) -> None:
    table = fresh(entries)
    before = table[3]
    table.put(3, before._replace(project="other", url="https://index.example/x", url_proof="content"))
    assert (table[3].project, table.projects[3], table.urls[3]) == ("other", "other", "https://index.example/x")
    assert table[3].response == before.response
    assert table[2] == entries[2]


def test_columns_travel_and_are_kept_as_plain_values(entries: tuple[Entry, ...]) -> None:
    table = Table()
    table.extend(marshal.loads(marshal.dumps(Table(entries).columns)))
    assert table == entries
    packed = msgpack.packb(Table(entries).packed(), unicode_errors="surrogatepass")
    kept = msgpack.unpackb(packed, use_list=False, unicode_errors="surrogatepass")
    assert Table.unpacked(entries[0].root, kept) == entries


def test_rows_get_new_stamps_where_they_are_given(entries: tuple[Entry, ...]) -> None:
    before, stamps = Table(entries), [b"\1" * len(entry.files.stamps) for entry in entries[1:4]]
    table = Table()
    table.extend(before.part(range(1, 4), stamps))
    table.extend(before.choose([3, 1], [stamps[2], stamps[0]]))
    table.extend(before.choose([0]))
    assert table.stamps == [*stamps, stamps[2], stamps[0], entries[0].files.stamps]
    assert table.paths == [entries[row].files.path for row in (1, 2, 3, 3, 1, 0)]


def test_equal_values_are_held_once(entries: tuple[Entry, ...]) -> None:
    table = Table()
    for _ in range(2):
        table.extend(marshal.loads(marshal.dumps(Table(entries).columns)))
    middle = len(entries)
    for column in (table.roots, table.responses, table.tags, table.projects):
        assert all(column[row] is column[row + middle] for row in range(middle))


def test_events_of_one_scan_fold_to_its_table(tmp_path: Path) -> None:
    demo = make_demo_cache(os.fspath(tmp_path), now=1_780_000_000.0)
    events = list(scan_roots([Root(path, "t", exists=True) for path in demo.cache_dirs]))
    tables = [event.entries.table for event in events if isinstance(event, Found) and isinstance(event.entries, Rows)]
    assert fold_events((), events).entries is tables[0]


def test_events_of_elsewhere_fold_in_their_order(entries: tuple[Entry, ...]) -> None:
    first, second, third = entries[:3]
    renamed = first._replace(project="renamed")
    table = Table([third])
    folded: list[list[ScanEvent]] = [
        [Found((first, second)), Named((renamed,)), Found(Rows(table, range(1)))],
        [Found(Rows(Table([first, second]), range(2))), Named((renamed,)), Found((third,))],
        [Found(Rows(Table([first, second]), range(2))), Found(Rows(table, range(1))), Named((renamed,))],
    ]
    for events in folded:
        assert fold_events((), events).entries == (renamed, second, third)
    assert table == (third,)
