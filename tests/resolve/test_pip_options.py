from __future__ import annotations

from pathlib import Path

from pipcache_tui.cache.pip.config import Place
from pipcache_tui.resolve.pip_options import PipOptions, pip_options
from pipcache_tui.resolve.requirements import ANY, InstallOptions


def options_of(tmp_path: Path, config: str = "", **environ: str) -> PipOptions:
    path = tmp_path / "pip.conf"
    path.write_text(config)
    return pip_options(
        Place({"PIP_CONFIG_FILE": str(path), **environ}, "linux", str(tmp_path), str(tmp_path / "prefix"))
    )


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
