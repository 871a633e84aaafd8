from __future__ import annotations

import pytest

from pipcache_tui.cache.pip.releases import GENERATIONS, NEWEST_KNOWN_PIP, may_be_release


@pytest.mark.parametrize(
    "version", ["1.5.6", "6.1.1", "9.0.3", "10.0.1", "18.1", "20.3.4", "25.3", "26.1.2", "27.0", "26.4"]
)
def test_a_pip_that_exists_or_soon_may_is_accepted(version: str) -> None:
    assert may_be_release(version)


@pytest.mark.parametrize("version", ["2.0", "11.0", "17.1", "18.2", "21.4", "99", "1.9", "30.1"])
def test_a_pip_that_never_was_is_refused(version: str) -> None:
    assert not may_be_release(version)


def test_every_row_of_the_table_is_a_release() -> None:
    rows = [row for row in GENERATIONS if row.since > (0,)]
    assert all(may_be_release(".".join(map(str, row.since))) for row in rows)
    assert may_be_release(NEWEST_KNOWN_PIP)
