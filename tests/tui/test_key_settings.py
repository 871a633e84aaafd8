"""Other keys for commands, and what is wrong with some."""

from __future__ import annotations

import re

import pytest

from pipcache_tui.tui import commands
from pipcache_tui.tui.key_settings import KeymapError, check_keymap
from tests.support.screen import app_of, lines, opened, settle


async def test_commands_can_get_other_keys() -> None:
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


def test_the_default_keys_pass_and_two_commands_may_swap_keys() -> None:
    check_keymap({commands.binding_id(command): command.key for command in commands.COMMANDS})
    check_keymap({"delete": "V", "verify": "d"})


@pytest.mark.parametrize(
    ("keymap", "about", "says"),
    [
        ({"delte": "X"}, "delte", "did you mean delete?"),
        ({"delete": "hyperdrive"}, "delete", "is not a key"),
        ({"delete": "ctrl+"}, "delete", "is not a key"),
        ({"delete": ""}, "delete", "is not a key"),
        ({"delete": "V"}, "delete", "the key of verify"),
        ({"down": "d"}, "down", "the key of delete"),
        ({"mark": "f2", "range": "f2"}, "range", "the key of mark"),
        ({"delete": "D"}, "delete", "deletes in the review"),
        ({"overview.pick": "D"}, "overview.pick", "deletes in the review"),
        ({"review.delete_now": "j"}, "review.delete_now", "deletes in the review"),
    ],
)
def test_a_wrong_keymap_names_the_command_and_the_problem(keymap: dict[str, str], about: str, says: str) -> None:
    with pytest.raises(KeymapError, match=re.escape(says)) as raised:
        check_keymap(keymap)
    assert raised.value.name == about
