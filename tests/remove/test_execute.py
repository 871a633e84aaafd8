from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipcache_tui.cache import stores
from pipcache_tui.cache.model import Root
from pipcache_tui.remove import execute
from pipcache_tui.remove.execute import carry_out
from pipcache_tui.remove.guard import GuardError
from pipcache_tui.remove.plan import plan_of
from pipcache_tui.remove.running_pip_policy import RunningPipPolicy
from pipcache_tui.remove.steps import RemovalResult, Removed
from tests.faults.system import watched
from tests.support.small_caches import ALONE, NOW, WHY, Cache, files, planned_files, tree, used_blocks

FOREIGN = {"http-v2/README.txt", "wheels/notes/six-1.0-py3-none-any.whl", "mine.txt"}


def whys(result: RemovalResult) -> list[str]:
    return [skipped.why for skipped in result.skipped]


# --- all goes as planned ---------------------------------------------------------------------------------


def test_everything_planned_goes_and_nothing_else(cache: Cache, way: str) -> None:
    cache.fill()
    plan = cache.plan()
    blocks = used_blocks(cache.folder)
    result = RemovalResult.of(carry_out(plan, ALONE))
    assert files(cache.folder) == FOREIGN
    assert len(result.removed) == len(plan.entries)
    assert (result.skipped, result.failed, result.remarks) == ((), (), ())
    assert result.files_removed == plan.files
    assert result.freed == plan.frees == blocks - used_blocks(cache.folder)


def test_emptied_folders_go_up_to_the_store(cache: Cache, way: str) -> None:
    cache.fill()
    empty = cache.folder / "http-v2/0/1/2/3/4"
    empty.mkdir(parents=True)
    cache.remove()
    folders = {name for name, (kind, _) in tree(cache.folder).items() if kind == "folder"}
    expected = {"http", "http-v2", "wheels", "wheels/notes", "selfcheck"}
    assert folders == expected | {str(empty.relative_to(cache.folder)), *map(str, _parents(empty, cache.folder))}


def _parents(path: Path, top: Path) -> list[Path]:
    return [parent.relative_to(top) for parent in path.parents if top in parent.parents]


def test_download_cache_of_old_pip(cache: Cache, way: str) -> None:
    cache.download("six")
    cache.write("notes.txt", b"someone's own")
    result = cache.remove()
    assert files(cache.folder) == {"notes.txt"}
    assert result.files_removed == 2


def test_pip_accel(cache: Cache, way: str) -> None:
    cache.write("sources/six-1.0.tar.gz", b"sdist")
    cache.write("binaries/v7/six:1.0:py2.7.tar.gz", b"built")
    cache.write("binaries/v7/six:1.0:py2.7.tar.gz.txt", b"sum")
    cache.write("binaries/notes.txt", b"someone's own")
    assert cache.remove().files_removed == 3
    assert files(cache.folder) == {"binaries/notes.txt"}
    assert (cache.folder / "sources").is_dir()


def test_only_the_chosen_go(cache: Cache, way: str) -> None:
    cache.fill()
    before = files(cache.folder)
    gone = [cache.pair("wheel1"), cache.single("old")]
    result = cache.remove(*gone)
    assert before - files(cache.folder) == {gone[0], f"{gone[0]}.body", gone[1]}
    assert [type(step) for step in result.removed] == [Removed, Removed]


def test_wheels_side_by_side(cache: Cache, way: str) -> None:
    first, second = cache.built("two", "1.0", "2.0")
    origin = first.rpartition("/")[0] + "/origin.json"
    cache.remove(first)
    assert files(cache.folder) == {second, origin}
    cache.remove(second)
    assert files(cache.folder) == set()
    assert not list((cache.folder / "wheels").iterdir())


def test_linked_body_gives_its_blocks_back_once(cache: Cache, way: str) -> None:
    first, second = (cache.folder / f"{cache.pair(name)}.body" for name in ("six", "seven"))
    second.unlink()
    os.link(first, second)
    blocks = used_blocks(cache.folder)
    assert cache.remove().freed == blocks


def test_several_roots(tmp_path: Path, way: str) -> None:
    caches = [Cache(tmp_path / name) for name in ("one", "two")]
    for cache in caches:
        cache.fill()
    snapshots = [cache.scan() for cache in caches]
    both = replace(
        snapshots[0], roots=(caches[0].root, caches[1].root), entries=(*snapshots[0].entries, *snapshots[1].entries)
    )
    result = RemovalResult.of(carry_out(plan_of(both, [(entry, WHY) for entry in both.entries], now=NOW), ALONE))
    assert len(result.removed) == len(both.entries)
    assert [files(cache.folder) for cache in caches] == [FOREIGN, FOREIGN]


