"""The program in a real terminal: browse, filter, mark, review, delete, leave; on caches on disk."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipcache_tui.cache.model import Entry, Root
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.demo.packages import make_wheel
from tests.e2e.terminal import PATIENCE, Terminal, program
from tests.interop.conftest import FilledBy
from tests.interop.pips import NEWEST, Generation
from tests.support.cache_root import FILES, Place
from tests.support.screen_on_disk import files_of, fill

LEFT = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l")


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """No pips and settings of whoever runs the tests."""
    folder = tmp_path / "home"
    folder.mkdir()
    return {
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "c"),
        "XDG_CACHE_HOME": str(folder / "k"),
        "PIP_CONFIG_FILE": os.devnull,
    }


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return fill(tmp_path)


def opened(
    place: Place | str, home: dict[str, str], *more: str, columns: int = 100, rows: int = 30, **environ: str
) -> Terminal:
    path = place if isinstance(place, str) else str(place.path)
    command = program("--cache-dir", path, "--python", sys.executable, *more)
    return Terminal(command, columns=columns, rows=rows, environ=home | environ)


def delete(terminal: Terminal, done: Callable[[], bool]) -> None:
    """Press the review's key until it is heard: for its first half second the review ignores it."""
    until = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < until, terminal.text
        os.write(terminal._fd, b"D")
        terminal._read(0.005)


def restored(terminal: Terminal) -> None:
    """The terminal is as it was: main screen, cursor shown, no mouse, the same line settings."""
    for sequence in LEFT:
        assert sequence in terminal.raw
    assert terminal.raw.rindex(b"\x1b[?1049l") > terminal.raw.rindex(b"\x1b[?1049h")


def test_browse_filter_mark_review_delete(place: Place, home: dict[str, str]) -> None:
    before = files_of(place)
    with opened(place, home) as terminal:
        terminal.wait_for("pipcache-tui", "gamma", "beta", "alpha", "11 entries", gone="reading")
        terminal.press("l")
        terminal.wait_for("3 versions", "3.0 ", "py3", "any")
        terminal.press("h", "/", "beta")
        terminal.wait_for("named like beta", gone="alpha")
        terminal.press("enter", " ")
        terminal.wait_for("3 entries marked")
        terminal.press("d")
        terminal.wait_for("Review", "3 entries, ", "1 project", "Delete 3 entries")
        assert files_of(place) == before
        delete(terminal, lambda: "Nothing matches the filter" in terminal.text)
        terminal.wait_for("this session", "8 entries")
        terminal.press("q")
        assert terminal.end() == 0
        restored(terminal)
        after = terminal.raw[terminal.raw.rindex(b"\x1b[?1049l") :]
        assert re.search(rb"Freed [0-9.]+ kB \(6 files\)\r\n", after), after
        assert after.count(b"Freed") == 1
    gone = before - files_of(place)
    assert len(gone) == 6
    assert {entry.project for entry in scanned(place)} == {"alpha", "gamma", "built", None}


def scanned(place: Place) -> tuple[Entry, ...]:
    return tuple(take_snapshot([Root(str(place.path), "test", True)]).entries)


def test_quitting_without_deleting_prints_nothing(place: Place, home: dict[str, str]) -> None:
    before = files_of(place)
    with opened(place, home) as terminal:
        settings = termios.tcgetattr(terminal._fd)
        terminal.wait_for("gamma", gone="reading")
        terminal.press("ctrl+a", "d")
        terminal.wait_for("Review")
        terminal.press("enter")
        terminal.wait_for("11 entries marked")
        terminal.press("q")
        assert terminal.end() == 0
        restored(terminal)
        assert terminal.raw[terminal.raw.rindex(b"\x1b[?1049l") :].count(b"Freed") == 0
        assert settings is not None
    assert files_of(place) == before


