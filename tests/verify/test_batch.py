from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import random
import threading
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pipcache_tui.cache.model import Entry
from pipcache_tui.demo import formats, packages
from pipcache_tui.verify import examine, verdict_memory
from pipcache_tui.verify.batch import verify_entries
from pipcache_tui.verify.examine import Verdict, verify_entry
from pipcache_tui.verify.known_hashes import KnownHashes, gather_known_hashes
from tests.support.cache_root import FILE_HEADERS, INDEX, Place

FILES = "https://files.index.example"
PAGE = {**FILE_HEADERS, "Content-Type": "text/html"}
JSON_PAGE = {**FILE_HEADERS, "Content-Type": "application/vnd.pypi.simple.v1+json"}
WHEEL = packages.make_wheel("pure", "1.0")
PRIVATE = "https://private.example/files/"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    root = tmp_path / "pip"
    root.mkdir()
    return Place(root)


def address(content: bytes, name: str, host: str = FILES) -> str:
    digest = hashlib.blake2b(content, digest_size=32).hexdigest()
    return f"{host}/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{name}"


def verdicts(place: Place, *, hosts: tuple[str, ...] = (), memory: str | None = None) -> dict[str, Verdict]:
    """Verdicts by the entry's id."""
    entries = place.scan(index_urls=[INDEX]).entries
    known_hashes = gather_known_hashes(entries, file_hosts=hosts)
    return {verdict.entry.id: verdict for verdict in verify_entries(entries, known_hashes, memory=memory)}


def only(place: Place, *, hosts: tuple[str, ...] = ()) -> Verdict:
    (verdict,) = verdicts(place, hosts=hosts).values()
    return verdict


# --- the content proof ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pure-1.0-py3-none-any.whl", WHEEL),
        ("Zope.Interface-5.0-py3-none-any.whl", packages.make_wheel("Zope.Interface", "5.0")),
        ("zope_interface-5.0-py3-none-any.whl", packages.make_wheel("zope.interface", "5.0")),
        ("zope.interface-5.0-py3-none-any.whl", packages.make_wheel("zope.interface", "5.0")),
        ("pure-1.0+cu12-py3-none-any.whl", packages.make_wheel("pure", "1.0+cu12")),
        ("pure-1.0-py2.py3-none-any.whl", packages.make_wheel("pure", "1.0", "py3.py2-none-any")),
        (
            "c-1.0-cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            packages.make_wheel("c", "1.0", "cp39-cp39-manylinux2014_x86_64.manylinux_2_17_x86_64"),
        ),
        ("pure-1.0.tar.gz", packages.make_sdist("pure", "1.0")),
        ("pure-1.0.zip", packages.make_sdist("pure", "1.0", "zip")),
        ("pure-1.0.tgz", packages.make_sdist("pure", "1.0")),
        ("some_name-1.0.tar.gz", packages.make_sdist("some-name", "1.0")),
        ("Some.Name-1.0.tar.bz2", packages.make_sdist("Some.Name", "1.0", "tar.bz2")),
        ("pure-1.0.0-rc1.tar.gz", packages.make_sdist("pure", "1.0.0-rc1")),
    ],
)
@pytest.mark.parametrize("host", [FILES, "https://mirror.example/pypi"])
def test_the_content_alone_tells_url_and_name(place: Place, name: str, content: bytes, host: str) -> None:
    url = address(content, name, host)
    place.v2(url, content)
    verdict = only(place, hosts=("https://elsewhere.example", host))
    assert (verdict.state, verdict.means) == ("proven", ("content-address",))
    assert (verdict.entry.url, verdict.entry.url_proof, verdict.entry.filename) == (url, "content", name)
    assert verdict.sha256 == hashlib.sha256(content).hexdigest()


def test_a_file_host_is_learnt_from_the_url_of_another_file(place: Place) -> None:
    other = packages.make_wheel("other", "1.0")
    place.v2(address(WHEEL, "pure-1.0-py3-none-any.whl"), WHEEL)
    listed = packages.Listed("other-1.0-py3-none-any.whl", address(other, "other-1.0-py3-none-any.whl"))
    place.v2(f"{INDEX}other/", packages.index_page_html("other", [listed]), PAGE)
    found = {verdict.entry.kind: verdict for verdict in verdicts(place).values()}
    assert found["wheel"].entry.url_proof == "content"


