from __future__ import annotations

from tests.act.conftest import cache, way

__all__ = ["cache", "way"]
