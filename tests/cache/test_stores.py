from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from pipcache_tui.cache.content import open_content
from pipcache_tui.cache.disk.folders import Folder
from pipcache_tui.cache.model import LAYOUTS, STORES, IndexPage, Origin, SelfCheck
from pipcache_tui.cache.stores import MODULES, recognises
from pipcache_tui.demo import formats, packages
from pipcache_tui.demo.formats import Stored, cache_key, encode_cc1, encode_cc2, http_path
from tests.support.cache_root import FILE_HEADERS, FILES, INDEX, Place

WHEEL = packages.make_wheel("Demo.Pkg", "1.0", "py2.py3-none-any", requires_python=">=3.6")
URL = FILES + "ab/cd/Demo.Pkg-1.0-py2.py3-none-any.whl"


def owned(place: Place) -> list[str]:
    return sorted(file.path for entry in place.scan().entries for file in entry.files)


@pytest.mark.parametrize("store", ["v1", "v2"])
def test_a_wheel_is_named_from_its_inside(place: Place, store: str) -> None:
    getattr(place, store)(URL, WHEEL)
    entry = place.only()
    assert (entry.kind, entry.project, entry.version) == ("wheel", "demo-pkg", "1.0")
    assert entry.tags == ("py2-none-any", "py3-none-any")
    assert entry.tag_label == "py2.py3-none-any"
    assert entry.requires_python == ">=3.6"
    assert entry.filename == "Demo_Pkg-1.0-py2.py3-none-any.whl"
    assert entry.url is None  # nothing here proves it
    assert entry.response is not None
    assert entry.response.has_etag
    assert entry.id == f"{'http' if store == 'v1' else 'http-v2'}:{cache_key(URL)}"
    assert owned(place) == sorted(place.files())
    assert entry.size == sum((place.path / path).stat().st_size for path in place.files())


def test_cc2_and_cc1(place: Place) -> None:
    place.raw("http", cache_key(URL), encode_cc2(Stored(FILE_HEADERS, WHEEL)))
    place.raw("http", cache_key(URL + "x"), encode_cc1(Stored(FILE_HEADERS, WHEEL)))
    entries = place.entries()
    assert entries[f"http:{cache_key(URL)}"].project == "demo-pkg"
    pickled = entries[f"http:{cache_key(URL + 'x')}"]
    assert pickled.kind == "other"
    assert "never opened" in pickled.problems[0]
    assert pickled.response is not None
    assert pickled.response.cache_format == 1


@pytest.mark.parametrize("form", ["tar.gz", "zip", "tar.bz2", "tar.xz"])
def test_sdists(place: Place, form: packages.SdistForm) -> None:
    place.v2(URL, packages.make_sdist("Some-Lib", "2.1", form))
    entry = place.only()
    assert (entry.kind, entry.project, entry.version) == ("sdist", "some-lib", "2.1")
    assert entry.filename == f"Some-Lib-2.1.{form}"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", ["html", "json"])
def test_index_pages(place: Place, form: str, packed: bool) -> None:
    listed = [packages.Listed(f"lib-{n}.0.tar.gz", f"{FILES}{n}/lib-{n}.0.tar.gz", sha256="a" * 64) for n in range(3)]
    page = (packages.index_page_html if form == "html" else packages.index_page_json)("lib", listed)
    kind = "text/html" if form == "html" else "application/vnd.pypi.simple.v1+json"
    headers = {**FILE_HEADERS, "Content-Type": kind} | ({"Content-Encoding": "gzip"} if packed else {})
    place.v2(f"{INDEX}lib/", packages.gzipped(page) if packed else page, headers)
    entry = place.only(index_urls=[INDEX])
    assert (entry.kind, entry.project, entry.url) == ("index-page", "lib", f"{INDEX}lib/")
    assert entry.detail == IndexPage(3, form)  # type: ignore[arg-type]


