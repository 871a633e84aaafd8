from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from pipcache_tui.remove import running_pips
from pipcache_tui.remove.running_pips import PipFinder, RunningPip, is_pip, shown_command


@pytest.mark.parametrize(
    "command",
    [
        "pip install six",
        "/usr/bin/pip3.11 install six",
        "pip3 download six",
        "/opt/python3.12 -m pip install six",
        "python -mpip install six",
        "python3 -Im pip list",
        "python -W ignore -X utf8 -m pip install",
        "python -Wignore -Xutf8 -s -m pip install",
        "python --check-hash-based-pycs always -m pip list",
        "python2.7 -m pip.__main__ install",
        "/venv/bin/python /venv/bin/pip install six",
        "/venv/bin/python3.13t -u /venv/bin/pip3.13 install six",
        "pypy3.10 -m pip install six",
        "/usr/bin/python3 /venv/lib/python3.11/site-packages/pip/__main__.py install",
        "/usr/bin/python3 /venv/lib/python3.11/site-packages/pip/__pip-runner__.py install",
        "/usr/bin/python3 /usr/share/python-wheels/pip-23.0-py3-none-any.whl/pip install",
        "python pip.pyz install",
        r"C:\Python312\python.exe C:\Python312\Scripts\pip.exe install six",
        r"C:\Python312\Scripts\pip3.12.exe install six",
        r"C:\Windows\py.exe -m pip install six",
    ],
)
def test_pips(command: str) -> None:
    assert is_pip(command.split(" "))


@pytest.mark.parametrize(
    "command",
    [
        "uv pip install six",
        "pipx install black",
        "pip-compile requirements.in",
        "pipenv install",
        "/usr/bin/python3 /usr/bin/pip-audit",
        "python -m pipx install",
        "python -m build",
        "python -m venv pip",
        "python -c import(pip) -m pip",
        "python -Ic pip",
        "python setup.py pip",
        "python script.py -m pip",
        "python",
        "python -m",
        "python -",
        "vim pip",
        "sudo pip install six",
        "bash -c pip",
        "pipcache-tui --purge",
        "python -m pipcache_tui --purge",
        "/usr/bin/python3 /opt/pip/setup.py install",
    ],
)
def test_no_pips(command: str) -> None:
    assert not is_pip(command.split(" "))


def test_command_hides_credentials_and_is_one_safe_line() -> None:
    shown = shown_command(["/usr/bin/pip", "install", "-i", "https://me:s3cret@index.example/simple", "a\nb\x1b[0m"])
    assert shown == "pip install -i https://****@index.example/simple 'a\\x0ab\\x1b[0m'"


def test_long_command_is_shortened() -> None:
    assert len(shown_command(["pip", "install", *["numpy"] * 1000])) == 100


def test_said_with_its_pid() -> None:
    assert str(RunningPip(7, "pip install six")) == "pid 7: pip install six"


# --- processes that are there ----------------------------------------------------------------------------


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a script that is named as pip and sleeps until it is ended, with arguments and environment as wanted."""
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "pip"
    script.write_text("import sys\nprint('up', flush=True)\nsys.stdin.read()\n")
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str, **environ: str) -> subprocess.Popen[str]:
        clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "PIP_CONFIG_FILE": os.devnull, **environ}
        process = subprocess.Popen(
            [sys.executable, str(script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=clean,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        return process

    yield begin
    for process in started:
        process.communicate()


@contextmanager
def only(*processes: subprocess.Popen[str]) -> Iterator[None]:
    """As though nothing ran but these, and this test: other pips may run on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psutil, "pids", lambda: [os.getpid(), *(process.pid for process in processes)])
        yield


