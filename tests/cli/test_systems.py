"""The program under the rules of other systems: no calls relative to an open folder, no owners, paths that are too
long, junctions, files in use (Windows); access times that only putting them back keeps (macOS)."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pipcache_tui.cache.disk import folders as reading
from pipcache_tui.cache.disk.folders import is_folder, system_path
from pipcache_tui.cache.model import Entry, OwnedFile, pack_stamp
from pipcache_tui.demo.formats import built_wheel_folder
from pipcache_tui.demo.packages import make_wheel, wheel_name
from pipcache_tui.remove import folders as deleting
from tests.cli.conftest import Cache, Run
from tests.support.cache_root import FILES, Place

#: what Windows has not
MISSING = ("geteuid", "getuid", "chown", "pread", "sched_getaffinity", "O_NOATIME")
MAX_PATH = 260


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is reached by path, and what Windows has not is not there."""
    monkeypatch.setattr(reading, "BY_DESCRIPTOR", False)
    monkeypatch.setattr(deleting, "BY_DESCRIPTOR", False)
    monkeypatch.setattr(reading, "_NOATIME", 0)
    for name in MISSING:
        monkeypatch.delattr(os, name, raising=False)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A cache with something in every store of a pip."""
    place = Place(tmp_path / "cache")
    for project in ("six", "numpy"):
        place.v2(FILES + wheel_name(project, "1.0"), make_wheel(project, "1.0"))
        place.v1(FILES + wheel_name(project, "0.9"), make_wheel(project, "0.9"))
    place.write(f"{folder_of('lxml')}/{wheel_name('lxml', '5.0')}", make_wheel("lxml", "5.0"))
    place.write("http-v2/notes.txt", b"mine")
    return place


def folder_of(project: str) -> str:
    return built_wheel_folder(f"{FILES}{project}-5.0.tar.gz", ("cp", "312"))


def bare(entry: Entry) -> tuple[object, ...]:
    """What does not change by being read."""
    return (entry.id, entry.kind, entry.project, entry.version, entry.filename, entry.problems, entry.size)


class TestWindows:
    def test_a_scan_finds_the_same(self, place: Place, request: pytest.FixtureRequest) -> None:
        usual = place.scan()
        request.getfixturevalue("windows")
        found = place.scan()
        assert len(found.entries) == 5
        assert sorted(map(bare, found.entries)) == sorted(map(bare, usual.entries))
        assert (found.foreign_files, found.warnings) == (1, ())

    def test_a_purge_takes_what_is_pips_and_leaves_the_rest(self, place: Place, windows: None, run: Run) -> None:
        answer = run(f"--cache-dir={place.path}", "--purge", "--yes", "--force", "-q")
        assert (answer.code, answer.err) == (0, "")
        assert place.files() == {"http-v2/notes.txt"}
        assert {path.name for path in place.path.iterdir()} == {"http", "http-v2", "wheels"}, "the stores stay"

    def test_the_caches_are_listed_without_owners(self, place: Place, windows: None, run: Run) -> None:
        answer = run(f"--cache-dir={place.path}", "--info")
        assert (answer.code, answer.err) == (0, "")
        assert "5 entries" in answer.out

    def test_no_link_is_followed(self, place: Place, windows: None, run: Run, tmp_path: Path) -> None:
        other = Place(tmp_path / "other")
        key = other.v2(FILES + "a", b"theirs")
        before = other.files()
        linked = place.path / "http-v2" / key[0]
        if linked.exists():
            linked.rename(tmp_path / "aside")
        linked.symlink_to(other.path / "http-v2" / key[0])
        assert f"http-v2:{key}" not in place.entries()
        assert run(f"--cache-dir={place.path}", "--purge", "--yes", "--force").code == 0
        assert other.files() == before

    @pytest.mark.parametrize(
        ("attributes", "tag", "folder"),
        [
            (stat.FILE_ATTRIBUTE_DIRECTORY, 0, True),
            (stat.FILE_ATTRIBUTE_DIRECTORY | stat.FILE_ATTRIBUTE_REPARSE_POINT, 0xA0000003, False),  # a junction
            (stat.FILE_ATTRIBUTE_DIRECTORY | stat.FILE_ATTRIBUTE_REPARSE_POINT, 0xA000000C, False),  # a link
            (stat.FILE_ATTRIBUTE_DIRECTORY | stat.FILE_ATTRIBUTE_REPARSE_POINT, 0x9000001A, True),  # kept in a cloud
        ],
    )
    def test_a_junction_is_no_folder(self, attributes: int, tag: int, folder: bool) -> None:
        status = SimpleNamespace(st_mode=stat.S_IFDIR | 0o777, st_file_attributes=attributes, st_reparse_tag=tag)
        assert is_folder(cast("os.stat_result", status)) is folder

    def test_a_junction_is_neither_read_nor_entered(
        self, place: Place, windows: None, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keys = [entry.files[0].path for entry in place.entries().values() if entry.store == "http-v2"]
        junction = os.fspath(place.path / "http-v2" / keys[0].split("/")[1])
        real = os.lstat

        def lstat(path: Any, **named: Any) -> Any:
            status = real(path, **named)
            if os.fspath(path) != junction:
                return status
            given = {name: getattr(status, name) for name in dir(status) if name.startswith("st_")}
            return SimpleNamespace(**given, st_file_attributes=0x410, st_reparse_tag=0xA0000003)

        monkeypatch.setattr(os, "lstat", lstat)
        assert not any(entry.files[0].path.startswith(f"http-v2/{keys[0][8]}/") for entry in place.entries().values())
        assert run(f"--cache-dir={place.path}", "--purge", "--yes", "--force").code == 0
        assert (place.path / keys[0]).exists(), "what lies behind it stays"

    def test_a_file_in_use_is_skipped_and_said_and_the_rest_goes(
        self, cache: Cache, windows: None, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        used, _ = (cache.add(name, days=99, store="v1") for name in "ab")
        real = os.unlink

        def unlink(path: str) -> None:
            if path.endswith(used.partition(":")[2]):
                error = PermissionError(errno.EACCES, "The process cannot access the file", path)
                error.winerror = 32  # type: ignore[attr-defined]
                raise error
            real(path)

        with monkeypatch.context() as patch:
            patch.setattr(os, "unlink", unlink)
            answer = run(cache.flag, "--prune-older", "30d", "--force")
        assert answer.code == 0
        assert answer.err.count("in use by another program") == 1
        assert [file.name for file in cache.files()] == [used.partition(":")[2]]
        assert run(cache.flag, "--prune-older", "30d", "--force").code == 0
        assert cache.files() == [], "the next run takes it"

    def test_sizes_without_blocks(self) -> None:
        plain = SimpleNamespace(
            st_dev=1, st_ino=1 << 100, st_size=5000, st_mtime_ns=1, st_atime_ns=1, st_ctime_ns=1, st_nlink=1
        )
        file = OwnedFile("x", pack_stamp(cast("os.stat_result", plain)))
        assert (file.size, file.size_on_disk) == (5000, 10 * 512)


class ShortPaths:
    """Stands for `os`: takes no path of 260 characters but in the form that Windows leaves as it is."""

    def __init__(self) -> None:
        self.long = 0

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in ("open", "stat", "lstat", "listdir", "unlink", "rmdir", "replace"):
            return real
        return lambda *arguments, **named: real(*map(self._path, arguments), **named)

    def _path(self, argument: Any) -> Any:
        if not isinstance(argument, str):
            return argument
        if argument.startswith("\\\\?\\"):
            assert "/" not in argument, "in this form only backslashes separate"
            self.long += 1
            return argument[4:].replace("\\", "/")
        if len(argument) >= MAX_PATH:
            raise FileNotFoundError(errno.ENOENT, "The system cannot find the path specified", argument)
        return argument


class TestLongPaths:
    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("C:/short", "C:/short"),
            ("C:/" + "x" * 260, "\\\\?\\C:\\" + "x" * 260),
            ("C:\\a/" + "x" * 260, "\\\\?\\C:\\a\\" + "x" * 260),
            ("//server/share/" + "x" * 260, "\\\\?\\UNC\\server\\share\\" + "x" * 260),
            ("\\\\?\\C:\\" + "x" * 260 + "/y", "\\\\?\\C:\\" + "x" * 260 + "\\y"),
        ],
    )
    def test_the_form_that_is_left_as_it_is(self, path: str, expected: str) -> None:
        assert system_path(path, "win32") == expected
        assert system_path(path, "linux") == path

    @pytest.fixture
    def short(self, windows: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShortPaths]:
        stand_in = ShortPaths()
        for module in (reading, deleting):
            monkeypatch.setattr(module, "os", stand_in)
            monkeypatch.setattr(module, "system_path", partial(system_path, system="win32"))
        yield stand_in

    def test_what_lies_too_deep_is_read_and_goes(self, tmp_path: Path, short: ShortPaths, run: Run) -> None:
        place = Place(tmp_path / "cache")
        name = wheel_name("a" * 150, "1.0")
        path = place.write(f"{folder_of('deep')}/{name}", make_wheel("a" * 150, "1.0"))
        assert len(os.fspath(path)) > MAX_PATH
        (entry,) = place.scan().entries
        assert entry.version == "1.0"
        answer = run(f"--cache-dir={place.path}", "--purge", "--yes", "--force", "-q")
        assert (answer.code, answer.err) == (0, "")
        assert place.files() == set()
        assert [path.name for path in place.path.rglob("*")] == ["wheels"], "the folders that this emptied went too"
        assert short.long > 3


class TestMacos:
    def test_reading_leaves_the_times_of_last_use(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without O_NOATIME they are put back, to the nanosecond."""
        monkeypatch.setattr(reading, "_NOATIME", 0)
        touched: list[int] = []
        utime: Callable[..., None] = os.utime

        def counted(path: Any, **named: Any) -> None:
            touched.append(1)
            utime(path, **named)

        monkeypatch.setattr(os, "utime", counted)
        monkeypatch.setattr(os, "supports_fd", {*os.supports_fd, counted})
        for number, path in enumerate(sorted(place.path.rglob("*"))):
            if path.is_file():
                utime(path, ns=(10**18 + number, 10**18))
        before = {path: path.stat().st_atime_ns for path in place.path.rglob("*") if path.is_file()}
        assert len(place.entries()) == 5
        assert touched
        assert {path: path.stat().st_atime_ns for path in before} == before
