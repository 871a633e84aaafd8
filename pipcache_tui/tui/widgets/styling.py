"""Component styles as pieces that can be laid over a line, translucent colours blended first."""

from __future__ import annotations

from rich.style import Style
from textual.widget import Widget

BOLD = Style(bold=True)
DIM = Style(dim=True)


def is_plain(widget: Widget) -> bool:
    """Whether colours are the terminal's own or not wanted: then bold, dim and reverse must say it too."""
    return widget.app.native_ansi_color or widget.app.no_color


def component(widget: Widget, name: str, plain: Style | None = None) -> Style:
    """What the style sheet sets for a component, and nothing it doesn't; in plain terminals with `plain` added."""
    styles = widget.get_component_styles(name)
    whole = widget.get_component_rich_style(name)
    style = Style(
        color=whole.color if styles.has_rule("color") else None,
        bgcolor=whole.bgcolor if styles.has_rule("background") else None,
    )
    style += styles.text_style
    return style + plain if plain is not None and is_plain(widget) else style
