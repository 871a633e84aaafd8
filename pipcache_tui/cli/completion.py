"""`--print-completion SHELL`: a script that completes flags, and values where there is a fixed list."""

from __future__ import annotations

import shtab

from pipcache_tui.cache.model import KINDS, STORES
from pipcache_tui.cli.arguments import Parser
from pipcache_tui.report.order import SORT_KEYS


def completion(parser: Parser, shell: str) -> str:
    """The script for one of `arguments.SHELLS`. Changes the parser, which can't parse afterwards."""
    from pipcache_tui.tui.themes import theme_names

    values = {"--kind": KINDS, "--store": STORES, "--sort": tuple(SORT_KEYS), "--theme": tuple(theme_names())}
    places = {
        **dict.fromkeys(("--cache-dir", "--export"), shtab.DIRECTORY),
        **dict.fromkeys(("--check", "--python"), shtab.FILE),
    }
    for action in parser._actions:
        for flag in action.option_strings:
            if flag in values:
                action.choices = values[flag]
            if flag in places:
                action.complete = places[flag]  # type: ignore[attr-defined]
    return str(shtab.complete(parser, shell))