def test_metadata_redirect_and_project_json(place: Place) -> None:
    place.v2(URL + ".metadata", packages.core_metadata("Demo.Pkg", "1.0"))
    place.v2("https://index.example/simple/Lib", b"", {**FILE_HEADERS, "Location": "/simple/lib/"}, status=301)
    place.v2(
        "https://index.example/pypi/pip/json",
        b'{"info": {"name": "pip", "version": "26.3"}}',
        {**FILE_HEADERS, "Content-Type": "application/json"},
    )
    entries = place.entries(index_urls=[INDEX])
    kinds = {entry.kind: entry for entry in entries.values()}
    assert (kinds["metadata"].project, kinds["metadata"].version) == ("demo-pkg", "1.0")
    assert kinds["redirect"].project == "lib"
    assert kinds["redirect"].response is not None
    assert kinds["redirect"].response.location == "/simple/lib/"
    assert (kinds["other"].project, kinds["other"].version) == ("pip", "26.3")
    assert kinds["other"].url == "https://index.example/pypi/pip/json"


def test_halves_leftovers_and_strangers(place: Place) -> None:
    key = place.v2(URL, WHEEL)
    (place.path / http_path("http-v2", key, body=True)).unlink()
    lone = cache_key("lone")
    place.raw("http-v2", lone, WHEEL, ".body")
    place.raw("http-v2", cache_key("temp"), b"part", "abcd_123.tmp")
    place.raw("http", cache_key("lock"), b"", ".lock")
    place.raw("http", cache_key("held"), b"", ".lock/myhost.MainThread-4711")
    place.write("http-v2/notes.txt", b"mine")
    place.write("http-v2/a/b/c/README", b"mine")
    place.raw("http-v2", key, b"mine", ".bak")
    place.write("http/0/1/2/3/4/" + "f" * 56, b"in the wrong folder")
    snapshot = place.scan()
    kinds = {entry.id: entry.kind for entry in snapshot.entries}
    assert kinds[f"http-v2:{key}"] == "orphan"
    assert kinds[f"http-v2:{lone}"] == "orphan"
    assert sorted(kinds.values()) == ["leftover"] * 3 + ["orphan"] * 2
    orphan = next(entry for entry in snapshot.entries if entry.id == f"http-v2:{lone}")
    assert orphan.project == "demo-pkg"
    assert snapshot.foreign_files == 4
    assert snapshot.foreign_size == len(b"mine") * 3 + len(b"in the wrong folder")


@pytest.mark.parametrize("broken", [b"", b"cc=4,\x82", b"cc=2,zzzz", b"nonsense"])
@pytest.mark.parametrize("store", ["http", "http-v2"])
def test_what_cannot_be_decoded_is_an_entry(place: Place, store: str, broken: bytes) -> None:
    key = cache_key(URL)
    place.raw(store, key, broken)
    if store == "http-v2":
        place.raw(store, key, WHEEL, ".body")
    entry = place.only()
    assert entry.kind == "unreadable"
    assert entry.problems
    assert len(entry.files) == len(place.files())
    if store == "http-v2":
        assert entry.project == "demo-pkg"  # its body still names it


def test_a_damaged_wheel_is_unreadable(place: Place) -> None:
    place.v2(URL, WHEEL[:-30])
    assert place.only().kind == "unreadable"
    assert "cut short" in place.only().problems[0]


def test_built_wheels_share_an_origin(place: Place) -> None:
    url = FILES + "sdistpkg-1.0.tar.gz"
    folder = formats.built_wheel_folder(url, ("cp", "312"), hash_name="sha256", digest="a" * 64)
    place.write(
        f"{folder}/sdistpkg-1.0-cp312-cp312-linux_x86_64.whl",
        packages.make_wheel("sdistpkg", "1.0", "cp312-cp312-linux_x86_64"),
    )
    place.write(f"{folder}/sdistpkg-1.0-py3-none-any.whl", packages.make_wheel("sdistpkg", "1.0"))
    place.write(f"{folder}/origin.json", formats.origin_json(url, hashes={"sha256": "A" * 64}))
    place.write(f"{folder}/notes.txt", b"mine")
    place.write(f"{folder}/tmpab12cd34/sdistpkg-1.0-py3-none-any.whl", b"half")
    snapshot = place.scan()
    first, second = [entry for entry in snapshot.entries if entry.kind == "built-wheel"]
    assert [len(first.files), len(second.files)] == [2, 1]
    assert first.files[1].path.endswith("origin.json")
    assert first.detail == second.detail == Origin(url, (("sha256", "a" * 64),))
    assert (first.url, first.url_proof) == (url, "origin")
    assert first.tags == ("cp312-cp312-linux_x86_64",)
    assert [entry.kind for entry in snapshot.entries].count("leftover") == 1
    assert snapshot.foreign_files == 1


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"url": 5}', b"[" * 5000, b"\xff"])
def test_a_bad_origin_is_a_problem_not_a_crash(place: Place, content: bytes) -> None:
    folder = formats.old_built_wheel_folder(URL)
    place.write(f"{folder}/lib-1.0-py3-none-any.whl", packages.make_wheel("lib", "1.0"))
    place.write(f"{folder}/origin.json", content)
    entry = place.only()
    assert entry.kind == "built-wheel"
    assert len(entry.files) == 2
    assert any("origin.json" in problem for problem in entry.problems)


