"""Which entries are exported and under which conditions: proven before unproven, nothing corrupt, nothing replaced."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from pipcache_tui.demo import formats, packages
from pipcache_tui.export.copies import Exported, ExportError, ExportResult, Refused, export_entries
from pipcache_tui.export.file_names import export_name
from pipcache_tui.export.simple_index import Indexed
from pipcache_tui.verify.known_hashes import gather_known_hashes
from tests.support.cache_root import FILE_HEADERS, INDEX, Place
from tests.support.exports import NAME, export, files, refusing
from tests.support.verdicts import FILE_HOST, PAGE, PRIVATE, WHEEL, address


def put(place: Place, form: str, url: str, body: bytes) -> None:
    """An entry of `http-v2/`, of `http/` as cc=4 or cc=2, or of a download cache."""
    if form == "v2":
        place.v2(url, body)
    elif form == "cc=4":
        place.v1(url, body)
    elif form == "cc=2":
        place.raw("http", formats.cache_key(url), formats.encode_cc2(formats.Stored(FILE_HEADERS, body)))
    else:
        name, sidecar = formats.download_names(url)
        place.write(name, body)
        place.write(sidecar, b"application/octet-stream")


@pytest.mark.parametrize("form", ["v2", "cc=4", "cc=2", "downloads"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        (NAME, packages.make_wheel("pure", "1.0", padding=3 << 20)),
        ("pure-1.0.tar.gz", packages.make_sdist("pure", "1.0")),
        ("Pure.x-1.0.zip", packages.make_sdist("Pure.x", "1.0", "zip")),
        ("torch-2.1+cu121-py3-none-any.whl", packages.make_wheel("torch", "2.1+cu121")),
    ],
)
def test_a_file_is_exported_under_the_name_it_was_served_with(
    place: Place, house: Path, form: str, name: str, content: bytes
) -> None:
    put(place, form, address(content, name), content)
    result = export(place, house)
    assert files(house) == {name: content}
    (step,) = result.exported
    assert (step.name, step.size, step.proven, step.note) == (name, len(content), True, "")
    assert step.sha256 == hashlib.sha256(content).hexdigest()
    again = export(place, house)
    assert [step.why for step in again.left] == ["already there"]
    assert (again.exported, again.refused, files(house)) == ((), (), {name: content})


def test_only_wheels_and_sdists_are_exported(place: Place, house: Path) -> None:
    place.v2(f"{INDEX}pure/", packages.index_page_html("pure", [packages.Listed(NAME, PRIVATE + NAME)]), PAGE)
    place.v2(f"{PRIVATE}{NAME}.metadata", packages.core_metadata("pure", "1.0"))
    place.write(formats.selfcheck_path("/x"), formats.selfcheck_note("/x", 1e9, "25.3"))
    assert export(place, house) == ExportResult((), (), (), None)
    assert files(house) == {}


@pytest.mark.parametrize("form", ["v2", "cc=4", "cc=2", "downloads"])
def test_a_corrupt_body_is_refused_and_leaves_no_file(place: Place, house: Path, form: str) -> None:
    content = packages.make_wheel("pure", "1.0", padding=100)
    broken = content[:60] + bytes([content[60] ^ 1]) + content[61:]
    put(place, form, address(content, NAME), broken)
    result = export(place, house)
    assert [(step.name, step.why.startswith("corrupt: ")) for step in result.refused] == [(NAME, True)]
    assert list(house.iterdir()) == []


def test_another_file_of_that_name_stays(place: Place, house: Path) -> None:
    house.mkdir()
    (house / NAME).write_bytes(b"mine")
    place.v2(PRIVATE + NAME, WHEEL)
    (step,) = export(place, house).refused
    assert step.why == "another file of this name is there already; it stays"
    assert files(house) == {NAME: b"mine"}


def test_no_link_is_followed(place: Place, house: Path, tmp_path: Path) -> None:
    house.mkdir()
    outside = tmp_path / "outside"
    (house / NAME).symlink_to(outside)
    place.v2(PRIVATE + NAME, WHEEL)
    assert len(export(place, house).refused) == 1
    assert not outside.exists()
    outside.write_bytes(WHEEL)
    assert len(export(place, house).refused) == 1
    assert (house / NAME).is_symlink()


def test_a_file_that_changes_between_scan_verdict_and_copy_is_refused(
    place: Place, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = place.v2(PRIVATE + NAME, WHEEL)
    body = place.path / formats.http_path("http-v2", key, body=True)
    entries = place.scan().entries
    status = body.stat()
    from pipcache_tui.export import copies as module

    def change(folder: str, name: str, sha256: str) -> None:
        body.write_bytes(WHEEL[:50] + b"?" + WHEEL[51:])
        os.utime(body, ns=(status.st_atime_ns, status.st_mtime_ns))

    monkeypatch.setattr(module, "_existing", change)
    (step,) = export(place, house, entries=entries).refused
    assert step.why == "corrupt: it changed after it was verified"
    os.utime(body, (1, 1))
    (step,) = export(place, house, entries=entries).refused
    assert step.why == "changed since it was scanned"
    assert list(house.iterdir()) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_full_disk_gives_one_line_and_leaves_no_partial_file(
    place: Place, house: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    big = packages.make_wheel("pure", "2.0", padding=3 << 20)
    place.v2(PRIVATE + NAME, WHEEL)
    place.v2(f"{PRIVATE}pure-2.0-py3-none-any.whl", big)
    write, written = os.write, 0

    def limited(descriptor: int, data: bytes) -> int:
        nonlocal written
        written += len(data)
        return write(descriptor, data) if written < 2 << 20 else refusing(code)()

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", limited)
        with pytest.raises(ExportError) as raised:
            export(place, house)
    assert str(raised.value) == f"{house}: {os.strerror(code).lower()}; 1 file written before, whole"
    assert files(house) == {NAME: WHEEL}


def test_the_target_must_be_a_folder_outside_the_cache(place: Place, house: Path, tmp_path: Path) -> None:
    place.v2(PRIVATE + NAME, WHEEL)
    house.write_bytes(b"a file")
    (tmp_path / "link").symlink_to(place.path)
    for folder, words in (
        (house, "is not a folder"),
        (house / "below", "not a directory"),
        (place.path, "is inside the cache"),
        (place.path / "http-v2" / "new", "is inside the cache"),
        (tmp_path / "link", "is inside the cache"),
    ):
        before = place.files()
        with pytest.raises(ExportError, match=words):
            export(place, folder)
        assert place.files() == before


def test_it_stops_between_pieces_and_leaves_no_partial_file(place: Place, house: Path) -> None:
    place.v2(PRIVATE + NAME, packages.make_wheel("pure", "1.0", padding=8 << 20))
    entries = place.scan().entries
    total = sum(entry.size for entry in entries)
    for limit in (1, total + (2 << 20)):
        dealt = [0]

        def watch(count: int, dealt: list[int] = dealt) -> None:
            dealt[0] += count

        def stop(dealt: list[int] = dealt, limit: int = limit) -> bool:
            return dealt[0] > limit

        assert list(export_entries(entries, os.fspath(house), gather_known_hashes(()), stop=stop, watch=watch)) == []
        assert dealt[0] > limit
        assert files(house) == {}


def variants(count: int) -> list[bytes]:
    return [packages.make_wheel("pure", "1.0", files={"pure.py": b"n = %d\n" % number}) for number in range(count)]


def test_equal_files_are_exported_once(place: Place, house: Path) -> None:
    place.v2(address(WHEEL, NAME), WHEEL)
    place.v1(address(WHEEL, NAME), WHEEL)
    result = export(place, house)
    assert (len(result.exported), len(result.left)) == (1, 1)
    assert result.left[0].why.startswith("the same file as ")


def test_of_files_with_one_name_the_proven_one_is_exported(place: Place, house: Path) -> None:
    proven, other = variants(2)
    place.v2(address(proven, NAME), proven)
    place.v2(PRIVATE + "other", other)
    built = formats.built_wheel_folder("https://x.example/y.tar.gz", ("cp", "311"))
    place.write(f"{built}/{NAME}", packages.make_wheel("pure", "1.0", files={"built.py": b""}))
    result = export(place, house)
    assert files(house) == {NAME: proven}
    assert [step.why.partition(" ")[2] for step in result.refused] == [
        "has this name too and is proven; this one is not"
    ]
    assert [step.why.partition(" ")[2] for step in result.left] == ["is exported, which is proven"]


def test_of_several_unproven_or_several_proven_files_none_is_exported(place: Place, house: Path) -> None:
    for number, content in enumerate(variants(2)):
        place.v2(f"{PRIVATE}{number}", content)
    result = export(place, house)
    assert (len(result.refused), files(house)) == (2, {})
    assert "2 different files have this name, none proven" in result.refused[0].why
    for content in variants(2):
        place.v2(address(content, NAME), content)
    result = export(place, house)
    assert "2 of them proven" in result.refused[0].why
    assert files(house) == {}


def test_of_several_built_wheels_the_newest_is_exported(place: Place, house: Path) -> None:
    for number, content in enumerate(variants(3)):
        folder = formats.built_wheel_folder("https://x.example/y.tar.gz", ("cp", f"31{number}"))
        path = place.write(f"{folder}/{NAME}", content)
        os.utime(path, (1e9, 1e9 + (number % 2)))
    result = export(place, house)
    assert files(house) == {NAME: variants(3)[1]}
    assert {step.why.partition(" ")[2] for step in result.left} == {"is exported, which was built later"}


@pytest.mark.parametrize("honest", [True, False])
def test_a_body_in_its_own_file_shares_blocks_where_the_system_can(
    place: Place, house: Path, monkeypatch: pytest.MonkeyPatch, honest: bool
) -> None:
    fcntl = pytest.importorskip("fcntl", reason="this system has no reflinks")
    asked: list[int] = []

    def clone(target: int, request: int, source: int) -> int:
        asked.append(request)
        os.write(target, os.pread(source, 1 << 20, 0) if honest else b"something else")
        return 0

    monkeypatch.setattr(fcntl, "ioctl", clone)
    place.v2(PRIVATE + NAME, WHEEL)
    other = packages.make_wheel("other", "1.0")
    place.v1(f"{PRIVATE}other-1.0-py3-none-any.whl", other)  # inside its entry: it can only be copied
    result = export(place, house)
    assert asked == [0x40049409]
    hows = {step.name: step.how for step in result.exported}
    if honest:
        assert hows == {NAME: "reflink", "other-1.0-py3-none-any.whl": "copy"}
        assert files(house) == {NAME: WHEEL, "other-1.0-py3-none-any.whl": other}
    else:
        assert files(house) == {"other-1.0-py3-none-any.whl": other}


def test_a_name_in_an_archive_leads_nowhere(place: Place, house: Path, tmp_path: Path) -> None:
    place.v2(f"{PRIVATE}..%2F..%2Fevil-1.0-py3-none-any.whl", WHEEL)
    page = f'<html><title>Links for pure</title><a href="{PRIVATE}..%2F..%2Fevil-1.0-py3-none-any.whl">x</a></html>'
    place.v2(f"{INDEX}pure/", page.encode(), PAGE)
    before = {path.name for path in tmp_path.iterdir()}
    result = export(place, house)
    assert {path.name for path in tmp_path.iterdir()} == before | {"wheelhouse"}
    assert [step.name for step in result.exported] == [NAME]
    nameless = result.exported[0].entry._replace(filename="../x", project=None)
    assert export_name(nameless) == (None, "")


def test_each_step_is_reported_when_it_is_done(place: Place, house: Path) -> None:
    place.v2(address(WHEEL, NAME), WHEEL)
    (other,) = variants(1)
    place.v2(f"{PRIVATE}1", other)
    entries = place.scan(file_hosts=[FILE_HOST]).entries
    steps = list(
        export_entries(entries, os.fspath(house), gather_known_hashes(entries, file_hosts=[FILE_HOST]), index=True)
    )
    assert [type(step) for step in steps] == [Refused, Exported, Indexed]
