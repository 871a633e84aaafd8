"""Imports run one way: the contracts of pyproject.toml, held by import-linter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def test_the_import_contracts_hold() -> None:
    call = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    command = [sys.executable, "-c", call]
    environ = {**os.environ, "PYTHONPATH": os.fspath(PROJECT), "COLUMNS": "120"}
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False, env=environ)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "0 broken" in ran.stdout
