"""Where the tools that make environments keep them, and the search for environments below a folder.

Only folders are listed here: no environment is run, no link is followed, and a search stays on the file system it
starts on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipcache_tui.cache.disk.folders import leads_elsewhere
from pipcache_tui.cache.pip.config import Place
from pipcache_tui.text import format_count, safe_text

#: how many levels below a given folder an environment may lie: `~/src/group/project/.tox/py312` is 4 below `~/src`
SEARCH_DEPTH = 6
#: folders looked into below one given folder
SEARCH_LIMIT = 100_000
#: folders that hold no environments of their own, and often very many others
_NEVER_ENTERED = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__", "site-packages", "dist-packages"})
#: what an environment has directly in it: PEP 405; conda's record of what it installed
_MARKS = frozenset({"pyvenv.cfg", "conda-meta"})
_CONDA_LIST_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class Location:
    """A folder in which a tool keeps environments: itself (`depth` 0), or at most so many levels below it."""

    manager: str
    path: str
    depth: int


def tool_locations(place: Place, current_folder: str) -> Iterator[Location]:
    """Where the known tools keep environments by their variables and defaults, each as its documentation says.

    A folder that is set in a tool's own configuration file only is not found: name it with `--environments`.
    """
    environ, home, system = place.environ, place.home, place.system
    data, cache = _data_folder(place), _cache_folder(place)

    def under(base: str, *names: str) -> str:
        return os.path.join(base, *names)

    def variable(name: str) -> str | None:
        value = environ.get(name, "")
        return place.expand(value) if value else None

    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):  # the active one
        if active := variable(name):
            yield Location("conda" if name == "CONDA_PREFIX" else "venv", active, 0)
    for name in (".venv", "venv"):  # also where uv, pipenv, poetry and pdm keep a project's own
        yield Location("venv", under(current_folder, name), 0)
    yield Location("tox", variable("TOX_WORK_DIR") or under(current_folder, ".tox"), 1)  # tox: work_dir
    yield Location("nox", variable("NOX_ENVDIR") or under(current_folder, ".nox"), 1)  # nox: --envdir

    # virtualenvwrapper, "Environment Variables": WORKON_HOME, by default ~/.virtualenvs (on Windows ~/Envs)
    workon = variable("WORKON_HOME")
    yield Location("virtualenvwrapper", workon or under(home, ".virtualenvs"), 1)
    if system == "win32" and not workon:
        yield Location("virtualenvwrapper", under(home, "Envs"), 1)
    # pipenv, "Virtualenv location": WORKON_HOME, else ~/.local/share/virtualenvs (on Windows ~/.virtualenvs)
    yield Location("pipenv", under(place.xdg("XDG_DATA_HOME") or under(home, ".local", "share"), "virtualenvs"), 1)
    # poetry, "Configuration": virtualenvs.path, by default {cache-dir}/virtualenvs
    poetry_cache = under(cache, "pypoetry", "Cache") if system == "win32" else under(cache, "pypoetry")
    poetry_envs = under(variable("POETRY_CACHE_DIR") or poetry_cache, "virtualenvs")
    yield Location("poetry", variable("POETRY_VIRTUALENVS_PATH") or poetry_envs, 1)
    # hatch, "Virtual environment", and hatch/env/virtual.py: <data>/env/virtual/<project>/<hash>/<environment>
    yield Location("hatch", under(variable("HATCH_DATA_DIR") or under(data, "hatch"), "env", "virtual"), 3)
    # pdm, "Working with virtual environments": venv.location, by default venvs in its data folder
    pdm = under(data, "pdm", "pdm") if system == "win32" else under(data, "pdm")
    yield Location("pdm", under(pdm, "venvs"), 1)
    # pipx, "Configure paths": PIPX_HOME, else the default, or where earlier releases had it if that exists
    own = variable("PIPX_HOME")
    bases = (under(home, ".local", "share"), under(home, ".local"), home, data, under(data, "pipx"))
    pipx_homes = [own] if own else [under(base, "pipx") for base in dict.fromkeys(bases)]
    pipx_homes.append(variable("PIPX_GLOBAL_HOME") or "/opt/pipx")
    for pipx_home in pipx_homes:
        yield Location("pipx", under(pipx_home, "venvs"), 1)
        yield Location("pipx", under(pipx_home, "shared"), 0)
    # uv, "Storage": UV_TOOL_DIR, else tools in its data folder, which is ~/.local/share/uv on macOS too
    uv_data = under(place.windows_folder("APPDATA", "Roaming"), "uv", "data")
    if system != "win32":
        uv_data = under(place.xdg("XDG_DATA_HOME") or under(home, ".local", "share"), "uv")
    yield Location("uv tool", variable("UV_TOOL_DIR") or under(uv_data, "tools"), 1)
    # pyenv: PYENV_ROOT/versions/<version>; pyenv-virtualenv puts its environments in "envs" below a version
    pyenv = variable("PYENV_ROOT") or under(home, ".pyenv")
    for root in [pyenv, under(pyenv, "pyenv-win")] if system == "win32" else [pyenv]:
        yield Location("pyenv", under(root, "versions"), 1)
        for version in _names_in(under(root, "versions")):
            yield Location("pyenv", under(root, "versions", version, "envs"), 1)
    for prefix in conda_environments(home):
        yield Location("conda", prefix, 0)


def shared_locations(place: Place) -> Iterator[Location]:
    """The user's own site-packages (PEP 370) and those of the system: prefixes that are not environments."""
    home, system = place.home, place.system
    user = place.environ.get("PYTHONUSERBASE") or None
    if user is None and system == "darwin":
        pythons = os.path.join(home, "Library", "Python")
        bases = [os.path.join(pythons, name) for name in _names_in(pythons)]
    elif system == "win32":
        bases = [user or os.path.join(place.windows_folder("APPDATA", "Roaming"), "Python")]
    else:
        bases = [user or os.path.join(home, ".local")]
    yield from (Location("user", base, 0) for base in bases)
    systems = [sys.base_prefix] if system == sys.platform else []
    if system != "win32":
        systems += ["/usr", "/usr/local"]
    if system == "darwin":
        systems.append("/opt/homebrew")
    yield from (Location("system", prefix, 0) for prefix in systems)


