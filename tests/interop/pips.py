"""Real pips, of the versions that changed what lies in a cache, on Pythons of their time.

A pip is not installed: its wheel is unpacked into a folder that is put on PYTHONPATH, together with the setuptools
(and wheel) that run on that Python. The wheels come from the package index that this machine's own pip is set up
for, once, and are kept in `$PIPCACHE_INTEROP_CACHE`, else in a folder of the user's cache directory.
"""

from __future__ import annotations

import functools
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import platformdirs
from packaging.version import Version

from tests.interop.index_server import IndexServer

NEWEST = "newest"
#: seconds after which a pip is taken to hang
PATIENCE = 180


class Unavailable(Exception):
    """A Python or a pip can't be had here; says which and why."""


@dataclass(frozen=True, slots=True)
class Generation:
    """A pip version and the Python it runs on; `pip` may be NEWEST."""

    pip: str
    python: str

    def __str__(self) -> str:
        return f"pip-{self.pip}-py{self.python}"


#: one of each way in which pips have kept their cache, oldest first
GENERATIONS = (
    Generation("1.5.6", "2.7"),  # --download-cache
    Generation("6.0.8", "2.7"),  # http/, cc=2, selfcheck.json
    Generation("9.0.3", "2.7"),  # wheels/
    Generation("10.0.1", "2.7"),  # cc=4, with bytes as keys
    Generation("20.3.4", "2.7"),  # selfcheck/, the key of wheels/ that is used today
    Generation("21.3.1", "3.6"),
    Generation("22.3.1", "3.7"),  # origin.json, JSON pages
    Generation("23.2.1", "3.8"),  # the last to write http/; PEP 658
    Generation("23.3.2", "3.9"),  # http-v2/
    Generation("24.3.1", "3.11"),
    Generation("25.3", "3.12"),
    Generation(NEWEST, "3.13"),
)
#: further ones whose dealings with a stored answer differ
FRESHNESS_GENERATIONS = (
    Generation("18.0", "3.6"),
    Generation("18.1", "3.6"),
    Generation("22.3.1", "3.7"),
    Generation("23.2.1", "3.8"),
    Generation("23.3.2", "3.9"),
    Generation("25.3", "3.12"),
    Generation("26.1", "3.12"),
    Generation(NEWEST, "3.13"),
)


@dataclass(frozen=True, slots=True)
class Run:
    """How a pip ended, and all it printed."""

    command: tuple[str, ...]
    returncode: int
    output: str

    def check(self) -> Run:
        """Itself if pip succeeded, else AssertionError with what pip printed."""
        if self.returncode:
            raise AssertionError(f"{' '.join(self.command)}\nexit {self.returncode}\n{self.output}")
        return self


@dataclass(frozen=True, slots=True)
class Pip:
    """A pip that can be run. `path`: the folders for PYTHONPATH."""

    version: str
    #: the executable, its version ("3.12") and its `sys.prefix`
    python: str
    python_version: str
    prefix: str
    path: tuple[str, ...]

    def at_least(self, version: str) -> bool:
        return Version(self.version) >= Version(version)

    def run(
        self,
        command: str,
        *arguments: str,
        cache_dir: str,
        server: IndexServer | None = None,
        selfcheck: bool = False,
        environ: Mapping[str, str] | None = None,
    ) -> Run:
        """Runs a command of pip with this cache, and this index as its only source (None: no index).

        `selfcheck` lets pip look for a newer pip; pips before 19.3 note that only in a `cache_dir` named "pip".
        """
        options: list[str] = []
        if self.at_least("6.0"):
            options += ["--cache-dir", cache_dir]
            if not selfcheck:
                options.append("--disable-pip-version-check")
        elif command in ("install", "wheel", "download"):
            options += ["--download-cache", cache_dir]
        if server is not None:
            options += ["--cert", server.authority.path]
            if command in ("install", "wheel", "download"):
                options += ["--index-url", server.index_url]
        line = (self.python, "-m", "pip", command, *options, *arguments)
        with tempfile.TemporaryDirectory(prefix="interop-pip-") as scratch:
            done = subprocess.run(
                line,
                env=self.environ(scratch, cache_dir, server) | dict(environ or {}),
                cwd=scratch,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=PATIENCE,
                check=False,
            )
        return Run(line, done.returncode, done.stdout.decode("utf-8", "replace"))

    def install(
        self,
        *requirements: str,
        cache_dir: str,
        server: IndexServer | None = None,
        target: str | None = None,
        options: Sequence[str] = (),
        selfcheck: bool = False,
        environ: Mapping[str, str] | None = None,
    ) -> Run:
        """Installs into `target`, else into a folder that is thrown away: nothing is ever installed already."""
        with tempfile.TemporaryDirectory(prefix="interop-target-") as thrown_away:
            isolation = ["--no-build-isolation"] if self.at_least("10.0") else []
            return self.run(
                "install",
                *("--target", target or os.path.join(thrown_away, "target"), *isolation, *options, *requirements),
                cache_dir=cache_dir,
                server=server,
                selfcheck=selfcheck,
                environ=environ,
            )

    def environ(self, scratch: str, cache_dir: str, server: IndexServer | None) -> dict[str, str]:
        """All that a run may know of this machine: no setting of the person's, or of the machine's pip, gets in."""
        home = os.path.join(scratch, "home")
        os.mkdir(home)
        # Pips before 19.3 keep selfcheck.json in their default cache directory, whatever --cache-dir says (and
        # refuse a link there): a cache directory named "pip" is made the default one too.
        parent, name = os.path.split(os.path.abspath(cache_dir))
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
        environ = kept | {
            "HOME": home,
            "TMPDIR": scratch,
            "XDG_CACHE_HOME": parent if name == "pip" else os.path.join(home, ".cache"),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(self.path),
            "PYTHONNOUSERSITE": "1",
            "PYTHONWARNINGS": "ignore",
            "PIP_CONFIG_FILE": os.devnull,  # known to every pip from 1.5 on
            "PIP_NO_INPUT": "1",
            "PIP_DEFAULT_TIMEOUT": "20",
            "PIP_NO_PYTHON_VERSION_WARNING": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
        }
        if server is not None and server.proxy is not None:
            environ["https_proxy"] = server.proxy
        return environ


