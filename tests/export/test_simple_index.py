"""The index that an export can write for the files in its folder."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from pipcache_tui.cache.formats.index_pages import Link, read_links
from pipcache_tui.demo import packages
from pipcache_tui.export.simple_index import Indexed
from tests.support.cache_root import INDEX, Place
from tests.support.exports import NAME, export, files
from tests.support.verdicts import PAGE, PRIVATE, WHEEL, address


def links(house: Path, project: str, form: str) -> list[Link]:
    page = (house / "simple" / project / f"index.{form}").read_bytes()
    return list(read_links(page, form, f"https://served.example/simple/{project}/"))


@pytest.mark.parametrize("form", ["html", "json"])
def test_the_index_lists_every_file_in_the_folder(place: Place, house: Path, form: str) -> None:
    odd = packages.make_wheel("odd", "1!2.0+l", requires_python=">=3.8,<4")
    listed = packages.Listed(NAME, address(WHEEL, NAME), yanked="it loses <data>")
    place.v2(f"{INDEX}pure/", packages.index_page_html("pure", [listed]), PAGE)
    place.v2(address(WHEEL, NAME), WHEEL)
    place.v2(address(odd, "odd-1!2.0+l-py3-none-any.whl"), odd)
    house.mkdir()
    mine = packages.make_sdist("my-own", "3", metadata=packages.core_metadata("my-own", "3", requires_python=">=3"))
    (house / "my-own-3.tar.gz").write_bytes(mine)
    (house / "notes.txt").write_bytes(b"not one")
    result = export(place, house, index=True)
    assert result.indexed == Indexed(3, 3)
    (pure,) = links(house, "pure", form)
    metadata = (house / f"{NAME}.metadata").read_bytes()
    assert metadata == packages.core_metadata("pure", "1.0")
    assert pure == Link(
        url=f"https://served.example/{NAME}",
        filename=NAME,
        hashes=(("sha256", hashlib.sha256(WHEEL).hexdigest()),),
        yanked="it loses <data>",
        size=len(WHEEL) if form == "json" else None,
        has_metadata=True,
        metadata_hashes=pure.metadata_hashes,
    )
    assert ("sha256", hashlib.sha256(metadata).hexdigest()) in pure.metadata_hashes
    (other,) = links(house, "odd", form)
    assert (other.filename, other.requires_python) == ("odd-1!2.0+l-py3-none-any.whl", ">=3.8,<4")
    (own,) = links(house, "my-own", form)
    assert (own.requires_python, own.has_metadata) == (">=3", False)
    top = json.loads((house / "simple" / "index.json").read_text())
    assert [each["name"] for each in top["projects"]] == ["my-own", "odd", "pure"]
    # a later export adds to it, and forgets nothing
    before = files(house)
    assert export(place, house, index=True, entries=[]).indexed == Indexed(3, 3)
    assert links(house, "pure", form) == [pure]
    assert files(house) == before


def test_pages_and_metadata_written_by_others_stay(place: Place, house: Path) -> None:
    place.v2(PRIVATE + NAME, WHEEL)
    (house / "simple" / "pure").mkdir(parents=True)
    theirs = {
        house / "simple" / "index.html": "<html>my site</html>",
        house / "simple" / "pure" / "index.html": "<html>mine</html>",
        house / f"{NAME}.metadata": "Name: other",
    }
    for path, text in theirs.items():
        path.write_text(text)
    indexed = export(place, house, index=True).indexed
    assert indexed is not None
    assert len(indexed.remarks) == 3
    assert {path: path.read_text() for path in theirs} == theirs
    (link,) = links(house, "pure", "json")
    assert not link.has_metadata
