"""Where this machine has Pythons: on PATH, in the active environment, in the folders of version managers, in the
registry of Windows, and the one this program runs on.

findpython knows the layouts. Nothing is run here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from pipcache_tui.cache.pip.config import Place
from pipcache_tui.pythons.environment_folders import conda_environments

if TYPE_CHECKING:
    from findpython.providers.base import BaseProvider  # imported late elsewhere: it takes as long as all of ours

_SCRIPTS = (".sh", ".bash", ".csh", ".zsh", ".fish", ".py", ".bat")


def installed_pythons(environ: Mapping[str, str]) -> list[str]:
    """The executables of all Pythons here, each once: those on PATH, the active environment's, our own, the managers'.

    An environment counts only if it is active or on PATH; otherwise the Python it was made from counts. The one this
    runs on always counts, because cron and services have a short PATH and no variables. As root, another user's
    Pythons are left out: asking them would run what that user put there.
    """
    place = Place.of(environ)
    folders = [folder for folder in environ.get("PATH", "").split(os.pathsep) if os.path.isabs(folder)]
    shims = [folder for folder in folders if sys.platform != "win32" and os.path.basename(folder) == "shims"]
    found: dict[tuple[str, str | None], str] = {}
    for executable in _on_path(folder for folder in folders if folder not in shims):
        found.setdefault((os.path.realpath(executable), environment_of(executable)), executable)
    active = python_in(environ["VIRTUAL_ENV"]) if os.path.isabs(environ.get("VIRTUAL_ENV", "")) else None
    for executable in filter(None, (active, own_python())):
        found.setdefault((os.path.realpath(executable), environment_of(executable)), executable)
    for executable in _of_managers(place, [os.path.dirname(folder) for folder in shims]):
        if environment_of(executable) is None:
            found.setdefault((os.path.realpath(executable), None), executable)
    return [executable for executable in found.values() if _may_run(executable)]


def own_python() -> str | None:
    """The Python this runs on; in an environment, the one that was made from."""
    for executable in (getattr(sys, "_base_executable", None), sys.executable):
        for path in (executable, os.path.realpath(executable)) if executable else ():
            if environment_of(path) is None and is_executable(path):
                return path
    return sys.executable or None  # its environment has a copy


def environment_of(executable: str) -> str | None:
    """The virtual environment that the executable belongs to; None if it belongs to none."""
    folder = os.path.dirname(executable)
    for candidate in (folder, os.path.dirname(folder)):
        if os.path.isfile(os.path.join(candidate, "pyvenv.cfg")):
            return candidate
    return None


def python_in(folder: str) -> str | None:
    """The executable of the environment or installation in `folder`."""
    names = ("bin/python", "bin/python3", "bin/pypy3", "bin/pypy", "Scripts/python.exe", "python.exe")
    paths = (os.path.join(folder, *name.split("/")) for name in names)
    return next((path for path in paths if is_executable(path)), None)


def is_executable(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def _on_path(folders: Iterable[str]) -> Iterator[str]:
    from findpython.providers.path import PathProvider

    for folder in folders:
        yield from _listed(PathProvider([Path(folder)]))


def _of_managers(place: Place, shimmed: list[str]) -> Iterator[str]:
    """`shimmed`: the folders of the managers whose shims are on PATH. A shim is never run: it runs what these hold."""
    from findpython.providers.asdf import AsdfProvider
    from findpython.providers.macos import MacOSProvider
    from findpython.providers.pyenv import PyenvProvider
    from findpython.providers.rye import RyeProvider
    from findpython.providers.uv import UvProvider
    from findpython.providers.winreg import WinregProvider

    home, environ = place.home, place.environ
    data = place.xdg("XDG_DATA_HOME") or os.path.join(home, ".local", "share")
    if sys.platform == "win32":
        data = place.windows_folder("APPDATA", "Roaming")

    def folders(variable: str, *default: str) -> dict[str, None]:
        return dict.fromkeys([environ.get(variable) or os.path.join(*default), *shimmed])

    pyenvs = folders("PYENV_ROOT", home, ".pyenv")
    if sys.platform == "win32":
        pyenvs[os.path.join(home, ".pyenv", "pyenv-win")] = None
    installs = folders("ASDF_DATA_DIR", home, ".asdf") | folders("MISE_DATA_DIR", data, "mise")
    places: list[BaseProvider] = [
        *(PyenvProvider(Path(folder)) for folder in pyenvs),
        *(AsdfProvider(Path(folder)) for folder in installs),
        UvProvider(Path(environ.get("UV_PYTHON_INSTALL_DIR") or os.path.join(data, "uv", "python"))),
        RyeProvider(Path(environ.get("RYE_PY_ROOT") or os.path.join(home, ".rye", "py"))),
    ]
    for system_wide in (MacOSProvider.create(), WinregProvider.create()):
        if system_wide is not None:
            places.append(system_wide)
    yield from chain.from_iterable(map(_listed, places))
    yield from filter(None, map(python_in, conda_environments(home)))


def _listed(provider: BaseProvider) -> list[str]:
    try:
        paths = [str(python.executable) for python in provider.find_pythons()]
    except OSError:
        return []
    # A shorter name is the one people type: python3 before python3.11.
    paths.sort(key=lambda path: (os.path.dirname(path), len(path), path))
    return [path for path in paths if not path.endswith(_SCRIPTS) and is_executable(path)]


def _may_run(executable: str) -> bool:
    if sys.platform == "darwin" and executable == "/usr/bin/python3":
        # Apple's placeholder: without the developer tools it opens a dialogue that offers to install them.
        return any(map(os.path.exists, ("/Library/Developer/CommandLineTools", "/Applications/Xcode.app")))
    return not hasattr(os, "geteuid") or os.geteuid() != 0 or os.stat(executable).st_uid == 0