def conda_environments(home: str) -> list[str]:
    """The environments that conda, mamba and micromamba have noted in `~/.conda/environments.txt`."""
    try:
        with open(os.path.join(home, ".conda", "environments.txt"), encoding="utf-8", errors="replace") as file:
            lines = file.read(_CONDA_LIST_LIMIT).splitlines()
    except OSError:
        return []
    return [line.strip() for line in lines if os.path.isabs(line.strip()) and "\0" not in line]


def find_environments_below(location: Location, warn: Callable[[str], None], limit: int = SEARCH_LIMIT) -> list[str]:
    """The environments in a location, sorted; `limit` is how many folders are looked into.

    What is in an environment is not searched. `warn` gets one line for what could not be opened, and one where the
    search stopped early; a folder that is not there is none.
    """
    found: list[str] = []
    closed: list[str] = []
    entered = 0
    try:
        device = os.stat(location.path).st_dev
    except (OSError, ValueError):
        return []
    open_folders = [(location.path, location.depth)]
    while open_folders:
        if entered >= limit:
            warn(f"{safe_text(location.path)}: more than {limit:,} folders below it, so the rest is not searched")
            break
        folder, depth = open_folders.pop()
        entered += 1
        try:
            names, below = _list(folder)
        except OSError:
            closed.append(folder)
            continue
        if is_environment(folder, names):
            found.append(folder)
        elif depth:
            for entry in below:
                if entry.name not in _NEVER_ENTERED and _device(entry) == device:
                    open_folders.append((entry.path, depth - 1))
    if closed:
        count = format_count(len(closed), "folder")
        warn(f"{safe_text(closed[0])}: can't be opened ({count} below {safe_text(location.path)} not searched)")
    return sorted(found)


