"""The details pane: label and text, wrapped to the width, never read as markup."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.containers import VerticalScroll
from textual.widgets import Static

from pipcache_tui.tui.model.details import Line
from pipcache_tui.tui.widgets.styling import BOLD, DIM, component

_SIGNS = {"good": "✓", "warning": "⚠", "plain": "·"}


class Details(VerticalScroll, can_focus=False):
    """The pane next to or below the table."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"details--title", "details--label", "details--warning", "details--good"}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._body = Static(markup=False)
        self._lines: tuple[Line, ...] = ()

    def compose(self) -> Iterable[Static]:
        yield self._body

    def show(self, lines: Iterable[Line]) -> None:
        self._lines = tuple(lines)
        self._draw()
        self.scroll_home(animate=False)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        if self._lines and self.is_mounted:
            self.call_after_refresh(self._draw)

    @property
    def text(self) -> str:
        """What it shows, a line each."""
        return "\n".join(f"{line.label}\t{line.text}" for line in self._lines)

    def _draw(self) -> None:
        title = BOLD + component(self, "details--title")
        label = component(self, "details--label", DIM)
        warning = component(self, "details--warning", BOLD)
        good = component(self, "details--good")
        table = Table.grid(padding=(0, 1), expand=True)
        table.add_column(justify="left", no_wrap=True)
        table.add_column(ratio=1, overflow="fold")
        heading, sentences = Text(), Text()
        for line in self._lines:
            if line.title:
                heading = Text(line.text, title, overflow="fold")
                continue
            if line.tone is not None:
                sign, style = _SIGNS[line.tone], {"good": good, "warning": warning}.get(line.tone, "")
                sentences.append(f"{sign} ", style)
                sentences.append(f"{line.text}\n", style)
                continue
            sign = "⚠ " if line.warns else ""
            table.add_row(Text(line.label, label), Text(sign + line.text, warning if line.warns else ""))
        grid = Table.grid(expand=True)
        grid.add_row(heading)
        if sentences:
            grid.add_row(sentences)
        grid.add_row(table)
        self._body.update(grid)
