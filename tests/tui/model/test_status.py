"""What the lines above and below the table say."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from pipcache_tui.progress import Progress
from pipcache_tui.tui.model.catalog import Batch
from pipcache_tui.tui.model.groupings import FLAT
from pipcache_tui.tui.model.listing import View
from pipcache_tui.tui.model.session import Session
from pipcache_tui.tui.model.status import Part, short_path, status_parts, title_parts
from tests.support.screen import entry, launch


def session(**more: object) -> Session:
    made = Session(launch(**more))
    made.take(Batch.of([entry(1, "six", size=1000), entry(2, "torch", size=3000)]))
    made.measure(apparent=True)
    return made


def joined(parts: tuple[Sequence[Part], Sequence[Part]]) -> str:
    return " | ".join("".join(text for text, _ in side) for side in parts)


def test_the_title_says_how_much_of_the_cache_passes_the_filter() -> None:
    state = session()
    assert "in files 4.0 kB  2 entries" in joined(title_parts(state, None, 0))
    assert "in files 1.0 kB of 4.0 kB  2 entries" in joined(title_parts(state, [0], 0))


def test_the_title_says_that_the_cache_is_still_being_read() -> None:
    state = session()
    state.scanning = True
    assert "| reading" in joined(title_parts(state, None, 0))
    state.scanning = False
    assert "reading" not in joined(title_parts(state, None, 0))


def test_the_status_says_how_rows_are_grouped_until_there_is_something_more_urgent() -> None:
    state = session()
    assert joined(status_parts(state, View(), None)).startswith("grouped by project, largest first")
    assert joined(status_parts(state, View(grouping=FLAT), None)).startswith("not grouped, ")
    state.catalog.mark([0], True)
    assert "1 entry marked, 1.0 kB in files, 4.1 kB on disk" in joined(status_parts(state, View(), None))
    state.progress = Progress("verify", 1, 2)
    assert "x stops" in joined(status_parts(state, View(), None))
    assert joined(status_parts(state, View(), 2)).startswith("range of 2 rows"), "the range comes first"


def test_warnings_and_a_ban_on_deleting_are_shown_at_the_right() -> None:
    state = session(no_delete=True)
    state.warnings.append("a folder could not be read")
    assert joined(status_parts(state, View(), None)).endswith("| deleting is off ⚠ 1 warning  ")


def test_a_path_in_the_home_folder_is_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/sam")
    assert os.path.expanduser("~") == "/home/sam"
    assert short_path("/home/sam/.cache/pip") == "~/.cache/pip"
    assert short_path("/home/sam") == "~"
    assert short_path("/home/samantha/pip") == "/home/samantha/pip"
