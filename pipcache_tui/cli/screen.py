"""Opens the screen."""

from __future__ import annotations

from difflib import get_close_matches

from pipcache_tui.cli.arguments import UsageError
from pipcache_tui.cli.session import Session
from pipcache_tui.text import safe_text


def open_screen(session: Session) -> int:
    """Run the screen with these flags and return its exit code. Raises UsageError before it opens."""
    from pipcache_tui.tui.app import run
    from pipcache_tui.tui.launch import Launch, default_settings_path

    arguments, config, workspace = session.arguments, session.config, session.workspace
    workspace.found  # noqa: B018 - a root that can't be used is reported here, not on the screen
    theme = arguments.theme or config.theme
    if theme is not None:
        check_theme(theme, "--theme" if arguments.theme else config.sources["theme"])
    _check_keys(session)
    narrowing = session.narrowing  # a wrong filter is reported here, not on the screen
    return run(
        Launch(
            workspace=workspace,
            filter="" if narrowing is None else narrowing.text,
            theme=theme,
            group=config.group,
            columns=config.columns,
            keys=config.keys,
            settings_path=default_settings_path(),
        )
    )


def check_theme(name: str, source: str) -> None:
    """Raises UsageError, which names the `source`, if there is no such theme."""
    from pipcache_tui.tui.themes import theme_names

    themes = theme_names()
    if name not in themes:
        near = get_close_matches(name, themes, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(themes)}"
        raise UsageError(f"{source}: {safe_text(name, 40)!r} is not a theme; {hint}")


def _check_keys(session: Session) -> None:
    """Raises UsageError for a command or a key that the screen doesn't have."""
    from pipcache_tui.tui.key_settings import KeymapError, check_keymap

    try:
        check_keymap(session.config.keys)
    except KeymapError as error:
        raise UsageError(f"{session.config.sources['keys']}.{safe_text(error.name, 40)}: {error}") from None
