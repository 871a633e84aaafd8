from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipcache_tui.cache import scan
from pipcache_tui.cache.formats import responses
from pipcache_tui.cache.memory import scans
from pipcache_tui.cache.memory.packed import read_packed, write_packed
from pipcache_tui.cache.model import Root, Snapshot
from pipcache_tui.cache.scan import Found, Named, Trouble, scan_roots, take_snapshot
from pipcache_tui.demo import formats, packages
from pipcache_tui.demo.make import make_demo_cache
from pipcache_tui.demo.packages import Listed
from tests.support.cache_root import FILE_HEADERS, FILES, INDEX, Place

#: what is kept of a root: columns, parts, sources
Kept = tuple[dict[str, Any], dict[str, Any], Any]


@pytest.fixture
def memory(tmp_path: Path) -> str:
    return os.fspath(tmp_path / "memory")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files whose responses were decoded."""
    seen: list[str] = []
    for module, name in (("http", "read_envelope"), ("http_v2", "parse_metadata")):
        decode = getattr(responses, name)

        def watched(stored, real=decode, module=module):  # type: ignore[no-untyped-def]
            seen.append(module)
            return real(stored)

        monkeypatch.setattr(f"pipcache_tui.cache.stores.{module}.{name}", watched)
    return seen


def same(one: Snapshot, other: Snapshot) -> None:
    assert {entry.key: entry for entry in one.entries} == {entry.key: entry for entry in other.entries}
    assert (one.foreign_files, one.foreign_size) == (other.foreign_files, other.foreign_size)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_second_scan_reads_nothing_and_says_the_same(
    tmp_path: Path, memory: str, opened: list[str], workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "_SMALL", 10)
    demo = make_demo_cache(os.fspath(tmp_path / "demo"), now=1_780_000_000.0)
    roots = [Root(path, "t", exists=True) for path in demo.cache_dirs]
    first = take_snapshot(roots, memory=memory, workers=workers)
    same(first, take_snapshot(roots))
    opened.clear()
    second = take_snapshot(roots, memory=memory, workers=workers)
    same(first, second)

    assert opened == []
    events = list(scan_roots(roots, memory=memory, workers=workers))
    assert [event for event in events if isinstance(event, Named)] == []


@pytest.mark.skipif(
    not hasattr(os, "O_NOATIME"), reason="reading a file may change its ctime here: it is not looked at"
)
def test_a_change_that_only_the_ctime_tells_is_read_again(place: Place, memory: str, opened: list[str]) -> None:
    key = place.v2(f"{FILES}0/lib-1.0.tar.gz", packages.make_sdist("lib", "1.0"))
    place.v2(f"{FILES}1/lib-2.0.tar.gz", packages.make_sdist("lib", "2.0"))
    place.scan(memory=memory)
    body = place.path / formats.http_path("http-v2", key, body=True)
    before = body.stat()
    while body.stat().st_ctime_ns == before.st_ctime_ns:  # the clock of the file system may not have gone on yet
        body.write_bytes(packages.make_sdist("bil", "1.0").ljust(before.st_size, b"\0")[: before.st_size])
        os.utime(body, ns=(before.st_atime_ns, before.st_mtime_ns))
    opened.clear()
    found = place.scan(memory=memory)
    assert len(opened) == 1
    same(found, place.scan())
    before = body.stat()
    while body.stat().st_ctime_ns == before.st_ctime_ns:
        body.chmod(0o400)
    opened.clear()
    place.scan(memory=memory)
    assert len(opened) == 1


def test_what_changed_is_read_again(place: Place, memory: str, opened: list[str]) -> None:
    urls = [f"{FILES}{n}/lib-{n}.0.tar.gz" for n in range(3)]
    keys = [place.v2(url, packages.make_sdist("lib", f"{n}.0")) for n, url in enumerate(urls)]
    place.scan(memory=memory)
    opened.clear()
    body = place.path / formats.http_path("http-v2", keys[0], body=True)
    body.write_bytes(packages.make_sdist("other", "9.9"))
    (place.path / formats.http_path("http-v2", keys[1])).unlink()
    entries = place.entries(memory=memory)
    assert len(opened) == 1
    same(place.scan(memory=memory), place.scan())
    assert entries[f"http-v2:{keys[0]}"].project == "other"
    assert entries[f"http-v2:{keys[1]}"].kind == "orphan"


def test_same_size_and_time_but_another_file(place: Place, memory: str) -> None:
    url = f"{FILES}lib-1.0.tar.gz"
    key = place.v1(url, packages.make_sdist("lib", "1.0"))
    path = place.path / formats.http_path("http", key)
    before = path.stat()
    place.scan(memory=memory)
    other = packages.make_sdist("lib", "1.1")
    replaced = place.write("replacement", b"")
    place.v1(url, other)
    data = path.read_bytes()[: before.st_size].ljust(before.st_size, b"\0")
    replaced.write_bytes(data)
    os.utime(replaced, ns=(before.st_atime_ns, before.st_mtime_ns))
    replaced.rename(path)
    assert path.stat().st_size == before.st_size
    same(place.scan(memory=memory), place.scan())


def test_a_page_that_comes_later_names_and_yanks(place: Place, memory: str) -> None:
    name = packages.wheel_name("lib", "1.0")
    url = f"{FILES}{name}"
    place.v2(url, packages.make_wheel("lib", "1.0"))
    assert place.only(memory=memory).url is None
    headers = {**FILE_HEADERS, "Content-Type": "text/html"}
    page = f"{INDEX}lib/"
    place.v2(page, packages.index_page_html("lib", [Listed(name, url)]), headers)
    wheel = next(entry for entry in place.scan(memory=memory).entries if entry.kind == "wheel")
    assert (wheel.url, wheel.yanked) == (url, None)
    place.v2(page, packages.index_page_html("lib", [Listed(name, url, yanked="oops")]), headers)
    wheel = next(entry for entry in place.scan(memory=memory).entries if entry.kind == "wheel")
    assert wheel.yanked == "oops"
    same(place.scan(memory=memory), place.scan())


def test_an_index_named_later_is_tried(place: Place, memory: str) -> None:
    headers = {**FILE_HEADERS, "Content-Type": "text/html"}
    place.v2(f"{INDEX}lib/", packages.index_page_html("lib", [Listed("lib-1.tar.gz", "lib-1.tar.gz")]), headers)
    assert place.only(memory=memory).url is None
    assert place.only(memory=memory, index_urls=[INDEX]).url == f"{INDEX}lib/"


def test_wheels_in_one_folder_stay_correct(place: Place, memory: str) -> None:
    folder = formats.old_built_wheel_folder(FILES)
    for python in ("py2", "py3"):
        place.write(f"{folder}/lib-1.0-{python}-none-any.whl", packages.make_wheel("lib", "1.0", f"{python}-none-any"))
    place.write(f"{folder}/origin.json", formats.origin_json(FILES + "old"))
    place.scan(memory=memory)
    place.write(f"{folder}/origin.json", formats.origin_json(FILES + "new"))
    assert {entry.url for entry in place.scan(memory=memory).entries} == {FILES + "new"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-10],
        lambda data: data[:100],
        lambda data: b"garbage" + data,
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :],
        lambda data: data[:-30] + bytes([data[-30] ^ 1]) + data[-29:],
        lambda data: data.replace(b"pipcache-tui scan", b"pipcache-tui scan 999"),
        lambda data: b"[" * 3000 + data,
        lambda data: b'{"format": 5}\n',
    ],
)
def test_a_damaged_or_foreign_memory_is_replaced(place: Place, memory: str, damage, opened: list[str]) -> None:  # type: ignore[no-untyped-def]
    place.v2(f"{FILES}lib-1.0.tar.gz", packages.make_sdist("lib", "1.0"))
    first = place.scan(memory=memory)
    (file,) = Path(memory).iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    same(first, place.scan(memory=memory))
    assert file.read_bytes() == whole
    opened.clear()
    same(first, place.scan(memory=memory))
    assert opened == []


def _columns(name: str, value: object) -> Callable[[Kept], Kept]:
    return lambda kept: ({**kept[0], name: value}, *kept[1:])


@pytest.mark.parametrize(
    "nonsense",
    [
        lambda _: 5,
        lambda _: (1, 2),
        lambda kept: (None, *kept[1:]),
        lambda kept: ({}, *kept[1:]),
        lambda kept: (kept[0], {"http-v2/0/0": 7}, kept[2]),
        lambda kept: (kept[0], {"http-v2/0/0": (99, b"")}, kept[2]),
        lambda kept: (kept[0], {"x": (-1, b""), "y": (2, b"")}, kept[2]),
        lambda kept: (kept[0], dict.fromkeys(kept[1], (1, b"x" * 16)), kept[2]),
        lambda kept: (kept[0], dict.fromkeys(kept[1], (1, None)), kept[2]),
        lambda kept: (*kept[:2], 5),
        _columns("paths", ("a",)),
        _columns("paths", (5,)),
        _columns("paths", ("a", "b")),
        _columns("stamps", (b"1",)),
        _columns("stamps", ("1",)),
        _columns("urls", (5,)),
        _columns("kinds", (("wheel",), b"\xff" * 4)),
        _columns("kinds", (("wheel",), b"123")),
        _columns("kinds", ((5,), bytes(4))),
        _columns("responses", (((1, 2),) * 30, bytes(4))),
        _columns("responses", ((({},) * 11,), bytes(4))),
        _columns("responses", ((b"x" * 12,), bytes(4))),
        _columns("details", (((),), bytes(4))),
        _columns("details", ((("page", 1, 2, 3, 4),), bytes(4))),
        _columns("details", ((("origin", {}),), bytes(4))),
        _columns("tags", ((((5,),),), bytes(4))),
        _columns("problems", 5),
    ],
)
def test_well_formed_nonsense_is_not_believed(place: Place, memory: str, nonsense: Callable[[Kept], object]) -> None:
    """With a checksum that is right: nothing but the types of what is kept speaks against it."""
    place.v2(f"{FILES}lib-1.0.tar.gz", packages.make_sdist("lib", "1.0"))
    first = place.scan(memory=memory)
    (file,) = Path(memory).iterdir()
    whole = file.read_bytes()
    root = os.fspath(place.path)
    kept = read_packed(memory, root, ".scan", scans._FORMAT)
    write_packed(memory, root, ".scan", scans._FORMAT, kept)
    assert file.read_bytes() == whole
    write_packed(memory, root, ".scan", scans._FORMAT, nonsense(kept))
    same(first, place.scan(memory=memory))
    same(first, place.scan(memory=memory))


def test_the_memory_of_version_0_1_0_is_replaced(place: Place, memory: str, opened: list[str]) -> None:
    place.v2(f"{FILES}lib-1.0.tar.gz", packages.make_sdist("lib", "1.0"))
    first = place.scan(memory=memory)
    (file,) = Path(memory).iterdir()
    head = {"format": "pipcache-tui scan 6", "root": os.fspath(place.path)}
    file.write_bytes(json.dumps(head).encode() + b"\n" + bytes(200))
    same(first, place.scan(memory=memory))
    opened.clear()
    same(first, place.scan(memory=memory))
    assert opened == []


def test_memory_of_roots_that_are_gone_is_dropped(tmp_path: Path, memory: str) -> None:
    first, second = Place(tmp_path / "one"), Place(tmp_path / "two")
    for place in (first, second):
        place.v2(f"{FILES}lib-1.0.tar.gz", packages.make_sdist("lib", "1.0"))
    first.scan(memory=memory)
    assert len(os.listdir(memory)) == 1
    first.path.rename(tmp_path / "away")
    second.scan(memory=memory)
    assert len(os.listdir(memory)) == 1
    second.v2(f"{FILES}lib-2.0.tar.gz", packages.make_sdist("lib", "2.0"))
    second.scan(memory=memory)
    assert len(os.listdir(memory)) == 1


def test_forget(place: Place, memory: str) -> None:
    assert scans.forget(memory) == 0
    place.v2(f"{FILES}lib-1.0.tar.gz", packages.make_sdist("lib", "1.0"))
    place.scan(memory=memory)
    assert scans.forget(memory) == 1
    assert os.listdir(memory) == []


def test_a_memory_that_cannot_be_written_is_said(place: Place, tmp_path: Path) -> None:
    place.v2(f"{FILES}lib-1.0.tar.gz", packages.make_sdist("lib", "1.0"))
    (tmp_path / "file").write_text("")
    events = list(scan_roots([Root(os.fspath(place.path), "t", exists=True)], memory=os.fspath(tmp_path / "file")))
    assert isinstance(events[0], Found)
    assert isinstance(events[-1], Trouble)
    assert "read everything again" in events[-1].message


def test_it_never_lies_in_pips_own_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert "/pip/" not in scans.default_folder()
    assert scans.default_folder().endswith(os.path.join("pipcache-tui", "scans"))


def test_a_scan_with_nothing_new_writes_nothing(place: Place, memory: str) -> None:
    for number in range(3):
        place.v2(f"{FILES}lib-{number}.tar.gz", packages.make_sdist("lib", f"{number}"))
    note = b'{"key": "/usr", "last_check": "2026-01-01T00:00:00Z", "pypi_version": "26.1"}'
    place.write("selfcheck/" + "0" * 56, note)
    leaf = place.write(f"http-v2/0/0/0/0/0/{'0' * 56}abcdefgh.tmp", b"half")
    place.scan(memory=memory)
    (file,) = Path(memory).iterdir()
    before = file.stat()
    place.scan(memory=memory)
    assert file.stat() == before

    leaf.unlink()
    key = place.v2(f"{FILES}lib-0.tar.gz", packages.make_sdist("lib", "0"))
    (place.path / formats.http_path("http-v2", key)).unlink()
    (place.path / formats.http_path("http-v2", key, body=True)).unlink()
    place.scan(memory=memory)
    assert file.stat().st_size < before.st_size


def page(place: Place, project: str, links: list[Listed]) -> None:
    place.v2(
        f"{INDEX}{project}/", packages.index_page_html(project, links), FILE_HEADERS | {"Content-Type": "text/html"}
    )


def test_a_page_that_cannot_be_read_to_its_end_is_reported_once(place: Place, memory: str) -> None:
    listed = [
        Listed(f"lib-{number}.tar.gz", f"{FILES}{number * 7919:064x}/lib-{number}.tar.gz") for number in range(3000)
    ]
    packed = bytearray(gzip.compress(packages.index_page_html("lib", listed), mtime=0))
    packed[-len(packed) // 3] ^= 0x5A
    packed[-len(packed) // 3 + 1] ^= 0x5A
    place.v2(f"{INDEX}lib/", bytes(packed), FILE_HEADERS | {"Content-Type": "text/html", "Content-Encoding": "gzip"})
    first = place.scan(memory=memory)
    assert len(first.entries[0].problems) == 1
    same(first, place.scan(memory=memory))
    same(first, place.scan(memory=memory))


@pytest.mark.parametrize("yanked", [(None, "now"), ("no more", None)])
def test_what_any_page_may_name_is_looked_for_again(
    place: Place, memory: str, yanked: tuple[str | None, str | None]
) -> None:
    """The page is another project's, and nothing inside the entry tells its own."""
    url = f"{FILES}Foo-1.0.zip"
    key = place.v2(url, b"garbage")
    for reason in yanked:
        page(place, "lib", [Listed("Foo-1.0.zip", url, yanked=reason)])
        assert place.entries(memory=memory)[f"http-v2:{key}"].yanked == reason
        same(place.scan(memory=memory), place.scan())


def test_an_origin_and_a_redirect_that_come_later_name(place: Place, memory: str) -> None:
    first, second = f"{FILES}lib-1.0.tar.gz", f"{FILES}lib-2.0.tar.gz"
    keys = [place.v2(url, packages.make_sdist("lib", f"{number}.0")) for number, url in enumerate((first, second), 1)]
    place.scan(memory=memory)
    leaf = f"wheels/ab/cd/ef/{1:050x}"
    place.write(f"{leaf}/lib-1.0-py3-none-any.whl", packages.make_wheel("lib", "1.0"))
    place.write(f"{leaf}/origin.json", formats.origin_json(first))
    place.v2("https://short.example/lib", b"", {"Location": second}, status=302)
    entries = place.entries(memory=memory)
    assert [entries[f"http-v2:{key}"].url for key in keys] == [first, second]
    same(place.scan(memory=memory), place.scan())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_no_memory_is_waited_for(place: Place, memory: str) -> None:
    place.v2(f"{FILES}lib-1.0.tar.gz", packages.make_sdist("lib", "1.0"))
    first = place.scan(memory=memory)
    (file,) = Path(memory).iterdir()
    file.unlink()
    os.mkfifo(file)
    same(first, place.scan(memory=memory))
    assert file.is_file()
