"""The lock files of uv, poetry, pdm and pipenv: which versions they pin. (`pylock.toml` is in `lock_files`.)"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.markers import InvalidMarker, Marker
from packaging.utils import canonicalize_name

from pipcache_tui.resolve.inputs.requirements import RequirementError
from pipcache_tui.resolve.inputs.requirements_file import read_bounded
from pipcache_tui.text import safe_text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Table = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pin:
    """One version of a project. It is wanted where any of `markers` holds; none: everywhere."""

    project: str
    version: str
    markers: tuple[Marker, ...] = ()


def is_tool_lock(path: str) -> bool:
    """Whether a file is named like one of these."""
    return _name(path) in _READERS


def read_tool_lock(path: str) -> tuple[Pin, ...]:
    """What a lock file pins; what it takes from a folder or from version control is left out.

    Raises:
        RequirementError: it can't be read, or its format has a version that is not known here.
    """
    shown = safe_text(path)
    kind, read = _READERS[_name(path)]
    try:
        text = read_bounded(path).decode("utf-8")
        content = json.loads(text) if kind == "JSON" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # what both parsers raise, and wrong UTF-8
        if isinstance(error, RequirementError):
            raise
        raise RequirementError(f"{shown}: not {kind}: {safe_text(str(error), 200)}") from None
    try:
        return tuple(dict.fromkeys(read(content)))
    except _UnknownFormat as unknown:
        known = f"{shown}: lock file format {safe_text(str(unknown), 40)}"
        raise RequirementError(f"{known} is not known to this program; export a requirements file from it") from None
    except (KeyError, TypeError, AttributeError, ValueError):
        raise RequirementError(f"{shown}: not a lock file of the tool it is named for") from None


class _UnknownFormat(Exception):
    """The version of a format that is not known here."""


def _uv(lock: Table) -> Iterator[Pin]:
    """uv.lock: version 1; later revisions of it only add (uv, "Resolution", "Lockfile versioning")."""
    if lock["version"] != 1:
        raise _UnknownFormat(lock["version"])
    for package in lock.get("package", []):
        if "version" in package and not package["source"].keys() & {"editable", "virtual", "directory", "git"}:
            yield _pin(package["name"], package["version"], package.get("resolution-markers", []))


def _poetry(lock: Table) -> Iterator[Pin]:
    """poetry.lock: lock-version 1.* (poetry 1.0 to 1.2) and 2.* (1.3 and newer)."""
    version = str(lock["metadata"]["lock-version"])
    if version.partition(".")[0] not in ("1", "2"):
        raise _UnknownFormat(version)
    for package in lock.get("package", []):
        if package.get("source", {}).get("type") in ("directory", "git"):
            continue
        markers = package.get("markers", [])  # a text, or one for each group
        texts = markers.values() if isinstance(markers, Mapping) else [markers] if isinstance(markers, str) else []
        yield _pin(package["name"], package["version"], texts)


def _pdm(lock: Table) -> Iterator[Pin]:
    """pdm.lock: lock_version 3 and 4 (pdm 2); one package stands once more for each set of its extras."""
    version = str(lock["metadata"]["lock_version"])
    if version.partition(".")[0] not in ("3", "4"):
        raise _UnknownFormat(version)
    for package in lock.get("package", []):
        if not package.keys() & {"git", "hg", "svn", "path"}:
            marker = package.get("marker")
            yield _pin(package["name"], package["version"], [marker] if marker else [])


def _pipfile(lock: Table) -> Iterator[Pin]:
    """Pipfile.lock: pipfile-spec 6; every table but `_meta` is a category of packages."""
    spec = lock["_meta"]["pipfile-spec"]
    if spec != 6:
        raise _UnknownFormat(spec)
    for category, packages in lock.items():
        for name, package in packages.items() if category != "_meta" else ():
            version = package.get("version", "")
            if version.startswith("=="):
                marker = package.get("markers")
                yield _pin(name, version.lstrip("="), [marker] if marker else [])


_READERS: Mapping[str, tuple[str, Callable[[Table], Iterator[Pin]]]] = {
    "uv.lock": ("TOML", _uv),
    "poetry.lock": ("TOML", _poetry),
    "pdm.lock": ("TOML", _pdm),
    "pipfile.lock": ("JSON", _pipfile),
}


def _name(path: str) -> str:
    return os.path.basename(path).lower()


def _pin(name: str, version: str, markers: Any) -> Pin:
    if not isinstance(version, str):
        raise TypeError
    try:
        read = tuple(Marker(text) for text in markers)
    except InvalidMarker:
        read = ()  # it counts everywhere
    return Pin(canonicalize_name(name), version, read)
