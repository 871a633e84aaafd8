"""Entries to filter, and any comparison that a filter may have."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from pipcache_tui.select.expression import (
    FIELDS,
    parse_filter,
    parse_search,
)
from pipcache_tui.select.fields import OPERATORS
from pipcache_tui.select.judge import Judge
from tests.support.entries import (
    DAY,
    NOW,
    PYTHONS,
    make_entry,
    make_judge,
    wheel,
)

FILES = "https://files.index.example/packages/numpy-2.0-cp311-cp311-manylinux_2_17_x86_64.whl"
HERE = {
    "numpy2": wheel(
        1,
        "numpy",
        "2.0",
        ("cp311-cp311-manylinux_2_17_x86_64",),
        size=20_000_000,
        stored=NOW - 10 * DAY,
        used=NOW - 2 * DAY,
        url=FILES,
        url_proof="content",
        requires_python=">=3.9",
    ),
    "numpy1": wheel(
        2,
        "numpy",
        "1.26.4",
        ("cp311-cp311-manylinux_2_17_x86_64",),
        size=15_000_000,
        stored=NOW - 400 * DAY,
        used=NOW - 300 * DAY,
        yanked="broken",
    ),
    "zope": make_entry(
        3,
        "sdist",
        "downloads",
        project="zope-interface",
        version="5.0rc1",
        filename="zope.interface-5.0rc1.zip",
        size=0,
    ),
    "built": make_entry(
        4, "built-wheel", "wheels", project="old", version="1.0", tags=("cp27-cp27mu-linux_x86_64",), size=4096
    ),
    "page": make_entry(
        5, "index-page", project="numpy", url="https://index.example:8443/simple/numpy/", url_proof="origin"
    ),
    "half": make_entry(6, "orphan", problems=("its body is missing",), response=None),
    "odd": make_entry(7, "other", version="2004d", filename="two words.txt", root="/srv/a b"),
}


def matching(text: str, judge: Judge | None = None, parse: Callable[..., object] = parse_filter) -> set[str]:
    asked = judge or make_judge(HERE.values(), pythons=PYTHONS)
    expression = parse_filter(text) if parse is parse_filter else parse_search(text)
    return {name for name, entry in HERE.items() if expression.matches(entry, asked)}


words = st.text(st.characters(codec="utf-8", exclude_characters="\"'"), max_size=8)


@st.composite
def comparisons(draw: st.DrawFn) -> tuple[str, str, list[str]]:
    field = draw(st.sampled_from(list(FIELDS.values())))
    sign = draw(st.sampled_from(OPERATORS[field.type]))
    value = {
        "text": st.sampled_from(["numpy", "n*", "*", "?ix", "cp311*", "", "A", "3.11", "[a]", "x y", ">=3.8"]) | words,
        "choice": st.sampled_from([*field.choices, "*"]),
        "version": st.sampled_from(["1.0", "1.1", "2.0rc1", "2.0", "0.9.1"]),
        "size": st.sampled_from(["0", "1B", "4096 bytes", "1MB", "5GiB"]),
        "duration": st.sampled_from(["0d", "1s", "1d", "30d", "400d", "1y"]),
        "date": st.sampled_from(["2027-01-14", "2027-01-14T08:00", "2026-12-16T08:00:00Z", "2025-12-11", "2030-01-01"]),
        "yes-no": st.sampled_from(["yes", "no", "TRUE", "0"]),
    }[field.type]
    many = sign in ("=", "!=", "~=")
    return field.key, sign, draw(st.lists(value, min_size=1, max_size=3 if many else 1))
