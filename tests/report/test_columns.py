"""A table fitted to the width of a terminal."""

from __future__ import annotations

import io

from pipcache_tui.report.columns import Line, Shape, write_lines
from pipcache_tui.report.terminal import TerminalStyle
from pipcache_tui.text import cell_width

SHAPES = (Shape("NAME", narrowest=8), Shape("SIZE", right=True), Shape("NOTE", yields=1), Shape("TAG", yields=2))
LINES = [Line(("numpy-1.26.4.whl", "18 MB", "built here", "py3")), Line(("six.whl", "9 kB", "", "py2.py3"))]


def drawn(width: int) -> list[str]:
    out = io.StringIO()
    write_lines(out, SHAPES, LINES, TerminalStyle(width=width))
    return out.getvalue().splitlines()


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert drawn(80) == [
        "NAME               SIZE  NOTE        TAG",
        "numpy-1.26.4.whl  18 MB  built here  py3",
        "six.whl            9 kB              py2.py3",
    ]


def test_a_narrow_terminal_drops_columns_by_priority_then_cuts_names() -> None:
    titles = {width: drawn(width)[0].split() for width in (44, 36, 23, 17)}
    assert titles == {
        44: ["NAME", "SIZE", "NOTE", "TAG"],
        36: ["NAME", "SIZE", "NOTE"],
        23: ["NAME", "SIZE"],
        17: ["NAME", "SIZE"],
    }
    assert "…" in drawn(17)[1]
    for width in range(15, 90):
        assert all(cell_width(line) <= width for line in drawn(width)), width
