"""What holds for every store."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from pipcache_tui.cache.content import open_content
from pipcache_tui.cache.disk.folders import Folder
from pipcache_tui.cache.model import LAYOUTS, STORES
from pipcache_tui.cache.stores import MODULES, recognises
from pipcache_tui.demo import formats, packages
from pipcache_tui.demo.formats import cache_key, http_path
from tests.support.cache_root import FILES, Place

WHEEL = packages.make_wheel("Demo.Pkg", "1.0", "py2.py3-none-any", requires_python=">=3.6")

URL = FILES + "ab/cd/Demo.Pkg-1.0-py2.py3-none-any.whl"


def test_nothing_but_plain_files_is_opened(place: Place, tmp_path: Path) -> None:
    key = cache_key(URL)
    secret = tmp_path / "secret"
    secret.write_bytes(b"cc=4,")
    leaf = place.raw("http-v2", key, b"").parent
    (leaf / key).unlink()
    (leaf / key).symlink_to(secret)
    fifo = cache_key("fifo")
    place.raw("http", fifo, b"").unlink()
    os.mkfifo(place.path / http_path("http", fifo))
    sock = cache_key("socket")
    place.raw("http", sock, b"").unlink()
    with socket.socket(socket.AF_UNIX) as server:
        previous = Path.cwd()
        os.chdir((place.path / http_path("http", sock)).parent)  # such a name may have 107 bytes at most
        try:
            server.bind(sock)
        finally:
            os.chdir(previous)
        (place.path / "wheels").mkdir()
        (place.path / "wheels" / "ab").symlink_to(tmp_path)
        (place.path / "http" / "e").symlink_to(tmp_path)
        snapshot = place.scan()
    assert snapshot.entries == ()
    assert snapshot.foreign_files == 5


def test_a_store_recognises_only_what_pip_writes() -> None:
    key = cache_key(URL)
    good = http_path("http-v2", key)
    assert recognises("http-v2", good)
    assert recognises("http-v2", good + ".body")
    assert recognises("http-v2", good + ".bodyabcd1234.tmp")
    assert recognises("http", http_path("http", key) + ".lock/host.thread-12")
    assert recognises("wheels", formats.old_built_wheel_folder(URL) + "/x-1-py3-none-any.whl")
    assert recognises("selfcheck", "selfcheck.json")
    assert recognises("downloads", formats.download_names(URL)[1])
    assert recognises("pip-accel", "binaries/v7/a:1:py2.7.tar.gz.txt")
    for store, path in [
        ("http-v2", good + ".bak"),
        ("http-v2", "http-v2/" + key),
        ("http-v2", http_path("http", key)),
        ("http-v2", good + "/../../x"),
        ("http", http_path("http", "f" * 56).replace("f/f/f/f/f", "0/1/2/3/4")),
        ("wheels", "wheels/x.whl"),
        ("wheels", formats.old_built_wheel_folder(URL) + "/a/b.whl"),
        ("wheels", formats.old_built_wheel_folder(URL) + "/notes.txt"),
        ("selfcheck", "selfcheck/x"),
        ("downloads", "photo.jpg"),
        ("pip-accel", "sources/readme"),
    ]:
        assert not recognises(store, path), path  # type: ignore[arg-type]


def test_every_store_has_a_module_and_a_layout() -> None:
    assert sorted(module.NAME for module in MODULES) == sorted(STORES) == sorted(LAYOUTS)


def test_the_body_is_the_file_that_holds_the_content(place: Place) -> None:
    """Whatever else lies beside it, and in whichever order they go."""
    place.v1(URL, WHEEL)
    place.v2(URL, WHEEL)
    leaf = "wheels/ab/cd/ef/" + "0" * 50
    place.write(f"{leaf}/demo_pkg-1.0-py3-none-any.whl", WHEEL)
    place.write(f"{leaf}/origin.json", b'{"url": "https://index.example/demo.tar.gz"}')
    download, content_type = formats.download_names(URL)
    place.write(download, WHEEL)
    place.write(content_type, b"application/zip")
    place.write("sources/demo-1.0.tar.gz", WHEEL)
    place.write(formats.pip_accel_path("demo", "1.0"), WHEEL)
    place.write(f"{formats.pip_accel_path('demo', '1.0')}.txt", b"checksum")
    for number, file in enumerate(sorted(place.files())):
        os.utime(place.path / file, (number, number))
    entries = place.scan().entries
    assert {entry.store for entry in entries} == set(STORES) - {"selfcheck"}
    assert f"downloads:{download}" in {entry.id for entry in entries}
    for entry in entries:
        with open_content(entry) as content:
            assert b"".join(content.stream()) == WHEEL, entry.id
        assert entry.stored == (place.path / entry.body.path).stat().st_mtime


def test_an_entry_is_remembered_by_a_part_that_its_store_reads(place: Place) -> None:
    place.v1(URL, WHEEL)
    place.v2(URL, WHEEL)
    place.write("wheels/ab/cd/ef/" + "0" * 50 + "/demo_pkg-1.0-py3-none-any.whl", WHEEL)
    with Folder.at(str(place.path)) as top:
        parts = {module.NAME: module.parts(top) for module in MODULES}
    entries = place.scan().entries
    assert {entry.store for entry in entries} == {store for store in STORES if LAYOUTS[store].part_depth}
    for entry in entries:
        assert "/".join(entry.files[0].path.split("/")[: LAYOUTS[entry.store].part_depth]) in parts[entry.store]