def get_pip(generation: Generation) -> Pip:
    """The pip of a generation, ready to run; Unavailable where it or its Python can't be had."""
    python, prefix = _find_python(generation.python)
    pip = _unpacked("pip", None if generation.pip == NEWEST else generation.pip, generation.python, ask_anew=True)
    tools = [_unpacked("setuptools", None, generation.python)]
    if Version(generation.python) < Version("3.9"):  # where setuptools can't build wheels by itself
        tools.append(_unpacked("wheel", None, generation.python))
    return Pip(os.path.basename(pip).removeprefix("pip-"), python, generation.python, prefix, (pip, *tools))


def find_python(version: str) -> str:
    """The executable of a Python of this version ("2.7"): from pyenv, else from PATH; else Unavailable."""
    return _find_python(version)[0]


@functools.cache
def _find_python(version: str) -> tuple[str, str]:
    """Its executable and its `sys.prefix`."""
    shelf = os.path.join(os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv"), "versions")
    candidates = sorted(glob.glob(os.path.join(glob.escape(shelf), f"{version}.*", "bin", "python")))
    on_path = shutil.which(f"python{version}")
    question = "import ssl, sys, zlib; print('%d.%d' % sys.version_info[:2]); print(sys.executable); print(sys.prefix)"
    for candidate in [*candidates, on_path] if on_path else candidates:
        asked = subprocess.run([candidate, "-c", question], capture_output=True, text=True, check=False)
        if asked.returncode == 0:
            found, executable, prefix = asked.stdout.splitlines()
            if found == version:
                return executable, prefix
    raise Unavailable(f"no Python {version} (with ssl and zlib) under {shelf} or on PATH")


def store() -> str:
    """The folder that keeps what was downloaded, between runs."""
    named = os.environ.get("PIPCACHE_INTEROP_CACHE")
    return named or os.path.join(str(platformdirs.user_cache_dir("pipcache-tui-tests")), "interop")


@functools.cache
def _unpacked(project: str, version: str | None, python_version: str, *, ask_anew: bool = False) -> str:
    """The folder with a project's unpacked wheel: of this version, or the newest that runs on that Python.

    What the newest is, is asked once and then kept to; with `ask_anew` it is asked each time, where that is possible.
    """
    if version is not None:
        kept = os.path.join(store(), f"{project}-{version}")
        known = kept if os.path.isdir(kept) else None
    else:
        known = _newest_kept(project, python_version)
    if known is not None and not (version is None and ask_anew):
        return known
    os.makedirs(store(), exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".download-", dir=store()) as scratch:
        error = _download(f"{project}=={version}" if version else project, python_version, scratch)
        wheels = glob.glob(os.path.join(glob.escape(scratch), f"{project}-*.whl"))
        if wheels:
            known = _keep(wheels[0], scratch)
            if version is None:
                _remember_newest(project, python_version, os.path.basename(known))
    if known is None:
        raise Unavailable(f"{project} {version or ''} for Python {python_version} can't be had: {error}")
    return known


def _keep(wheel: str, scratch: str) -> str:
    """Unpacks a wheel into the store, unless it is there; its folder."""
    name = "-".join(os.path.basename(wheel).split("-")[:2])
    kept, unpacked = os.path.join(store(), name), os.path.join(scratch, name)
    if os.path.isdir(kept):
        return kept
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    # Pips from 9 on look for a newer pip only where pip itself installed them.
    with open(os.path.join(unpacked, f"{name}.dist-info", "INSTALLER"), "w", encoding="ascii") as stream:
        stream.write("pip\n")
    try:
        os.rename(unpacked, kept)
    except OSError:
        if not os.path.isdir(kept):  # else another process was quicker
            raise
    return kept


def _download(requirement: str, python_version: str, folder: str) -> str:
    """Downloads a wheel as this machine's own pip does; the last line it printed."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps"),
            *("--only-binary=:all:", "--python-version", python_version, "--dest", folder, requirement),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return (done.stdout.strip().splitlines() or ["no output"])[-1]


def _note_path(project: str, python_version: str) -> str:
    return os.path.join(store(), f"newest-{project}-py{python_version}")


def _remember_newest(project: str, python_version: str, name: str) -> None:
    note = _note_path(project, python_version)
    with open(f"{note}.{os.getpid()}", "w", encoding="utf-8") as stream:
        stream.write(name)
    os.replace(stream.name, note)


def _newest_kept(project: str, python_version: str) -> str | None:
    """What was the newest when the index was last reached."""
    try:
        with open(_note_path(project, python_version), encoding="utf-8") as stream:
            kept = os.path.join(store(), stream.read())
    except FileNotFoundError:
        return None
    return kept if os.path.isdir(kept) else None


def generation_named(text: str) -> Iterator[Generation]:
    """Generations of the tables whose pip version or whole name this is."""
    for generation in dict.fromkeys(GENERATIONS + FRESHNESS_GENERATIONS):
        if re.fullmatch(re.escape(text), generation.pip) or text == str(generation):
            yield generation
