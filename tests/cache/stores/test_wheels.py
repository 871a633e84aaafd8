"""Wheels that pip built on this machine."""

from __future__ import annotations

import pytest

from pipcache_tui.cache.model import Origin
from pipcache_tui.demo import formats, packages
from tests.support.cache_root import FILES, Place

URL = FILES + "ab/cd/Demo.Pkg-1.0-py2.py3-none-any.whl"


def test_built_wheels_share_an_origin(place: Place) -> None:
    url = FILES + "sdistpkg-1.0.tar.gz"
    folder = formats.built_wheel_folder(url, ("cp", "312"), hash_name="sha256", digest="a" * 64)
    place.write(
        f"{folder}/sdistpkg-1.0-cp312-cp312-linux_x86_64.whl",
        packages.make_wheel("sdistpkg", "1.0", "cp312-cp312-linux_x86_64"),
    )
    place.write(f"{folder}/sdistpkg-1.0-py3-none-any.whl", packages.make_wheel("sdistpkg", "1.0"))
    place.write(f"{folder}/origin.json", formats.origin_json(url, hashes={"sha256": "A" * 64}))
    place.write(f"{folder}/notes.txt", b"mine")
    place.write(f"{folder}/tmpab12cd34/sdistpkg-1.0-py3-none-any.whl", b"half")
    snapshot = place.scan()
    first, second = [entry for entry in snapshot.entries if entry.kind == "built-wheel"]
    assert [len(first.files), len(second.files)] == [2, 1]
    assert first.files[1].path.endswith("origin.json")
    assert first.detail == second.detail == Origin(url, (("sha256", "a" * 64),))
    assert (first.url, first.url_proof) == (url, "origin")
    assert first.tags == ("cp312-cp312-linux_x86_64",)
    assert [entry.kind for entry in snapshot.entries].count("leftover") == 1
    assert snapshot.foreign_files == 1


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"url": 5}', b"[" * 5000, b"\xff"])
def test_a_bad_origin_is_a_problem_not_a_crash(place: Place, content: bytes) -> None:
    folder = formats.old_built_wheel_folder(URL)
    place.write(f"{folder}/lib-1.0-py3-none-any.whl", packages.make_wheel("lib", "1.0"))
    place.write(f"{folder}/origin.json", content)
    entry = place.only()
    assert entry.kind == "built-wheel"
    assert len(entry.files) == 2
    assert any("origin.json" in problem for problem in entry.problems)


def test_an_origin_without_a_wheel_is_an_orphan(place: Place) -> None:
    place.write(formats.old_built_wheel_folder(URL) + "/origin.json", formats.origin_json(URL, vcs=("git", "c0ffee")))
    entry = place.only()
    assert entry.kind == "orphan"
    assert entry.detail == Origin(URL, vcs="git", commit="c0ffee")
