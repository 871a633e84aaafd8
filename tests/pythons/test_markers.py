from __future__ import annotations

import pytest
from packaging.markers import Marker, default_environment

from pipcache_tui.pythons.markers import environment_of, marker_holds
from tests.support.index_cache import make_python


def test_what_another_python_sees() -> None:
    seen, ours = environment_of(make_python("3.8.18")), default_environment()
    assert (seen["python_version"], seen["python_full_version"]) == ("3.8", "3.8.18")
    assert (seen["implementation_version"], seen["platform_python_implementation"]) == ("3.8.18", "CPython")
    assert seen["platform_machine"] == ours["platform_machine"]


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("python_version >= '3.10'", True),
        ("python_full_version == '3.12.1'", True),
        ("python_version < '3'", False),
        ("implementation_name == 'pypy'", False),
        ("extra == 'Some.Extra'", True),
        ("extra == 'other'", False),
        ("extra == 'other' and python_version > '3' or extra == 'some-extra'", True),
    ],
)
def test_markers(marker: str, holds: bool) -> None:
    assert marker_holds(Marker(marker), make_python(), frozenset({"some-extra"})) is holds


def test_no_marker_and_no_extra() -> None:
    assert marker_holds(None, make_python()) is True
    assert marker_holds(Marker("extra == 'x'"), make_python()) is False


def test_the_version_of_another_implementation_is_not_known() -> None:
    pypy = make_python("3.10.14", implementation="pypy")
    assert marker_holds(Marker("implementation_version > '7'"), pypy) is None
    assert marker_holds(Marker("platform_python_implementation == 'PyPy'"), pypy) is True
