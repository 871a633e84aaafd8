"""The name a file is exported under; no name from an archive or a URL leads out of the folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipcache_tui.demo import packages
from pipcache_tui.export.file_names import UNPROVEN, export_name, is_distribution
from tests.support.cache_root import INDEX, Place
from tests.support.exports import NAME, export
from tests.support.report_entries import make_entry
from tests.support.verdicts import PAGE, PRIVATE, WHEEL

HOSTILE = (
    "../../etc/passwd",
    "..",
    "/etc/x-1.0.tar.gz",
    "a/../../x-1.0.tar.gz",
    "x-1.0\\..\\y.tar.gz",
    ".hidden-1.0.tar.gz",
    "x-1.0.tar.gz\n",
    "x-1.0\x00.tar.gz",
    "x-1.0.tar.gz/",
    "C:x-1.0.zip",
    "x-1.0.exe",
    "x" * 300 + "-1.0.tar.gz",
    "x\u202e-1.0.zip",
    "-1.0.tar.gz",
    "",
)


def test_an_unproven_name_is_made_from_the_metadata_and_has_a_note(place: Place, house: Path) -> None:
    place.v2(f"{PRIVATE}x", WHEEL)
    place.v2(f"{PRIVATE}y", packages.make_sdist("pure", "1.0"))
    notes = {step.name: step.note for step in export(place, house).exported}
    assert notes == {NAME: UNPROVEN["wheel"], "pure-1.0.tar.gz": UNPROVEN["sdist"]}


def test_a_url_that_ends_in_no_file_name_does_not_name_the_file(place: Place, house: Path) -> None:
    page = f'<html><title>Links for pure</title><a href="{PRIVATE}v1.0.tar.gz">pure-1.0.tar.gz</a></html>'
    place.v2(f"{INDEX}pure/", page.encode(), PAGE)
    place.v2(f"{PRIVATE}v1.0.tar.gz", packages.make_sdist("pure", "1.0"))
    (step,) = export(place, house).exported
    assert (step.name, step.note) == ("pure-1.0.tar.gz", UNPROVEN["sdist"])


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_not_taken(name: str) -> None:
    assert not is_distribution(name)


@given(st.text() | st.from_regex(r"[\w./\\-]*\.(whl|tar\.gz|zip)", fullmatch=True), st.text(), st.text())
def test_no_name_leads_out_of_the_folder(filename: str, project: str, version: str) -> None:
    for kind in ("wheel", "built-wheel", "sdist"):
        entry = make_entry(kind=kind, filename=filename, project=project, version=version, tags=("py3-none-any",))
        name, _ = export_name(entry)
        if name is not None:
            assert os.path.basename(name) == name == Path(name).name
            assert name.isascii() and name.isprintable() and not name.startswith((".", "-")) and len(name) < 256
