from __future__ import annotations

import errno
import hashlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipcache_tui.cache.formats.index_pages import Link, read_links
from pipcache_tui.cache.model import Entry
from pipcache_tui.demo import formats, packages
from pipcache_tui.export import new_files
from pipcache_tui.export.copies import Exported, ExportError, ExportResult, Refused, export_entries
from pipcache_tui.export.file_names import UNPROVEN, export_name, is_distribution
from pipcache_tui.export.simple_index import Indexed
from pipcache_tui.verify.known_hashes import gather_known_hashes
from tests.support.cache_root import FILE_HEADERS, INDEX, Place
from tests.support.report_entries import make_entry
from tests.support.verdicts import FILE_HOST, PAGE, PRIVATE, WHEEL, address

NAME = "pure-1.0-py3-none-any.whl"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    root = tmp_path / "pip"
    root.mkdir()
    return Place(root)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    return tmp_path / "wheelhouse"


def export(place: Place, house: Path, *, entries: Sequence[Entry] | None = None, index: bool = False) -> ExportResult:
    found = place.scan(index_urls=[INDEX]).entries
    known_hashes = gather_known_hashes(found, file_hosts=[FILE_HOST])
    steps = export_entries(found if entries is None else entries, os.fspath(house), known_hashes, index=index)
    return ExportResult.of(list(steps))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} if folder.exists() else {}


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


