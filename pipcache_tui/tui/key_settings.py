"""Checks the user's own keys for commands before the screen opens."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from textual.keys import Keys

from pipcache_tui.text import safe_text
from pipcache_tui.tui import commands
from pipcache_tui.tui.commands import Scope

#: scopes whose keys are active at the same time
_TOGETHER: tuple[tuple[Scope, ...], ...] = (
    ("table", "main"),
    *((scope,) for scope in ("review", "progress", "overview", "prune", "dialog")),
)
_NAMED = frozenset(key.value for key in Keys)
_MODIFIERS = frozenset(("ctrl", "shift", "alt", "super", "meta", "hyper"))


class KeymapError(ValueError):
    """One line; `name` is the command it is about."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def check_keymap(keymap: Mapping[str, str]) -> None:
    """Raises KeymapError for an unknown command or key, and for a key that another command has."""
    known = [commands.binding_id(command) for command in commands.COMMANDS]
    for name, text in keymap.items():
        if name not in known:
            near = get_close_matches(name, known, 1)
            raise KeymapError(name, "no such command; " + (f"did you mean {near[0]}?" if near else f"{list(known)}"))
        for key in text.split(","):
            if not is_key(key):
                raise KeymapError(name, f'{safe_text(key, 40)!r} is not a key; write "X", "f8", "ctrl+x", "slash", …')
    _check_deleting_key(keymap)
    for scopes in _TOGETHER:
        held: dict[str, str] = {}
        for name, key in _pairs(scopes, keymap):
            other = held.setdefault(key, name)
            if other != name:
                given, taken = (name, other) if name in keymap else (other, name)
                raise KeymapError(given, f"{safe_text(key)!r} is the key of {taken}; give that another too")


def _check_deleting_key(keymap: Mapping[str, str]) -> None:
    """The delete key has no other meaning anywhere, so that nobody presses it out of habit."""
    deleting = commands.binding_id(commands.ReviewDelete)
    scopes = tuple(dict.fromkeys(command.scope for command in commands.COMMANDS))
    pairs = list(_pairs(scopes, keymap))
    deleting_keys = {key for name, key in pairs if name == deleting}
    for name, key in pairs:
        if name != deleting and key in deleting_keys:
            given = name if name in keymap else deleting
            raise KeymapError(given, f"{safe_text(key)!r} deletes in the review, so no other command may have it")


def is_key(text: str) -> bool:
    """Whether textual knows such a key: a character, a named key, or one of these after "ctrl+" and similar."""
    *modifiers, key = text.split("+") if len(text) > 1 else [text]
    if not set(modifiers) <= _MODIFIERS or not key:
        return False
    return (len(key) == 1 and key.isprintable()) or text in _NAMED or key in _NAMED or _is_character(key)


def _is_character(name: str) -> bool:
    """ "question_mark", as textual names "?"."""
    try:
        unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return False
    return True


def _pairs(scopes: tuple[Scope, ...], keymap: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for scope in scopes:
        for command in commands.of_scope(scope):
            name = commands.binding_id(command)
            for key in keymap.get(name, command.key).split(","):
                yield name, key
