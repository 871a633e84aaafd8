"""One declaration per command: keys, footer, palette, help and remapping all come from it."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from textual.widget import Widget

from pipcache_tui.tui import commands
from pipcache_tui.tui.key_settings import KeymapError, check_keymap
from pipcache_tui.tui.screens.help import HelpScreen
from pipcache_tui.tui.screens.main import MainScreen
from pipcache_tui.tui.screens.overview import OverviewScreen
from pipcache_tui.tui.screens.progress import ProgressScreen
from pipcache_tui.tui.screens.prune import PruneScreen
from pipcache_tui.tui.screens.review import ReviewScreen
from pipcache_tui.tui.widgets.key_bar import KeyBar
from pipcache_tui.tui.widgets.tree_table import TreeTable
from tests.support.screen import app_of, lines, names, opened, settle, text

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


async def test_help_has_a_row_for_every_key() -> None:
    async with opened(size=(120, 70)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        seen = text(app_of(pilot))
        pilot.app.screen.query_one("#help").scroll_end(animate=False)
        await pilot.pause()
        seen += text(app_of(pilot))
        for command in (*commands.of_scope("main"), *commands.of_scope("table")):
            assert command.help()[:40] in seen, command
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, MainScreen)


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


async def test_a_person_can_give_commands_other_keys() -> None:
    keys = {"group": "ctrl+g", "down": "n"}
    check_keymap(keys)
    async with opened(keys=keys) as pilot:
        app = app_of(pilot)
        await pilot.press("t")
        await settle(pilot)
        assert app.main.view.grouping.name == "project"
        await pilot.press("ctrl+g")
        await settle(pilot)
        assert app.main.view.grouping.name == "kind"
        await pilot.press("n")
        assert app.main.table.cursor == 1
        assert "ctrl+g" in lines(app)[-1]


def test_every_commands_own_keys_are_keys_and_may_be_said_again() -> None:
    check_keymap({commands.binding_id(command): command.key for command in commands.COMMANDS})
    check_keymap({"delete": "V", "verify": "d"})


@pytest.mark.parametrize(
    ("keymap", "about", "says"),
    [
        ({"delte": "X"}, "delte", "did you mean delete?"),
        ({"delete": "hyperdrive"}, "delete", "is no key"),
        ({"delete": "ctrl+"}, "delete", "is no key"),
        ({"delete": ""}, "delete", "is no key"),
        ({"delete": "V"}, "delete", "the key of verify"),
        ({"down": "d"}, "down", "the key of delete"),
        ({"mark": "f2", "range": "f2"}, "range", "the key of mark"),
        ({"delete": "D"}, "delete", "deletes in the review"),
        ({"overview.pick": "D"}, "overview.pick", "deletes in the review"),
        ({"review.delete_now": "j"}, "review.delete_now", "deletes in the review"),
    ],
)
def test_what_is_wrong_with_a_keymap_is_told(keymap: dict[str, str], about: str, says: str) -> None:
    with pytest.raises(KeymapError, match=re.escape(says)) as raised:
        check_keymap(keymap)
    assert raised.value.name == about


async def test_a_person_sets_how_the_table_begins() -> None:
    async with opened(group="kind", columns=("age", "size"), size=(80, 24)) as pilot:
        app = app_of(pilot)
        assert app.main.view.grouping.name == "kind"
        head = lines(app)[1]
        assert head.index("On disk") < head.index("Age"), "in the usual order"
        assert "pip will" not in head
    async with opened(columns=("pip", "size"), size=(60, 20)) as pilot:
        assert "pip will" in lines(app_of(pilot))[1]


@pytest.mark.parametrize("width", [40, 60, 80, 120, 250])
async def test_the_footer_shows_what_fits_and_always_help_and_quit(width: int) -> None:
    async with opened(size=(width, 24)) as pilot:
        bar = lines(app_of(pilot))[-1]
        assert "? Help" in bar
        assert "q Quit" in bar
        assert ("r Rescan" in bar) == (width >= 250)


async def test_the_footer_is_buttons_too() -> None:
    async with opened() as pilot:
        bar = pilot.app.screen.query_one(KeyBar)
        at = lines(app_of(pilot))[-1].index("Group")
        await pilot.click(bar, offset=(at, 0))
        await settle(pilot)
        assert app_of(pilot).main.view.grouping.name == "kind"
        assert "wheel" in names(app_of(pilot))
