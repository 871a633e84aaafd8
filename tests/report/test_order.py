"""The order of entries in a report."""

from __future__ import annotations

import pytest

from pipcache_tui.report.order import parse_order
from tests.support.report_entries import DAY, make_entry, make_judge, owned, wheel


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("project", "a b b none"),
        ("project:desc", "none b b a"),
        ("version", "a b b none"),
        ("size", "none b b a"),
        ("size:asc", "a b b none"),
        ("age", "b a b none"),
        ("age:asc,project", "none a b b"),
        ("kind", "none a b b"),
    ],
)
def test_entries_are_sorted_by_each_key_both_ways(sort: str, expected: str) -> None:
    def pair(number: int, size: int, age: float) -> tuple[object, object]:
        path = f"http-v2/0/0/0/0/0/{number:056x}"
        return owned(path, age=age), owned(path + ".body", size, age=age)

    entries = [
        make_entry(9, "index-page", files=pair(9, 9000, DAY)),
        wheel(1, "b", "1.10", files=pair(1, 2000, 9 * DAY)),
        wheel(2, "b", "1.9", files=pair(2, 2000, 2 * DAY)),
        wheel(3, "a", "1.2", files=pair(3, 1000, 2 * DAY)),
    ]
    ordered = parse_order(sort).apply(entries, make_judge(entries))
    assert " ".join(entry.project or "none" for entry in ordered) == expected
    if sort == "version":
        assert [entry.version for entry in ordered] == ["1.2", "1.9", "1.10", None]


def test_the_order_of_equals_does_not_depend_on_the_input() -> None:
    entries = [wheel(number, "same", "1") for number in range(6)]
    judge = make_judge(entries)
    order = parse_order("size:desc")
    assert order.apply(entries, judge) == order.apply(entries[::-1], judge)


@pytest.mark.parametrize(
    ("text", "says"),
    [("sise", "did you mean 'size'?"), ("zzz", "known: project, "), ("size:down", "size:desc"), ("", "known: ")],
)
def test_an_unknown_sort_key_is_answered_with_known_ones(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_order(text)
    assert says in str(caught.value)
