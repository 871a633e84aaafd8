"""The environments on this machine and what is installed in each, read without running any of them.

Which tools' environments are found, and where: `pipcache_tui.pythons.environment_folders`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from pipcache_tui.cache.disk.folders import Folder
from pipcache_tui.cache.pip.config import Place
from pipcache_tui.pep440 import read_version
from pipcache_tui.pythons.environment_folders import (
    SEARCH_DEPTH,
    Location,
    find_environments_below,
    has_python,
    shared_locations,
    site_folders,
    tool_locations,
)
from pipcache_tui.pythons.installed import Distribution, read_site
from pipcache_tui.text import error_reason, format_count, safe_text

#: folders whose own name says nothing; the project's folder above them does
_NAMELESS = frozenset({".venv", "venv", ".env", "env", ".virtualenv", "virtualenv"})
_SETTINGS_LIMIT = 1 << 16
_MOST_NAMED = 3


class NoEnvironmentError(Exception):
    """A named folder is not an environment; the message is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment, or a prefix that several share (`manager` "user" and "system").

    `name` tells it from the others found with it. `python_version` is what `pyvenv.cfg` says ("3.12.1"), else that
    of its library folder ("3.12"); None where neither does.
    """

    prefix: str
    manager: str
    name: str
    python_version: str | None
    distributions: tuple[Distribution, ...]


@dataclass(frozen=True)
class Environments:
    """All environments found, by prefix. `warnings`: one line for each thing that could not be read."""

    found: tuple[Environment, ...] = ()
    warnings: tuple[str, ...] = ()

    @cached_property
    def _by_project(self) -> Mapping[str, Mapping[str, list[Environment]]]:
        """By project, then by version as it is spelled where it is installed."""
        found: dict[str, dict[str, list[Environment]]] = {}
        for environment in self.found:
            for distribution in environment.distributions:
                having = found.setdefault(distribution.project, {}).setdefault(distribution.version, [])
                if not having or having[-1] is not environment:
                    having.append(environment)
        return found

    def having(self, project: str | None, version: str | None) -> tuple[Environment, ...]:
        """The environments in which exactly this version of a project is installed."""
        if project is None or version is None:
            return ()
        known = self._having.get((project, version))
        if known is None:
            wanted = read_version(version) or version
            same = [
                environment
                for spelled, environments in self._by_project.get(project, {}).items()
                if (read_version(spelled) or spelled) == wanted
                for environment in environments
            ]
            known = self._having[project, version] = tuple({each.prefix: each for each in same}.values())
        return known

    @cached_property
    def _having(self) -> dict[tuple[str, str], tuple[Environment, ...]]:
        return {}


def find_environments(
    below: Sequence[str] = (),
    *,
    place: Place | None = None,
    current_folder: str | None = None,
    prefixes: Iterable[str] = (),
) -> Environments:
    """The environments of the known tools, those below the folders in `below`, and user and system site-packages.

    `prefixes`: of Pythons known otherwise. Raises NoEnvironmentError for a folder in `below` that can't be searched.
    """
    place = place or Place.of()
    current_folder = _current_folder() if current_folder is None else current_folder
    locations = []
    for folder in below:
        path = os.path.join(current_folder, place.expand(folder))
        if "\0" in folder or not os.path.isdir(path):
            raise NoEnvironmentError(f"{safe_text(folder)}: no such folder; name one that has environments below it")
        locations.append(Location("", path, SEARCH_DEPTH))
    locations += tool_locations(place, current_folder)
    locations += [Location("python", prefix, 0) for prefix in prefixes]
    warnings: list[str] = []
    managers: dict[str, str] = {}
    for location in locations:
        for prefix in find_environments_below(location, warnings.append):
            real = os.path.realpath(prefix)
            managers[real] = managers.get(real) or location.manager
    for location in shared_locations(place):
        real = os.path.realpath(location.path)
        if site_folders(real):
            managers.setdefault(real, location.manager)
    environments = [_read(prefix, manager, warnings) for prefix, manager in sorted(managers.items())]
    return Environments(_distinctly_named(environments, place), tuple(dict.fromkeys(warnings)))


def _current_folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return os.sep


def read_environment(folder: str) -> Environments:
    """The environment in a folder that was named. Raises NoEnvironmentError."""
    path = os.path.realpath(os.path.expanduser(folder)) if "\0" not in folder else ""
    warnings: list[str] = []
    found = find_environments_below(Location("", path, 0), warnings.append)
    if not found:
        why = warnings[0] if warnings else "not an environment: it has neither pyvenv.cfg nor site-packages"
        raise NoEnvironmentError(f"{safe_text(folder)}: {why}")
    return Environments((_read(path, "", warnings),), tuple(warnings))


def _read(prefix: str, manager: str, warnings: list[str]) -> Environment:
    """An environment; parts that can't be read become a one-line warning, and the rest still counts."""
    shown = safe_text(prefix)
    settings = _settings(prefix)
    if settings is not None and not has_python(prefix):
        gone = f": it was made from {safe_text(settings['home'])}" if settings.get("home") else ""
        warnings.append(f"{shown}: the Python of this environment is gone{gone}")
    distributions: list[Distribution] = []
    broken: list[str] = []
    folders = site_folders(prefix)
    for folder in folders:
        try:
            found, unread = read_site(folder)
        except OSError as error:
            warnings.append(f"{safe_text(folder)}: {error_reason(error)}")
            continue
        distributions += found
        broken += unread
    if broken:
        named = "; ".join(broken[:_MOST_NAMED]) + ("; …" if len(broken) > _MOST_NAMED else "")
        warnings.append(f"{shown}: {format_count(len(broken), 'record')} of installed projects can't be read ({named})")
    version = (settings or {}).get("version_info") or (settings or {}).get("version") or _version_of(folders)
    return Environment(prefix, manager or _manager(prefix), "", version, tuple(distributions))


