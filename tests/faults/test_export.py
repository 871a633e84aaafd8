"""Every call of an export made to fail, and the export killed and raced at every call: nothing half, nothing lost."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipcache_tui.demo import packages
from pipcache_tui.export.copies import AlreadyThere, Exported, ExportError, ExportResult, Refused, export_entries
from pipcache_tui.export.simple_index import Indexed
from tests.conftest import Figure
from tests.faults.system import watched_everywhere
from tests.faults.test_errors import ERRORS
from tests.faults.wheelhouse import (
    CACHED,
    PURE,
    SOURCE,
    TAKEN,
    THERE,
    Stock,
    check_house,
    make_house,
    unplaced,
    without_unplaced,
)
from tests.support.cache_root import Place
from tests.support.small_caches import tree
from tests.support.verdicts import address

FAILURES = (*(number for number in ERRORS if number != errno.ENOTDIR), errno.EDQUOT)
#: in words, as lines end
WORDS = {os.strerror(number).lower() for number in (*FAILURES, errno.EEXIST, errno.EBADF)}


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    stock = Stock.filled(tmp_path_factory.mktemp("export") / "pip")
    assert len(stock.entries) == 5
    assert len(list(stock.known_hashes.address_bases)) == 1
    return stock


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No machine dies here: fsync is made, and counted, but costs nothing."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(params=["linked", "renamed"])
def naming(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How a file gets its name: on file systems without hard links it is renamed."""
    if request.param == "renamed":

        def no_links(*_: object, **__: object) -> None:
            raise OSError(errno.EOPNOTSUPP, "no hard links here")

        monkeypatch.setattr(os, "link", no_links)
    return str(request.param)


def test_what_is_exported_undisturbed(stock: Stock, tmp_path: Path) -> None:
    house = make_house(tmp_path / "house")
    result = ExportResult.of(stock.steps(house))
    assert {step.name for step in result.exported} == {PURE, SOURCE}
    assert [step.name for step in result.left] == [THERE]
    assert [step.name for step in result.refused] == [TAKEN]
    assert result.indexed == usual(house)
    assert not unplaced(check_house(house, "undisturbed"))


def test_every_call_fails_in_turn(stock: Stock, tmp_path: Path, naming: str, figure: Figure) -> None:
    whole = without_unplaced(_exported_whole(stock, tmp_path / "whole"))
    cached = tree(stock.place.path)
    tried = 0
    for number in FAILURES if naming == "linked" else (errno.EIO, errno.ENOSPC):
        at, calls = 0, 1
        while at < calls:
            house = make_house(tmp_path / "house")
            calls = max(calls, _one_call_fails(stock, house, number, at, whole))
            shutil.rmtree(house)
            at += 1
        assert at > 100, "every call was reached"
        tried += at
    assert tree(stock.place.path) == cached
    figure(f"{tried} calls of an export failed in turn: each file whole or absent, the next export whole, nothing lost")


def _exported_whole(stock: Stock, house: Path) -> dict[str, tuple[str, bytes]]:
    list(stock.steps(make_house(house)))
    return check_house(house, "whole")


def _one_call_fails(stock: Stock, house: Path, number: int, at: int, whole: dict[str, tuple[str, bytes]]) -> int:
    """How many calls were made in all."""

    def fail(index: int, name: str) -> None:
        if index == at:
            raise OSError(number, os.strerror(number))

    error: ExportError | None = None
    steps = []
    with watched_everywhere(fail) as system:
        try:
            for step in stock.steps(house):
                steps.append(step)
        except ExportError as raised:
            error = raised
    made = system.made[at] if at < len(system.made) else "none"
    case = f"{errno.errorcode[number]} from call {at}, {made}"
    found = check_house(house, case)
    assert made == "unlink" or not unplaced(found), case
    result = ExportResult.of(steps)
    if error is not None:
        line, semicolon, written = str(error).partition("; ")
        _check_line(line, case)
        count = sum(isinstance(step, Exported) for step in steps)
        assert not semicolon or written == f"{count} file{'s' * (count != 1)} written before, whole", case
    else:
        told = sorted(step.entry.id for step in steps if isinstance(step, (Exported, AlreadyThere, Refused)))
        assert told == sorted(entry.id for entry in stock.entries if entry.kind != "index-page"), case
        assert result.indexed is not None, case
    for step in result.exported:
        assert found[step.name] == ("file", CACHED[step.name]), case
    for refused in result.refused:
        if refused.why != "another file of this name is there already; it stays":
            _check_line(refused.why, case)
        assert refused.name in (TAKEN, THERE) or refused.name not in found, f"{case}: refused, but there"
    for remark in result.indexed.remarks if result.indexed else ():
        assert remark in usual(house).remarks or remark.partition(": ")[2].partition(";")[0] in WORDS, case
    if error is None and len(result.refused) == 1 and result.indexed == usual(house):
        assert without_unplaced(found) == whole, f"{case}: nothing was said, so nothing is missing"
    if number in (errno.EIO, errno.ENOENT):  # what others leave is no different
        list(stock.steps(house))
        assert without_unplaced(check_house(house, f"again after {case}")) == whole, case
    return len(system.made)


