"""Opening the content of an entry after the scan: bodies, headers, summaries, and files that changed."""

from __future__ import annotations

import pytest

from pipcache_tui.cache.content import ChangedError, open_content, read_headers, read_summary
from pipcache_tui.cache.model import Entry
from pipcache_tui.demo import packages
from tests.support.cache_root import FILES, Place


def test_content_can_be_opened_again(place: Place) -> None:
    sdist = packages.make_sdist("lib", "1.0")
    place.v2(FILES + "lib-1.0.tar.gz", sdist)
    place.v1(FILES + "lib-1.0.tar.gz", sdist)
    for entry in place.scan().entries:
        with open_content(entry) as content:
            assert b"".join(content.stream()) == sdist
            assert content.headers["etag"] == '"abc"'
        assert read_headers(entry)["etag"] == '"abc"'


@pytest.mark.parametrize("form", ["wheel", "tar.gz", "metadata"])
@pytest.mark.parametrize("store", ["v1", "v2"])
def test_the_summary_of_a_distribution(place: Place, store: str, form: str) -> None:
    text = packages.core_metadata("lib", "1.0", summary="What it is")
    body = {
        "wheel": packages.make_wheel("lib", "1.0", metadata=text),
        "tar.gz": packages.make_sdist("lib", "1.0", metadata=text),
        "metadata": text,
    }[form]
    getattr(place, store)(FILES + "x", body)
    assert read_summary(place.only()) == "What it is"
    assert read_summary(place.only()._replace(root="/nonexistent")) is None
    assert read_summary(place.only()._replace(kind="index-page")) is None


def test_content_that_changed_since_the_scan_is_refused(place: Place) -> None:
    key = place.v2(FILES + "lib-1.0.tar.gz", packages.make_sdist("lib", "1.0"))
    entry = place.only()
    (place.path / "/".join(("http-v2", *key[:5], key + ".body"))).write_bytes(b"other")
    with pytest.raises(ChangedError), open_content(entry):
        pass
    gone: Entry = entry._replace(root="/nonexistent")
    assert read_headers(gone) == {}
