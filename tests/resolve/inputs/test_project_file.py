"""What a pyproject.toml says that a project needs, set by set."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipcache_tui.resolve.inputs.project_file import read_project_file
from pipcache_tui.resolve.inputs.requirements import RequirementError

LOCKS = Path(__file__).parent / "locks"


def sets(path: Path) -> dict[str, list[str]]:
    return {each.label: [one.text for one in each.requirements] for each in read_project_file(str(path))}


def write(folder: Path, text: str) -> Path:
    path = folder / "pyproject.toml"
    path.write_text(text)
    return path


def test_dependencies_extras_groups_and_the_build_are_sets_of_their_own() -> None:
    base = ["httpx>=0.28", "tomli>=2; python_version < '3.11'"]
    assert sets(LOCKS / "pyproject.toml") == {
        "dependencies": base,
        "extra cli": [*base, "colorama"],
        "group test": ["iniconfig", "pyflakes"],
        "group lint": ["pyflakes"],
        "build": ["setuptools"],
    }


def test_extras_of_its_own_name_are_what_those_need(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[project]\nname = "My.App"\nversion = "1"\n'
        '[project.optional-dependencies]\nall = ["my-app[one,two]"]\none = ["a"]\ntwo = ["b", "my_app[one]"]\n'
        '[dependency-groups]\ndev = ["my-app[all]", "c"]\n'
        '[build-system]\nrequires = ["hatchling"]\n',
    )
    found = {label: sorted(texts) for label, texts in sets(path).items()}
    assert found == {
        "extra all": ["a", "b"],
        "extra one": ["a"],
        "extra two": ["a", "b"],
        "group dev": ["a", "b", "c"],
        "build": ["hatchling"],
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[project", "not TOML"),
        ('[project]\nname = "a"\ndynamic = ["dependencies"]\n', "are dynamic; name its lock file"),
        ('[tool.poetry.dependencies]\npython = "^3.10"\n', "are in poetry's own table; name its lock file"),
        ('[project]\nname = "a"\ndependencies = ["=="]\n', "is not a requirement"),
        ('[project]\nname = "a"\ndependencies = 3\n', "can't be read"),
        ('[project]\nname = "a"\ndependencies = [3]\n', "can't be read"),
        ("project = 3\n", "can't be read"),
        ('[dependency-groups]\na = [{include-group = "b"}]\nb = [{include-group = "a"}]\n', "can't be read"),
        ('[dependency-groups]\na = [{include-group = "gone"}]\n', "can't be read"),
        ("build-system = 3\n", "can't be read"),
    ],
)
def test_an_invalid_project_file_is_refused_in_one_line(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(RequirementError) as raised:
        read_project_file(str(write(tmp_path, text)))
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)