def usual(house: Path) -> Indexed:
    """What is told of the index where nothing went wrong."""
    return Indexed(4, 4, (f"{house}/simple/taken/index.html is not ours and stays",))


def _check_line(line: str, case: str) -> None:
    assert "\n" not in line, case
    assert "Errno" not in line, case
    assert line.rpartition(": ")[2] in WORDS or line == "gone since it was scanned", f"{case}: {line}"


# --- killed ----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork to have a process to kill")
def test_killed_at_every_call(stock: Stock, tmp_path: Path, naming: str, figure: Figure) -> None:
    whole = without_unplaced(_exported_whole(stock, tmp_path / "whole"))
    cached = tree(stock.place.path)
    kills = halves = 0
    for moment in ("before", "after"):
        for at in itertools.count():
            house = make_house(tmp_path / "house")
            if not _killed(stock, house, moment, at):
                assert at > 100, "every call was reached"
                break
            case = f"killed {moment} call {at}"
            found = check_house(house, case)
            halves += bool(unplaced(found))
            assert all(name.endswith(".tmp") for name in unplaced(found)), f"{case}: no name that anyone looks for"
            list(stock.steps(house))
            assert check_house(house, f"again after {case}") == whole, f"{case}: what it left is gone"
            shutil.rmtree(house)
            kills += 1
        shutil.rmtree(house)
    assert tree(stock.place.path) == cached
    assert halves > 20, "it was killed in the middle of files"
    figure(f"{kills} kills of an export, {halves} with a file half done: none taken for whole, every next export whole")