# --- what is not as planned ------------------------------------------------------------------------------


def _write_to(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def _touch(path: Path) -> None:
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))


def _replace(path: Path) -> None:
    """Another file with the same size and time."""
    status = path.stat()
    other = path.with_suffix(".new")
    other.write_bytes(bytes(status.st_size))
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)


def _to_link(path: Path) -> None:
    moved = path.with_suffix(".moved")
    path.rename(moved)
    path.symlink_to(moved)


def _to_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _to_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


CHANGES: list[tuple[Callable[[Path], None], str]] = [
    (_write_to, "it was written to"),
    (_touch, "it was written to"),
    (_replace, "another file has its name"),
    (_to_link, "it is not a regular file now"),
    (_to_folder, "it is not a regular file now"),
    (_to_fifo, "it is not a regular file now"),
]


@pytest.mark.parametrize("suffix", ["", ".body"])
@pytest.mark.parametrize(("change", "words"), CHANGES)
def test_what_changed_is_left_alone(
    cache: Cache, way: str, change: Callable[[Path], None], words: str, suffix: str
) -> None:
    changed, other = cache.pair("six"), cache.pair("seven")
    plan = cache.plan()
    change(cache.folder / f"{changed}{suffix}")
    before = files(cache.folder)
    result = RemovalResult.of(carry_out(plan, ALONE))
    assert whys(result) == [f"changed since: {words}"]
    assert files(cache.folder) == before - {other, f"{other}.body"}


def test_gone_already(cache: Cache, way: str) -> None:
    gone, other = cache.pair("six"), cache.pair("seven")
    plan = cache.plan()
    shutil.rmtree((cache.folder / gone).parent)
    result = RemovalResult.of(carry_out(plan, ALONE))
    assert whys(result) == ["already gone"]
    assert [removed.planned.files[0].path for removed in result.removed] == [other]


@pytest.mark.parametrize("suffix", ["", ".body"])
def test_half_gone(cache: Cache, way: str, suffix: str) -> None:
    path = cache.pair("six")
    cache.pair("seven")
    plan = cache.plan()
    (cache.folder / f"{path}{suffix}").unlink()
    result = RemovalResult.of(carry_out(plan, ALONE))
    assert len(result.removed) == 2
    assert result.files_removed == 3
    assert not files(cache.folder)


def test_all_gone(cache: Cache, way: str) -> None:
    """Another was quicker: what is left then would not be taken for pip's, but nothing is left to take."""
    cache.pair("six")
    cache.pair("seven")
    cache.selfcheck("/venv")
    plan = cache.plan()
    for path in files(cache.folder):
        (cache.folder / path).unlink()
    result = RemovalResult.of(carry_out(plan, ALONE))
    assert set(whys(result)) == {"already gone"}
    assert all(skipped.gone for skipped in result.skipped)
    assert len(result.skipped) == len(plan.entries)


def test_root_gone(cache: Cache, way: str) -> None:
    cache.pair("six")
    plan = cache.plan()
    shutil.rmtree(cache.folder)
    with pytest.raises(GuardError, match="no such folder"):
        carry_out(plan, ALONE)


@pytest.mark.parametrize("depth", [1, 3, 6])
def test_folder_swapped_for_a_link(cache: Cache, way: str, depth: int) -> None:
    """The link leads to a copy with the very same names, files and times."""
    path = cache.pair("six")
    others = {cache.single("old"), cache.pair("seven")}
    plan = cache.plan()
    folder = cache.folder.joinpath(*path.split("/")[:depth])
    moved = cache.folder.parent / "moved"
    folder.rename(moved)
    folder.symlink_to(moved)
    before = tree(moved)
    result = RemovalResult.of(carry_out(plan, ALONE))
    if depth == 1:  # then the guard finds no http-v2 either
        assert set(whys(result)) == {f"nothing shows that what looks like http-v2 in {cache.folder} is pip's"}
    else:
        assert {removed.planned.files[0].path for removed in result.removed} == others
        assert whys(result) == ["changed since: its folder was replaced"]
    assert tree(moved) == before


