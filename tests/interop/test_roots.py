"""Where the cache is: what we find against what real pips say (`pip cache dir`), setting by setting."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from packaging.version import Version

from pipcache_tui.cache.pip.config import Place, config_files
from pipcache_tui.cache.roots import find_roots
from tests.interop.conftest import PipOf
from tests.interop.pips import NEWEST, PATIENCE, Generation
from tests.interop.test_compatibility import make_environment

USER = "home/.config/pip/pip.conf"
LEGACY = "home/.pip/pip.conf"
SITE = "env/pip.conf"


@dataclass(frozen=True)
class Case:
    """Settings to try; "{top}" in them is the folder of the test, which is also where pip is run."""

    name: str
    environ: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    #: pips before this one take it in a way that we do not follow
    since: str = "0"
    #: pips before this one say our second root, not the first
    second_before: str = "0"

    def __str__(self) -> str:
        return self.name


def says(path: str, section: str = "global") -> str:
    return f"[{section}]\ncache-dir = {path}\n"


CASES = (
    Case("nothing set"),
    Case("xdg", {"XDG_CACHE_HOME": "{top}/xdg"}),
    # before 21.3 an empty value meant the current folder
    Case("xdg empty", {"XDG_CACHE_HOME": ""}, since="21.3"),
    Case("xdg blank", {"XDG_CACHE_HOME": "  "}, since="21.3"),
    Case("xdg relative", {"XDG_CACHE_HOME": "rel"}, folders=("rel/pip",), second_before="26.3"),
    Case("variable", {"PIP_CACHE_DIR": "{top}/var"}),
    Case("variable with ~", {"PIP_CACHE_DIR": "~/var"}),
    Case("variable relative", {"PIP_CACHE_DIR": "some/../var"}),
    Case("variable empty", {"PIP_CACHE_DIR": ""}, {USER: says("~/user")}),
    Case("variable false", {"PIP_CACHE_DIR": "false"}),
    Case("variable in mixed case", {"PIP_Cache_dir": "~/var"}),
    Case("variable over sections", {"PIP_CACHE_DIR": "~/var"}, {USER: says("~/own", "cache")}),
    Case("user file", files={USER: says("~/user")}),
    Case("legacy file", files={LEGACY: says("~/legacy")}),
    Case("user over legacy", files={LEGACY: says("~/legacy"), USER: says("~/user")}),
    Case("site over user", files={USER: says("~/user"), SITE: says("~/site")}),
    Case("section", files={USER: says("~/user") + says("~/own", "cache")}, second_before="999"),
    Case(
        "section of an earlier file", files={LEGACY: says("~/own", "cache"), SITE: says("~/site")}, second_before="999"
    ),
    Case("section of no command", files={USER: says("~/other", "nothing")}),
    Case("default section", files={USER: says("~/all", "DEFAULT") + "[global]\ntimeout = 9\n"}),
    Case("spelling of keys", files={USER: "[global]\nCACHE_DIR: ~/user\n"}),
    Case("empty hides earlier", files={LEGACY: says("~/legacy"), USER: says("")}),
    Case("empty section falls back", files={USER: says("~/user") + says("", "cache")}),
    Case(
        "xdg config home", {"XDG_CONFIG_HOME": "{top}/conf"}, {"conf/pip/pip.conf": says("~/conf"), USER: says("~/no")}
    ),
    Case(
        "xdg config dirs",
        {"XDG_CONFIG_DIRS": "{top}/d1:{top}/d2"},
        {"d1/pip/pip.conf": says("~/one"), "d2/pip/pip.conf": says("~/two")},
    ),
    Case("file variable", {"PIP_CONFIG_FILE": "{top}/own.conf"}, {"own.conf": says("~/own"), SITE: says("~/site")}),
    Case("file variable hides user", {"PIP_CONFIG_FILE": "{top}/own.conf"}, {"own.conf": "", USER: says("~/user")}),
    Case("file variable keeps site", {"PIP_CONFIG_FILE": "{top}/own.conf"}, {"own.conf": "", SITE: says("~/site")}),
    Case("file variable of nothing", {"PIP_CONFIG_FILE": "{top}/own.conf"}, {USER: says("~/user")}),
    Case("file variable null", {"PIP_CONFIG_FILE": os.devnull}, {USER: says("~/user"), SITE: says("~/site")}),
    Case("unreadable: a folder", folders=(USER,), files={LEGACY: says("~/legacy")}),
    Case("no cache by variable", {"PIP_NO_CACHE_DIR": "1"}),
    Case("no cache by variable 0", {"PIP_NO_CACHE_DIR": "0"}),
    Case("no cache by empty variable", {"PIP_NO_CACHE_DIR": ""}),
    Case("no cache by file", files={USER: "[global]\nno-cache-dir = false\n"}),
    Case("no cache beside a cache", {"PIP_CACHE_DIR": "~/var"}, {USER: "[global]\nno-cache-dir = true\n"}),
    Case("no cache for one command", files={USER: "[cache]\nno_cache_dir = yes\n"}),
    Case("not pip's user's", {"PIP_CACHE_DIR": "{top}/locked/cache"}, folders=("locked",)),
    Case("broken file", files={USER: "cache-dir = x\n"}),
    Case("broken line", files={USER: "[global]\nno value\n"}),
    Case("undecodable file", files={USER: "[global]\ncache-dir = \udcff\udcfe\n"}),
)
GENERATIONS = (
    Generation("20.3.4", "3.9"),
    Generation("26.1", "3.12"),
    Generation(NEWEST, "3.13"),
)


@dataclass(frozen=True)
class Pip:
    """A real pip in an environment of its own, and how it is run: from `top`, with nothing of this machine."""

    python: Path
    version: str
    top: Path
    environ: dict[str, str]

    def run(self, *arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [self.python, "-m", "pip", *arguments],
            env=self.environ,
            cwd=self.top,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
        )
        return done.returncode, os.fsdecode(done.stdout)


def lay_out(case: Case, top: Path) -> dict[str, str]:
    """Make the case's files; its environment."""

    def placed(text: str) -> str:
        return text.replace("{top}", str(top))

    (top / "home").mkdir()
    for folder in case.folders:
        (top / folder).mkdir(parents=True)
    for path, text in case.files.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_bytes(os.fsencode(placed(text)))
    if (top / "locked").exists():
        if os.geteuid() == 0:
            os.chown(top / "locked", 12345, 12345)
        else:
            (top / "locked").chmod(0o555)
    base = {"PATH": os.environ["PATH"], "HOME": str(top / "home"), "LC_ALL": "C.UTF-8"}
    return base | {name: placed(value) for name, value in case.environ.items()}


