"""Each line of the threat model names a test that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
ROWS = [
    line
    for line in (PROJECT / "docs" / "threat-model.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| guarantee")
]


@pytest.mark.parametrize("row", ROWS)
def test_the_test_that_holds_a_line_is_there(row: str) -> None:
    named = re.findall(r"`(?:(tests/[a-z_/]+\.py)(?:::)?)?(test_[a-z_]+)?`", row.split(" | ")[1])
    assert named
    module = ""
    for path, function in named:
        module = path or module
        source = (PROJECT / module).read_text(encoding="utf-8")
        assert not function or re.search(rf"def {function}\(", source), f"{module} has no {function}"


def test_no_line_stands_alone() -> None:
    assert len(ROWS) > 15