def test_with_no_host_known_there_is_no_proof_but_no_fault_either(place: Place) -> None:
    place.v2(address(WHEEL, "pure-1.0-py3-none-any.whl"), WHEEL)
    verdict = only(place)
    assert (verdict.state, verdict.means, verdict.entry.url) == ("consistent", ("record", "crc"), None)


# --- known_hashes -----------------------------------------------------------------------------------------------------


def listing(place: Place, content: bytes, form: str = "html", **told: str | None) -> str:
    """A private file that its page lists; gives the file's id."""
    url = f"{PRIVATE}pure-1.0-py3-none-any.whl"
    listed = packages.Listed("pure-1.0-py3-none-any.whl", url, **told)  # type: ignore[arg-type]
    if form == "html":
        place.v2(f"{INDEX}pure/", packages.index_page_html("pure", [listed]), PAGE)
    else:
        place.v2(f"{INDEX}pure/", packages.index_page_json("pure", [listed]), JSON_PAGE)
    return f"http-v2:{place.v2(url, content)}"


@pytest.mark.parametrize("form", ["html", "json"])
def test_a_page_proves_the_files_it_lists_and_tells_what_they_are_not(place: Place, form: str) -> None:
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


def test_what_a_url_proves_no_page_can_deny(place: Place) -> None:
    url = address(WHEEL, "pure-1.0-py3-none-any.whl")
    listed = packages.Listed("pure-1.0-py3-none-any.whl", url, sha256="0" * 64)
    place.v2(f"{INDEX}pure/", packages.index_page_html("pure", [listed]), PAGE)
    key = place.v2(url, WHEEL)
    verdict = verdicts(place)[f"http-v2:{key}"]
    assert (verdict.state, verdict.means) == ("proven", ("content-address",))
    assert verdict.why == ("its sha256 is not the one in its index page",)


def test_the_page_speaks_for_where_its_link_leads(place: Place) -> None:
    source, target = "https://index.example/redirect/pure-1.0-py3-none-any.whl", f"{PRIVATE}pure-1.0-py3-none-any.whl"
    listed = packages.Listed("pure-1.0-py3-none-any.whl", source, sha256=hashlib.sha256(WHEEL).hexdigest())
    place.v2(f"{INDEX}pure/", packages.index_page_html("pure", [listed]), PAGE)
    moved = place.v2(source, b"", {**FILE_HEADERS, "Location": target, "Content-Length": "9"}, status=301)
    key = place.v2(target, WHEEL)
    found = verdicts(place)
    assert found[f"http-v2:{key}"].means == ("index-page",)
    assert found[f"http-v2:{moved}"].state == "consistent"


def test_origin_json_speaks_for_the_source(place: Place) -> None:
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
def test_headers_speak_too(place: Place, headers: Mapping[str, str], state: str, means: tuple[str, ...]) -> None:
    place.v2(f"{PRIVATE}x", WHEEL, {**FILE_HEADERS, **headers})
    verdict = only(place)
    assert (verdict.state, verdict.means) == (state, means)


def test_metadata_is_held_to_the_page_and_to_its_wheel(place: Place) -> None:
    metadata = packages.core_metadata("pure", "1.0")
    url = f"{PRIVATE}pure-1.0-py3-none-any.whl"
    listing(place, WHEEL, metadata_sha256=hashlib.sha256(metadata).hexdigest())
    key = f"http-v2:{place.v2(url + '.metadata', metadata)}"
    assert verdicts(place)[key].means == ("index-page",)
    listing(place, WHEEL)
    assert verdicts(place)[key].means == ("wheel",)
    place.v2(url + ".metadata", metadata.replace(b"1.0", b"1.1"))
    assert verdicts(place)[key].why == ("it is not the METADATA inside pure-1.0-py3-none-any.whl",)
    place.v2(url + ".metadata", gzip.compress(metadata), {**FILE_HEADERS, "Content-Encoding": "gzip"})
    assert verdicts(place)[key].state in ("proven", "consistent")


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate"])
def test_a_hash_may_be_of_what_was_before_the_encoding(place: Place, encoding: str) -> None:
    import zlib

    packed = zlib.compress(WHEEL) if encoding == "deflate" else gzip.compress(WHEEL)
    told = {"Content-Encoding": encoding, "X-Checksum-Sha256": hashlib.sha256(WHEEL).hexdigest()}
    place.v2(f"{PRIVATE}x", packed, {**FILE_HEADERS, **told})
    assert only(place).means == ("header",)


