"""Where the hashes of a body are known from: URLs, index pages, origin.json and headers."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

import pytest

from pipcache_tui.demo import formats, packages
from pipcache_tui.verify.known_hashes import gather_known_hashes
from tests.support.cache_root import FILE_HEADERS, FILES, INDEX, Place
from tests.support.verdicts import PAGE, PRIVATE, WHEEL, address, listing, only, verdicts

SDIST = packages.make_sdist("pure", "1.0")


def test_a_file_host_is_learnt_from_the_url_of_another_file(place: Place) -> None:
    other = packages.make_wheel("other", "1.0")
    place.v2(address(WHEEL, "pure-1.0-py3-none-any.whl"), WHEEL)
    listed = packages.Listed("other-1.0-py3-none-any.whl", address(other, "other-1.0-py3-none-any.whl"))
    place.v2(f"{INDEX}other/", packages.index_page_html("other", [listed]), PAGE)
    found = {verdict.entry.kind: verdict for verdict in verdicts(place).values()}
    assert found["wheel"].entry.url_proof == "content"


@pytest.mark.parametrize("form", ["html", "json"])
def test_a_page_proves_the_files_it_lists_and_exposes_others(place: Place, form: str) -> None:
    sha256 = hashlib.sha256(WHEEL).hexdigest()
    key = listing(place, WHEEL, form, sha256=sha256)
    assert verdicts(place)[key].means == ("index-page",)
    another = packages.make_wheel("pure", "1.0", files={"pure.py": b"evil = 1"})
    listing(place, another, form, sha256=sha256)
    verdict = verdicts(place)[key]
    assert (verdict.state, verdict.why) == ("corrupt", ("its sha256 is not the one in its index page",))


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha384", "sha512"])
def test_pages_may_use_other_hashes(place: Place, algorithm: str) -> None:
    url = f"{PRIVATE}pure-1.0-py3-none-any.whl"
    digest = hashlib.new(algorithm, WHEEL, usedforsecurity=False).hexdigest()
    page = f'<!DOCTYPE html><html><title>Links for pure</title><a href="{url}#{algorithm}={digest}">pure</a></html>'
    place.v2(f"{INDEX}pure/", page.encode(), PAGE)
    key = place.v1(url, WHEEL)
    assert verdicts(place)[f"http:{key}"].state == "proven"


def test_a_hash_in_a_page_holds_for_the_target_of_a_redirect(place: Place) -> None:
    source, target = "https://index.example/redirect/pure-1.0-py3-none-any.whl", f"{PRIVATE}pure-1.0-py3-none-any.whl"
    listed = packages.Listed("pure-1.0-py3-none-any.whl", source, sha256=hashlib.sha256(WHEEL).hexdigest())
    place.v2(f"{INDEX}pure/", packages.index_page_html("pure", [listed]), PAGE)
    moved = place.v2(source, b"", {**FILE_HEADERS, "Location": target, "Content-Length": "9"}, status=301)
    key = place.v2(target, WHEEL)
    found = verdicts(place)
    assert found[f"http-v2:{key}"].means == ("index-page",)
    assert found[f"http-v2:{moved}"].state == "consistent"


def test_origin_json_proves_the_source_a_wheel_was_built_from(place: Place) -> None:
    sdist = packages.make_sdist("pure", "1.0")
    url = f"{PRIVATE}pure-1.0.tar.gz"
    key = place.v2(url, sdist)
    folder = formats.built_wheel_folder(url, ("cp", "312"))
    place.write(f"{folder}/pure-1.0-py3-none-any.whl", WHEEL)
    place.write(f"{folder}/origin.json", formats.origin_json(url, hashes={"sha256": hashlib.sha256(sdist).hexdigest()}))
    found = verdicts(place)
    assert found[f"http-v2:{key}"].means == ("origin",)
    (built,) = [verdict for verdict in found.values() if verdict.entry.kind == "built-wheel"]
    assert (built.state, built.means) == ("consistent", ("record", "crc"))


@pytest.mark.parametrize(
    ("headers", "state", "means"),
    [
        ({"ETag": f'"{hashlib.md5(WHEEL).hexdigest()}"'}, "proven", ("etag",)),
        ({"ETag": f'W/"{hashlib.sha256(WHEEL).hexdigest().upper()}"'}, "proven", ("etag",)),
        ({"ETag": f'"{"0" * 32}"'}, "consistent", ("record", "crc")),
        ({"X-Checksum-Sha256": hashlib.sha256(WHEEL).hexdigest()}, "proven", ("header",)),
        ({"X-Checksum-Sha1": "0" * 40}, "corrupt", ()),
        ({"Content-MD5": base64.b64encode(hashlib.md5(WHEEL).digest()).decode()}, "proven", ("header",)),
        ({"Content-MD5": "not base64"}, "consistent", ("record", "crc")),
        ({"Content-Length": str(len(WHEEL))}, "consistent", ("record", "crc", "content-length")),
        ({"Content-Length": str(len(WHEEL) + 1)}, "corrupt", ()),
        ({"Content-Length": "many"}, "consistent", ("record", "crc")),
    ],
)
def test_hashes_and_lengths_in_headers_are_compared(
    place: Place, headers: Mapping[str, str], state: str, means: tuple[str, ...]
) -> None:
    place.v2(f"{PRIVATE}x", WHEEL, {**FILE_HEADERS, **headers})
    verdict = only(place)
    assert (verdict.state, verdict.means) == (state, means)


def test_a_page_of_too_many_links_is_not_read_for_hashes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    links = [packages.Listed(f"pure-{number}.tar.gz", f"{FILES}pure-{number}.tar.gz", "a" * 64) for number in range(5)]
    place.v2(f"{INDEX}pure/", packages.index_page_html("pure", links), {**FILE_HEADERS, "Content-Type": "text/html"})
    place.v2(f"{FILES}pure-1.tar.gz", SDIST)
    entries = place.scan(index_urls=[INDEX]).entries
    assert gather_known_hashes(entries).claims
    monkeypatch.setattr("pipcache_tui.verify.known_hashes._MOST_LINKS", 4)
    assert not gather_known_hashes(entries).claims
