from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipcache_tui.cache.model import STORES, Root
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.cache.stores import base
from pipcache_tui.demo.make import make_demo_cache
from pipcache_tui.remove.execute import carry_out
from pipcache_tui.remove.guard import GuardError, check_root, is_empty, odd_folders
from pipcache_tui.remove.plan import plan_of
from pipcache_tui.remove.steps import RemovalResult
from tests.support.small_caches import ALONE, NOW, WHY, Cache, files, tree

REFUSED = "not laid out as pip's cache, so nothing is deleted there; `pip cache dir` prints where pip's cache is"


def put(folder: Path, *paths: str) -> None:
    for path in paths:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.encode())


def home(folder: Path) -> None:
    put(folder, ".bashrc", ".ssh/id_ed25519", "Documents/thesis.odt", "wheels/bicycle.jpg", "http/index.html")


def source_tree(folder: Path) -> None:
    """With folders named as pip's stores are, one of them empty."""
    put(folder, "setup.py", "http/__init__.py", "http/client.py", "http/a/b/c/d/e/f.py", "src/http-v2/README")
    put(folder, "wheels/six-1.16.0-py2.py3-none-any.whl", "wheels/ab/cd/ef/built.whl", "tests/test_http.py")
    (folder / "selfcheck").mkdir()


def only_like_named_folders(folder: Path) -> None:
    put(folder, "http/client.py", "wheels/build.sh")


def wheelhouse(folder: Path) -> None:
    put(folder, "six-1.16.0-py2.py3-none-any.whl", "numpy-2.0-cp312-cp312-linux_x86_64.whl", "origin.json")


def linux_distribution_of_sdists(folder: Path) -> None:
    """Named as pip-accel names its folders, and with sdists as it has them."""
    put(folder, "sources/six-1.16.0.tar.gz", "binaries/six.deb", "binaries/v7/notes.txt", "eggs/goose.egg")


def browser_downloads(folder: Path) -> None:
    put(folder, "https%3A%2F%2Fexample.com%2Fsix-1.0.tar.gz", "photo.jpg")


def uv_cache(folder: Path) -> None:
    put(folder, "wheels-v5/index/six.lock", "simple-v16/pypi/six.rkyv", "archive-v0/abc/six.py", "CACHEDIR.TAG")


def selfcheck_alone(folder: Path) -> None:
    put(folder, "selfcheck.json", "index.html")


def links_leading_out(folder: Path) -> None:
    """Every store is a link to a real one elsewhere."""
    real = Cache(folder.parent / "real")
    real.fill()
    real.download("six")
    for store in ("http", "http-v2", "wheels", "selfcheck"):
        (folder / store).symlink_to(real.folder / store)


def folders_for_files(folder: Path) -> None:
    """Right names all the way down, but no file of pip's: folders, links, a FIFO."""
    key = "82c6dbbed8f2f78b040876f3ea49c010a9e436f2aec3e1b0899ca627"
    leaf = folder / "http-v2/8/2/c/6/d"
    put(folder, "notes.txt", f"http-v2/8/2/c/6/d/{key}/mine.txt")
    (leaf / f"{key}.body").symlink_to(folder / "notes.txt")
    (folder / "http/8/2/c/6/d").mkdir(parents=True)
    os.mkfifo(folder / f"http/8/2/c/6/d/{key}")


STRANGERS = [
    home,
    source_tree,
    only_like_named_folders,
    wheelhouse,
    linux_distribution_of_sdists,
    browser_downloads,
    uv_cache,
    selfcheck_alone,
    links_leading_out,
    folders_for_files,
]


@pytest.mark.parametrize("make", STRANGERS, ids=lambda make: make.__name__)
def test_what_is_no_cache_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    make(folder)
    with pytest.raises(GuardError) as caught:
        check_root(Root(str(folder), "--cache-dir", True))
    assert str(caught.value) == f"{folder}: {REFUSED}"


