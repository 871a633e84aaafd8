"""The diffs of CONTRIBUTING.md are real: each applies to the program as it is, and the result does what is said."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pipcache_tui

PROJECT = Path(__file__).resolve().parent.parent
RULE, COMMAND, STORE = re.findall(
    r"^```diff\n(.*?)^```$", (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with the program in it, free to be changed."""
    source = Path(pipcache_tui.__file__).parent
    shutil.copytree(source, tmp_path / "pipcache_tui", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def apply(diff: str, folder: Path) -> None:
    """Apply each hunk where its old lines stand, which must be one place, whatever its line numbers say."""
    for path, changes in re.findall(r"^--- \S+\n\+\+\+ b/(\S+)\n(.*?)(?=^--- |\Z)", diff, re.MULTILINE | re.DOTALL):
        file = folder / path
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        for hunk in re.split(r"^@@ .* @@\n", changes, flags=re.MULTILINE)[1:]:
            lines = hunk.splitlines(keepends=True)
            old = "".join(line[1:] for line in lines if line[0] in " -")
            new = "".join(line[1:] for line in lines if line[0] in " +")
            assert text.count(old) == 1 if old else not text, f"{path} is not as the diff has it:\n{old}"
            text = text.replace(old, new) if old else new
        file.write_text(text, encoding="utf-8")


def run(folder: Path, *command: str) -> str:
    environ = {**os.environ, "PYTHONPATH": os.fspath(folder), "PIPCACHE_TUI_CONFIG": "", "COLUMNS": "120"}
    ran = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_rule(copy: Path) -> None:
    apply(RULE, copy)
    demo = ("-m", "pipcache_tui", "--demo", "--no-memory", "--python", sys.executable)
    shown = run(copy, *demo, "-n", "--prune-yanked", "-q").split()
    assert shown
    assert sorted(shown) == sorted(run(copy, *demo, "--list", "--filter", "yanked=yes", "-q").split())


def test_the_command(copy: Path) -> None:
    apply(COMMAND, copy)
    code = (
        "from pipcache_tui.tui.commands import COMMANDS, bindings\n"
        "from pipcache_tui.tui.screens.main import MainScreen\n"
        "print([c.help() for c in COMMANDS if hasattr(MainScreen, 'action_largest') and c.name == 'largest'],"
        "[b.key for b in bindings('main')].count('0'))"
    )
    assert run(copy, "-c", code) == "['Sort by size, the largest first, whatever the order is now.'] 1\n"


def test_the_store(copy: Path) -> None:
    apply(STORE, copy)
    cache = copy / "cache"
    cache.mkdir()
    kept, mine = cache / "depcache-cp3.12.json", cache / "depcache-notes.txt"
    kept.write_text("{}")
    mine.write_text("mine")
    here = ("-m", "pipcache_tui", "--no-memory", "--python", sys.executable, f"--cache-dir={cache}")
    assert run(copy, *here, "--list", "-q") == "pip-tools:depcache-cp3.12.json\n"
    run(copy, *here, "--purge", "--yes", "--force")
    assert (kept.exists(), mine.exists()) == (False, True)
