"""The options that the command line passes to the screen, and the screen's own saved settings. Imports no textual."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipcache_tui.cache.disk.own_files import replacing

if TYPE_CHECKING:
    from pipcache_tui.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything the screen needs to start; see the fields."""

    #: its roots are already found
    workspace: Workspace
    #: the initial text of the filter bar
    filter: str = ""
    #: a theme for this run only; None: the saved one
    theme: str | None = None
    #: the name of the initial grouping; None: by project
    group: str | None = None
    #: the columns after the name, the most important first; empty: as many as fit
    columns: tuple[str, ...] = ()
    #: other keys, by `commands.binding_id` (`{"delete": "X"}`), checked by `key_settings.check_keymap`
    keys: Mapping[str, str] = field(default_factory=dict)
    #: the file that keeps the theme chosen on the screen; None: nothing is read or kept
    settings_path: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that the screen saves between runs: the name of the chosen theme."""

    theme: str | None = None


def default_settings_path() -> str:
    """`settings.json` in the user's configuration folder for this program."""
    import platformdirs

    return os.path.join(platformdirs.user_config_dir("pipcache-tui", appauthor=False), "settings.json")


def load_settings(path: str | None) -> Settings:
    """The saved settings; anything missing, unreadable or of the wrong type counts as not set."""
    if path is None:
        return Settings()
    try:
        with open(path, encoding="utf-8") as file:
            data: Any = json.load(file)
    except (OSError, ValueError):
        return Settings()
    if not isinstance(data, dict):
        return Settings()
    theme = data.get("theme")
    return Settings(theme if isinstance(theme, str) else None)


def save_settings(path: str | None, settings: Settings) -> None:
    """Replace the settings file atomically. If it can't be written, the settings are lost without an error."""
    if path is None:
        return
    with contextlib.suppress(OSError), replacing(path) as file:
        file.write(json.dumps({"theme": settings.theme}, indent=2).encode() + b"\n")
