"""Verifying on a disk that fails: what is sound is never called corrupt, since that would be deleted."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pipcache_tui.demo import formats, packages
from pipcache_tui.verify.batch import verify_entries
from tests.conftest import Figure
from tests.faults.system import watched_everywhere
from tests.faults.test_errors import ERRORS
from tests.faults.wheelhouse import Stock
from tests.support.cache_root import FILE_HEADERS, Place
from tests.support.verdicts import PRIVATE


@pytest.fixture
def stock(tmp_path: Path) -> Stock:
    """Wheels and sdists of each form in which they are packed, none with a witness but what it says of itself."""
    (tmp_path / "pip").mkdir()
    place = Place(tmp_path / "pip")
    place.v2(f"{PRIVATE}a", packages.make_wheel("a", "1.0"))
    place.v1(f"{PRIVATE}b", packages.make_wheel("b", "1.0"))
    url = f"{PRIVATE}c"
    wheel = packages.make_wheel("c", "1.0")
    place.raw("http", formats.cache_key(url), formats.encode_cc2(formats.Stored(FILE_HEADERS, wheel)))
    for form in (".tar.gz", ".tar.bz2", ".tar.xz", ".zip"):
        place.v2(f"{PRIVATE}d{form}", packages.make_sdist("d", "1.0", form[1:]))  # type: ignore[arg-type]
    page = packages.index_page_html("a", [])
    place.v2(
        f"{PRIVATE}a/",
        packages.gzipped(page),
        {**FILE_HEADERS, "Content-Type": "text/html", "Content-Encoding": "gzip"},
    )
    return Stock(place)


def test_no_failing_call_makes_a_sound_entry_corrupt(stock: Stock, figure: Figure) -> None:
    """Else `--prune-corrupt` would delete what a bad cable or a slow server made unreadable for a moment."""
    undisturbed = {each.entry.id: each.state for each in verify_entries(stock.entries, stock.known_hashes, workers=1)}
    assert set(undisturbed.values()) == {"consistent"}
    assert len(undisturbed) == 8
    tried = hurt = 0
    for number in ERRORS:
        at, calls = 0, 1
        while at < calls:

            def fail(index: int, _: str, at: int = at, number: int = number) -> None:
                if index == at:
                    raise OSError(number, os.strerror(number))

            with watched_everywhere(fail) as system:
                verdicts = list(verify_entries(stock.entries, stock.known_hashes, workers=1))
            case = f"{errno.errorcode[number]} from call {at}, {(*system.made, 'none')[min(at, len(system.made))]}"
            assert [each.entry.id for each in verdicts] == [entry.id for entry in stock.entries], case
            unchecked = [each for each in verdicts if each.state != undisturbed[each.entry.id]]
            assert len(unchecked) <= 1, case
            for each in unchecked:
                assert each.state == "unchecked", f"{case}: {each.why}"
                assert len(each.why) == 1 and "\n" not in each.why[0] and "Errno" not in each.why[0], case
            hurt += len(unchecked)
            calls = max(calls, len(system.made))
            at += 1
        tried += at
    assert hurt > 200
    figure(f"{tried} calls of a verification failed in turn: nothing sound called corrupt")
