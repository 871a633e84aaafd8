"""One task runner: what workflows and CONTRIBUTING name are its sessions, and workflows run only what is pinned."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
SESSIONS = set(re.findall(r"^def (\w+)\(session", (PROJECT / "noxfile.py").read_text("utf-8"), re.MULTILINE))


def test_sessions_that_are_named_are_there() -> None:
    texts = [path.read_text("utf-8") for path in (*WORKFLOWS, PROJECT / "CONTRIBUTING.md", PROJECT / "README.md")]
    named = {name for text in texts for name in re.findall(r"nox -s ([a-z]\w*)", text)}
    assert {"tests", "coverage", "contracts"} <= named
    assert named <= SESSIONS


def test_what_is_run_before_a_change_lands_is_run_by_ci() -> None:
    usual = re.search(r"nox\.options\.sessions = \[(.*)\]", (PROJECT / "noxfile.py").read_text("utf-8"))
    assert usual
    assert set(re.findall(r'"(\w+)"', usual[1])) == {"lint", "types", "contracts", "docs", "build"}
    assert re.search(r"^\.venv/bin/nox\b", (PROJECT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)
    assert all("run: .ci/run" in path.read_text("utf-8") for path in WORKFLOWS)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_and_may_do_nothing_unsaid(path: Path) -> None:
    text = path.read_text("utf-8")
    uses = re.findall(r"uses: (.*)", text)
    assert uses
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v[0-9.]+", line) for line in uses)
    assert re.search(r"^permissions: \{\}$", text, re.MULTILINE)
    assert "secrets." not in text