# --- what is written -------------------------------------------------------------------------------------------------


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
def test_what_was_served_comes_out_under_its_name(
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


def test_only_wheels_and_sdists_are_taken(place: Place, house: Path) -> None:
    place.v2(f"{INDEX}pure/", packages.index_page_html("pure", [packages.Listed(NAME, PRIVATE + NAME)]), PAGE)
    place.v2(f"{PRIVATE}{NAME}.metadata", packages.core_metadata("pure", "1.0"))
    place.write(formats.selfcheck_path("/x"), formats.selfcheck_note("/x", 1e9, "25.3"))
    assert export(place, house) == ExportResult((), (), (), None)
    assert files(house) == {}


def test_files_have_the_permissions_of_any_new_file(place: Place, house: Path) -> None:
    place.v2(PRIVATE + NAME, WHEEL)
    before = os.umask(0o027)
    try:
        export(place, house)
    finally:
        os.umask(before)
    assert (house / NAME).stat().st_mode & 0o777 == 0o640


def test_a_name_that_nothing_proves_is_made_up_and_said_to_be(place: Place, house: Path) -> None:
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


# --- what is refused -------------------------------------------------------------------------------------------------


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


def test_a_file_that_appears_meanwhile_stays(place: Place, house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.v2(PRIVATE + NAME, WHEEL)
    name_new = new_files._name_new

    def late(path: str, target: str) -> None:
        Path(target).write_bytes(b"quicker")
        name_new(path, target)

    for links in (True, False):
        monkeypatch.setattr(new_files, "_name_new", late)
        if not links:
            monkeypatch.setattr(os, "link", _refuse(errno.EPERM))
        assert len(export(place, house).refused) == 1
        assert files(house) == {NAME: b"quicker"}
        (house / NAME).unlink()


def _refuse(code: int) -> Callable[..., int]:
    def refuse(*_: object, **__: object) -> int:
        raise OSError(code, os.strerror(code))

    return refuse


def test_where_there_are_no_hard_links_files_are_renamed(
    place: Place, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.v2(PRIVATE + NAME, WHEEL)
    monkeypatch.setattr(os, "link", _refuse(errno.EOPNOTSUPP))
    assert len(export(place, house).exported) == 1
    assert files(house) == {NAME: WHEEL}


def test_what_changes_between_scan_verdict_and_copy_is_refused(
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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells of no file whether another is writing it")
def test_what_a_killed_export_left_goes_and_what_another_writes_stays(place: Place, house: Path) -> None:
    place.v2(address(WHEEL, NAME), WHEEL)
    house.mkdir()
    left = house / ".pipcache-tui-0123456789abcdef.tmp"
    left.write_bytes(b"half")
    theirs = {".pipcache-tui-notes.tmp": b"1", ".pipcache-tui-0123456789abcdef.tmp.txt": b"2"}
    for name, content in theirs.items():
        (house / name).write_bytes(content)
    link = house / ".pipcache-tui-fedcba9876543210.tmp"
    link.symlink_to(house / ".pipcache-tui-notes.tmp")

    with new_files.new_file(os.fspath(house)) as unfinished:
        unfinished.write([b"another's"])
        export(place, house)
        unfinished.place("theirs-1.0.tar.gz")

    assert files(house) == {NAME: WHEEL, "theirs-1.0.tar.gz": b"another's", link.name: b"1", **theirs}


def test_a_new_file_taken_for_a_left_one_is_made_once_more(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house.mkdir()
    lock = new_files._lock
    taken: list[Path] = []

    def locked_too_late(descriptor: int) -> bool | None:
        if not taken:
            (path,) = house.iterdir()
            path.unlink()
            taken.append(path)
        return lock(descriptor)

    monkeypatch.setattr(new_files, "_lock", locked_too_late)
    with new_files.new_file(os.fspath(house)) as new:
        new.write([b"whole"])
        new.place("x")
    assert taken
    assert files(house) == {"x": b"whole"}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_full_disk_is_one_line_and_nothing_half(
    place: Place, house: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    big = packages.make_wheel("pure", "2.0", padding=3 << 20)
    place.v2(PRIVATE + NAME, WHEEL)
    place.v2(f"{PRIVATE}pure-2.0-py3-none-any.whl", big)
    write, written = os.write, 0

    def limited(descriptor: int, data: bytes) -> int:
        nonlocal written
        written += len(data)
        return write(descriptor, data) if written < 2 << 20 else _refuse(code)()

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", limited)
        with pytest.raises(ExportError) as raised:
            export(place, house)
    assert str(raised.value) == f"{house}: {os.strerror(code).lower()}; 1 file written before, whole"
    assert files(house) == {NAME: WHEEL}


def test_the_folder_must_be_one_and_not_the_caches_own(place: Place, house: Path, tmp_path: Path) -> None:
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


def test_it_stops_between_pieces_and_leaves_nothing_half(place: Place, house: Path) -> None:
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


# --- one name, several files -----------------------------------------------------------------------------------------


def variants(count: int) -> list[bytes]:
    return [packages.make_wheel("pure", "1.0", files={"pure.py": b"n = %d\n" % number}) for number in range(count)]


def test_equal_files_are_one(place: Place, house: Path) -> None:
    place.v2(address(WHEEL, NAME), WHEEL)
    place.v1(address(WHEEL, NAME), WHEEL)
    result = export(place, house)
    assert (len(result.exported), len(result.left)) == (1, 1)
    assert result.left[0].why.startswith("the same file as ")


def test_the_proven_one_wins(place: Place, house: Path) -> None:
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


def test_where_nobody_can_tell_none_is_written(place: Place, house: Path) -> None:
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


def test_of_wheels_built_here_the_last_is_taken(place: Place, house: Path) -> None:
    for number, content in enumerate(variants(3)):
        folder = formats.built_wheel_folder("https://x.example/y.tar.gz", ("cp", f"31{number}"))
        path = place.write(f"{folder}/{NAME}", content)
        os.utime(path, (1e9, 1e9 + (number % 2)))
    result = export(place, house)
    assert files(house) == {NAME: variants(3)[1]}
    assert {step.why.partition(" ")[2] for step in result.left} == {"is exported, which was built later"}


# --- sharing blocks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("honest", [True, False])
def test_a_body_of_its_own_shares_its_blocks_where_that_can_be(
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


# --- names -----------------------------------------------------------------------------------------------------------

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


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_no_names(name: str) -> None:
    assert not is_distribution(name)


@given(st.text() | st.from_regex(r"[\w./\\-]*\.(whl|tar\.gz|zip)", fullmatch=True), st.text(), st.text())
def test_no_name_leads_anywhere(filename: str, project: str, version: str) -> None:
    for kind in ("wheel", "built-wheel", "sdist"):
        entry = make_entry(kind=kind, filename=filename, project=project, version=version, tags=("py3-none-any",))
        name, _ = export_name(entry)
        if name is not None:
            assert os.path.basename(name) == name == Path(name).name
            assert name.isascii() and name.isprintable() and not name.startswith((".", "-")) and len(name) < 256


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


# --- the index -------------------------------------------------------------------------------------------------------


def links(house: Path, project: str, form: str) -> list[Link]:
    page = (house / "simple" / project / f"index.{form}").read_bytes()
    return list(read_links(page, form, f"https://served.example/simple/{project}/"))


@pytest.mark.parametrize("form", ["html", "json"])
def test_the_index_lists_all_that_is_there(place: Place, house: Path, form: str) -> None:
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


def test_pages_and_metadata_of_another_stay(place: Place, house: Path) -> None:
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


def test_steps_are_told_as_they_come(place: Place, house: Path) -> None:
    place.v2(address(WHEEL, NAME), WHEEL)
    (other,) = variants(1)
    place.v2(f"{PRIVATE}1", other)
    entries = place.scan(file_hosts=[FILE_HOST]).entries
    steps = list(
        export_entries(entries, os.fspath(house), gather_known_hashes(entries, file_hosts=[FILE_HOST]), index=True)
    )
    assert [type(step) for step in steps] == [Refused, Exported, Indexed]
