"""What `--needed-by` names is read: requirements and lock files, projects and environments."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipcache_tui.pythons.environments import Environments
from pipcache_tui.resolve.inputs.requirements import InstallOptions, RequirementError
from pipcache_tui.resolve.inputs.tool_locks import Pin
from pipcache_tui.resolve.needs import Need, read_needs
from pipcache_tui.resolve.pip_options import PipOptions
from tests.support.environments import make_environment, posix

PIP = PipOptions(InstallOptions(("https://index.example/simple",)))


def read(*named: Path | str, environments: Environments | None = None) -> list[Need]:
    def find() -> Environments:
        assert environments is not None, "nothing named them"
        return environments

    return read_needs([str(each) for each in named], PIP, find, pytest.fail)


def names(need: Need) -> list[str | None]:
    assert need.check_input is not None
    return [each.name for each in need.check_input.requirements]


def test_a_requirements_file_is_one_need(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("Six>=1\nattrs\n")
    (need,) = read(path)
    assert (need.label, names(need), need.pins, need.on_any_python) == (str(path), ["six", "attrs"], (), False)


def test_each_set_of_a_project_is_a_need(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(
        '[project]\nname = "x"\nversion = "1"\ndependencies = ["six"]\n'
        '[project.optional-dependencies]\ntest = ["pytest"]\n[build-system]\nrequires = ["flit"]\n'
    )
    assert [(need.label.removeprefix(str(path)), names(need)) for need in read(path)] == [
        ("", ["six"]),
        (" (extra test)", ["six", "pytest"]),
        (" (build)", ["flit"]),
    ]


@posix
def test_an_environment_needs_the_versions_it_has_on_any_python(tmp_path: Path) -> None:
    folder = tmp_path / "env"
    make_environment(folder, "six-1.16.0.dist-info", "attrs-2.0.dist-info")
    (need,) = read(folder)
    assert need.check_input is None
    assert need.on_any_python
    assert set(need.pins) == {Pin("six", "1.16.0"), Pin("attrs", "2.0")}


@posix
def test_several_names_are_read_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("six\n")
    folder = tmp_path / "env"
    make_environment(folder, "six-1.16.0.dist-info")
    assert [need.on_any_python for need in read(folder, path, folder)] == [True, False, True]


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequirementError, match=r"gone\.txt: no such file or folder; name a requirements"):
        read(tmp_path / "gone.txt")


def test_a_folder_that_is_no_environment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequirementError, match="not an environment"):
        read(tmp_path)
