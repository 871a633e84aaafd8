"""What a hostile cache says to a terminal, to a pipe and as JSON: nothing steers, turns round or breaks lines."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from pathlib import Path

import msgpack
import pytest

from pipcache_tui.cli import main
from pipcache_tui.demo import formats, packages
from pipcache_tui.demo.formats import Stored
from tests.cli.conftest import Stream
from tests.hostile.decoders import TURNS
from tests.support.hostile_cache import FILE_HEADERS, INDEX, JSON_HEADERS, Shelf

pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="its file systems take only UTF-8 names"),
]
#: after all that is made here
NOW = 4_000_000_000.0
EVIL = (
    "\x1b]0;owned\x07\x1b[2J",
    "\u202egnp.exe\u2066",
    "a\r\nb\u2028c\x85d",
    "\x00\x9b31m",
    "[bold red]x[/][link=x]",
    "\udcff",
    "a\tb",
)


def hostile_cache(folder: Path) -> Shelf:
    """Each of the texts wherever a cache can hold text."""
    shelf = Shelf(folder)
    for number, evil in enumerate(EVIL):
        name = f"demo{number}"
        metadata = packages.core_metadata(name, "1.0").replace(b"Metadata-Version: 2.1\n", b"") + (
            f"Requires-Python: >=3{evil}\nSummary: {evil}\n".encode("utf-8", "surrogateescape")
        )
        wheel = packages.make_wheel(name, "1.0", metadata=metadata)
        headers = dict.fromkeys(("ETag", "Date", "Cache-Control", "Expires", "Content-Type", "Location"), evil)
        for status in (200, 301):
            document = {
                "response": {"body": b"", "headers": headers, "status": status, "version": 11, "reason": evil},
                "vary": {evil: evil},
            }
            packed = b"cc=4," + msgpack.packb(document, unicode_errors="surrogateescape")
            shelf.raw_pair(f"{INDEX}/{number}/{status}", packed, wheel)
        url = f"{INDEX}/files/{evil}/{name}-1.0-py3-none-any.whl"
        shelf.pair(url.encode("utf-8", "replace").decode(), wheel, FILE_HEADERS)
        listed = packages.Listed(f"{name}-1.0{evil}.whl", url, yanked=evil, requires_python=evil)
        shelf.pair(f"{INDEX}/simple/{name}/", packages.index_page_json(name, [listed]), JSON_HEADERS)
        leaf = f"wheels/ab/cd/ef/{number:050}"
        safe = evil.replace("/", "_").replace("\x00", "_")
        target = os.path.join(os.fsencode(folder), *leaf.encode().split(b"/"))
        os.makedirs(target)
        for wheel_name in (f"demo-1.0{safe}-py3-none-any.whl", f"demo{safe}-1.0-py3-none-any.whl", f"{safe}.whl"):
            with open(target + b"/" + os.fsencode(wheel_name), "wb") as file:
                file.write(wheel)
        origin = json.dumps({"url": f"https://{evil}/{evil}.tar.gz", "vcs_info": {"vcs": evil, "commit_id": evil}})
        shelf.write(f"{leaf}/origin.json", origin.encode())
        note = {"key": evil, "last_check": evil, "pypi_version": evil}
        shelf.write(formats.selfcheck_path(name), json.dumps(note).encode())
        shelf.single(f"{INDEX}/{number}/v1", formats.encode_cc4(Stored(FILE_HEADERS, b"x"), inside=True))
    return shelf


def run(monkeypatch: pytest.MonkeyPatch, terminal: bool, *arguments: str) -> tuple[str, str]:
    """What the command writes to stdout and to stderr."""
    out, err = Stream(terminal=terminal), Stream(terminal=terminal)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        patch.setattr(sys, "stdin", Stream(terminal=False))
        code = main(arguments, clock=lambda: NOW)
    assert code == 0, err.raw_bytes
    return out.raw_bytes.decode(), err.raw_bytes.decode()


def check_harmless(text: str) -> None:
    for line in text.split("\n"):
        for sign in line:
            assert unicodedata.category(sign) not in ("Cc", "Cs", "Zl", "Zp"), (sign, line)
            assert unicodedata.bidirectional(sign) not in TURNS, (sign, line)


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipe"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("--list",),
        ("--info",),
        ("--list", "--json"),
        ("--list", "--json-lines"),
        ("--info", "--json"),
        ("--explain", "demo0"),
        ("-n", "--purge"),
        ("-n", "--prune-stale", "--prune-superseded", "--prune-incompatible", "--prune-orphans"),
        ("-n", "--prune-older", "1min", "--json"),
        ("--list", "--filter", "url~=.", "--sort", "unused"),
    ],
    ids=" ".join,
)
def test_nothing_in_a_cache_reaches_the_terminal_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], terminal: bool
) -> None:
    shelf = hostile_cache(tmp_path / "cache")
    how = ("--cache-dir", str(shelf.folder), "--no-memory", "--color", "never", "--python", sys.executable)
    out, err = run(monkeypatch, terminal, *arguments, *how)
    assert "demo0" in out
    as_table = not terminal and not any(argument.startswith("--json") for argument in arguments)
    check_harmless(out.replace("\t", " ") if as_table else out)  # columns for programs are parted by tabs
    check_harmless(err)
    if "--json" in arguments:
        json.loads(out)
    if as_table and arguments[0] == "--list":
        assert len({line.count("\t") for line in out.splitlines()}) == 1
