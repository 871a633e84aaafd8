from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipcache_tui.cache.disk.folders import BY_DESCRIPTOR, Folder, open_below, open_folder_of
from pipcache_tui.demo import formats
from tests.support.cache_root import Place

pytestmark = pytest.mark.skipif(not BY_DESCRIPTOR, reason="this system reaches folders by path: none is held open")


def descriptors() -> int:
    """How many this process holds open."""
    return len(os.listdir("/dev/fd"))


def test_the_way_down_holds_no_folder_but_the_last(tmp_path: Path) -> None:
    (tmp_path / "a/b/c").mkdir(parents=True)
    (tmp_path / "a/b/c/file").write_bytes(b"here")
    (tmp_path / "a/link").symlink_to("b")
    before = descriptors()
    with Folder.at(str(tmp_path)) as top:
        with open_below(top, "a/b/c") as folder:
            assert folder.names() == ["file"]
        for path, refusal in (("a/b/gone", FileNotFoundError), ("a/b/c/file", OSError), ("a/link", OSError)):
            with pytest.raises(refusal):
                open_below(top, path)
        assert top.names() == ["a"]
    assert descriptors() == before
    with open_folder_of(str(tmp_path), "a/b/c/file") as (folder, name), folder.file(name) as file:
        assert file.read_at(0, 9) == b"here"
    for path in ("a/b/c/gone", "a/gone/c/file", "gone", "a/link/c/file", "a/b/c"):
        with pytest.raises(OSError), open_folder_of(str(tmp_path), path) as (folder, name), folder.file(name):
            pass
    assert descriptors() == before


def test_a_scan_leaves_no_folder_open(place: Place) -> None:
    place.write("sources/demo-1.0.tar.gz", b"")
    place.write(formats.pip_accel_path("demo", "1.0"), b"")
    place.write("binaries/v8", b"no folder")
    for path in ("http/a", "http-v2/a", "wheels"):
        place.write(f"{path}/b", b"no folder")
    before = descriptors()
    assert len(place.scan().entries) == 2
    assert descriptors() == before
