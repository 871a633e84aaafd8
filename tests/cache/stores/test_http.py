"""Responses as pip 6.0 to 23.2 stored them, one file each."""

from __future__ import annotations

from pipcache_tui.demo import packages
from pipcache_tui.demo.formats import Stored, cache_key, encode_cc1, encode_cc2
from tests.support.cache_root import FILE_HEADERS, FILES, Place

WHEEL = packages.make_wheel("Demo.Pkg", "1.0", "py2.py3-none-any", requires_python=">=3.6")

URL = FILES + "ab/cd/Demo.Pkg-1.0-py2.py3-none-any.whl"


def test_the_formats_of_old_pips_are_read_and_pickles_are_not_loaded(place: Place) -> None:
    place.raw("http", cache_key(URL), encode_cc2(Stored(FILE_HEADERS, WHEEL)))
    place.raw("http", cache_key(URL + "x"), encode_cc1(Stored(FILE_HEADERS, WHEEL)))
    entries = place.entries()
    assert entries[f"http:{cache_key(URL)}"].project == "demo-pkg"
    pickled = entries[f"http:{cache_key(URL + 'x')}"]
    assert pickled.kind == "other"
    assert "never opened" in pickled.problems[0]
    assert pickled.response is not None
    assert pickled.response.cache_format == 1