def test_root_swapped_for_another(cache: Cache, way: str) -> None:
    cache.fill()
    plan = cache.plan()
    cache.folder.rename(cache.folder.with_name("moved"))
    Cache(cache.folder).fill()
    before = tree(cache.folder)
    result = RemovalResult.of(carry_out(plan, ALONE))
    assert result.files_removed == 0
    assert len(result.skipped) == len(plan.entries)
    assert tree(cache.folder) == before


def test_new_wheel_keeps_the_origin(cache: Cache, way: str) -> None:
    (wheel,) = cache.built("two", "1.0")
    plan = cache.plan()
    (new,) = cache.built("two", "2.0", origin=False)
    result = RemovalResult.of(carry_out(plan, ALONE))
    assert (len(result.removed), result.files_removed) == (1, 1)
    assert files(cache.folder) == {new, wheel.rpartition("/")[0] + "/origin.json"}


def test_new_wheel_keeps_a_lone_origin(cache: Cache, way: str) -> None:
    cache.built("two")
    plan = cache.plan()
    cache.built("two", "2.0", origin=False)
    before = files(cache.folder)
    result = RemovalResult.of(carry_out(plan, ALONE))
    assert whys(result) == ["changed since: there is a wheel next to it now"]
    assert files(cache.folder) == before


def test_wheel_that_could_not_go_keeps_the_origin(cache: Cache, way: str) -> None:
    first, second = cache.built("two", "1.0", "2.0")
    plan = cache.plan()
    _touch(cache.folder / second)
    cache_files = files(cache.folder)
    result = RemovalResult.of(carry_out(plan, ALONE))
    assert (len(result.removed), len(result.skipped)) == (1, 1)
    assert files(cache.folder) == cache_files - {first}


def test_leftover_that_became_young_stays(cache: Cache) -> None:
    cache.pair("six")
    path = cache.temporary("cut")
    plan = cache.plan([cache.entry(path)])
    result = RemovalResult.of(carry_out(plan, replace(ALONE, now=lambda: NOW - 30 * 86400.0 + 60)))
    assert whys(result) == ["written in the last 6 hours: a running pip may need it"]


# --- the guard holds at the deed, whatever a plan says ---------------------------------------------------


def test_store_without_proof_keeps_its_entries(cache: Cache, way: str) -> None:
    """A lone file that is named as pip 1.5.6 names downloads proves nothing."""
    name = formats_download = cache.download("six")
    (cache.folder / name.removesuffix(".content-type")).unlink()
    cache.pair("seven")
    result = cache.remove()
    assert files(cache.folder) == {formats_download}
    assert whys(result) == [f"nothing shows that what looks like downloads in {cache.folder} is pip's"]
    assert not any(skipped.gone for skipped in result.skipped)


@pytest.mark.parametrize("path", ["mine.txt", "http-v2/README.txt", "../outside", "http-v2/../mine.txt", "/etc/passwd"])
def test_plan_with_a_foreign_name_removes_nothing(cache: Cache, way: str, path: str) -> None:
    cache.fill()
    plan = cache.plan([cache.entry(cache.pair("wheel1"))])
    (planned,) = plan.entries
    strange = replace(planned, files=tuple(replace(file, path=path) for file in planned.files))
    before = tree(cache.folder)
    result = RemovalResult.of(carry_out(replace(plan, entries=(strange,)), ALONE))
    assert whys(result) == [f"not a name pip writes: {path}"]
    assert tree(cache.folder) == before


def test_root_that_is_none_of_the_plan(cache: Cache) -> None:
    cache.pair("six")
    plan = replace(cache.plan(), roots=(Root("/elsewhere", "--cache-dir", True),))
    with pytest.raises(GuardError, match="nothing is deleted"):
        carry_out(plan, ALONE)
    assert len(files(cache.folder)) == 2


def test_an_unproven_root_next_to_a_proven_one(tmp_path: Path) -> None:
    good, bad = Cache(tmp_path / "good"), Cache(tmp_path / "bad")
    good.pair("six")
    bad.write("selfcheck.json", b"{}")
    bad.write("mine.txt", b"someone's own")
    entries = (*good.scan().entries, *bad.scan().entries)
    snapshot = replace(good.scan(), roots=(good.root, bad.root), entries=entries)
    result = RemovalResult.of(carry_out(plan_of(snapshot, [(entry, WHY) for entry in entries], now=NOW), ALONE))
    assert (len(result.removed), len(result.skipped)) == (1, 1)
    assert files(bad.folder) == {"selfcheck.json", "mine.txt"}


