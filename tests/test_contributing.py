"""The diffs of CONTRIBUTING.md are real: each applies to the program as it is, and the result does what is said."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import pipcache_tui
from pipcache_tui.demo import packages

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
    """Add the lines of each hunk, whatever its line numbers say; those that are there already are left."""
    for path, changes in re.findall(r"^--- \S+\n\+\+\+ b/(\S+)\n(.*?)(?=^--- |\Z)", diff, re.MULTILINE | re.DOTALL):
        file = folder / path
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        for hunk in re.split(r"^@@ .* @@\n", changes, flags=re.MULTILINE)[1:]:
            shape = re.fullmatch(r"((?: .*\n|\n)*)((?:\+.*\n)+)((?: .*\n|\n)*)", hunk)
            assert shape, f"{path}: a hunk that does not add lines in one place:\n{hunk}"
            above, new, below = (re.sub(r"^[ +]", "", part, flags=re.MULTILINE) for part in shape.groups())
            text = insert(text, above, new, below, path)
        file.write_text(text, encoding="utf-8")


def insert(text: str, above: str, new: str, below: str, path: str) -> str:
    """The text with the new lines in their place, which must be one."""
    if not text and not above + below:
        return new
    places = list(surroundings(above, below))
    if any(before + new + after in text for before, after in places):
        return text
    for before, after in places:
        if text.count(before + after) == 1:
            return text.replace(before + after, before + new + after)
    raise AssertionError(f"{path} has changed around these lines: renew the diff in CONTRIBUTING.md\n{new}")


def surroundings(above: str, below: str) -> Iterator[tuple[str, str]]:
    """Where lines belong: between those above and below; where others were put there since, next to some of either."""
    yield above, below  # nothing at all for a new file
    lines_above, lines_below = above.splitlines(keepends=True), below.splitlines(keepends=True)
    for count in range(len(lines_above), 0, -1):
        yield "".join(lines_above[-count:]), ""
    for count in range(len(lines_below), 0, -1):
        yield "", "".join(lines_below[:count])


def run(folder: Path, *command: str) -> str:
    # the tests stand beside the program that is as it was, hence behind the copy
    path = os.pathsep.join((os.fspath(folder), os.fspath(PROJECT)))
    environ = {**os.environ, "PYTHONPATH": path, "PIPCACHE_TUI_CONFIG": "", "COLUMNS": "120", "HOME": os.fspath(folder)}
    ran = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_diff_applies_beside_what_was_added_since_and_only_once(tmp_path: Path) -> None:
    diff = "--- a/list\n+++ b/list\n@@ -1,2 +1,3 @@\n one\n+two\n three\n"
    for text, expected in (
        ("one\nthree\n", "one\ntwo\nthree\n"),
        ("one\nother\nthree\n", "one\ntwo\nother\nthree\n"),
        ("1\nthree\n", "1\ntwo\nthree\n"),
        ("one\ntwo\nthree\n", "one\ntwo\nthree\n"),
    ):
        (tmp_path / "list").write_text(text)
        apply(diff, tmp_path)
        assert (tmp_path / "list").read_text() == expected
    (tmp_path / "list").write_text("1\n3\n")
    with pytest.raises(AssertionError, match="renew the diff"):
        apply(diff, tmp_path)


@pytest.mark.parametrize("diff", [RULE, COMMAND, STORE], ids=["rule", "command", "store"])
def test_who_follows_the_page_does_not_break_it(diff: str, copy: Path) -> None:
    apply(diff, copy)
    once = {path: path.read_bytes() for path in copy.rglob("*.*") if path.is_file()}
    for every in (RULE, COMMAND, STORE):
        apply(every, copy)
    apply(diff, copy)
    again = {path: path.read_bytes() for path in once}
    touched = {copy / path for path in re.findall(r"^\+\+\+ b/(\S+)$", diff, re.MULTILINE)}
    assert all(once[path] == again[path] for path in touched)


def test_the_rule(copy: Path) -> None:
    apply(RULE, copy)
    demo = ("-m", "pipcache_tui", "--demo", "--no-memory", "--python", sys.executable)
    shown = run(copy, *demo, "-n", "--prune-yanked", "-q").split()
    assert shown
    assert sorted(shown) == sorted(run(copy, *demo, "--list", "--filter", "yanked=yes", "-q").split())


PRESS = """
import asyncio
from pipcache_tui.tui.commands import COMMANDS
from tests.support.screen import app_of, opened

async def press():
    async with opened() as pilot:
        await pilot.press("s", "r")
        before = app_of(pilot).main.view
        await pilot.press("0")
        after = app_of(pilot).main.view
        print(before.sort, after.sort, after.descending)

asyncio.run(press())
print([command.help() for command in COMMANDS if command.name == "largest"])
"""


def test_the_command(copy: Path) -> None:
    apply(COMMAND, copy)
    pressed, helped = run(copy, "-c", PRESS).splitlines()
    before, after, descending = pressed.split()
    assert before != "size"
    assert (after, descending) == ("size", "True")
    assert helped == "['Sort by size, the largest first, whatever the order is now.']"


def test_the_store(copy: Path) -> None:
    apply(STORE, copy)
    content, url = packages.make_wheel("six", "1.16.0"), "https://index.example/six-1.16.0-py3-none-any.whl"
    digest = hashlib.sha256(content).hexdigest()
    folder = copy / "cache" / "depot"
    folder.mkdir(parents=True)
    wheel, sidecar, mine = folder / f"{digest}.whl", folder / f"{digest}.whl.url", folder / "notes.txt"
    wheel.write_bytes(content)
    sidecar.write_text(f"{url}\n")
    mine.write_text("mine")
    here = ("-m", "pipcache_tui", "--no-memory", "--python", sys.executable, f"--cache-dir={copy / 'cache'}")

    document = json.loads(run(copy, *here, "--list", "--json"))
    schema = json.loads((copy / "pipcache_tui/report/schema/list.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(document)
    (entry,) = document["entries"]
    name = f"depot:{digest}.whl"
    assert (entry["id"], entry["kind"], entry["project"], entry["version"]) == (name, "wheel", "six", "1.16.0")
    assert (entry["url"], entry["url_proof"]) == (url, "origin")
    assert len(entry["files"]) == 2
    assert name in run(copy, *here, "--explain", name)
    (verdict,) = json.loads(run(copy, *here, "--verify", "--json"))["entries"]
    assert (verdict["verdict"], verdict["sha256"]) == ("consistent", digest)

    assert run(copy, *here, "-n", "--prune-stale", "--prune-orphans", "-q") == "", "it is in another program's use"
    run(copy, *here, "--purge", "--yes", "--force")
    assert [wheel.exists(), sidecar.exists(), mine.exists()] == [False, False, True]
