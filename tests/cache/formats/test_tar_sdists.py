"""Source distributions named from their PKG-INFO."""

from __future__ import annotations

import pytest

from pipcache_tui.demo import packages
from tests.support.cache_root import FILES, Place

URL = FILES + "ab/cd/Demo.Pkg-1.0-py2.py3-none-any.whl"


@pytest.mark.parametrize("form", ["tar.gz", "zip", "tar.bz2", "tar.xz"])
def test_an_sdist_of_any_archive_format_is_named_from_its_inside(place: Place, form: packages.SdistForm) -> None:
    place.v2(URL, packages.make_sdist("Some-Lib", "2.1", form))
    entry = place.only()
    assert (entry.kind, entry.project, entry.version) == ("sdist", "some-lib", "2.1")
    assert entry.filename == f"Some-Lib-2.1.{form}"