# --- stopping --------------------------------------------------------------------------------------------


def test_stop_between_entries(cache: Cache, way: str) -> None:
    for number in range(5):
        cache.pair(f"wheel{number}")
    plan = cache.plan()
    seen = 0

    def stop() -> bool:
        return seen >= 2

    steps = []
    for step in carry_out(plan, ALONE, stop=stop):
        steps.append(step)
        seen += 1
    result = RemovalResult.of(steps)
    assert len(result.removed) == 2
    assert len(files(cache.folder)) == 2 * 3, "whole entries are left"


def test_keyboard_interrupt_at_every_call(tmp_path: Path, way: str) -> None:
    """Whatever call it comes in, before or after: what is gone is reported, and no half is left."""
    for moment in ("before", "after"):
        number, calls = 0, 1
        while number < calls:
            cache = Cache(tmp_path / f"{moment}{number}")
            cache.pair("six")
            cache.built("two", "1.0", "2.0")
            cache.single("old")
            plan = cache.plan()

            def interrupt(at: int, name: str, wanted: int = number) -> None:
                if at == wanted:
                    raise KeyboardInterrupt

            steps = []
            with watched(**{moment: interrupt}) as system:
                try:
                    for step in carry_out(plan, ALONE):
                        steps.append(step)
                except KeyboardInterrupt:
                    pass
            result = RemovalResult.of(steps)
            gone = planned_files(plan) - files(cache.folder)
            assert result.files_removed == len(gone), (moment, number, system.made)
            assert {file.path for removed in result.removed for file in removed.planned.files} == gone
            assert not result.failed
            calls = max(calls, len(system.made) + 1)
            number += 1
        assert number > 30, "every call was reached"


def test_listener_that_leaves(cache: Cache) -> None:
    for number in range(3):
        cache.pair(f"wheel{number}")
    steps = carry_out(cache.plan(), ALONE)
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert len(files(cache.folder)) == 4


# --- what the system refuses -----------------------------------------------------------------------------


def test_file_in_use_on_windows(cache: Cache, way: str) -> None:
    cache.pair("six")
    cache.single("old")
    error = PermissionError(errno.EACCES, "used by another process")
    error.winerror = 32  # type: ignore[attr-defined]

    def refuse(_: int, name: str) -> None:
        if name == "unlink" and system.made.count("unlink") == 1:
            raise error

    with watched(refuse) as system:
        result = cache.remove()
    assert whys(result) == ["in use by another program"]
    assert len(result.removed) == 1


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has no owner bits")
def test_folder_closed_to_us(cache: Cache, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = cache.pair("six")
    cache.single("old")
    plan = cache.plan()
    pid = os.fork() if os.geteuid() == 0 else 0
    if pid == 0 and os.geteuid() == 0:  # root is refused nothing, so someone else has to try
        ok = False
        try:
            for folder in (cache.folder, *cache.folder.rglob("*")):
                os.chmod(folder, 0o777)
            for parent in cache.folder.parents:
                if parent != Path("/"):
                    os.chmod(parent, parent.stat().st_mode | 0o055)
            os.chmod((cache.folder / path).parent, 0o555)
            os.setuid(65534)
            ok = _closed_folder_fails(cache, RemovalResult.of(carry_out(plan, ALONE)), path)
        finally:
            os._exit(0 if ok else 1)
    if pid:
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    else:
        os.chmod((cache.folder / path).parent, 0o555)
        assert _closed_folder_fails(cache, RemovalResult.of(carry_out(plan, ALONE)), path)
        os.chmod((cache.folder / path).parent, 0o755)


def _closed_folder_fails(cache: Cache, result: RemovalResult, path: str) -> bool:
    (failed,) = result.failed
    assert failed.error == f"{cache.folder}/{path}: permission denied; you may not change its folder"
    assert len(result.removed) == 1
    return files(cache.folder) == {path, f"{path}.body"}


def test_empty_folder_that_cannot_go_is_remarked(cache: Cache, way: str) -> None:
    for name in ("six", "seven"):
        cache.single(name)

    def refuse(_: int, name: str) -> None:
        if name == "rmdir":
            raise OSError(errno.EBUSY, "busy")

    with watched(refuse):
        result = cache.remove()
    assert len(result.removed) == 2
    (remark,) = result.remarks
    assert remark.startswith(f"{cache.folder}/http/")
    assert remark.endswith(": not removed (and 1 more folder): in use by the system")


# --- property --------------------------------------------------------------------------------------------

NAMES = ("six", "seven", "numpy", "zope-interface", "a")
PIECES = st.one_of(
    st.tuples(st.just("pair"), st.sampled_from(NAMES)),
    st.tuples(st.just("page"), st.sampled_from(NAMES)),
    st.tuples(st.just("single"), st.sampled_from(NAMES)),
    st.tuples(st.just("selfcheck"), st.sampled_from(NAMES)),
    st.tuples(st.just("download"), st.sampled_from(NAMES)),
    st.tuples(st.just("lock"), st.sampled_from(NAMES), st.just("host.1-2")),
    st.tuples(st.just("temporary"), st.sampled_from(NAMES)),
    st.tuples(st.just("built"), st.sampled_from(NAMES), st.sampled_from(("1.0", "2.0", "3.0"))),
    st.tuples(st.just("built"), st.sampled_from(NAMES)),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), pieces=st.lists(PIECES, min_size=1, max_size=14), by_descriptor=st.booleans())
