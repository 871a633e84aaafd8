"""The table of pip releases: its order, and which pip a row is for."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from pipcache_tui.cache.model import STORES
from pipcache_tui.cache.pip.releases import (
    GENERATIONS,
    NEWEST_KNOWN_PIP,
    first_pip,
    generation_of,
    newest_reading,
    pips_reading,
)


def test_the_table_is_in_order_and_its_newest_row_is_known() -> None:
    assert [row.since for row in GENERATIONS] == sorted({row.since for row in GENERATIONS})
    assert generation_of(NEWEST_KNOWN_PIP) is GENERATIONS[-1]
    assert generation_of("99.1") is GENERATIONS[-1]
    for older, newer in pairwise(GENERATIONS):
        assert replace(older, since=newer.since) != newer, f"{first_pip(newer)} brings nothing"


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("21", "21.0"),
        ("26.1.1", "26.1"),
        ("26.2.dev0", "26.2"),
        ("20.3.4+dfsg", "20.1"),
        ("0.2", "0"),
        (" 6.0.8", "6.0.7"),
    ],
)
def test_versions_as_people_and_systems_write_them(text: str, row: str) -> None:
    assert first_pip(generation_of(text)) == row


@pytest.mark.parametrize("text", ["", "newest", "pip 26"])
def test_text_that_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a pip version"):
        generation_of(text)


def test_the_pips_that_read_a_store_are_named_by_their_bounds() -> None:
    assert pips_reading("http") == "pip ≥ 6.0 and < 23.3"
    assert pips_reading("pip-accel") == "no pip"


def test_the_newest_pip_that_reads_a_store() -> None:
    assert {store: newest_reading(store) for store in STORES if store != "pip-accel"} == {
        "http": "23.0",
        "http-v2": NEWEST_KNOWN_PIP,
        "wheels": NEWEST_KNOWN_PIP,
        "selfcheck": NEWEST_KNOWN_PIP,
        "downloads": "0",
    }
    with pytest.raises(ValueError, match="no pip reads pip-accel"):
        newest_reading("pip-accel")
