"""What a pip itself makes of an index page: its own `collector` and `LinkEvaluator`, in a process of their own."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipcache_tui.cache.formats.pip_index_page import PageIgnored, PageStopsPip, read_pip_page
from pipcache_tui.resolve.candidates import LinkEvaluator
from pipcache_tui.resolve.inputs.requirements import InstallOptions
from pipcache_tui.resolve.target import TargetPython

_SCRIPT = Path(__file__).with_name("pip_oracle_script.py")


class PipOracle:
    """A running pip to ask; `with PipOracle() as oracle:` ends it.

    Args:
        python: the Python it runs on.
        path: folders for PYTHONPATH, where the pip is not the Python's own.
    """

    def __init__(self, python: str = sys.executable, path: Sequence[str] = ()) -> None:
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "PYTHONWARNINGS": "ignore"}
        self._process = subprocess.Popen(
            [python, os.fspath(_SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environ,
        )
        described = self._read()
        #: best first
        self.tags: tuple[str, ...] = tuple(described["tags"])
        self.python_version: str = described["python"]

    def ask(
        self,
        content: bytes,
        content_type: str | None,
        url: str,
        project: str,
        formats: Sequence[str] = ("binary", "source"),
    ) -> Mapping[str, Any]:
        """`ignored`, or `stops` with the error, or `links` and `candidates` (URL, version) in pip's order."""
        question = {
            "content": base64.b64encode(content).decode(),
            "content_type": content_type,
            "url": url,
            "project": project,
            "formats": list(formats),
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Mapping[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the pip ended"
        answer: Mapping[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> PipOracle:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def as_pip_reads(target: TargetPython, content: bytes, content_type: str | None, url: str) -> dict[str, Any]:
    """What our reader and `LinkEvaluator` make of a page of the project "x", in the words of `PipOracle.ask`."""
    try:
        links = read_pip_page(content, content_type, url, target.pip)
        candidates = list(LinkEvaluator(target, "x", InstallOptions()).candidates(links))
    except PageIgnored:
        return {"ignored": True}
    except PageStopsPip:
        return {"stops": True}
    return {
        "links": [
            {
                "url": link.url,
                "filename": link.filename,
                "hash": list(link.hashes[0]) if link.hashes else None,
                "requires_python": link.requires_python,
                "yanked": link.yanked,
                "metadata": link.has_metadata,
            }
            for link in links
        ],
        "candidates": [[candidate.link.url, str(candidate.version)] for candidate in candidates],
    }


def in_short(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """A pip's answer without the text of its error."""
    return {"stops": True} if "stops" in answer else answer
