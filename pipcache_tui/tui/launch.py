"""What the command line hands to the screen, and what the screen keeps between runs. Imports no textual."""

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
    #: what the filter bar starts with
    filter: str = ""
    #: a theme for this run only; None: the kept one
    theme: str | None = None
    #: the name of the grouping to begin with; None: by project
    group: str | None = None
    #: the columns besides the name, the most important first; empty: as many as fit
    columns: tuple[str, ...] = ()
    #: other keys, by `commands.binding_id` (`{"delete": "X"}`), as `keymap.check_keymap` has found them good
    keys: Mapping[str, str] = field(default_factory=dict)
    #: the file that keeps the theme chosen on the screen; None: nothing is read or kept
    settings_path: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What the screen itself keeps between runs: the name of the theme that was chosen on it."""

    theme: str | None = None


def default_settings_path() -> str:
    """`settings.json` in the person's configuration folder for this program."""
    import platformdirs

    return os.path.join(platformdirs.user_config_dir("pipcache-tui", appauthor=False), "settings.json")


def load_settings(path: str | None) -> Settings:
    """The kept settings; anything missing, unreadable or of the wrong shape counts as not set."""
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
    """Replace the settings file in one step. If it can't be written, the settings are only lost."""
    if path is None:
        return
    with contextlib.suppress(OSError), replacing(path) as file:
        file.write(json.dumps({"theme": settings.theme}, indent=2).encode() + b"\n")
