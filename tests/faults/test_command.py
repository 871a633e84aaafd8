"""The program, with every call that it makes failing in turn: what a person sees is lines, and an exit code."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from pipcache_tui.remove import running_pip_policy
from tests.cli.conftest import Run, _own_surroundings
from tests.conftest import Figure
from tests.faults.system import watched_everywhere
from tests.faults.wheelhouse import Stock, check_house, make_house
from tests.support.small_caches import tree

__all__ = ["_own_surroundings"]
COMMANDS = {
    "list": ("--list", "--no-memory"),
    "list, remembering": ("--list",),
    "verify": ("--verify", "--no-memory"),
    "export": ("--export=HOUSE", "--index", "--no-memory"),
    "purge": ("--purge", "--yes", "--force", "--no-memory"),
    "forget": ("--forget",),
}


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_pip_policy, "PipFinder", lambda *_args, **_named: lambda: ())
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.mark.parametrize("number", [errno.EIO], ids=errno.errorcode.get)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_call_fails_in_turn(
    command: str, number: int, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    """Never a traceback, nor a number of the system's; one of the exit codes that are promised; nothing half."""
    monkeypatch.setattr("pipcache_tui.cache.workers.usable_cores", lambda: 1)
    monkeypatch.setattr("pipcache_tui.verify.batch.usable_cores", lambda: 1)
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(tmp_path / "kept"))
    root, house = tmp_path / "pip", tmp_path / "house"
    words = [word.replace("HOUSE", os.fspath(house)) for word in COMMANDS[command]]

    def prepare() -> None:
        for folder in (root, house, tmp_path / "kept"):
            shutil.rmtree(folder, ignore_errors=True)
        Stock.filled(root)
        make_house(house)
        if command == "forget":
            run(f"--cache-dir={root}", "--list")

    prepare()
    undisturbed = run(f"--cache-dir={root}", *words)
    before: dict[str, tuple[str, bytes]] = {}
    at, calls, told = 0, 1, 0
    while at < calls:
        if command in ("export", "purge", "forget") or "remembering" in command:
            prepare()
        before = before or tree(root)

        def fail(index: int, _: str, at: int = at) -> None:
            if index == at:
                raise OSError(number, os.strerror(number))

        with watched_everywhere(fail) as system:
            answer = run(f"--cache-dir={root}", *words)
        made = (*system.made, "none")[min(at, len(system.made))]
        case = f"{command}: {errno.errorcode[number]} from call {at}, {made}: {answer.code} {answer.err}"
        # without settings, or where the guard can't see that it is a cache, nothing is done
        nothing = answer.code == 2 and ("config.toml: " in answer.err or "nothing can be deleted there" in answer.err)
        assert nothing or answer.code in (undisturbed.code, 1, 3), case
        assert "Traceback" not in answer.err and "Errno" not in answer.err, case
        lines = set(answer.err.splitlines()) - set(undisturbed.err.splitlines())
        if command == "verify" and len(answer.out.splitlines()) < len(undisturbed.out.splitlines()):
            assert lines, f"{case}: less than there is, and not a word"
        if command == "export":
            check_house(house, case)
        if command != "purge":
            assert tree(root) == before, case
        told += bool(lines)
        calls = max(calls, len(system.made))
        at += 1
    assert told > 3
    figure(f"{at} calls of `{' '.join(COMMANDS[command])}` failed in turn: no traceback, nothing half")