def _killed(stock: Stock, house: Path, moment: str, at: int) -> bool:
    """Export in a process that is killed at one call; whether it came that far."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:

        def kill(index: int, name: str) -> None:
            if index == at:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            with watched_everywhere(**{moment: kill}):
                list(stock.steps(house))
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


# --- raced -----------------------------------------------------------------------------------------------------------


def rewritten(root: Path, outside: Path) -> None:
    """Other bytes in the same files, their times put back: nothing but their content tells."""
    for path in _bodies(root):
        status = path.stat()
        path.write_bytes((outside / path.relative_to(root)).read_bytes())
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def cut_short(root: Path, outside: Path) -> None:
    for path in _bodies(root):
        os.truncate(path, 100)


def swapped(root: Path, outside: Path) -> None:
    for path in _bodies(root):
        new = path.with_name("new")
        shutil.copy2(outside / path.relative_to(root), new)
        new.replace(path)


def linked_away(root: Path, outside: Path) -> None:
    for path in _bodies(root):
        path.unlink()
        path.symlink_to(outside / path.relative_to(root))


def root_linked_away(root: Path, outside: Path) -> None:
    root.rename(root.with_name("moved"))
    root.symlink_to(outside)


def _bodies(root: Path) -> list[Path]:
    return [path for path in sorted(root.rglob("*")) if path.is_file() and path.stat().st_size > 200]


@pytest.mark.parametrize("change", [rewritten, cut_short, swapped, linked_away, root_linked_away])
def test_the_cache_changes_between_any_two_calls(
    change: Callable[[Path, Path], None], stock: Stock, tmp_path: Path, figure: Figure
) -> None:
    """Whatever then has the name of a distribution is what was verified, and proven by a witness."""
    at, calls, refused = 0, 1, 0
    while at < calls:
        folder = tmp_path / str(at)
        folder.mkdir()
        raced = Stock.filled(folder / "pip")
        assert len(raced.entries) == len(stock.entries)
        assert raced.known_hashes
        outside = folder / "outside"
        _spoilt(raced.place.path, outside)
        house = make_house(folder / "house")

        def race(index: int, _: str, at: int = at, root: Path = raced.place.path, outside: Path = outside) -> None:
            if index == at:
                change(root, outside)

        with watched_everywhere(race) as system:
            result = ExportResult.of(raced.steps(house))
        assert not unplaced(check_house(house, f"{change.__name__} before call {at}, {system.made[at]}"))
        refused += len(result.refused) > 1
        calls = len(system.made)
        shutil.rmtree(folder)
        at += 1
    assert refused > 20, "the change was met"
    figure(f"{at} times {change.__name__} during an export: nothing exported but what was verified")


def _spoilt(root: Path, outside: Path) -> None:
    """A copy of the cache, names, sizes and times included, with other bytes."""
    shutil.copytree(root, outside)
    for path in _bodies(outside):
        status = path.stat()
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0xFF
        path.write_bytes(content)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_another_fills_the_folder_between_any_two_calls(stock: Stock, tmp_path: Path, figure: Figure) -> None:
    """Whatever appears under a name that the export is about to give stays as it is."""
    theirs = b"someone else's, come meanwhile"
    names = (PURE, f"{PURE}.metadata", SOURCE, "simple/pure/index.html", "simple/pure/index.json", "simple/index.html")
    at, calls, met = 0, 1, 0
    while at < calls:
        house = make_house(tmp_path / "house")
        made: list[str] = []

        def fill(index: int, _: str, at: int = at, made: list[str] = made, house: Path = house) -> None:
            for name in names if index == at else ():
                (house / name).parent.mkdir(parents=True, exist_ok=True)
                if not (house / name).exists():
                    (house / name).write_bytes(theirs)
                    made.append(name)

        with watched_everywhere(fill) as system:
            result = ExportResult.of(stock.steps(house))
        case = f"filled before call {at}, {system.made[at]}"
        assert {name for name in made if (house / name).read_bytes() != theirs} == set(), case
        assert not unplaced(tree(house)), case
        assert not set(made) & {step.name for step in result.exported}, case
        assert {PURE, SOURCE} - set(made) == {step.name for step in result.exported}, case
        calls = len(system.made)
        met += bool(made)
        shutil.rmtree(house)
        at += 1
    assert met > 100
    figure(f"{met} times another took the names of an export before it: each of its files stayed")


def test_two_exports_at_once(stock: Stock, tmp_path: Path, figure: Figure) -> None:
    """The second does all its work between two calls of the first: every file is there once, whole."""
    whole = without_unplaced(_exported_whole(stock, tmp_path / "whole"))
    at, calls = 0, 1
    while at < calls:
        house = make_house(tmp_path / "house")
        second: list[ExportResult] = []

        def other(index: int, _: str, at: int = at, second: list[ExportResult] = second, house: Path = house) -> None:
            if index == at:
                second.append(ExportResult.of(stock.steps(house)))

        with watched_everywhere(other) as system:
            first = ExportResult.of(stock.steps(house))
        calls = len(system.made)
        case = f"call {at}, {system.made[at]}"
        assert second[0].indexed is not None, case
        exported = [step.name for each in (first, *second) for step in each.exported]
        assert sorted(exported) == sorted([PURE, SOURCE]), case
        assert check_house(house, case) == whole, case
        shutil.rmtree(house)
        at += 1
    figure(f"{at} pairs of exports into one folder, each file written once and whole")


# --- slow, and blind to case -----------------------------------------------------------------------------------------


def test_it_stops_within_a_few_calls(stock: Stock, tmp_path: Path, figure: Figure) -> None:
    """So that Ctrl-C is heard soon where each call takes long, as on a network; and nothing is half."""
    with watched_everywhere() as whole:
        list(stock.steps(make_house(tmp_path / "whole")))
    most = 0
    for at in range(len(whole.made)):
        house = make_house(tmp_path / "house")
        stopped: list[int] = []

        def stop_here(index: int, _: str, at: int = at, stopped: list[int] = stopped) -> None:
            if index == at:
                stopped.append(index)

        with watched_everywhere(stop_here) as system:
            list(stock.steps(house, stop=lambda stopped=stopped: bool(stopped)))  # type: ignore[misc]
        if not (house / "simple" / "pure").exists():  # an index once begun is written to its end
            most = max(most, len(system.made) - at)
        assert not unplaced(check_house(house, f"stopped at call {at}"))
        shutil.rmtree(house)
    assert most < len(whole.made) // 2
    figure(f"{len(whole.made)} stops of an export, at most {most} calls after one")


def test_names_that_differ_in_case_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on the file systems of macOS and Windows: the second is refused, and the first stays whole."""
    (tmp_path / "pip").mkdir()
    place, house = Place(tmp_path / "pip"), tmp_path / "house"
    contents = {name: packages.make_wheel(name, "1.0") for name in ("Pure", "pure")}
    for name, content in contents.items():
        place.v2(address(content, f"{name}-1.0-py3-none-any.whl"), content)
    link = os.link

    def blind(source: str, target: str) -> None:
        if os.path.basename(target).lower() in map(str.lower, os.listdir(house)):
            raise FileExistsError(errno.EEXIST, "File exists", target)
        link(source, target)

    monkeypatch.setattr(os, "link", blind)
    stock = Stock(place)
    result = ExportResult.of(export_entries(stock.entries, str(house), stock.known_hashes, workers=1))
    (exported,), (refused,) = result.exported, result.refused
    assert refused.why == "another file of this name is there already; it stays"
    assert tree(house) == {exported.name: ("file", contents[exported.name.partition("-")[0]])}
