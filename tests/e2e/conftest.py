"""Fixtures of the tests in a real terminal; the caches of real pips come from the interop tests' fixtures."""

from __future__ import annotations

import pathlib
import sys

import pytest

if sys.platform != "win32":
    from tests.interop.conftest import authority, copy_by, filled_by, index, pip_of

    __all__ = ["authority", "copy_by", "filled_by", "index", "pip_of"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = pathlib.Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


collect_ignore = ["test_screen.py"] if sys.platform == "win32" else []
