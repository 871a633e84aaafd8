"""Made Pythons: shell scripts that answer as they are given."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipcache_tui.pythons.interpreters import Python, find_pythons

made = pytest.mark.skipif(sys.platform == "win32", reason="the made Pythons are shell scripts")


@dataclass
class Machine:
    """A made PATH and home; each made Python notes every time it is run."""

    top: Path
    environ: dict[str, str]

    @property
    def runs(self) -> int:
        log = self.top / "runs"
        return len(log.read_text().splitlines()) if log.exists() else 0

    def script(self, path: str, *lines: str) -> Path:
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(("#!/bin/sh", f"echo run >> '{self.top}/runs'", *lines, "")))
        file.chmod(0o755)
        return file

    def python(self, path: str, version: str = "3.12.1", **facts: object) -> Path:
        """A made Python; its prefix is its own unless told."""
        return self.answering(path, {**self.plain_answer(path, version), **facts})

    def plain_answer(self, path: str, version: str = "3.12.1") -> dict[str, object]:
        nodot = "".join(version.split(".")[:2])
        return {
            "version": version,
            "implementation": "cpython",
            "interpreter_version": nodot,
            "abi": f"cp{nodot}",
            "platform": "linux-x86_64",
            "prefix": str((self.top / path).parent.parent),
            "pip_version": "24.0",
            "free_threaded": False,
            "bits": 64,
            "tags": [f"cp{nodot}-cp{nodot}-linux_x86_64", "py3-none-any"],
            "watch": [],
        }

    def answering(self, path: str, answer: object) -> Path:
        text = json.dumps(answer)
        return self.script(path, "echo 'sitecustomize says hello'", f"printf '%s\\n' 'pipcache-tui asked: {text}'")

    def find(self, *named: str, memory: str = "") -> tuple[Python, ...]:
        return find_pythons(named, environ=self.environ, memory=memory)

    def names(self, *named: str) -> list[str]:
        return [python.name for python in self.find(*named)]
