"""What stands in a cache and is not pip's: links, FIFOs, sockets, devices, folders; odd names, rights and times."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pipcache_tui.cache.model import STORES, Root
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.cache.stores import recognises
from pipcache_tui.demo import formats, packages
from tests.support.hostile_cache import INDEX, Shelf, check_snapshot

#: an open that blocks would never come back
pytestmark = pytest.mark.timeout(20)
URL = f"{INDEX}/files/demo-1.0-py3-none-any.whl"
WHEEL = packages.make_wheel("demo", "1.0")
LEAF = "wheels/ab/cd/ef/" + "0" * 50
PLACES = {
    "http": formats.http_path("http", formats.cache_key(URL)),
    "its lock": formats.http_path("http", formats.cache_key(URL)) + ".lock",
    "in its lock": formats.http_path("http", formats.cache_key(URL)) + ".lock/host.123-4",
    "metadata": formats.http_path("http-v2", formats.cache_key(URL)),
    "body": formats.http_path("http-v2", formats.cache_key(URL), body=True),
    "leftover": formats.http_path("http-v2", formats.cache_key(URL)) + "abcdefgh.tmp",
    "wheel": f"{LEAF}/demo-1.0-py3-none-any.whl",
    "origin": f"{LEAF}/origin.json",
    "build": f"{LEAF}/tmpabcdefgh",
    "in a build": f"{LEAF}/tmpabcdefgh/demo-1.0-py3-none-any.whl",
    "selfcheck": formats.selfcheck_path("/x"),
    "old selfcheck": "selfcheck.json",
    "download": formats.download_names(URL)[0],
    "content type": formats.download_names(URL)[1],
    "accel source": "sources/demo-1.0.tar.gz",
    "accel binary": formats.pip_accel_path("demo", "1.0"),
    "accel sidecar": formats.pip_accel_path("demo", "1.0") + ".txt",
    "a store": "http-v2",
    "a level": "http-v2/0",
    "a level of wheels": "wheels/ab/cd",
    "a stranger": "http-v2/README",
}


def test_there_is_a_place_of_every_store() -> None:
    assert {store for store in STORES if any(recognises(store, path) for path in PLACES.values())} == set(STORES)


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    # the name of a socket may have a hundred bytes: bind by a short relative one
    before = os.open(".", os.O_RDONLY)
    try:
        os.chdir(path.parent)
        with socket.socket(socket.AF_UNIX) as end:
            end.bind(path.name[:90])
        os.rename(path.name[:90], path.name)
    finally:
        os.fchdir(before)
        os.close(before)


def make_device(path: Path) -> None:
    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))  # /dev/zero: endless to whoever reads it


def make_link_out(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def make_link_to_folder(path: Path) -> None:
    path.symlink_to("/etc")


def make_loop(path: Path) -> None:
    path.symlink_to(path.name)


def make_dangling(path: Path) -> None:
    path.symlink_to("/nowhere/at/all")


def make_folder(path: Path) -> None:
    path.mkdir()
    (path / "inside").write_text("x")


STRANGERS = {
    "fifo": make_fifo,
    "socket": make_socket,
    "link out": make_link_out,
    "link to a folder": make_link_to_folder,
    "loop": make_loop,
    "dangling": make_dangling,
    "folder": make_folder,
}
if os.geteuid() == 0:
    STRANGERS["device"] = make_device


def whole_cache(shelf: Shelf) -> None:
    """One whole entry of each kind, none at the places above."""
    for number in (1, 2):
        url = f"{INDEX}/files/{number}/demo-{number}.0-py3-none-any.whl"
        shelf.pair(url, WHEEL)
        shelf.single(url, formats.encode_cc4(formats.Stored({"ETag": "x"}, WHEEL), inside=True))
    shelf.write("wheels/11/22/33/" + "4" * 50 + "/demo-1.0-py3-none-any.whl", WHEEL)
    shelf.write("selfcheck/" + "5" * 56, formats.selfcheck_note("/y", 0, "1"))
    for name in formats.download_names(f"{INDEX}/demo-1.0.zip"):
        shelf.write(name, WHEEL)
    shelf.write("sources/other-1.0.tar.gz", WHEEL)
    shelf.write(formats.pip_accel_path("other", "1.0"), WHEEL)


@pytest.mark.skipif(os.name == "nt", reason="Windows has none of these")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("stranger", STRANGERS)
def test_strangers(tmp_path: Path, place: str, stranger: str) -> None:
    shelf = Shelf(tmp_path / "cache")
    target = shelf.folder / PLACES[place]
    whole = 8 if not (place in ("a store", "a level", "a level of wheels") and stranger != "folder") else 0
    if place not in ("a store", "a level", "a level of wheels"):
        whole_cache(shelf)
    elif place == "a store":
        shelf.write("selfcheck/" + "5" * 56, formats.selfcheck_note("/y", 0, "1"))
    target.parent.mkdir(parents=True, exist_ok=True)
    STRANGERS[stranger](target)
    before = target.lstat()
    snapshot = shelf.scan()
    owned = {file.path for entry in snapshot.entries for file in entry.files}
    assert PLACES[place] not in owned
    assert not any(path.startswith(PLACES[place] + "/") for path in owned if stranger.startswith("link"))
    if whole and place not in ("a store", "a level", "a level of wheels"):
        assert len([entry for entry in snapshot.entries if entry.kind not in ("orphan", "unreadable")]) >= whole
    assert target.lstat().st_mode == before.st_mode


@pytest.mark.skipif(os.name == "nt", reason="Windows has no links anyone may make")
@pytest.mark.parametrize("place", ["metadata", "body", "http", "wheel", "origin", "selfcheck"])
def test_strangers_are_counted_as_not_pips(tmp_path: Path, place: str) -> None:
    shelf = Shelf(tmp_path)
    target = shelf.folder / PLACES[place]
    target.parent.mkdir(parents=True, exist_ok=True)
    for number, make in enumerate((make_fifo, make_socket, make_link_out)):
        make(target)
        snapshot = shelf.scan()
        assert snapshot.entries == (), make.__name__
        assert snapshot.foreign_files == 1, make.__name__
        target.unlink()
        assert number < 3


@pytest.mark.skipif(os.name == "nt", reason="Windows has no links anyone may make")
def test_one_half_is_a_link(tmp_path: Path) -> None:
    """The whole half is an entry that says what is wrong; the link is nobody's, and is not followed."""
    outside = tmp_path / "outside"
    outside.write_bytes(WHEEL)
    metadata = formats.encode_cc4(formats.Stored({"ETag": "x"}), inside=False)
    for link, other, content in (("body", "metadata", metadata), ("metadata", "body", WHEEL)):
        shelf = Shelf(tmp_path / link)
        shelf.write(PLACES[other], content)
        (shelf.folder / PLACES[link]).symlink_to(outside)
        snapshot = shelf.scan()
        (entry,) = snapshot.entries
        assert [file.path for file in entry.files] == [PLACES[other]]
        assert entry.kind in ("orphan", "unreadable")
        assert entry.problems


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="its file systems take only UTF-8 names")
@pytest.mark.parametrize(
    "name",
    [
        b"\xff\xfe.whl",
        b"caf\xe9-1.0-py3-none-any.whl",
        b"a\x1b]0;owned\x07-1.0-py3-none-any.whl",
        b"a\nb-1.0-py3-none-any.whl",
        "\u202egnp-1.0-py3-none-any.whl".encode(),
        b"x" * 251 + b".whl",
        b"-.whl",
        b".whl",
        b"[red]x[-red]-1.0-py3-none-any.whl",
        b"[bold]x-1.0-py3-none-any.whl",
        b"a-1.0-" + b".".join([b"x"] * 40) + b"-" + b".".join([b"y"] * 30) + b"-" + b".".join([b"z"] * 40) + b".whl",
        b"a-1-2-3-4-5-6-7-8-9.whl",
        b"a-1.0-py3-none-\xff.whl",
        "a-1.0\u202e-py3-none-any.whl".encode(),
        "a-1.0-py3\u202e-none-any.whl".encode(),
    ],
)
def test_names_of_files(tmp_path: Path, name: bytes) -> None:
    shelf = Shelf(tmp_path)
    for number, content in enumerate((WHEEL, b"not a wheel")):
        folder = os.fsencode(tmp_path / "wheels" / "ab" / "cd" / "ef" / (f"{number}" * 50))
        os.makedirs(folder)
        with open(folder + b"/" + name, "wb") as file:
            file.write(content)
    other = os.fsencode(tmp_path / "http-v2" / "0")
    os.makedirs(other)
    with open(other + b"/" + name, "wb") as file:
        file.write(WHEEL)
    snapshot = shelf.scan()
    assert len(snapshot.entries) + snapshot.foreign_files == 3
    assert snapshot.foreign_files >= 1


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="its file systems fold the case of names")
def test_names_that_differ_in_case_only(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    key = shelf.pair(URL, WHEEL)
    shelf.write(formats.http_path("http-v2", key).replace(key, key.upper()), b"x")
    shelf.write(formats.http_path("http-v2", key).upper().replace("HTTP-V2", "http-v2"), b"x")
    shelf.write("HTTP-V2/x", b"x")
    for name in ("Demo-1.0-py3-none-any.whl", "demo-1.0-py3-none-any.whl"):
        shelf.write(f"{LEAF}/{name}", WHEEL)
    snapshot = shelf.scan()
    assert len(snapshot.entries) == 3
    assert snapshot.foreign_files == 2


@pytest.mark.parametrize(
    "seconds", [-(2**31), -1, 0, 2**31, 2**33, 10_413_792_000, 15_032_385_535, 2**34 - 1, 253_402_300_800]
)
def test_times_of_any_century(tmp_path: Path, seconds: int) -> None:
    """ext4 keeps times up to the year 2446, others far beyond; a clock that was wrong once must break nothing."""
    shelf = Shelf(tmp_path)
    key = shelf.pair(URL, WHEEL)
    for body in (False, True):
        target = shelf.folder / formats.http_path("http-v2", key, body=body)
        try:
            os.utime(target, ns=(seconds * 10**9, seconds * 10**9))
        except (OverflowError, OSError):
            os.utime(target, (2**31, 2**31))  # this system holds no such time
    found = shelf.entry(key)
    kept = (shelf.folder / found.files[0].path).stat().st_mtime
    assert found.stored == pytest.approx(min(kept, 2**63 / 1e9))


def test_a_folder_of_ten_thousand_strangers(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    key = shelf.pair(URL, WHEEL)
    folder = (shelf.folder / formats.http_path("http-v2", key)).parent
    for number in range(10_000):
        (folder / f"stranger {number}").touch()
    snapshot = shelf.scan()
    assert (len(snapshot.entries), snapshot.foreign_files) == (1, 10_000)


def test_folders_in_folders_in_folders(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.pair(URL, WHEEL)
    deep = tmp_path / "http-v2"
    for _ in range(400):
        deep = deep / "deep"
        if len(str(deep)) > 3500:
            break
        deep.mkdir()
    assert len(shelf.scan().entries) == 1


AS_NOBODY = """
    import os, sys
    from pathlib import Path
    from pipcache_tui.cache.model import Root
    from pipcache_tui.cache.scan import take_snapshot
    from tests.support.hostile_cache import check_snapshot
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    folder = sys.argv[1]
    snapshot = take_snapshot([Root(folder, "--cache-dir", True)])
    check_snapshot(Path(folder), snapshot)
    for entry in snapshot.entries:
        print(entry.kind, *entry.problems, sep="|")
    for warning in snapshot.warnings:
        print("warning", warning.replace(folder, "ROOT"), sep="|")
"""


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can become another user")
def test_what_another_user_may_not_read(tmp_path: Path) -> None:
    for parent in (tmp_path, *tmp_path.parents):
        if parent.owner() == "root" and parent != Path("/") and parent != Path("/tmp"):
            parent.chmod(0o755)
    shelf = Shelf(tmp_path / "cache")
    open_key = shelf.pair(URL, WHEEL)
    closed = shelf.pair(URL + "?closed", WHEEL)
    for body in (False, True):
        (shelf.folder / formats.http_path("http-v2", closed, body=body)).chmod(0)
    half = shelf.pair(URL + "?half", WHEEL)
    (shelf.folder / formats.http_path("http-v2", half, body=True)).chmod(0)
    listed_only = shelf.pair(URL + "?listed", WHEEL)
    (shelf.folder / formats.http_path("http-v2", listed_only)).parent.chmod(0o444)  # names, but no files
    hidden = shelf.write(f"{LEAF}/demo-1.0-py3-none-any.whl", WHEEL)
    hidden.parent.parent.chmod(0)
    shelf.write("selfcheck/" + "5" * 56, b"{}").parent.chmod(0o311)  # files, but no names
    command = [sys.executable, "-c", textwrap.dedent(AS_NOBODY), str(shelf.folder)]
    told = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    assert lines.count("wheel") == 1, lines
    assert sum("ermission denied" in line for line in lines) >= 4, lines
    assert open_key != closed


def test_roots_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    for name in ("file", "empty", "missing"):
        path = tmp_path / name
        snapshot = take_snapshot([Root(str(path), "--cache-dir", True)])
        check_snapshot(path, snapshot)
        assert snapshot.entries == ()
        assert len(snapshot.warnings) == (0 if name == "empty" else 1)


def test_the_same_root_twice(tmp_path: Path) -> None:
    """Two ways to one folder are two roots; what each holds is told apart by its root."""
    shelf = Shelf(tmp_path / "cache")
    shelf.pair(URL, WHEEL)
    (tmp_path / "other").symlink_to(shelf.folder)
    roots = [Root(str(tmp_path / name), "--cache-dir", True) for name in ("cache", "other")]
    snapshot = take_snapshot(roots)
    assert len({entry.key for entry in snapshot.entries}) == 2
