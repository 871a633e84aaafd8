"""Markers such as `python_version < "3.12"` for Pythons other than the one that runs this program."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

from packaging.markers import Environment, Marker, default_environment

if TYPE_CHECKING:
    from pipcache_tui.pythons.interpreters import Python

_IMPLEMENTATIONS = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalVM", "jython": "Jython"}


def environment_of(python: Python) -> Environment:
    """The values of all markers; those of the machine are this machine's. A pre-release of Python counts as final."""
    environment = default_environment()
    major, minor, _ = python.version.split(".")
    if major == "2" and environment["sys_platform"] == "linux":
        environment["sys_platform"] = "linux2"
    environment["implementation_name"] = python.implementation
    environment["implementation_version"] = python.version
    environment["platform_python_implementation"] = _IMPLEMENTATIONS.get(python.implementation, python.implementation)
    environment["python_full_version"] = python.version
    environment["python_version"] = f"{major}.{minor}"
    return environment


def marker_holds(marker: Marker | None, python: Python, extras: frozenset[str] = frozenset()) -> bool | None:
    """Whether a requirement with this marker counts for a Python, with these extras asked for.

    None if that is not known: the marker asks for the version of an implementation other than CPython.
    """
    return True if marker is None else _holds(marker, python, extras)


@lru_cache(maxsize=4096)
def _holds(marker: Marker, python: Python, extras: frozenset[str]) -> bool | None:
    if python.implementation != "cpython" and "implementation_version" in str(marker):
        return None
    environment = cast("dict[str, str]", environment_of(python))
    return any(marker.evaluate({**environment, "extra": extra}) for extra in ("", *extras))