def test_an_origin_with_no_wheel_is_half_a_pair(place: Place) -> None:
    place.write(formats.old_built_wheel_folder(URL) + "/origin.json", formats.origin_json(URL, vcs=("git", "c0ffee")))
    entry = place.only()
    assert entry.kind == "orphan"
    assert entry.detail == Origin(URL, vcs="git", commit="c0ffee")


def test_selfcheck_in_all_forms(place: Place) -> None:
    path = formats.selfcheck_path("/hello/world/venv")
    assert path == "selfcheck/fcd2d5175dd33d5df759ee7b045264230205ef837bf9f582f7c3ada7"
    place.write(path, formats.selfcheck_note("/hello/world/venv", 1e9, "26.3"))
    place.write("selfcheck.json", formats.old_selfcheck({"/usr": (1e9, "9.0.3")}))
    place.write(formats.selfcheck_path("bad"), b"{")
    place.write("selfcheck/other", b"mine")
    snapshot = place.scan()
    details = [entry.detail for entry in snapshot.entries]
    assert SelfCheck("/hello/world/venv", "2001-09-09T01:46:40+00:00", "26.3") in details
    assert SelfCheck("/usr", "2001-09-09T01:46:40Z", "9.0.3") in details
    assert [entry.kind for entry in snapshot.entries].count("unreadable") == 1
    assert snapshot.foreign_files == 1


def test_download_cache(place: Place) -> None:
    url = FILES + "Demo.Pkg-1.0-py2.py3-none-any.whl"
    content, sidecar = formats.download_names(url)
    place.write(content, WHEEL)
    place.write(sidecar, b"application/octet-stream")
    alone, _ = formats.download_names(FILES + "lib-3.0.tar.gz")
    place.write(alone, packages.make_sdist("lib", "3.0"))
    _, described = formats.download_names(FILES + "gone-1.tar.gz")
    place.write(described, b"text/plain")
    place.write("photo.jpg", b"mine")
    entries = place.entries()
    whole = entries[f"downloads:{content}"]
    assert (whole.kind, whole.project, whole.url, whole.url_proof) == ("wheel", "demo-pkg", url, "file-name")
    assert [file.path for file in whole.files] == [sidecar, content]
    assert entries[f"downloads:{alone}"].kind == "orphan"
    assert entries[f"downloads:{described}"].kind == "orphan"
    assert len(entries) == 3


def test_pip_accel(place: Place) -> None:
    place.write("sources/lxml-3.4.4.tar.gz", packages.make_sdist("lxml", "3.4.4"))
    binary = formats.pip_accel_path("lxml", "3.4.4")
    place.write(binary, b"tar")
    place.write(binary + ".txt", b"sum")
    place.write("binaries/v7/strange", b"mine")
    snapshot = place.scan()
    assert {(entry.kind, entry.project, entry.version, len(entry.files)) for entry in snapshot.entries} == {
        ("sdist", "lxml", "3.4.4", 1),
        ("other", "lxml", "3.4.4", 2),
    }
    assert snapshot.foreign_files == 1


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


def test_scanning_leaves_access_times(place: Place) -> None:
    place.v2(URL, WHEEL)
    place.v1(URL, WHEEL)
    place.write(formats.selfcheck_path("/x"), formats.selfcheck_note("/x", 1e9, "1"))
    paths = [place.path / path for path in place.files()]
    for path in paths:
        os.utime(path, (1e9, 2e9))
    before = {entry.id: entry.used for entry in place.scan().entries}
    assert {path.stat().st_atime for path in paths} == {1e9}
    assert set(before.values()) == {1e9}


def test_recognises_only_what_pip_writes() -> None:
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


def test_every_store_has_a_module_and_its_traits() -> None:
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
