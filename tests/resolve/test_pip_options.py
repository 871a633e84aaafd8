from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from pipcache_tui.cache.pip.config import Place
from pipcache_tui.resolve.check_input import read_check_input
from pipcache_tui.resolve.inputs.requirements import ANY, InstallOptions, RequirementError
from pipcache_tui.resolve.pip_options import PipOptions, pip_options

NOW = 1_795_232_400.0  # 2026-11-21T03:40:00Z


def options_of(tmp_path: Path, config: str = "", **environ: str) -> PipOptions:
    path = tmp_path / "pip.conf"
    path.write_text(config)
    environ = {"PIP_CONFIG_FILE": str(path), **environ}
    return pip_options(Place(environ, "linux", str(tmp_path), str(tmp_path / "prefix")), now=NOW)


def test_as_pip_install_is_set_up(tmp_path: Path) -> None:
    config = """\
[global]
index-url = https://global.example/simple
extra-index-url =
    https://a.example/simple/
    https://b.example/simple
no-binary = :all:
pre = no
[install]
index-url = https://install.example/simple
constraint = limits.txt
only-binary = six
"""
    found = options_of(tmp_path, config)
    assert found.options.index_urls == (
        "https://install.example/simple",
        "https://a.example/simple",
        "https://b.example/simple",
    )
    assert found.constraints == ("limits.txt",)
    assert found.options.formats("six") == {"binary"}
    assert found.options.formats("attrs") == {"source"}
    assert found.options.all_releases == frozenset()


def test_the_environment_overrules(tmp_path: Path) -> None:
    config = "[install]\nindex-url = https://install.example/simple\n"
    environ = {"PIP_INDEX_URL": "https://me:secret@env.example/simple/", "PIP_PRE": "1", "PIP_FIND_LINKS": "a b"}
    found = options_of(tmp_path, config, **environ)
    assert found.options.index_urls == ("https://env.example/simple",)
    assert found.options.all_releases == {ANY}
    assert found.options.find_links == ("a", "b")
    assert options_of(tmp_path, config, PIP_NO_INDEX="1").options == InstallOptions((), no_index=True)


def test_by_default_the_index_that_pip_itself_knows(tmp_path: Path) -> None:
    (url,) = options_of(tmp_path).options.index_urls or ()
    assert url.endswith("/simple")


@pytest.mark.parametrize(
    ("environ", "config"),
    [({"PIP_NO_DEPS": "1"}, ""), ({}, "[install]\nno-deps = true\n"), ({}, "[global]\nno-dependencies = yes\n")],
)
def test_no_deps_is_followed_wherever_it_is_set(tmp_path: Path, environ: dict[str, str], config: str) -> None:
    assert options_of(tmp_path).dependencies
    found = options_of(tmp_path, config, **environ)
    assert not found.dependencies
    assert not read_check_input(["six"], found).dependencies


def test_requirements_files_in_settings_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "more").write_text("attrs\n")
    found = options_of(tmp_path, PIP_REQUIREMENT=str(tmp_path / "more"))
    assert [each.name for each in read_check_input(["six"], found).requirements] == ["six", "attrs"]


def test_requires_python_is_ignored_where_set(tmp_path: Path) -> None:
    assert options_of(tmp_path, PIP_IGNORE_REQUIRES_PYTHON="yes").options.ignore_requires_python
    assert not options_of(tmp_path, PIP_IGNORE_REQUIRES_PYTHON="no").options.ignore_requires_python


def test_files_uploaded_later_are_left_out_where_set(tmp_path: Path) -> None:
    def moment(text: str) -> datetime | None:
        return options_of(tmp_path, PIP_UPLOADED_PRIOR_TO=text).options.uploaded_prior_to

    assert moment("2026-01-31T12:00:00Z") == datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
    assert moment("2026-01-31") == datetime(2026, 1, 31).astimezone()
    assert moment("P7D") == datetime(2026, 11, 14, 3, 40, tzinfo=timezone.utc)
    with pytest.raises(RequirementError, match="PIP_UPLOADED_PRIOR_TO: 'soon': write a date as 2026-01-31"):
        moment("soon")


@pytest.mark.parametrize(
    ("environ", "config", "note"),
    [
        ({"PIP_NO_CACHE_DIR": "0"}, "", "PIP_NO_CACHE_DIR turns pip's cache off"),
        ({}, "[global]\nno-cache-dir = false\n", "no-cache-dir turns pip's cache off"),
        ({"PIP_PLATFORM": "win_amd64"}, "", "PIP_PLATFORM is ignored here, and may change what pip does"),
        ({"PIP_USE_DEPRECATED": "legacy-resolver"}, "", "PIP_USE_DEPRECATED is ignored here"),
        ({}, "[install]\ngroup = dev\n", "[install] group is ignored here"),
    ],
)
def test_settings_that_are_not_followed_are_named(
    tmp_path: Path, environ: dict[str, str], config: str, note: str
) -> None:
    assert options_of(tmp_path).notes == ()
    (found,) = options_of(tmp_path, config, **environ).notes
    assert note in found
