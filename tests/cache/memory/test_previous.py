"""An entry is unchanged only while each of its files has the stamp it had, apart from access time, blocks and links."""

from __future__ import annotations

import struct

import pytest

from pipcache_tui.cache.memory.previous import PreviousIdentities, Unchanged, are_same

FIELDS = ("device", "inode", "size", "mtime", "ctime", "atime", "blocks", "links")


def stamp(**changed: int) -> bytes:
    numbers = {name: number for number, name in enumerate(FIELDS, 1)} | changed
    return struct.pack("<QQQqqqIH", *(numbers[name] for name in FIELDS))


@pytest.mark.parametrize("field", FIELDS)
def test_content_and_identity_are_compared_and_the_rest_is_not(field: str) -> None:
    before, now = stamp() + stamp(), stamp() + stamp(**{field: 99})
    assert are_same(before, now) is (field in ("atime", "blocks", "links"))


def test_an_unchanged_entry_has_its_new_stamps() -> None:
    known = PreviousIdentities(["a"], [stamp() + stamp()])
    now = stamp(atime=99), stamp()
    assert known.unchanged("a", now) == Unchanged("a", b"".join(now))


def test_a_changed_a_new_and_a_halved_entry_are_not_unchanged() -> None:
    known = PreviousIdentities(["a"], [stamp() + stamp()])
    assert known.unchanged("a", [stamp(), stamp(size=99)]) is None
    assert known.unchanged("b", [stamp(), stamp()]) is None
    assert known.unchanged("a", [stamp()]) is None


def test_paths_without_stamps_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        PreviousIdentities(["a", "b"], [stamp()])
    assert not PreviousIdentities()
