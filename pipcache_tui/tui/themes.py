"""The program's own two themes. Textual's themes can be used as well."""

from __future__ import annotations

from typing import Final

from textual.theme import BUILTIN_THEMES, Theme

DARK: Final = Theme(
    name="pipcache-dark",
    primary="#5aa9e6",
    secondary="#b79cf0",
    accent="#ffd43b",
    success="#7fd99a",
    warning="#ffb454",
    error="#ff7a7a",
    foreground="#dbe3ec",
    background="#0f141b",
    surface="#161d27",
    panel="#1f2935",
    dark=True,
    variables={
        "block-cursor-background": "#2a4f73",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "footer-background": "#161d27",
        "footer-key-foreground": "#ffd43b",
        "border": "#3c5a78",
        "border-blurred": "#26323f",
        "scrollbar": "#2f3d4d",
        "scrollbar-hover": "#41566d",
        "scrollbar-active": "#5aa9e6",
        "scrollbar-background": "#131922",
        "scrollbar-background-hover": "#131922",
        "scrollbar-background-active": "#131922",
        "input-selection-background": "#5aa9e6 35%",
    },
)

LIGHT: Final = Theme(
    name="pipcache-light",
    primary="#1f6fb2",
    secondary="#6d4bc3",
    accent="#a15c00",
    success="#1a7f4b",
    warning="#a15c00",
    error="#c02b2b",
    foreground="#1c2733",
    background="#fbfcfd",
    surface="#f0f3f7",
    panel="#e2e8ef",
    dark=False,
    variables={
        "block-cursor-background": "#cfe3f5",
        "block-cursor-foreground": "#0b1a29",
        "block-cursor-text-style": "none",
        "footer-background": "#eaeff4",
        "footer-key-foreground": "#1f6fb2",
        "border": "#9db7d0",
        "border-blurred": "#d5dde6",
        "scrollbar": "#c3ced9",
        "scrollbar-hover": "#a5b5c5",
        "scrollbar-active": "#1f6fb2",
        "scrollbar-background": "#f0f3f7",
        "scrollbar-background-hover": "#f0f3f7",
        "scrollbar-background-active": "#f0f3f7",
    },
)
OWN: Final = (DARK, LIGHT)
#: where colours are not wanted: the terminal's own, of which a filter then leaves bold, dim and reverse
PLAIN: Final = "ansi-dark"


def theme_names() -> list[str]:
    """All themes there are, our own first."""
    return [*(own.name for own in OWN), *BUILTIN_THEMES]
