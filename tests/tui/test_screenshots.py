"""The pictures in `screenshots/` are what the screen draws now."""

from __future__ import annotations

import pytest

from screenshots.draw import HERE, PICTURES, draw_all


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    return draw_all()


@pytest.mark.parametrize("name", [picture.name for picture in PICTURES])
def test_a_picture_is_current(name: str, drawn: dict[str, str]) -> None:
    path = HERE / f"{name}.svg"
    assert path.read_text("utf-8") == drawn[name], "draw them again: python -m screenshots.draw --png"


def test_no_picture_is_left_over() -> None:
    assert {path.stem for path in HERE.glob("*.svg")} == {picture.name for picture in PICTURES}
    assert {path.stem for path in HERE.glob("*.png")} <= {picture.name for picture in PICTURES}
