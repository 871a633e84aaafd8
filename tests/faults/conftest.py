from __future__ import annotations

from tests.act.conftest import cache, way
from tests.cli.conftest import run

__all__ = ["cache", "run", "way"]
