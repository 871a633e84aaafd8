"""What pip-accel kept."""

from __future__ import annotations

from pipcache_tui.demo import formats, packages
from tests.support.cache_root import Place


def test_sources_and_binaries_of_pip_accel_are_named(place: Place) -> None:
    place.write("sources/lxml-3.4.4.tar.gz", packages.make_sdist("lxml", "3.4.4"))
    binary = formats.pip_accel_path("lxml", "3.4.4")
    place.write(binary, b"tar")
    place.write(binary + ".txt", b"sum")
    place.write("binaries/v7/strange", b"mine")
    snapshot = place.scan()
    assert {(entry.kind, entry.project, entry.version, len(entry.files)) for entry in snapshot.entries} == {
        ("sdist", "lxml", "3.4.4", 1),
        ("other", "lxml", "3.4.4", 2),
    }
    assert snapshot.foreign_files == 1