def test_the_line_settings_of_the_terminal_come_back(place: Place, home: dict[str, str]) -> None:
    """A shell around it asks stty before and after."""
    inner = " ".join(program("--cache-dir", str(place.path), "--python", sys.executable))
    shell = ["/bin/sh", "-c", f"stty -g; {inner}; echo CODE=$?; stty -g"]
    with Terminal(shell, environ=home) as terminal:
        terminal.wait_for("gamma", gone="reading")
        terminal.press("q")
        terminal.end()
        found = re.findall(rb"[0-9a-f]+(?::[0-9a-f]+){10,}", terminal.raw)
        assert len(found) == 2
        assert found[0] == found[1]
        assert b"CODE=0" in terminal.raw


@pytest.mark.parametrize(("columns", "rows"), [(60, 20), (80, 24), (120, 40), (250, 70)])
def test_it_fits_and_follows_a_resize(place: Place, home: dict[str, str], columns: int, rows: int) -> None:
    with opened(place, home, columns=columns, rows=rows) as terminal:
        terminal.wait_for("gamma", "On disk ▼", "? Help", gone="reading")
        for size in ((70, 18), (columns, rows)):
            terminal.resize(*size)
            terminal.wait_until(lambda: "pipcache-tui" in terminal.lines[0] and "? Help" in terminal.lines[-1])
            assert len(terminal.lines) == size[1]
        assert "gamma" in terminal.text
        terminal.press("?")
        terminal.wait_for("Free space in a minute")
        terminal.press("escape")
        terminal.wait_for("gamma", gone="Free space in a minute")
        terminal.press("q")
        assert terminal.end() == 0


def test_names_from_disk_cannot_steer_the_terminal(tmp_path: Path, home: dict[str, str]) -> None:
    place = Place(tmp_path / "pip")
    evil = "x\x1b]0;owned\x07\x1b[2J\u202e"
    place.v2(f"{FILES}evil-1.0-py3-none-any.whl", make_wheel("evil", "1.0", requires_python=evil))
    place.write(f"http-v2/0/0/0/0/0/{evil.replace('/', '')}", b"stranger")
    place.write("wheels/aa/bb/cc/" + "d" * 50 + "/evil-1-py3-none-any.whl", make_wheel("evil", "1"))
    place.write(
        "wheels/aa/bb/cc/" + "d" * 50 + "/origin.json",
        b'{"url": "https://h/\\u001b]0;owned\\u0007[/]", "archive_info": {}}',
    )
    with opened(place, home, columns=120, rows=45) as terminal:
        terminal.wait_for("evil", gone="reading")
        terminal.press("l", "down", "down", "t", "t", "l", "down", "l", "down", "down", "o")
        terminal.wait_for("By kind")
        terminal.press("escape", "ctrl+a", "d")
        terminal.wait_for("Review")
        terminal.press("escape", "q")
        assert terminal.end() == 0
        assert "\\x1b]0;owned" in terminal.raw.decode()
        assert b"\x1b]0;owned" not in terminal.raw
        assert "\u202e".encode() not in terminal.raw


def test_a_kill_while_it_deletes_leaves_a_sound_cache(tmp_path: Path, home: dict[str, str]) -> None:
    place = Place(tmp_path / "pip")
    content = make_wheel("alpha", "1.0")
    for number in range(3000):
        place.v2(f"{FILES}{number}/alpha-1.0-py3-none-any.whl", content)
    total = len(files_of(place))
    with opened(place, home, "--no-memory") as terminal:
        terminal.wait_for("3,000 entries", gone="reading")
        terminal.press("ctrl+a", "d")
        terminal.wait_for("Review", "Delete 3,000 entries")
        delete(terminal, lambda: len(files_of(place)) <= total - 100)
        terminal.kill()
    left = len(files_of(place))
    assert left < total
    with opened(place, home, "--no-memory") as terminal:
        terminal.wait_for("pipcache-tui", gone="reading")
        if left:
            terminal.wait_for("alpha", gone="reading")
            terminal.press("ctrl+a", "d")
            terminal.wait_for("Review")
            delete(terminal, lambda: "The cache is empty" in terminal.text)
        terminal.press("q")
        assert terminal.end() == 0
    assert files_of(place) == set()


