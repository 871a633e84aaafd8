"""The folders of single digits in which pip keeps responses."""

from __future__ import annotations

import os

import pytest

from pipcache_tui.cache.disk.folders import Folder
from pipcache_tui.cache.stores import hashed
from pipcache_tui.cache.stores.base import Trouble
from tests.support.cache_root import Place

KEY = "0123456789" * 5 + "abcdef"


def parts(place: Place, store: str = "http-v2") -> list[str]:
    with Folder.at(os.fspath(place.path)) as root:
        found = list(hashed.parts(root, store))
    assert not [part for part in found if isinstance(part, Trouble)]
    return [part for part in found if isinstance(part, str)]


def test_a_part_is_a_folder_of_the_second_level_and_the_store_itself_comes_last(place: Place) -> None:
    for path in ("0/1/2/3/4/x", "0/f/2/3/4/x", "a/b/2/3/4/x", "a/g/x", "xy/0/x"):
        place.write(f"http-v2/{path}", b"")
    found = parts(place)
    assert sorted(found[:-1]) == ["http-v2/0/1", "http-v2/0/f", "http-v2/a/b"]
    assert found[-1] == "http-v2"


def test_a_store_that_is_not_there_has_no_parts(place: Place) -> None:
    assert parts(place) == []


@pytest.mark.parametrize("folder", ["", "0"])
def test_a_link_in_the_place_of_a_folder_is_not_followed(place: Place, folder: str) -> None:
    place.write("elsewhere/1/2/3/4/x", b"")
    (place.path / "http-v2" / folder).mkdir(parents=True)
    name = "1" if folder else "0"
    os.symlink(place.path / "elsewhere", place.path / "http-v2" / folder / name)
    assert parts(place) == ["http-v2"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"http-v2/0/1/2/3/4/{KEY}", True),
        (f"http-v2/0/1/2/3/5/{KEY}", False),
        (f"http-v2/0/1/2/3/{KEY}", False),
        (f"http/0/1/2/3/4/{KEY}", False),
        (f"http-v2/0/1/2/3/4/{KEY[:-1]}", False),
        (f"http-v2/0/1/2/3/4/{KEY}.bak", False),
    ],
)
def test_a_key_is_recognised_only_in_its_own_folder(path: str, expected: bool) -> None:
    assert hashed.recognises("http-v2", path, hashed.KEY) is expected


def test_a_name_belongs_to_the_folder_of_its_first_digits() -> None:
    assert hashed.belongs("http-v2/0/1/2/3/4", KEY)
    assert not hashed.belongs("http-v2/0/1/2/3/5", KEY)