def _settings(prefix: str) -> dict[str, str] | None:
    """The keys of `pyvenv.cfg`, in lower case (PEP 405); None where there is none."""
    try:
        with Folder.at(prefix) as folder:
            _, data = folder.content("pyvenv.cfg", _SETTINGS_LIMIT)
    except FileNotFoundError:
        return None
    except OSError:
        return {}
    lines = (data or b"").decode("utf-8", "replace").splitlines()
    pairs = (line.partition("=") for line in lines)
    return {key.strip().lower(): value.strip() for key, sign, value in pairs if sign}


def _manager(prefix: str) -> str:
    """Which kind of tool made an environment that was found by a search."""
    above = os.path.basename(os.path.dirname(prefix))
    if above in (".tox", ".nox"):
        return above[1:]
    return "conda" if os.path.isdir(os.path.join(prefix, "conda-meta")) else "venv"


def _version_of(site: Sequence[str]) -> str | None:
    """The Python version that a library folder is named for: `lib/python3.12/site-packages`."""
    for folder in site:
        name = os.path.basename(os.path.dirname(folder)).removeprefix("python").removeprefix("pypy").rstrip("t")
        if name[:1].isdigit():
            return name
    return None


def _distinctly_named(environments: Sequence[Environment], place: Place) -> tuple[Environment, ...]:
    """The environments with the shortest of their names that no other has: the folder's, or its whole path."""
    names = [_short_name(environment) for environment in environments]
    counts = Counter(names)
    return tuple(
        replace(environment, name=name if counts[name] == 1 else place.shorten(environment.prefix))
        for environment, name in zip(environments, names, strict=True)
    )


def _short_name(environment: Environment) -> str:
    if environment.manager in ("user", "system"):
        return f"{environment.manager} site-packages"
    parts = environment.prefix.replace(os.sep, "/").split("/")
    if len(parts) > 2 and (parts[-2] in (".tox", ".nox") or environment.manager == "hatch"):
        return "/".join(parts[-3:])
    return "/".join(parts[-2:]) if parts[-1].lower() in _NAMELESS else parts[-1]