def test_interrupting_a_deletion_stops_it_in_order(tmp_path: Path, home: dict[str, str]) -> None:
    place = Place(tmp_path / "pip")
    content = make_wheel("alpha", "1.0")
    for number in range(3000):
        place.v2(f"{FILES}{number}/alpha-1.0-py3-none-any.whl", content)
    total = len(files_of(place))
    with opened(place, home, "--no-memory") as terminal:
        terminal.wait_for("3,000 entries", gone="reading")
        terminal.press("ctrl+a", "d")
        terminal.wait_for("Review", "Delete 3,000 entries")
        delete(terminal, lambda: len(files_of(place)) <= total - 20)
        os.write(terminal._fd, b"\x11")
        assert terminal.end() == 0
        left = files_of(place)
        said = re.search(rb"Freed .* \(([0-9,]+) files\)", terminal.raw)
        assert said is not None
        assert int(said[1].replace(b",", b"")) == total - len(left)
    assert all((place.path / name.removesuffix(".body")).exists() for name in left), "no half of a pair is left"


def test_no_cache_says_what_to_do(tmp_path: Path, home: dict[str, str]) -> None:
    with Terminal(program("--python", sys.executable), columns=80, rows=24, environ=home) as terminal:
        terminal.wait_for("There is no pip cache here")
        terminal.press("q")
        assert terminal.end() == 0


def test_a_terminal_without_unicode_gets_ascii(place: Place, home: dict[str, str]) -> None:
    with opened(place, home, TERM="linux") as terminal:
        terminal.wait_for("gamma", "On disk v", gone="reading")
        terminal.press(" ", "o")
        terminal.wait_for("By kind")
        terminal.press("escape", "q")
        assert terminal.end() == 0
        assert terminal.raw.isascii()


@pytest.mark.parametrize("asked", [{"NO_COLOR": "1"}, {"PIPCACHE_TUI_THEME": "ansi-dark"}], ids=["NO_COLOR", "ansi"])
def test_no_colour_is_sent(place: Place, home: dict[str, str], asked: dict[str, str]) -> None:
    with opened(place, home | asked) as terminal:
        terminal.wait_for("gamma", gone="reading")
        terminal.press(" ", "o")
        terminal.wait_for("By kind")
        terminal.press("escape", "q")
        assert terminal.end() == 0
        for parameters in re.findall(rb"\x1b\[([0-9;:]*)m", terminal.raw):
            codes = [int(code or 0) for code in re.split(rb"[;:]", parameters)]
            coloured = [code for code in codes if 30 <= code <= 38 or 40 <= code <= 48 or 90 <= code <= 107]
            assert not coloured, parameters


def test_a_cache_made_by_a_real_pip(copy_by: FilledBy, home: dict[str, str]) -> None:
    """Mark a project, delete it, and pip goes on with what is left: `pip cache` still reads the cache."""
    filled = copy_by(Generation(NEWEST, "3.13"))
    root = Root(filled.cache_dir, "test", True)
    before = take_snapshot([root]).entries
    projects = sorted({entry.project for entry in before if entry.project})
    victim = projects[0]
    with opened(filled.cache_dir, home, "--filter", f"project={victim}") as terminal:
        terminal.wait_for(victim, gone="reading")
        terminal.press("ctrl+a", "d")
        terminal.wait_for("Review")
        delete(terminal, lambda: "this session" in terminal.text)
        terminal.press("q")
        assert terminal.end() == 0
    after = take_snapshot([root]).entries
    assert {e.id for e in before if e.project != victim} == {e.id for e in after}
    listed = subprocess.run(
        [filled.executable, "-m", "pip", "cache", "info", "--cache-dir", filled.cache_dir],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PIP_CONFIG_FILE": os.devnull},
    )
    assert "rror" not in listed.stderr


def test_a_folder_that_is_not_a_cache_is_reported(tmp_path: Path, home: dict[str, str]) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "one.txt").write_text("dear")
    with opened(str(tmp_path / "letters"), home, columns=80, rows=24) as terminal:
        terminal.wait_for("This is not a pip cache", "pip cache dir")
        terminal.press("q")
        terminal.end()
    assert (tmp_path / "letters" / "one.txt").read_text() == "dear"
