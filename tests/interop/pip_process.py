"""A real pip that stays: many short runs of `pip install` in one process, each with its own arguments."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.interop.index_server import IndexServer, Seen
from tests.interop.pips import Pip

_SCRIPT = pathlib.Path(__file__).with_name("pip_process_script.py")


@dataclass(frozen=True, slots=True)
class Installed:
    """How an installation ended: pip's exit code, its requests, the URL of the file it took for each project."""

    code: int
    seen: Sequence[Seen]
    taken: Mapping[str, str]
    output: str


class PipProcess:
    """`with PipProcess(pip, server, folder) as process:` ends it. Its cache is `folder`/pip."""

    def __init__(self, pip: Pip, server: IndexServer, folder: pathlib.Path) -> None:
        self.cache_dir = os.fspath(folder / "pip")
        self._server, self._folder = server, folder
        self._log = folder / "log.txt"
        self._options = [
            *("--cache-dir", self.cache_dir, "--cert", server.authority.path, "--disable-pip-version-check"),
            *("--index-url", server.index_url, "--no-build-isolation"),
        ]
        scratch = folder / "scratch"
        scratch.mkdir()
        self._process = subprocess.Popen(
            [pip.python, os.fspath(_SCRIPT)],
            env=pip.environ(os.fspath(scratch), self.cache_dir, server),
            cwd=scratch,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log.open("wb"),
            text=True,
        )

    def fetch(self, pages: Sequence[str], files: Sequence[str]) -> None:
        """Put these URLs into the cache, by pip's own session."""
        self._ask({"what": "fetch", "options": self._options, "pages": pages, "files": files})

    def install(self, requirements: str, environ: Mapping[str, str]) -> Installed:
        """`pip install -r` with these environment variables, into a folder that is thrown away."""
        report, target = self._folder / "report.json", self._folder / "target"
        report.unlink(missing_ok=True)
        start = self._log.stat().st_size
        options = ["--report", os.fspath(report), "--target", os.fspath(target), "--no-compile"]
        with self._server.recording() as seen:
            arguments = [*self._options, *options, "-r", requirements]
            answer = self._ask({"what": "run", "arguments": arguments, "environ": dict(environ)})
        taken = {}
        if report.exists():
            for each in json.loads(report.read_text("utf-8"))["install"]:
                taken[each["metadata"].get("name", "")] = each["download_info"]["url"]
        shutil.rmtree(target, ignore_errors=True)
        with self._log.open("rb") as log:
            log.seek(start)
            output = log.read().decode("utf-8", "replace")
        return Installed(answer["code"], seen, taken, output)

    def _ask(self, job: Mapping[str, Any]) -> Mapping[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self._log.read_text("utf-8", "replace")[-2000:]
        answer: Mapping[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> PipProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