@pytest.mark.parametrize("make", STRANGERS, ids=lambda make: make.__name__)
def test_what_is_no_cache_loses_nothing(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """Whatever the scan sees there, even when all of it is to go."""
    folder = tmp_path / "folder"
    folder.mkdir()
    make(folder)
    before = tree(tmp_path)
    snapshot = take_snapshot([Root(str(folder), "--cache-dir", True)], workers=0)
    plan = plan_of(snapshot, [(entry, WHY) for entry in snapshot.entries], now=NOW)
    try:
        result = RemovalResult.of(carry_out(plan, ALONE))
    except GuardError:
        assert plan.entries
    else:
        assert not result.files_removed
    assert tree(tmp_path) == before


@pytest.mark.parametrize("make", STRANGERS, ids=lambda make: make.__name__)
def test_strangers_files_stay_in_a_folder_that_is_a_cache_too(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """As where someone set cache-dir to their home folder: pip's own go, every other file stays."""
    cache = Cache(tmp_path / "folder")
    cache.folder.mkdir()
    make(cache.folder)
    if make not in (links_leading_out, folders_for_files, selfcheck_alone):
        cache.pair("six")
    if make is not browser_downloads:
        cache.download("six")
    theirs = tree(tmp_path)
    plan = cache.plan()
    result = RemovalResult.of(carry_out(plan, ALONE))
    assert result.files_removed >= 2
    gone = theirs.keys() - tree(tmp_path).keys()
    assert {name for name in gone if theirs[name][0] != "folder"} == {
        f"folder/{file.path}" for removed in result.removed for file in removed.planned.files
    }
    other = Cache(tmp_path / "other")
    other.folder.mkdir()
    make(other.folder)
    assert files(cache.folder) == files(other.folder)


def test_stores_that_are_proven(cache: Cache) -> None:
    cache.fill()
    assert check_root(cache.root) == {"http", "http-v2", "wheels", "selfcheck"}


@pytest.mark.parametrize(
    ("fill", "store"),
    [
        (lambda cache: cache.pair("six"), "http-v2"),
        (lambda cache: cache.single("six"), "http"),
        (lambda cache: cache.built("six", "1.0"), "wheels"),
        (lambda cache: cache.selfcheck("/usr"), "selfcheck"),
        (lambda cache: cache.download("six"), "downloads"),
        (
            lambda cache: [
                cache.write(f"{name}", b"") for name in ("sources/a-1.tar.gz", "binaries/v7/a:1:py2.7.tar.gz")
            ],
            "pip-accel",
        ),
    ],
)
def test_one_file_proves_its_store_alone(cache: Cache, fill: Callable[[Cache], object], store: str) -> None:
    cache.write("mine.txt", b"someone's own")
    fill(cache)
    assert check_root(cache.root) == {store}


def test_demo_passes(tmp_path: Path) -> None:
    demo = make_demo_cache(str(tmp_path / "demo"), now=NOW, sparse=True)
    proven = [check_root(Root(path, "--cache-dir", True)) for path in demo.cache_dirs]
    assert proven == [{"http", "http-v2", "wheels", "selfcheck"}, {"downloads"}, {"pip-accel"}]
    assert frozenset().union(*proven) == set(STORES), "the demo has every store"


def test_emptied_cache_is_no_error(cache: Cache) -> None:
    for folder in ("http-v2/0/1/2", "http/a", "wheels/ab/cd", "selfcheck"):
        (cache.folder / folder).mkdir(parents=True)
    assert check_root(cache.root) == frozenset()


def test_emptied_cache_of_an_old_pip(cache: Cache) -> None:
    (cache.folder / "http").mkdir()
    cache.write("selfcheck.json", b"{}")
    assert check_root(cache.root) == {"selfcheck"}


@pytest.mark.parametrize("folders", [("sources", "binaries"), ("sources", "binaries", "eggs")])
def test_emptied_folder_of_pip_accel(cache: Cache, folders: tuple[str, ...]) -> None:
    for folder in folders:
        (cache.folder / folder).mkdir()
    assert check_root(cache.root) == frozenset()
    cache.write("sources/six-1.0.tar.gz", b"")
    with pytest.raises(GuardError):
        check_root(cache.root)


def test_look_is_bounded(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    """A huge store whose folders are all empty is given up on, and proves nothing."""
    monkeypatch.setattr(base, "_FOLDERS_LIMIT", 10)
    for number in range(100):
        (cache.folder / f"http-v2/{number % 10}/{number // 10}/0/0/0").mkdir(parents=True)
    cache.write("mine.txt", b"someone's own")
    with pytest.raises(GuardError):
        check_root(cache.root)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "no such folder; nothing to delete"),
        (lambda path: path.write_bytes(b""), "not a directory; nothing can be deleted there"),
        (lambda path: path.mkdir(), REFUSED),
    ],
)
def test_no_folder_to_look_in(tmp_path: Path, make: Callable[[Path], object], words: str) -> None:
    path = tmp_path / "there"
    make(path)
    with pytest.raises(GuardError) as caught:
        check_root(Root(str(path), "--cache-dir", True))
    assert str(caught.value) == f"{path}: {words}"


def test_message_is_one_safe_line(tmp_path: Path) -> None:
    path = tmp_path / "bad\n\x1b[31mname"
    path.mkdir()
    with pytest.raises(GuardError) as caught:
        check_root(Root(str(path), "--cache-dir", True))
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_the_whole_file_system_is_refused() -> None:
    with pytest.raises(GuardError):
        check_root(Root("/", "--cache-dir", True))


def test_a_folder_with_nothing_in_it_is_not_odd(tmp_path: Path) -> None:
    empty, missing, odd = (
        Root(str(tmp_path / name), "--cache-dir", name != "missing") for name in ("a", "missing", "c")
    )
    Path(empty.path).mkdir()
    Path(odd.path).mkdir()
    Path(odd.path, "thesis.txt").write_bytes(b"")
    assert list(odd_folders([empty, missing, odd])) == [odd.path]


def test_only_a_folder_that_can_be_read_is_called_empty(tmp_path: Path) -> None:
    assert is_empty(str(tmp_path))
    (tmp_path / "file").write_bytes(b"")
    assert not is_empty(str(tmp_path))
    assert not is_empty(str(tmp_path / "file"))
    assert not is_empty(str(tmp_path / "missing"))
