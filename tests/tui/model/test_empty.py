"""What is shown where there are no rows."""

from __future__ import annotations

from pipcache_tui.cache.model import Root
from pipcache_tui.cache.roots import Found
from pipcache_tui.tui.model.empty import advise


def found(exists: bool, *notes: str) -> Found:
    return Found((Root("/c/pip", "PIP_CACHE_DIR", exists),), notes, (), ())


def test_each_reason_for_an_empty_table_has_its_own_advice() -> None:
    missing = advise(found(False, "pip keeps no cache: PIP_NO_CACHE_DIR is set"), warnings=(), filtered=False)
    assert "no pip cache" in missing.title
    assert "PIP_NO_CACHE_DIR" in missing.text().plain
    assert "/c/pip" in missing.text().plain
    assert "empty" in advise(found(True), warnings=(), filtered=False).title
    odd = advise(found(True), warnings=(), filtered=False, odd=["/c/pip: not laid out as pip's cache"])
    assert "not a pip cache" in odd.title
    assert "/c/pip" in odd.text().plain
    unreadable = advise(found(True), warnings=["/c/pip/http: Permission denied"], filtered=False)
    assert "could not be read" in unreadable.title
    assert "Permission denied" in unreadable.text().plain
    assert "esc" in advise(found(True), warnings=(), filtered=True).text().plain
