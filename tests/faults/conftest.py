from __future__ import annotations

from tests.cli.conftest import run
from tests.remove.conftest import cache, way

__all__ = ["cache", "run", "way"]
