"""Environments are found where tools keep them and below given folders, and read without running anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipcache_tui.cache.pip.config import Place
from pipcache_tui.demo.packages import make_wheel, wheel_name
from pipcache_tui.pythons.environment_folders import Location, find_environments_below, tool_locations
from pipcache_tui.pythons.environments import (
    Environment,
    Environments,
    NoEnvironmentError,
    find_environments,
    read_environment,
)
from pipcache_tui.pythons.installed import BrokenDistribution, Distribution, read_files, read_site

posix = pytest.mark.skipif(sys.platform == "win32", reason="lays out environments as POSIX does")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


def place_of(home: Path, **environ: str) -> Place:
    return Place.of({"HOME": str(home), **environ}, home=str(home), prefix="/nowhere")


def make_environment(prefix: Path, *installed: str, version: str = "3.12.1", python: bool = True) -> Path:
    """An environment laid out by hand; `installed` are names of folders in its site-packages."""
    site = prefix / "lib/python3.12/site-packages"
    site.mkdir(parents=True)
    (prefix / "bin").mkdir()
    (prefix / "pyvenv.cfg").write_text(f"home = /opt/py/bin\nversion = {version}\n")
    os.symlink(sys.executable if python else "/nowhere/python", prefix / "bin/python")
    for name in installed:
        (site / name).mkdir()
        project, _, number = name.rpartition(".")[0].partition("-")
        if name.endswith(".dist-info"):
            (site / name / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project}\nVersion: {number}\n\n")
    return site


def find(home: Path, *below: Path, **environ: str) -> Environments:
    return find_environments(
        [str(path) for path in below], place=place_of(home, **environ), current_folder=str(home / "here")
    )


def here(found: Environments, home: Path) -> list[Environment]:
    """Those below the made home; the machine's own are found too."""
    return [each for each in found.found if each.prefix.startswith(os.path.realpath(home))]


def warnings_of(found: Environments, home: Path) -> list[str]:
    return [line for line in found.warnings if str(home) in line]


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
def test_a_conda_environment_is_found_by_its_list(home: Path) -> None:
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
def test_user_site_packages_count_though_they_are_no_environment(home: Path) -> None:
    (home / ".local/lib/python3.12/site-packages/six-1.16.0.dist-info").mkdir(parents=True)
    (environment,) = here(find(home), home)
    assert (environment.manager, environment.name) == ("user", "user site-packages")


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

    def test_names_that_two_would_share_are_whole_paths(self, home: Path) -> None:
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

    def test_what_lies_too_deep_is_not_found(self, home: Path) -> None:
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
    def test_closed_folders_are_named_in_one_line(self, home: Path) -> None:
        make_environment(home / "open")
        for name in ("closed1", "closed2"):
            (home / name).mkdir(mode=0o000)
        found = find(home, home)
        assert [each.name for each in here(found, home)] == ["open"]
        (line,) = warnings_of(found, home)
        assert "can't be opened (2 folders below" in line

    def test_a_folder_that_is_not_there_is_refused(self, home: Path) -> None:
        with pytest.raises(NoEnvironmentError, match="no such folder; name one"):
            find(home, home / "gone")

    def test_a_folder_that_is_no_environment_is_refused(self, home: Path) -> None:
        with pytest.raises(NoEnvironmentError, match=r"neither pyvenv\.cfg nor site-packages"):
            read_environment(str(home))


@posix
class TestBadInput:
    def test_an_environment_whose_python_is_gone_still_counts(self, home: Path) -> None:
        make_environment(home / "src/.venv", "six-1.16.0.dist-info", python=False)
        found = find(home, home / "src")
        assert [each.project for each in here(found, home)[0].distributions] == ["six"]
        assert warnings_of(found, home) == [
            f"{home}/src/.venv: the Python of this environment is gone: it was made from /opt/py/bin"
        ]

    def test_broken_records_are_one_line_and_the_rest_counts(self, home: Path) -> None:
        site = make_environment(home / "env", "six-1.16.0.dist-info", "nameless.dist-info", "~ix-1.0.dist-info")
        (site / "nameless.dist-info/METADATA").unlink()
        (site / "stray.egg-info").write_bytes(b"\xff\x00no metadata")
        found = find(home, home / "env")
        assert [each.project for each in here(found, home)[0].distributions] == ["six"]
        (line,) = warnings_of(found, home)
        assert line.startswith(f"{home}/env: 3 records of installed projects can't be read (nameless.dist-info: it has")
        assert "~ix-1.0.dist-info is left over from an uninstall" in line

    def test_a_site_packages_that_is_a_file_holds_nothing(self, home: Path) -> None:
        site = make_environment(home / "env")
        site.rmdir()
        site.write_text("no folder")
        assert here(find(home, home / "env"), home)[0].distributions == ()

    def test_names_that_steer_a_terminal_are_made_safe(self, home: Path) -> None:
        make_environment(home / "env", "\x1b[31m.dist-info")
        (line,) = warnings_of(find(home, home / "env"), home)
        assert "\x1b" not in line

    def test_settings_that_are_no_file_do_not_block(self, home: Path) -> None:
        make_environment(home / "env")
        (home / "env/pyvenv.cfg").unlink()
        os.mkfifo(home / "env/pyvenv.cfg")
        (environment,) = here(find(home, home / "env"), home)
        assert environment.python_version == "3.12"