def test_a_tar_gz_that_a_server_calls_gzip_encoded_is_judged_as_it_is(place: Place) -> None:
    sdist = packages.make_sdist("pure", "1.0")
    told = {"Content-Encoding": "x-gzip", "X-Checksum-Sha256": hashlib.sha256(sdist).hexdigest()}
    place.v2(f"{PRIVATE}pure-1.0.tar.gz", sdist, {**FILE_HEADERS, **told})
    assert only(place).state == "proven"


# --- from inside ---------------------------------------------------------------------------------------------------


def zipped(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_file_that_is_not_what_record_says_is_named(place: Place) -> None:
    with zipfile.ZipFile(io.BytesIO(WHEEL)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["pure/__init__.py"] += b"\n"
    place.v2(f"{PRIVATE}x", zipped(members))
    assert only(place).why == ("pure/__init__.py is not what RECORD says",)


@pytest.mark.parametrize("suffix", ["tar.gz", "tar.bz2", "tar.xz", "zip"])
def test_an_sdist_unpacks_to_its_end(place: Place, suffix: str) -> None:
    noise = {"noise.bin": random.Random(1).randbytes(5000)}
    sdist = packages.make_sdist("pure", "1.0", suffix, files=noise)  # type: ignore[arg-type]
    place.v1(f"{PRIVATE}pure-1.0.{suffix}", sdist)
    assert only(place).means == (("crc",) if suffix == "zip" else ("compression",))
    place.v1(f"{PRIVATE}pure-1.0.{suffix}", sdist[:-9])
    assert only(place).state == "corrupt"


def test_more_streams_and_padding_behind_one_are_as_readers_take_them(place: Place) -> None:
    sdist = packages.make_sdist("pure", "1.0")
    place.v2(f"{PRIVATE}a", sdist + gzip.compress(bytes(99)))
    place.v2(f"{PRIVATE}b", sdist + bytes(1024))
    place.v2(f"{PRIVATE}c", sdist + b"signed by someone")
    assert {verdict.state for verdict in verdicts(place).values()} == {"consistent"}
    place.v2(f"{PRIVATE}d", sdist + gzip.compress(bytes(99))[:-1])
    assert [verdict.state for verdict in verdicts(place).values()].count("corrupt") == 1


@pytest.mark.parametrize(
    ("body", "headers", "state", "means"),
    [
        (b"<html><title>Links for a</title><a href='a-1.tar.gz'></html>\n", PAGE, "consistent", ("html",)),
        (b"<!DOCTYPE html><title>Links for a</title><a href='a-1.tar.gz'>", PAGE, "consistent", ()),
        (b'{"name": "a", "files": [], "meta": {"filename": 1}}', JSON_PAGE, "consistent", ("json",)),
        (b'{"name": "a", "files": [], "meta": {"filename": 1', JSON_PAGE, "corrupt", ()),
        (gzip.compress(b'{"name": "a", "files": []}', mtime=0), {**JSON_PAGE, "Content-Encoding": "gzip"}, "consistent",
         ("compression", "json")),
        (gzip.compress(b'{"name": "a", "files": []}', mtime=0)[:-1], {**JSON_PAGE, "Content-Encoding": "gzip"},
         "corrupt", ()),
        (b"\x28\xb5\x2f\xfdwhatever", {**JSON_PAGE, "Content-Encoding": "zstd"}, "consistent", ()),
    ],
)  # fmt: skip
def test_pages_are_judged_on_the_right_bytes(
    place: Place, body: bytes, headers: Mapping[str, str], state: str, means: tuple[str, ...]
) -> None:
    place.v2(f"{INDEX}a/", body, headers)
    verdict = only(place)
    assert (verdict.state, verdict.means) == (state, means)


def test_what_can_not_be_judged_says_why(place: Place) -> None:
    key = place.v2(f"{PRIVATE}x", WHEEL)
    (place.path / formats.http_path("http-v2", key)).unlink()
    place.raw("http", "a" * 56, formats.encode_cc1(formats.Stored(FILE_HEADERS, b"x")))
    place.raw("http-v2", "b" * 56, b"half", ".bodyabcdefgh.tmp")
    found = verdicts(place)
    assert {verdict.state for verdict in found.values()} == {"unchecked"}
    assert all(verdict.why and verdict.why[0] for verdict in found.values())
    assert len(found) == 3


def test_a_file_that_changed_since_the_scan_is_left_alone(place: Place) -> None:
    key = place.v2(f"{PRIVATE}x", WHEEL)
    (entry,) = place.scan().entries
    body = place.path / formats.http_path("http-v2", key, body=True)
    os.utime(body, (1, 1))
    assert verify_entry(entry, KnownHashes()).why == ("changed since it was scanned",)
    body.unlink()
    assert verify_entry(entry, KnownHashes()).why == ("gone since it was scanned",)


def test_a_body_that_the_system_does_not_give_is_not_called_corrupt(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.v2(f"{PRIVATE}x", WHEEL)
    (entry,) = place.scan().entries

    def fail(_: Entry) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(examine, "open_content", fail)
    verdict = verify_entry(entry, KnownHashes())
    assert (verdict.state, verdict.why) == ("unchecked", ("can't be read: input/output error",))


def test_no_bytes_make_it_raise(place: Place) -> None:
    chance = random.Random(7)
    noise = {"noise.bin": chance.randbytes(3000), "zeros": bytes(9000)}
    seeds = [packages.make_wheel("pure", "1.0", files=noise), gzip.compress(b'{"files": []}', mtime=0)]
    seeds += [packages.make_sdist("pure", "1.0", form, files=noise) for form in ("tar.gz", "tar.bz2", "tar.xz", "zip")]
    for number in range(300):
        body = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(body))
            body[at : at + chance.choice((0, 1, 1, 4, 40))] = chance.randbytes(chance.choice((0, 1, 1, 4)))
        place.v2(f"{PRIVATE}{number}", bytes(body), {**FILE_HEADERS, "Content-Encoding": chance.choice(("", "gzip"))})
    entries = place.scan().entries
    states = {verdict.state for verdict in verify_entries(entries, gather_known_hashes(entries, file_hosts=[FILES]))}
    assert states == {"consistent", "corrupt"}


def test_reading_leaves_the_time_of_last_use_alone(place: Place) -> None:
    key = place.v2(address(WHEEL, "pure-1.0-py3-none-any.whl"), WHEEL)
    body = place.path / formats.http_path("http-v2", key, body=True)
    os.utime(body, (1_000_000_000, 1_100_000_000))
    assert only(place, hosts=(FILES,)).state == "proven"
    assert body.stat().st_atime == 1_000_000_000


# --- many entries --------------------------------------------------------------------------------------------------


def test_verdicts_come_in_the_order_of_the_entries_and_few_are_taken_ahead(place: Place) -> None:
    for number in range(300):
        place.v2(f"{PRIVATE}{number}", b"body %d" % number)
    entries = place.scan().entries
    taken = 0

    def counted() -> Iterator[Entry]:
        nonlocal taken
        for entry in entries:
            taken += 1
            yield entry

    dealt = 0
    lock = threading.Lock()

    def watch(count: int) -> None:
        nonlocal dealt
        with lock:
            dealt += count

    given = []
    for verdict in verify_entries(counted(), KnownHashes(), watch=watch):
        given.append(verdict.entry)
        assert taken - len(given) <= 65
    assert given == list(entries)
    assert dealt == sum(entry.size for entry in entries)


def test_it_stops_when_it_is_told_to(place: Place) -> None:
    for number in range(200):
        place.v2(f"{PRIVATE}{number}", b"body %d" % number)
    entries = place.scan().entries
    given: list[Verdict] = []
    given.extend(verify_entries(entries, KnownHashes(), stop=lambda: len(given) > 0, workers=2))
    assert len(given) == 0 or len(given) < len(entries)
    before = threading.active_count()
    verifying = verify_entries(entries, KnownHashes())
    next(verifying)
    verifying.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


# --- what is remembered --------------------------------------------------------------------------------------------


@pytest.fixture
def memory(tmp_path: Path) -> str:
    return os.fspath(tmp_path / "memory")


def test_what_was_sound_is_not_read_again(place: Place, memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place.v2(address(WHEEL, "pure-1.0-py3-none-any.whl"), WHEEL)
    place.v2(f"{INDEX}a/", b'{"name": "a", "files": [], "meta": {"filename": 1}}', JSON_PAGE)
    first = verdicts(place, hosts=(FILES,), memory=memory)
    entries = place.scan(index_urls=[INDEX]).entries
    known_hashes = gather_known_hashes(entries, file_hosts=(FILES,))
    monkeypatch.setattr(examine, "open_content", lambda _: pytest.fail("it was read"))
    again = {verdict.entry.id: verdict for verdict in verify_entries(entries, known_hashes, memory=memory)}
    assert again == {key: replace(verdict, remembered=True) for key, verdict in first.items()}
    assert {verdict.entry.url_proof for verdict in again.values()} == {"content", "index-page"}


def test_a_changed_file_a_new_witness_and_bad_news_are_read_again(place: Place, memory: str) -> None:
    key = listing(place, WHEEL)
    assert not verdicts(place, memory=memory)[key].remembered
    assert verdicts(place, memory=memory)[key].remembered
    listing(place, WHEEL, sha256="0" * 64)  # rewrites the file, too
    assert [verdicts(place, memory=memory)[key].state for _ in range(2)] == ["corrupt", "corrupt"]
    entries = place.scan(index_urls=[INDEX]).entries
    assert not verdicts(place, memory=memory)[key].remembered
    unsaid = {verdict.entry.id: verdict for verdict in verify_entries(entries, KnownHashes(), memory=memory)}
    assert unsaid[key].state == "consistent"
    assert {verdict.entry.id: verdict for verdict in verify_entries(entries, KnownHashes(), memory=memory)}[
        key
    ].remembered
    assert verdicts(place, memory=memory)[key].state == "corrupt"  # the page speaks again


def test_a_memory_that_is_not_whole_is_no_memory(place: Place, memory: str) -> None:
    key = listing(place, WHEEL)
    verdicts(place, memory=memory)
    (kept,) = Path(memory).iterdir()
    content = kept.read_bytes()
    for damaged in (
        b"",
        content[:-1],
        content + b"x",
        content[:200] + bytes([content[200] ^ 1]) + content[201:],
        b"[]\n" + content,
        b"\xff\xfe\n",
        json.dumps({"format": "another", "checksum": ""}).encode() + b"\n",
    ):
        kept.write_bytes(damaged)
        assert not verdicts(place, memory=memory)[key].remembered
        assert verdicts(place, memory=memory)[key].remembered
    assert len(list(Path(memory).iterdir())) == 1
    assert verdict_memory.forget_verdicts(memory) == 1
    assert not verdicts(place, memory=memory)[key].remembered
    assert verdict_memory.forget_verdicts(os.path.join(memory, "nowhere")) == 0


def test_what_is_gone_is_forgotten_and_what_was_not_asked_for_is_kept(place: Place, memory: str) -> None:
    keys = [place.v2(f"{PRIVATE}{number}", WHEEL) for number in range(3)]
    verdicts(place, memory=memory)
    for body in (False, True):
        (place.path / formats.http_path("http-v2", keys[0], body=body)).unlink()
    place.v2(f"{PRIVATE}new", WHEEL)
    entries = place.scan().entries
    new = [entry for entry in entries if entry.files[0].path not in [formats.http_path("http-v2", key) for key in keys]]
    list(verify_entries(new, KnownHashes(), memory=memory))
    records = verdict_memory._read(memory, entries[0].root)
    assert records.keys() == {entry.files[0].path for entry in entries}
    assert all(verdict.remembered for verdict in verdicts(place, memory=memory).values())
