"""Environments are found where tools keep them and below given folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipcache_tui.cache.pip.config import Place
from pipcache_tui.pythons.environment_folders import Location, find_environments_below, tool_locations
from tests.support.environments import find, here, make_environment, posix, warnings_of


@posix
@pytest.mark.parametrize(
    ("folder", "manager", "environ"),
    [
        (".virtualenvs/api", "virtualenvwrapper", {}),
        ("work/api", "virtualenvwrapper", {"WORKON_HOME": "{home}/work"}),
        (".local/share/virtualenvs/api-a1B2c3D4", "pipenv", {}),
        ("data/virtualenvs/api-a1B2c3D4", "pipenv", {"XDG_DATA_HOME": "{home}/data"}),
        ("cache/pypoetry/virtualenvs/api-x-py3.12", "poetry", {"XDG_CACHE_HOME": "{home}/cache"}),
        ("poets/virtualenvs/api-x-py3.12", "poetry", {"POETRY_CACHE_DIR": "{home}/poets"}),
        ("poems/api-x-py3.12", "poetry", {"POETRY_VIRTUALENVS_PATH": "{home}/poems"}),
        (".local/share/hatch/env/virtual/api/Xy12/test", "hatch", {"XDG_DATA_HOME": "{home}/.local/share"}),
        ("hats/env/virtual/api/Xy12/api", "hatch", {"HATCH_DATA_DIR": "{home}/hats"}),
        (".local/share/pipx/venvs/black", "pipx", {}),
        (".local/pipx/venvs/black", "pipx", {}),
        ("px/venvs/black", "pipx", {"PIPX_HOME": "{home}/px"}),
        (".local/share/uv/tools/ruff", "uv tool", {}),
        ("tools/ruff", "uv tool", {"UV_TOOL_DIR": "{home}/tools"}),
        (".pyenv/versions/3.12.1", "pyenv", {}),
        (".pyenv/versions/3.12.1/envs/api", "pyenv", {}),
        ("here/.venv", "venv", {}),
        ("here/.tox/py312", "tox", {}),
        ("here/.nox/tests-3-12", "nox", {}),
        ("anywhere/active", "venv", {"VIRTUAL_ENV": "{home}/anywhere/active"}),
    ],
)
def test_an_environment_is_found_where_its_tool_keeps_it(
    home: Path, folder: str, manager: str, environ: dict[str, str]
) -> None:
    make_environment(home / folder, "six-1.16.0.dist-info")
    found = find(home, **{name: value.format(home=home) for name, value in environ.items()})
    (environment,) = here(found, home)
    assert (environment.prefix, environment.manager) == (os.path.realpath(home / folder), manager)
    assert environment.python_version == "3.12.1"
    assert [(each.project, each.version) for each in environment.distributions] == [("six", "1.16.0")]


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_every_tool_has_a_place_on_every_system(home: Path, system: str) -> None:
    place = Place.of({}, system, home=str(home), prefix="/nowhere")
    managers = {location.manager for location in tool_locations(place, str(home))}
    tools = ["virtualenvwrapper", "pipenv", "poetry", "hatch", "pdm", "pipx", "pyenv", "tox", "nox", "venv"]
    assert managers == {*tools, "uv tool"}


@posix
def test_a_conda_environment_is_found_through_its_list(home: Path) -> None:
    prefix = home / "somewhere/env"
    site = prefix / "lib/python3.11/site-packages"
    site.mkdir(parents=True)
    (prefix / "conda-meta").mkdir()
    (site / "numpy-2.1.0.dist-info").mkdir()
    (site / "old_tool-1.0-py3.11.egg-info").mkdir()
    (home / ".conda").mkdir()
    (home / ".conda/environments.txt").write_text(f"{prefix}\n/gone\n\nrelative\n")
    (environment,) = here(find(home), home)
    assert (environment.manager, environment.python_version) == ("conda", "3.11")
    assert [each.project for each in environment.distributions] == ["numpy", "old-tool"]


@posix
class TestSearch:
    def test_environments_below_a_given_folder_are_named_by_their_project(self, home: Path) -> None:
        for folder in ("src/api/.venv", "src/group/web/.venv", "src/api/.tox/py312", "src/.nox/lint"):
            make_environment(home / folder)
        found = here(find(home, home / "src"), home)
        assert {(each.name, each.manager) for each in found} == {
            ("api/.venv", "venv"),
            ("web/.venv", "venv"),
            ("api/.tox/py312", "tox"),
            ("src/.nox/lint", "nox"),
        }

    def test_environments_that_would_share_a_name_are_named_by_path(self, home: Path) -> None:
        for folder in ("one/api/.venv", "two/api/.venv"):
            make_environment(home / folder)
        assert {each.name for each in here(find(home, home), home)} == {"~/one/api/.venv", "~/two/api/.venv"}

    def test_links_are_not_followed_so_loops_end(self, home: Path) -> None:
        make_environment(home / "src/real")
        os.symlink(home / "src", home / "src/loop")
        os.symlink(home / "src/real", home / "src/same")
        make_environment(home / "outside")
        os.symlink(home / "outside", home / "src/out")
        assert [each.name for each in here(find(home, home / "src"), home)] == ["real"]

    def test_environments_below_the_depth_limit_are_not_found(self, home: Path) -> None:
        make_environment(home / "1/2/3/4/5/6")
        make_environment(home / "a/2/3/4/5/6/7")
        assert [each.name for each in here(find(home, home), home)] == ["6"]

    def test_an_environment_in_an_environment_is_not_searched_for(self, home: Path) -> None:
        make_environment(home / "outer")
        make_environment(home / "outer/inner")
        assert [each.name for each in here(find(home, home), home)] == ["outer"]

    def test_a_search_that_is_cut_short_says_so(self, home: Path) -> None:
        for number in range(20):
            (home / f"many/{number:02}").mkdir(parents=True)
        warnings: list[str] = []
        find_environments_below(Location("", str(home), 6), warnings.append, limit=10)
        assert warnings == [f"{home}: more than 10 folders below it, so the rest is not searched"]

    @pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root opens every folder")
    def test_folders_that_cannot_be_opened_are_counted_in_one_line(self, home: Path) -> None:
        make_environment(home / "open")
        for name in ("closed1", "closed2"):
            (home / name).mkdir(mode=0o000)
        found = find(home, home)
        assert [each.name for each in here(found, home)] == ["open"]
        (line,) = warnings_of(found, home)
        assert "can't be opened (2 folders below" in line
