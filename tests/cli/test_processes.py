"""The command as a process of its own, as shells run it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipcache_tui.cache.model import KINDS, PIP_WILL, STORES
from pipcache_tui.cache.pip.freshness import NEWEST_KNOWN_PIP
from tests.cli.conftest import Cache

#: what a run that only prints must never load
SCREEN = {"textual"}
#: what the quick answers of the command line do without
HEAVY = {"textual", "rich", "packaging", "humanize", "platformdirs", "msgpack", "psutil", "importlib.metadata"}


def start(*argv: str, **named: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipcache_tui", *argv]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **named)  # type: ignore[call-overload, no-any-return]


def loaded_by(*argv: str) -> set[str]:
    """The modules that a run loads."""
    command = [sys.executable, "-X", "importtime", "-m", "pipcache_tui", *argv]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
    return set(re.findall(r"^import time:.*\| +(\S+)$", ran.stderr, re.MULTILINE))


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers of Pythons are remembered below the test's own folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(tmp_path / "xdg"))


@pytest.mark.parametrize("argv", [["--version"], ["--help"], ["--no-such-flag"]])
def test_quick_answers_load_next_to_nothing(argv: list[str]) -> None:
    loaded = loaded_by(*argv)
    assert "argparse" in loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize(
    "argv",
    [
        ["--info"],
        ["--list"],
        ["--list", "--json"],
        ["--explain", "six"],
        ["-n", "--prune-stale", "--json"],
        ["--prune-older", "30d", "--force"],
        ["--purge", "--yes", "--force"],
    ],
)
def test_no_headless_path_loads_textual(argv: list[str], cache: Cache, kept: None) -> None:
    cache.add("a", days=1)
    loaded = loaded_by(cache.flag, "--python", sys.executable, *argv)
    assert "pipcache_tui.cache.scan" in loaded
    assert loaded.isdisjoint(SCREEN)


def test_the_demo_goes_with_its_run(tmp_path: Path, kept: None, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", os.fspath(temporary))
    ran = start("--demo", "--python", sys.executable, "--list", "--json")
    assert ran.returncode == 0, ran.stderr
    document = json.loads(ran.stdout)
    assert {entry["store"] for entry in document["entries"]} == set(STORES)
    assert {root["source"] for root in document["roots"]} == {"--demo"}
    assert all(root["path"].startswith(os.fspath(temporary)) for root in document["roots"])
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows ends processes without a signal they could answer")
@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_killed_demo_leaves_nothing(number: str, tmp_path: Path, kept: None, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", os.fspath(temporary))
    killed = (
        "import os, signal, sys\n"
        "from pipcache_tui.cli import main\n"
        "from pipcache_tui.workspace import Workspace\n"
        f"Workspace.require_cache = lambda self: (self.found, os.kill(os.getpid(), signal.{number}))\n"
        "sys.exit(main(['--demo', '--list']))\n"
    )
    ran = subprocess.run([sys.executable, "-c", killed], capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == (130 if number == "SIGINT" else 128 + getattr(signal, number)), ran.stderr
    assert ran.stderr == ""
    assert list(temporary.iterdir()) == []


def test_the_demo_has_every_kind_and_outcome(kept: None) -> None:
    """The list has every word there is, and a purge would do something about each entry of it, once."""
    demo = ("--demo", "--python", sys.executable, "--pip-version", NEWEST_KNOWN_PIP, "--json")
    listed = json.loads(start(*demo, "--list").stdout)["entries"]
    for member, words in (("kind", KINDS), ("store", STORES), ("pip_will", PIP_WILL)):
        assert {entry[member] for entry in listed} - {None} == set(words), member
    purged = json.loads(start(*demo, "-n", "--purge").stdout)
    told = [entry["id"] for entry in (*purged["selected"], *purged["skipped"])]
    assert sorted(told) == sorted(entry["id"] for entry in listed)
    assert {entry["why"] for entry in purged["skipped"]} == {"written in the last 6 hours: a running pip may need it"}


def test_head_ends_it_quietly(cache: Cache, kept: None) -> None:
    for number in range(300):
        cache.add(str(number), days=1)
    command = f'"{sys.executable}" -m pipcache_tui "{cache.flag}" --python "{sys.executable}" --list --json | head -c 9'
    ran = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120, check=False)
    assert (ran.stdout, ran.stderr) == ('{"schema_', "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_disk_is_reported_once(cache: Cache, kept: None) -> None:
    cache.add("a", days=1)
    with open("/dev/full", "w", encoding="utf-8") as full:
        command = [sys.executable, "-m", "pipcache_tui", cache.flag, "--list", "--python", sys.executable]
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    assert ran.returncode == 1
    assert ran.stderr == "pipcache-tui: the answer could not be written: no space left on device\n"


def test_closed_streams_and_a_poor_locale_are_survived(cache: Cache, kept: None) -> None:
    cache.add("a", days=1)
    arguments = f'-m pipcache_tui "{cache.flag}" --python "{sys.executable}" --info'
    environ = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    for redirection in (">&-", "2>&-", "<&-", ">&- 2>&- <&-"):
        command = f'"{sys.executable}" {arguments} {redirection}'
        ran = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120, check=False, env=environ)
        assert ran.returncode == 0, (redirection, ran.stderr)


def test_the_installed_command_is_the_same(kept: None) -> None:
    installed = Path(sys.executable).with_name("pipcache-tui")
    if not installed.exists():
        pytest.skip("the package is not installed with this Python, so there is no command to run")
    ran = subprocess.run([installed, "--version"], capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout == start("--version").stdout