def test_running_pip_is_seen_and_then_gone(start: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    pip = start("install", "six", PIP_CACHE_DIR=str(tmp_path))
    watch = PipFinder([str(tmp_path)])
    with only(pip):
        (seen,) = watch()
        assert seen.pid == pip.pid
        assert seen.command.endswith("pip install six")
        pip.communicate()
        assert watch() == ()


CASES = [
    ([], {"PIP_CACHE_DIR": "{root}"}, True),
    ([], {"PIP_CACHE_DIR": "{link}"}, True),
    ([], {"PIP_CACHE_DIR": "{other}"}, False),
    ([], {"PIP_CACHE_DIR": "relative"}, True),
    ([], {"PIP_CACHE_DIR": "{root}", "PIP_NO_CACHE_DIR": "0"}, False),
    ([], {"XDG_CACHE_HOME": "{above}"}, True),
    ([], {"XDG_CACHE_HOME": "{other}"}, False),
    ([], {}, False),
    (["--cache-dir", "{root}"], {"PIP_CACHE_DIR": "{other}"}, True),
    (["--cache-dir={other}"], {"PIP_CACHE_DIR": "{root}"}, False),
    (["--cache-dir", "{other}", "--cache-dir", "{root}"], {}, True),
    (["--no-cache-dir"], {"PIP_CACHE_DIR": "{root}"}, False),
]


@pytest.mark.skipif(sys.platform != "linux", reason="pip's default folder, as set here, is that of Linux")
@pytest.mark.parametrize(("arguments", "environ", "seen"), CASES)
def test_only_pips_of_this_cache_count(
    start: Callable[..., subprocess.Popen[str]],
    tmp_path: Path,
    arguments: list[str],
    environ: dict[str, str],
    seen: bool,
) -> None:
    root = tmp_path / "above" / "pip"
    root.mkdir(parents=True)
    (tmp_path / "link").symlink_to(root)
    places = {"root": root, "above": tmp_path / "above", "other": tmp_path / "other", "link": tmp_path / "link"}
    pip = start(
        "install",
        *(argument.format(**places) for argument in arguments),
        **{name: value.format(**places) for name, value in environ.items()},
    )
    with only(pip):
        assert bool(PipFinder([str(root)])()) is seen
        assert PipFinder()(), "with no roots named every pip counts"


def test_config_file_of_a_pip_is_read(start: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    config = tmp_path / "pip.conf"
    config.write_text(f"[install]\ncache-dir = {tmp_path / 'root'}\n")
    (tmp_path / "root").mkdir()
    pip = start("install", "six", PIP_CONFIG_FILE=str(config))
    with only(pip):
        assert PipFinder([str(tmp_path / "root")])()


def test_new_process_is_seen_at_once_and_old_ones_are_not_read_each_time(
    start: Callable[..., subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    cmdline = psutil.Process.cmdline

    def counted(process: psutil.Process) -> list[str]:
        read.append(process.pid)
        return cmdline(process)

    monkeypatch.setattr(psutil.Process, "cmdline", counted)
    now = 100.0
    watch = PipFinder(clock=lambda: now)
    sleeper = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, text=True)
    with only(sleeper):
        assert watch() == ()
        now += 1.5
        assert watch() == ()
        assert read == [sleeper.pid], "known by now"
    pip = start("install")
    with only(sleeper, pip):
        assert [seen.pid for seen in watch()] == [pip.pid]
        now += 1.5
        assert [seen.pid for seen in watch()] == [pip.pid]
        assert read.count(sleeper.pid) == 2, "and looked at again after a while"
        now += 0.1
        assert [seen.pid for seen in watch()] == [pip.pid]
        assert read.count(sleeper.pid) == 2
    sleeper.communicate("")


def test_this_process_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "pids", lambda: [os.getpid()])
    monkeypatch.setattr(psutil.Process, "cmdline", lambda process: ["pip", "install"])
    assert PipFinder()() == ()


@pytest.mark.parametrize("error", [psutil.NoSuchProcess(1), psutil.AccessDenied(1), psutil.ZombieProcess(1), OSError()])
def test_process_that_cannot_be_seen_is_passed_over(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(process: psutil.Process) -> list[str]:
        raise error

    monkeypatch.setattr(psutil, "pids", lambda: [1])
    monkeypatch.setattr(psutil.Process, "cmdline", refuse)
    assert PipFinder()() == ()


def test_pip_of_another_user_counts_where_it_may_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip turns the cache off where it may not write."""

    class Uids:
        effective = 4242

    def hidden(process: psutil.Process) -> dict[str, str]:
        raise psutil.AccessDenied(1)

    monkeypatch.setattr(psutil, "pids", lambda: [1])
    monkeypatch.setattr(psutil.Process, "cmdline", lambda process: ["pip", "install"])
    monkeypatch.setattr(psutil.Process, "environ", hidden)
    monkeypatch.setattr(psutil.Process, "uids", lambda process: Uids, raising=False)
    tmp_path.chmod(0o755)
    assert not PipFinder([str(tmp_path)])()
    tmp_path.chmod(0o777)
    assert PipFinder([str(tmp_path)])()


@pytest.mark.parametrize(("user", "owner", "counts"), [(0, 0, True), (0, 4242, False), (4242, 4242, True)])
def test_a_pip_of_root_uses_only_a_cache_of_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, owner: int, counts: bool
) -> None:
    """pip turns the cache off for root where the folder is another user's, though root may write there."""

    class Uids:
        effective = user

    real = os.stat

    def owned(path: str, **more: bool) -> os.stat_result:
        status = real(path, **more)
        return os.stat_result((status.st_mode, *status[1:4], owner, *status[5:]))

    monkeypatch.setattr(psutil, "pids", lambda: [1])
    monkeypatch.setattr(psutil.Process, "cmdline", lambda process: ["pip", "install"])
    monkeypatch.setattr(psutil.Process, "environ", lambda process: {})
    monkeypatch.setattr(psutil.Process, "uids", lambda process: Uids, raising=False)
    finder = PipFinder([str(tmp_path)])
    monkeypatch.setattr(os, "stat", owned)
    assert bool(finder()) is counts


@pytest.mark.parametrize(
    ("called", "shell_says", "prefix"),
    [
        ("/venv/bin/pip", "/other/bin/pip", "/venv"),
        ("pip", "/venv/bin/pip", "/venv"),
        ("pip", "pip", None),
        ("pip", None, None),
    ],
)
def test_the_settings_of_a_pip_are_those_next_to_its_script(
    called: str, shell_says: str | None, prefix: str | None
) -> None:
    """A shell leaves the path of what it starts in the variable `_`."""
    assert running_pips._prefix_of([called, "install"], {} if shell_says is None else {"_": shell_says}) == prefix
