"""The demo's folder goes with its run, at whatever moment a signal ends that."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipcache_tui.demo.folder import demo_folder, signals_held
from tests.conftest import Figure

REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows ends processes without a signal they could answer")


class _EndedError(Exception):
    pass


def test_a_signal_waits_until_the_block_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(*_: object) -> None:
        raise _EndedError

    before = signal.signal(signal.SIGTERM, end)
    reached = False
    try:
        with pytest.raises(_EndedError), signals_held():
            signal.raise_signal(signal.SIGTERM)
            reached = True
        assert reached
        assert signal.getsignal(signal.SIGTERM) is end
    finally:
        signal.signal(signal.SIGTERM, before)


def test_an_ignored_signal_stays_ignored() -> None:
    """As under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals_held():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_folder_goes_with_what_is_in_it() -> None:
    with demo_folder() as folder:
        Path(folder, "pip").mkdir()
        Path(folder, "pip", "file").write_bytes(b"x")
    assert not os.path.exists(folder)


def _run(temporary: Path, name: str, at: int) -> tuple[int, int]:
    """(exit code, number of events)"""
    temporary.mkdir()
    command = [sys.executable, "-m", "tests.faults.signalled", name, str(at), "--demo", "--no-memory", "--list", "-q"]
    home = str(temporary.parent / "home")
    environ = {**os.environ, "TMPDIR": str(temporary), "HOME": home, "XDG_CACHE_HOME": home, "XDG_CONFIG_HOME": home}
    ended = subprocess.run(
        [*command, "--python", sys.executable],
        cwd=REPOSITORY,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    found = re.search(r"events: (\d+)", ended.stderr)
    return ended.returncode, int(found[1]) if found else 0


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_nothing_is_left_whenever_the_signal_comes(tmp_path: Path, name: str, figure: Figure) -> None:
    """More moments with the environment variable PIPCACHE_MOMENTS: some seconds each."""
    code, events = _run(tmp_path / "whole", name, 0)
    assert code == 0
    assert events > 1000
    moments = int(os.environ.get("PIPCACHE_MOMENTS", "2"))
    spread = [number * events // moments for number in range(1, moments)]
    at = sorted({2, events - 100, *spread})  # the temporary folder is chosen, it is filled and read, it is removed
    for moment in at:
        temporary = tmp_path / str(moment)
        code, _ = _run(temporary, name, moment)
        assert os.listdir(temporary) == [], f"{name} at event {moment} of {events}"
        assert code in (0, 130, 128 + getattr(signal, name), -signal.SIGINT), f"{name} at event {moment} of {events}"
    figure(f"{len(at)} signals to a demo, each of which left nothing")
