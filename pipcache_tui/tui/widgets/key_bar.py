"""The footer: the keys that matter here, as many as fit, each also a button."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from pipcache_tui.tui import commands
from pipcache_tui.tui.widgets.styling import BOLD, component


class KeyBar(Widget):
    """One line of keys and labels for a scope; Help and the first ranks stay when it gets narrow."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-bar--key", "key-bar--label"}

    def __init__(self, scope: commands.Scope) -> None:
        super().__init__()
        self.scope: commands.Scope = scope
        self._spans: list[tuple[int, int, str]] = []

    def _fitting(self, width: int) -> list[tuple[str, str, str]]:
        """(key, label, action) from left to right."""
        keymap: dict[str, str] = getattr(self.app, "keymap", {})
        no_delete: bool = getattr(self.app, "no_delete", False)
        shown = [c for c in commands.of_scope(self.scope) if c.footer and not (no_delete and c.deletes)]
        shown.sort(key=lambda c: c.footer)
        chosen, used = [], 0
        essential = [c for c in shown if c in (commands.Help, commands.Quit)]
        for command in essential + [c for c in shown if c not in essential]:
            key = command.shown_key({k.removeprefix(f"{self.scope}."): v for k, v in keymap.items()})
            needed = cell_len(key) + cell_len(command.label) + 4
            if used + needed <= width:
                chosen.append((command, key))
                used += needed
        chosen.sort(key=lambda pair: pair[0].footer)
        return [(key, command.label, command.name) for command, key in chosen]

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        base = self.rich_style
        key_style = base + component(self, "key-bar--key", BOLD)
        label_style = base + component(self, "key-bar--label")
        segments = [Segment(" ", base)]
        self._spans, x = [], 1
        for key, label, action in self._fitting(self.size.width):
            segments += [Segment(key, key_style), Segment(f" {label}", label_style), Segment("   ", base)]
            end = x + cell_len(key) + cell_len(label) + 1
            self._spans.append((x, end, action))
            x = end + 3
        return Strip(segments).adjust_cell_length(self.size.width, base)

    async def on_click(self, event: events.Click) -> None:
        for start, end, action in self._spans:
            if start <= event.x < end:
                await self.screen.run_action(action)