def difference(case: Case, pip: Pip, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """What pip and we say otherwise, None where we agree."""
    monkeypatch.chdir(pip.top)
    found = find_roots(environ=pip.environ, prefix=str(pip.top / "env"))
    status, output = pip.run("cache", "dir")
    if status == 0:
        place = 1 if Version(pip.version) < Version(case.second_before) else 0
        ours = [root.path for root in found.roots][place : place + 1]
        agree = ours == output.splitlines()[-1:] and not any("keeps no cache" in note for note in found.notes)
    else:
        words = "keeps no cache" if "cache is disabled" in output else "pip stops with an error"
        agree = any(words in note for note in found.notes)
    return None if agree else f"{case}: pip says {output!r}, we {found}"


@pytest.mark.parametrize("generation", GENERATIONS, ids=str)
def test_every_setting(
    generation: Generation,
    pip_of: PipOf,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("locale.getpreferredencoding", lambda *_: "utf-8")  # as LC_ALL makes it for pip
    borrowed = pip_of(generation)
    top = Path(os.path.realpath(tmp_path))
    cases = [case for case in CASES if Version(borrowed.version) >= Version(case.since)]
    environment = make_environment(borrowed.python, top / "env", borrowed.path)
    differing = []
    for number, case in enumerate(cases):
        place = top / str(number)
        place.mkdir()
        (place / "env").symlink_to(environment)
        environ = lay_out(case, place)
        pip = Pip(place / "env" / "bin" / "python", borrowed.version, place, environ)
        if found := difference(case, pip, monkeypatch):
            differing.append(found)
        (environment / "pip.conf").unlink(missing_ok=True)
    with capsys.disabled():
        print(f"\npip {borrowed.version}: {len(cases)} settings, {len(differing)} differ", end="")
    assert differing == []


@pytest.mark.parametrize("generation", GENERATIONS, ids=str)
def test_files_read(generation: Generation, pip_of: PipOf, tmp_path: Path) -> None:
    """The files that `pip config debug` lists are those that we read."""
    borrowed = pip_of(generation)
    top = Path(os.path.realpath(tmp_path))
    environment = make_environment(borrowed.python, top / "env", borrowed.path)
    own = top / "own.conf"
    own.touch()
    for settings in (
        {},
        {"XDG_CONFIG_HOME": f"{top}/c"},
        {"XDG_CONFIG_DIRS": f"{top}/d1:{top}/d2"},
        {"PIP_CONFIG_FILE": str(own)},
        {"PIP_CONFIG_FILE": f"{top}/absent"},
    ):
        environ = {"PATH": os.environ["PATH"], "HOME": str(top / "home"), "LC_ALL": "C.UTF-8", **settings}
        status, output = Pip(environment / "bin" / "python", borrowed.version, top, environ).run("config", "debug")
        assert status == 0, output
        listed = re.findall(r"^  (/\S+), exists: ", output, re.MULTILINE)
        assert sorted(config_files(Place.of(environ, prefix=str(environment)))) == sorted(listed)