def is_environment(prefix: str, names: frozenset[str]) -> bool:
    """Whether a folder with these names in it is an environment, or an installation of Python."""
    if not _MARKS.isdisjoint(names):
        return True
    if not names & {"bin", "Scripts", "python.exe"}:
        return False
    has_python = any(os.path.lexists(os.path.join(prefix, *path)) for path in _PYTHONS)
    return has_python and bool(site_folders(prefix))


_PYTHONS = (("bin", "python"), ("bin", "python3"), ("bin", "pypy3"), ("Scripts", "python.exe"), ("python.exe",))


def has_python(prefix: str) -> bool:
    """Whether the Python of an environment is still there: its link leads somewhere."""
    return any(os.path.exists(os.path.join(prefix, *path)) for path in _PYTHONS)


def site_folders(prefix: str) -> list[str]:
    """The folders of a prefix into which distributions are installed, for each Python version in it.

    Of CPython and PyPy on POSIX, Debian's `dist-packages`, macOS's user folder, Windows, and PyPy before 3.9.
    """
    found = []
    for library in ("lib", "lib64", "Lib"):
        folder = os.path.join(prefix, library)
        names = _names_in(folder)
        for name in names:
            if name.startswith(("python", "pypy")):
                found += [os.path.join(folder, name, kind) for kind in ("site-packages", "dist-packages")]
        if "site-packages" in names:
            found.append(os.path.join(folder, "site-packages"))
    found.append(os.path.join(prefix, "site-packages"))
    if sys.platform == "win32":  # the user's: %APPDATA%\Python\Python312\site-packages
        found += [
            os.path.join(prefix, name, "site-packages") for name in _names_in(prefix) if name.startswith("Python")
        ]
    by_identity: dict[tuple[int, int] | str, str] = {}
    for folder in found:
        try:
            status = os.lstat(folder)
        except (OSError, ValueError):
            continue
        if os.path.isdir(folder) and not os.path.islink(folder) and not leads_elsewhere(status):
            by_identity.setdefault((status.st_dev, status.st_ino) if status.st_ino else folder.lower(), folder)
    return list(by_identity.values())


def _names_in(folder: str) -> list[str]:
    """The folders in a folder, links left out; none where it can't be opened."""
    try:
        _, below = _list(folder)
    except (OSError, ValueError):
        return []
    return sorted(entry.name for entry in below)


def _list(folder: str) -> tuple[frozenset[str], list[os.DirEntry[str]]]:
    """All names in a folder, and those that are real folders, not links."""
    with os.scandir(folder) as entries:
        listed = list(entries)
    below = [entry for entry in listed if _is_folder(entry)]
    return frozenset(entry.name for entry in listed), below


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        if not entry.is_dir(follow_symlinks=False):
            return False
        return sys.platform != "win32" or not leads_elsewhere(entry.stat(follow_symlinks=False))
    except OSError:
        return False


def _device(entry: os.DirEntry[str]) -> int | None:
    try:
        # Windows leaves the device out of a listing
        return os.lstat(entry.path).st_dev if sys.platform == "win32" else entry.stat(follow_symlinks=False).st_dev
    except OSError:
        return None


def _data_folder(place: Place) -> str:
    """What platformdirs' `user_data_dir` begins with."""
    if place.system == "win32":
        return place.windows_folder("LOCALAPPDATA", "Local")
    if place.system == "darwin":
        return os.path.join(place.home, "Library", "Application Support")
    return place.xdg("XDG_DATA_HOME") or os.path.join(place.home, ".local", "share")


def _cache_folder(place: Place) -> str:
    """What platformdirs' `user_cache_dir` begins with."""
    if place.system == "win32":
        return place.windows_folder("LOCALAPPDATA", "Local")
    if place.system == "darwin":
        return os.path.join(place.home, "Library", "Caches")
    return place.xdg("XDG_CACHE_HOME") or os.path.join(place.home, ".cache")
