"""Lock files that uv, poetry, pdm and pipenv wrote for the project in `locks/pyproject.toml`, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipcache_tui.pythons.markers import marker_holds
from pipcache_tui.resolve.inputs.requirements import RequirementError
from pipcache_tui.resolve.inputs.tool_locks import is_tool_lock, read_tool_lock
from tests.support.index_cache import PYTHON, make_python

LOCKS = Path(__file__).parent / "locks"
#: what each of the tools chose for httpx
HTTPX = {"anyio", "certifi", "h11", "httpcore", "httpx", "idna", "typing-extensions"}
WHOLE = {*HTTPX, "colorama", "iniconfig", "pyflakes"}
OLD_PYTHONS = {"exceptiongroup", "tomli"}


@pytest.mark.parametrize(
    ("name", "projects", "httpx"),
    [
        ("uv.lock", WHOLE | OLD_PYTHONS, "0.28.1"),
        ("poetry.lock", WHOLE | OLD_PYTHONS, "0.28.1"),
        ("pdm.lock", {*WHOLE - HTTPX, "httpx", "tomli", "truststore", "typing-extensions"}, "1.0.dev6"),
        ("Pipfile.lock", {*HTTPX, "iniconfig"}, "0.28.1"),
    ],
)
def test_the_versions_that_a_real_tool_locked(name: str, projects: set[str], httpx: str) -> None:
    pins = {pin.project: pin.version for pin in read_tool_lock(str(LOCKS / name))}
    assert set(pins) == projects
    assert (pins["httpx"], pins["iniconfig"]) == (httpx, "2.3.1")


def test_a_project_that_uv_locked_in_two_versions_has_both() -> None:
    pins = [pin for pin in read_tool_lock(str(LOCKS / "uv.lock")) if pin.project == "pyflakes"]
    assert len({pin.version for pin in pins}) == len(pins) == 2
    holds = [any(marker_holds(marker, PYTHON) for marker in pin.markers) for pin in pins]
    assert sorted(holds) == [False, True]


@pytest.mark.parametrize("name", ["poetry.lock", "pdm.lock"])
def test_markers_say_for_which_pythons_a_version_is(name: str) -> None:
    (tomli,) = (pin for pin in read_tool_lock(str(LOCKS / name)) if pin.project == "tomli")
    holds = [[marker_holds(marker, python) for marker in tomli.markers] for python in (PYTHON, make_python("3.10.1"))]
    assert [any(each) for each in holds] == [False, True]


def test_only_files_named_as_the_tools_name_them_are_theirs() -> None:
    assert is_tool_lock("/src/api/Pipfile.lock")
    assert not is_tool_lock("requirements.txt")
    assert not is_tool_lock("pylock.toml")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uv.lock", "version = 2\n"),
        ("poetry.lock", '[metadata]\nlock-version = "3.0"\n'),
        ("pdm.lock", '[metadata]\nlock_version = "5.0"\n'),
        ("Pipfile.lock", json.dumps({"_meta": {"pipfile-spec": 7}, "default": {}})),
    ],
)
def test_a_format_that_is_not_known_is_refused(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(RequirementError, match=r"lock file format [\d.]+ is not known to this program; export"):
        read_tool_lock(str(tmp_path / name))


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"])
@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"\xff\xfe\x00", b"[[", b"{}", b"[]", b'{"_meta": 3}', b"version = 1\npackage = 3\n", b"[" * 50_000),
        b'version = 1\n[[package]]\nname = 3\nversion = "1"\nsource = {}\n',
        b'[metadata]\nlock-version = "2.0"\nx = [',
    ],
)
def test_what_is_no_lock_file_is_refused_in_one_line(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RequirementError) as raised:
        read_tool_lock(str(path))
    message = str(raised.value)
    assert message.startswith(f"{path}: not ")
    assert "\n" not in message


def test_what_comes_from_a_folder_or_a_repository_is_no_pin(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text(
        "version = 1\n"
        '[[package]]\nname = "own"\nversion = "1"\nsource = { editable = "." }\n'
        '[[package]]\nname = "checkout"\nversion = "1"\nsource = { git = "https://index.example/x?rev=1" }\n'
        '[[package]]\nname = "direct"\nversion = "2"\nsource = { url = "https://index.example/direct-2.zip" }\n'
        '[[package]]\nname = "virtual"\nsource = { virtual = "." }\n'
    )
    assert [(pin.project, pin.version) for pin in read_tool_lock(str(tmp_path / "uv.lock"))] == [("direct", "2")]
