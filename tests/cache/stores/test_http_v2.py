"""Responses as pip 23.3 and later store them, in two files."""

from __future__ import annotations

from pipcache_tui.demo import packages
from pipcache_tui.demo.formats import cache_key, http_path
from tests.support.cache_root import FILES, Place

WHEEL = packages.make_wheel("Demo.Pkg", "1.0", "py2.py3-none-any", requires_python=">=3.6")

URL = FILES + "ab/cd/Demo.Pkg-1.0-py2.py3-none-any.whl"


def test_half_pairs_leftovers_and_foreign_files_are_distinguished(place: Place) -> None:
    key = place.v2(URL, WHEEL)
    (place.path / http_path("http-v2", key, body=True)).unlink()
    lone = cache_key("lone")
    place.raw("http-v2", lone, WHEEL, ".body")
    place.raw("http-v2", cache_key("temp"), b"part", "abcd_123.tmp")
    place.raw("http", cache_key("lock"), b"", ".lock")
    place.raw("http", cache_key("held"), b"", ".lock/myhost.MainThread-4711")
    place.write("http-v2/notes.txt", b"mine")
    place.write("http-v2/a/b/c/README", b"mine")
    place.raw("http-v2", key, b"mine", ".bak")
    place.write("http/0/1/2/3/4/" + "f" * 56, b"in the wrong folder")
    snapshot = place.scan()
    kinds = {entry.id: entry.kind for entry in snapshot.entries}
    assert kinds[f"http-v2:{key}"] == "orphan"
    assert kinds[f"http-v2:{lone}"] == "orphan"
    assert sorted(kinds.values()) == ["leftover"] * 3 + ["orphan"] * 2
    orphan = next(entry for entry in snapshot.entries if entry.id == f"http-v2:{lone}")
    assert orphan.project == "demo-pkg"
    assert snapshot.foreign_files == 4
    assert snapshot.foreign_size == len(b"mine") * 3 + len(b"in the wrong folder")
