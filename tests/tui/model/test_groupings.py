"""The keys by which entries are grouped."""

from __future__ import annotations

from pipcache_tui.cache.model import Entry
from pipcache_tui.tui.model.groupings import GROUPINGS
from tests.support.screen import entry

LEVELS = {grouping.name: grouping.levels for grouping in GROUPINGS}


def keys(name: str, one: Entry) -> list[str | None]:
    return [level(one) for level in LEVELS[name]]


def test_a_wheel_has_a_key_at_every_level() -> None:
    wheel = entry(1, "six", "1.16", url="https://Files.Index.example:8080/six.whl", tags=("cp312-cp312-linux_x86_64",))
    assert keys("project", wheel) == ["six", "1.16", "cp312-cp312-linux_x86_64"]
    assert keys("kind", wheel) == ["wheel", "six", "1.16"]
    assert keys("store", wheel) == ["http-v2", "wheel", "six"]
    assert keys("python", wheel) == ["cp312", "six", "1.16"]
    assert keys("host", wheel)[1:] == ["six", "1.16"]
    assert str(keys("host", wheel)[0]).startswith("files.index.example")
    assert keys("flat", wheel) == []


def test_what_has_no_project_is_grouped_by_its_kind() -> None:
    orphan = entry(2, None, None, kind="orphan", tags=(), response=None)
    assert keys("project", orphan) == [None, "orphan", None]
    assert keys("python", orphan) == [None, None, None]
    assert keys("host", orphan)[0] is None


def test_every_group_of_entries_without_a_key_has_a_name() -> None:
    orphan = entry(3, None, None, kind="orphan", tags=(), response=None)
    for grouping in GROUPINGS:
        if grouping.levels and grouping.levels[0](orphan) is None:
            assert grouping.missing, grouping.name