class TestNames:
    def read(self, folder: Path, *names: str) -> list[tuple[str, str]]:
        for name in names:
            (folder / name).mkdir()
        return [(each.project, each.version) for each in read_site(str(folder))[0]]

    @pytest.mark.parametrize(
        ("name", "project", "version"),
        [
            ("Some_Project-1.0.dist-info", "some-project", "1.0"),
            ("zope.interface-7.0.post1.dist-info", "zope-interface", "7.0.post1"),
            ("torch-2.6.0+cu124.dist-info", "torch", "2.6.0+cu124"),
            ("torch-2.6.0_cu124.dist-info", "torch", "2.6.0+cu124"),
            ("epoch-1!2.0.dist-info", "epoch", "1!2.0"),
            ("old-1.0-py2.7.egg-info", "old", "1.0"),
            ("old-1.0-py2.7-linux-x86_64.egg", "old", "1.0"),
            ("older-1.0.egg-info", "older", "1.0"),
            ("odd-yesterday.dist-info", "odd", "yesterday"),
        ],
    )
    def test_project_and_version_stand_in_the_name(self, tmp_path: Path, name: str, project: str, version: str) -> None:
        assert self.read(tmp_path, name, "six", "six.py", "__pycache__") == [(project, version)]

    def test_a_develop_install_is_named_by_its_metadata(self, tmp_path: Path) -> None:
        (tmp_path / "mine.egg-info").mkdir()
        (tmp_path / "mine.egg-info/PKG-INFO").write_text("Metadata-Version: 2.1\nName: Mine\nVersion: 3.0\n\nName: x\n")
        assert self.read(tmp_path) == [("mine", "3.0")]

    def test_the_files_say_who_installed_it_and_from_where(self, tmp_path: Path) -> None:
        info = tmp_path / "mine-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\nRequires-Dist: six>=1\n\n")
        (info / "INSTALLER").write_text("uv\n")
        (info / "direct_url.json").write_text(json.dumps({"url": "file:///src/mine", "dir_info": {"editable": True}}))
        files = read_files(Distribution("mine", "1.0", str(info)))
        assert (files.installer, files.url, files.is_editable) == ("uv", "file:///src/mine", True)
        assert files.metadata.requires == ("six>=1",)

    @pytest.mark.parametrize("text", ["", "[]", "{", '{"url": 1, "dir_info": []}', "[" * 50_000])
    def test_a_broken_note_is_said_in_words(self, tmp_path: Path, text: str) -> None:
        info = tmp_path / "mine-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Name: mine\n\n")
        (info / "direct_url.json").write_text(text)
        distribution = Distribution("mine", "1.0", str(info))
        if not text:
            assert read_files(distribution).url is None
            return
        with pytest.raises(BrokenDistribution, match=r"its direct_url\.json can't be read"):
            read_files(distribution)


@posix
def test_versions_are_compared_as_pip_compares_them(home: Path) -> None:
    make_environment(home / "a", "thing_one-1.16.dist-info")
    make_environment(home / "b", "thing_one-1.16.0.dist-info")
    make_environment(home / "c", "thing_one-1.17.0.dist-info")
    found = find(home, home)
    assert [each.name for each in found.having("thing-one", "1.16.0")] == ["a", "b"]
    assert found.having("thing-one", "2") == found.having("other", "1.16.0") == found.having(None, "1") == ()


def run(command: Sequence[str | Path], **environ: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "VIRTUAL"))}
    subprocess.run(
        [str(part) for part in command],
        env=kept | environ,
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )


@pytest.fixture(scope="session")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheelhouse")
    for version in ("1.0", "2.0"):
        wheel = wheel_name("thing_one", version, "py3-none-any")
        (folder / wheel).write_bytes(make_wheel("thing-one", version, "py3-none-any"))
    return folder


@pytest.mark.parametrize("maker", ["venv", "virtualenv", "uv"])
def test_a_real_environment_and_what_was_really_installed_in_it(
    maker: str, home: Path, wheelhouse: Path, tmp_path: Path
) -> None:
    prefix = home / "src/api/.venv"
    offline: list[str | Path] = ["--no-index", "--find-links", wheelhouse]
    python = prefix / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    make: dict[str, list[str | Path]] = {
        "venv": [sys.executable, "-m", "venv", "--without-pip", prefix],
        "virtualenv": [sys.executable, "-m", "virtualenv", "--no-seed", "--no-download", prefix],
        "uv": [sys.executable, "-m", "uv", "venv", "--offline", "--python", sys.executable, prefix],
    }
    run(make[maker])
    cache = tmp_path / "cache"
    install: list[str | Path] = ["install", *offline, "--cache-dir", cache, "thing-one<2"]
    if maker == "uv":
        run([sys.executable, "-m", "uv", "pip", *install, "--python", python])
    else:
        run([sys.executable, "-m", "pip", "--python", python, *install])
    (environment,) = here(find(home, home / "src"), home)
    assert environment.name == "api/.venv"
    assert (environment.python_version or "").startswith(f"{sys.version_info[0]}.{sys.version_info[1]}.")
    (distribution,) = environment.distributions
    assert (distribution.project, distribution.version) == ("thing-one", "1.0")
    assert read_files(distribution).installer == ("uv" if maker == "uv" else "pip")
