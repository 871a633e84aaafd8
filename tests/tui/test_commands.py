"""Each command is declared once: its key, help and entry in the palette come from there."""

from __future__ import annotations

from collections import Counter

import pytest
from textual.widget import Widget

from pipcache_tui.tui import commands
from pipcache_tui.tui.screens.help import HelpScreen
from pipcache_tui.tui.screens.main import MainScreen
from pipcache_tui.tui.screens.overview import OverviewScreen
from pipcache_tui.tui.screens.progress import ProgressScreen
from pipcache_tui.tui.screens.prune import PruneScreen
from pipcache_tui.tui.screens.review import ReviewScreen
from pipcache_tui.tui.widgets.tree_table import TreeTable
from tests.support.screen import app_of, opened, settle

HOMES: dict[str, type[Widget]] = {
    "table": TreeTable,
    "main": MainScreen,
    "review": ReviewScreen,
    "progress": ProgressScreen,
    "overview": OverviewScreen,
    "prune": PruneScreen,
    "dialog": HelpScreen,
}


@pytest.mark.parametrize("command", commands.COMMANDS, ids=lambda c: c.__name__)
def test_a_command_is_whole(command: type[commands.Command]) -> None:
    assert command.help().endswith("."), "help is a sentence"
    assert len(command.label) <= 20
    home = HOMES[command.scope]
    assert callable(getattr(home, f"action_{command.name}", None))
    assert any(binding.action == command.name for binding in commands.bindings(command.scope))


def test_every_declared_command_is_listed() -> None:
    def below(kind: type[commands.Command]) -> set[type[commands.Command]]:
        found = set(kind.__subclasses__())
        return found.union(*(below(child) for child in found))

    declared = {command for command in below(commands.Command) if hasattr(command, "key")}
    assert declared == set(commands.COMMANDS)


@pytest.mark.parametrize(
    "scopes", [("table", "main"), ("review",), ("progress",), ("overview",), ("prune",), ("dialog",)]
)
def test_no_key_has_two_meanings(scopes: tuple[commands.Scope, ...]) -> None:
    keys = Counter(key for scope in scopes for command in commands.of_scope(scope) for key in command.key.split(","))
    assert [key for key, count in keys.items() if count > 1] == []


def test_ids_are_unique_and_no_deleting_key_is_a_ctrl_chord() -> None:
    ids = [commands.binding_id(command) for command in commands.COMMANDS]
    assert len(ids) == len(set(ids))
    for command in commands.COMMANDS:
        if command.deletes or command.name == "delete_now":
            assert "ctrl" not in command.key


def test_the_keys_promised_are_there() -> None:
    promised = "j k h l g G up down left right home end pageup pagedown enter space v a * u d p P / s S t o i r y ? q"
    have = {key for scope in ("table", "main") for c in commands.of_scope(scope) for key in c.key.split(",")}
    assert set(promised.split()) <= have


async def test_the_palette_has_every_command_and_runs_it() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        offered = {command.title: command for command in app.get_system_commands(app.screen)}
        for command in commands.of_scope("main"):
            title = f"{command.label} ({command.shown_key()})"
            assert (title in offered) == command.palette
            if command.palette:
                assert offered[title].help == command.help()
        await pilot.press("ctrl+p")
        await pilot.press(*"overview")
        await pilot.pause(0.3)
        await pilot.press("down", "enter")
        await settle(pilot)
        assert isinstance(app.screen, OverviewScreen)
