"""Single requirements as pip reads them, and which files pip's options allow."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.version import Version

from pipcache_tui.resolve.inputs.requirements import (
    ANY,
    InstallOptions,
    RequirementError,
    file_name,
    parse_requirement,
)

FILE = "https://files.index.example/some_lib-1.0%2Blocal-py3-none-any.whl"
SHA = "a" * 64


@pytest.mark.parametrize(
    ("text", "name", "extras"),
    [
        ("Some.Lib", "some-lib", set()),
        ("some_lib[A,b] >=1 ; python_version > '3'", "some-lib", {"a", "b"}),
        (f"Other @ {FILE}", "other", set()),
        (FILE, "some-lib", set()),
        ("https://files.index.example/download#egg=Egg_Name[x]", "egg-name", set()),
        ("https://files.index.example/download", None, set()),
    ],
)
def test_the_name_is_normalised_and_taken_from_where_pip_takes_it(
    text: str, name: str | None, extras: set[str]
) -> None:
    requirement = parse_requirement(text, "line 1")
    assert (requirement.name, set(requirement.extras), requirement.not_checked) == (name, extras, None)


def test_a_hash_option_asks_for_hashes_and_one_in_the_url_does_not() -> None:
    by_url = parse_requirement(f"https://user:pass@files.index.example/x-1.0.tar.gz#sha256={SHA}", "line 1")
    assert (set(by_url.hashes), by_url.has_hash_options) == ({("sha256", SHA)}, False)
    assert by_url.url == "https://files.index.example/x-1.0.tar.gz", "without credentials"
    by_option = parse_requirement("x==1.0", "line 1", hashes=[("sha256", SHA)])
    assert (set(by_option.hashes), by_option.has_hash_options) == ({("sha256", SHA)}, True)


@pytest.mark.parametrize(
    ("text", "pinned"),
    [("x==1.0", True), ("x===1.0", True), ("x==1.*", True), ("x>=1.0", False), ("x==1.0,<2", False), ("x", False)],
)
def test_one_equality_alone_is_a_pin(text: str, pinned: bool) -> None:
    assert parse_requirement(text, "line 1").is_pinned is pinned


@pytest.mark.parametrize("text", ["git+https://git.example/a.git", "a @ git+https://git.example/a.git"])
def test_a_repository_is_not_checked(text: str) -> None:
    assert "version control" in (parse_requirement(text, "line 1").not_checked or "")


def test_a_path_starts_at_the_given_folder(tmp_path: Path) -> None:
    (tmp_path / "six-1.0-py3-none-any.whl").write_bytes(b"")
    requirement = parse_requirement("./six-1.0-py3-none-any.whl", "line 1", folder=str(tmp_path))
    assert (requirement.name, requirement.url) == ("six", f"file://{tmp_path}/six-1.0-py3-none-any.whl")
    assert parse_requirement(".", "line 1", folder=str(tmp_path)).not_checked == "a folder: pip builds it each time"
    with pytest.raises(RequirementError, match=r"line 1: \./gone\.whl: no such file or folder"):
        parse_requirement("./gone.whl", "line 1", folder=str(tmp_path))


@pytest.mark.parametrize("text", ["", "six >=", "six[", "two words", "six ; nonsense"])
def test_what_pip_refuses_is_one_line_with_its_place(text: str) -> None:
    with pytest.raises(RequirementError, match=r"\Aline 7: .* is not a requirement: ") as raised:
        parse_requirement(text, "line 7")
    assert str(raised.value).isprintable()


def test_the_file_name_of_a_url_is_unquoted() -> None:
    assert file_name(parse_requirement(FILE, "line 1")) == "some_lib-1.0+local-py3-none-any.whl"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (InstallOptions(), {"binary", "source"}),
        (InstallOptions(no_binary=frozenset({ANY})), {"source"}),
        (InstallOptions(only_binary=frozenset({"lib"}), no_binary=frozenset({ANY})), {"binary"}),
        (InstallOptions(no_binary=frozenset({"lib"}), only_binary=frozenset({ANY})), {"source"}),
        (InstallOptions(no_binary=frozenset({"other"})), {"binary", "source"}),
    ],
)
def test_a_projects_own_format_goes_before_that_of_all(options: InstallOptions, expected: set[str]) -> None:
    assert options.formats("lib") == expected


@pytest.mark.parametrize(
    ("options", "pip", "expected"),
    [
        (InstallOptions(pre=True), "25.3", True),
        (InstallOptions(), "25.3", None),
        (InstallOptions(only_final=frozenset({"lib"})), "25.3", None),
        (InstallOptions(only_final=frozenset({"lib"}), all_releases=frozenset({ANY})), "26.0", False),
        (InstallOptions(all_releases=frozenset({"lib"}), only_final=frozenset({ANY})), "26.0", True),
        (InstallOptions(only_final=frozenset({ANY})), "26.0", False),
        (InstallOptions(), "26.0", None),
    ],
)
def test_prereleases_are_controlled_by_project_since_26_0(
    options: InstallOptions, pip: str, expected: bool | None
) -> None:
    assert options.prereleases("lib", Version(pip)) is expected
