from __future__ import annotations

import pytest

from pipcache_tui.select.lookup import find_entries, near_names
from tests.support.report_entries import ROOT, make_entry, owned, wheel

#: keys of pip's own making: sha224 of the URL
URL = "https://localhost:8443/simple/wheelpkg/"
KEY = "82c6dbbed8f2f78b040876f3ea49c010a9e436f2aec3e1b0899ca627"
PAGE = make_entry(files=(owned(f"http-v2/8/2/c/6/d/{KEY}"), owned(f"http-v2/8/2/c/6/d/{KEY}.body")), kind="index-page")
SIX = wheel(1, "six", "1.16.0")
OLD = wheel(2, "six", "1.15.0")
ZOPE = wheel(3, "zope-interface", "6.0")
LEAF = "5592e483c3f29382069699b2b1088469e108d6ec354df8b47b9"[:50]
BUILT = make_entry(
    files=(owned(f"wheels/1c/7c/55/{LEAF}/lxml-5.0-cp311-cp311-linux_x86_64.whl"),),
    kind="built-wheel",
    store="wheels",
    project="lxml",
    filename="lxml-5.0-cp311-cp311-linux_x86_64.whl",
)
TORCH = wheel(4, "torch", "2.6.0+cu124")
ALL = [PAGE, SIX, OLD, ZOPE, BUILT, TORCH]


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("six", [SIX, OLD]),
        ("Six", [SIX, OLD]),
        ("six==1.15.0", [OLD]),
        ("six == 1.16.0", [SIX]),
        ("six==1.16", [SIX]),
        ("six==1.15.*", [OLD]),
        ("six===1.16", []),
        ("six==9", []),
        ("six==no version", []),
        ("torch==2.6.0", [TORCH]),
        ("torch==2.6.0+cu124", [TORCH]),
        ("torch==2.6.0+cpu", []),
        ("zope.interface", [ZOPE]),
        ("Zope_Interface", [ZOPE]),
        ("six-1.16.0-py3-none-any.whl", [SIX]),
        (SIX.id, [SIX]),
        (BUILT.id, [BUILT]),
        (URL, [PAGE]),
        ("HTTPS://user:secret@LOCALHOST:8443/simple/wheelpkg/#fragment", [PAGE]),
        ("https://localhost:8443/simple/other/", []),
        (KEY, [PAGE]),
        (KEY[:8], [PAGE]),
        (KEY[:5], []),
        (f"1c7c55{LEAF}", [BUILT]),
        (f"{ROOT}/http-v2/8/2/c/6/d/{KEY}.body", [PAGE]),
        (f"http-v2/8/2/c/6/d/{KEY}", [PAGE]),
        ("lxml-5.0-cp311-cp311-linux_x86_64.whl", [BUILT]),
        ("", []),
        ("http-v2:", []),
        ("a\udcff/b", []),
    ],
)
def test_the_most_exact_reading_that_finds_anything_counts(what: str, found: list[object]) -> None:
    assert find_entries(ALL, what) == found


def test_names_that_are_nearly_there_are_offered() -> None:
    assert near_names(ALL, "zope-interfaces") == ["zope-interface"]
    assert near_names(ALL, "Sixx") == ["six"]
    assert near_names(ALL, "unheard-of") == []