def test_exactly_the_plan_goes_and_frees_what_it_says(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, pieces: list[tuple[str, ...]], by_descriptor: bool
) -> None:
    cache = Cache(tmp_path_factory.mktemp("property") / "pip")
    cache.folder.mkdir()
    cache.write("mine.txt", b"someone's own")
    for kind, *names in pieces:
        getattr(cache, kind)(*names)
    cache.write("http-v2/notes.txt", b"someone's own")
    paths = sorted(path for path in files(cache.folder) if stores_know(path))
    for _ in range(data.draw(st.integers(0, 3), label="links")):
        first, second = (cache.folder / data.draw(st.sampled_from(paths)) for _ in range(2))
        if first != second:
            second.unlink()
            os.link(first, second)
    if data.draw(st.booleans(), label="a link outside"):
        os.link(cache.folder / data.draw(st.sampled_from(paths)), cache.folder.parent / "outside")
    entries = cache.scan().entries
    chosen = data.draw(st.lists(st.sampled_from(entries), unique_by=lambda entry: entry.key)) if entries else []
    plan = cache.plan(chosen)
    before, blocks = tree(cache.folder.parent), used_blocks(cache.folder.parent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipcache_tui.remove.folders.BY_DESCRIPTOR", by_descriptor)
        try:
            result = RemovalResult.of(carry_out(plan, ALONE))
        except GuardError:
            proven = any(
                kind in ("pair", "page", "single", "selfcheck", "download", "temporary", "lock") for kind, *_ in pieces
            )
            assert not proven and not any(kind == "built" for kind, *_ in pieces)
            return
    after = tree(cache.folder.parent)
    unproven = {file.path for skipped in result.skipped for file in skipped.planned.files}
    assert {path for path, (kind, _) in before.items() if kind == "file"} - after.keys() == {
        f"pip/{path}" for path in planned_files(plan) - unproven
    }
    assert all(before[path] == content for path, content in after.items())
    assert result.freed == blocks - used_blocks(cache.folder.parent)
    assert not result.failed
    if not unproven:
        assert result.freed == plan.frees
        assert result.files_removed == plan.files


def stores_know(path: str) -> bool:
    return any(stores.recognises(module.NAME, path) for module in stores.MODULES)


# --- what is promised of the source itself ---------------------------------------------------------------


#: folders.py removes what a plan names; the others take back files that they themselves wrote elsewhere
UNLINK = {
    "remove/folders.py",
    "export/new_files.py",
    "cache/disk/own_files.py",
    "cache/memory/packed.py",
    "pythons/queries.py",
}


def test_no_recursive_delete_in_the_program() -> None:
    package = Path(execute.__file__).parent.parent
    removing = set()
    for source in package.rglob("*.py"):
        text = source.read_text("utf-8")
        assert "rmtree" not in text, source
        assert "removedirs" not in text, source
        if any(call in text for call in ("os.unlink(", "os.remove(", "os.rmdir(", ".unlink(missing", ".rmdir()")):
            removing.add(source.relative_to(package).as_posix())
    assert removing == UNLINK


def test_default_caution_waits() -> None:
    assert RunningPipPolicy().wait == 60.0
    assert not RunningPipPolicy().force
