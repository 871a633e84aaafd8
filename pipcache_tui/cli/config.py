"""Settings for every run: `config.toml` and `PIPCACHE_TUI_*` variables.

Flags override variables, and variables override the file; only `keep` and `needed-by` add up. A setting that can't be
used is an error that names the file and the key, since a misspelled `keep` would protect nothing.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from pipcache_tui.cli.arguments import UsageError
from pipcache_tui.text import error_reason, safe_text

PREFIX = "PIPCACHE_TUI_"
#: the variable that names another file; if empty, no file is read
FILE_VARIABLE = f"{PREFIX}CONFIG"


@dataclass(frozen=True, slots=True)
class Config:
    """The settings; None or empty: not set. `sources` says where each was set, by its name in the file."""

    theme: str | None = None
    group: str | None = None
    columns: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    extra_roots: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()
    pip_version: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    #: what could not be read; one line each
    warnings: tuple[str, ...] = ()


class _Wrong(ValueError):
    """What is wrong with a value, in one line. `key`: the part of the setting that is wrong."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name in the file, how its value is parsed, and how a variable is split into a list."""

    name: str
    read: Callable[[Any], Any]
    help: str
    split: Callable[[str], Any] = str

    @property
    def attribute(self) -> str:
        return self.name.replace("-", "_")

    def read_text(self, text: str) -> Any:
        return self.read(self.split(text))

    @property
    def variable(self) -> str:
        return PREFIX + self.attribute.upper()


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise _Wrong("must be a text in quotes")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise _Wrong('must be a list of texts, such as ["one", "two"]')
    return tuple(value)


def _one_of(text: str, known: Iterable[str]) -> str:
    known = tuple(known)
    if text not in known:
        near = get_close_matches(text, known, 1)
        raise _Wrong(f"{safe_text(text, 40)!r} is none of {', '.join(known)}" + (f"; {near[0]}?" if near else ""))
    return text


def _group(value: Any) -> str:
    from pipcache_tui.tui.model.groupings import GROUPINGS

    return _one_of(_text(value), [grouping.name for grouping in GROUPINGS])


def _columns(value: Any) -> tuple[str, ...]:
    from pipcache_tui.tui.model.columns import BROWSING

    return tuple(_one_of(name, BROWSING) for name in _texts(value))


def _keys(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _Wrong('must be a table of commands and keys, such as delete = "X"')
    keys = {}
    for name, key in value.items():
        texts = [key] if isinstance(key, str) else key
        try:
            keys[name] = ",".join(_texts(texts))
        except _Wrong:
            raise _Wrong('must be a key or a list of keys, such as "X" or ["X", "f8"]', name) from None
    return keys


def _roots(value: Any) -> tuple[str, ...]:
    roots = tuple(os.path.expanduser(path) for path in _texts(value))
    for path in roots:
        if not os.path.isabs(path) or "\0" in path:
            raise _Wrong(f"{safe_text(path, 200)!r} must be a whole path, or begin with ~")
    return roots


def _needed_by(value: Any) -> tuple[str, ...]:
    from pipcache_tui.resolve.needs import ALL_ENVIRONMENTS

    return tuple(text if text == ALL_ENVIRONMENTS else _roots([text])[0] for text in _texts(value))


def pip_version(value: Any) -> str:
    """A version of pip that exists or may soon exist. Raises ValueError with one line that suggests another."""
    from packaging.version import InvalidVersion, Version

    from pipcache_tui.cache.pip.releases import NEWEST_KNOWN_PIP, may_be_release

    text = _text(value)
    try:
        version = str(Version(text))
    except InvalidVersion:
        raise _Wrong(f"{safe_text(text, 40)!r} is no version; write one such as 25.3") from None
    if not may_be_release(version):
        raise _Wrong(f"there is no pip {safe_text(version, 40)}; the newest known is {NEWEST_KNOWN_PIP}")
    return version


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[,\s]+", text) if word]


def _pairs(text: str) -> dict[str, str]:
    pairs = [word.partition("=") for word in text.split()]
    for name, _, key in pairs:
        if not key:
            raise _Wrong(f"{safe_text(name, 40)!r} must be a command and its key, such as delete=D")
    return {name: key for name, _, key in pairs}


SETTINGS: tuple[Setting, ...] = (
    Setting("theme", _text, "the colours of the screen"),
    Setting("group", _group, "how the table is grouped at first"),
    Setting("columns", _columns, "columns of the table after the name, the most important first", _words),
    Setting("keys", _keys, "other keys for commands of the screen, by the command's name", _pairs),
    Setting(
        "extra-roots", _roots, "caches in addition to those in pip's settings", lambda text: text.split(os.pathsep)
    ),
    Setting("environments", _roots, "folders to search for environments", lambda text: text.split(os.pathsep)),
    Setting("keep", _texts, "projects that are never deleted", _words),
    Setting("needed-by", _needed_by, "what --prune-unneeded keeps files for", lambda text: text.split(os.pathsep)),
    Setting("pip-version", pip_version, "the pip to predict for"),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


def default_path() -> str:
    """`config.toml` in the user's configuration folder for this program."""
    import platformdirs

    return os.path.join(platformdirs.user_config_dir("pipcache-tui", appauthor=False), "config.toml")


def load_config(environ: Mapping[str, str] | None = None) -> Config:
    """The settings of the file, overridden by variables. Raises UsageError: one line with the file and the key."""
    variables = os.environ if environ is None else environ
    _refuse_unknown(variables)
    named = variables.get(FILE_VARIABLE)
    warnings: tuple[str, ...] = ()
    try:
        path = default_path() if named is None else os.path.expanduser(named)
    except RuntimeError:  # a user without a home folder or passwd entry, as in some containers
        path = ""
    if named is None and path and (closed := _closed_above(path)):
        path, warnings = "", (f"{safe_text(closed)} is closed to this user, so no settings are read from below it",)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name, value in _read_file(path, required=named is not None).items() if path else ():
        setting = _BY_NAME.get(name)
        source = f"{safe_text(path)}: {safe_text(name, 40)}"
        if setting is None:
            near = get_close_matches(name, _BY_NAME, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(_BY_NAME)}"
            raise UsageError(f"{source}: no such setting; {hint}")
        values[setting.attribute] = _read(setting.read, value, source)
        sources[name] = source
    for setting in SETTINGS:
        text = variables.get(setting.variable)
        if not text:
            continue
        value = _read(setting.read_text, text, setting.variable)
        adds_up = setting.name in ("keep", "needed-by")  # both protect
        values[setting.attribute] = (*values.get(setting.attribute, ()), *value) if adds_up else value
        sources[setting.name] = setting.variable
    return Config(**values, sources=sources, warnings=warnings)


def _read(read: Callable[[Any], Any], value: Any, source: str) -> Any:
    try:
        return read(value)
    except _Wrong as wrong:
        key = f".{safe_text(wrong.key, 40)}" if wrong.key else ""
        raise UsageError(f"{source}{key}: {wrong}") from None


def _refuse_unknown(variables: Mapping[str, str]) -> None:
    """Refuse unknown variables: a typo could make a run use another cache or protect nothing."""
    known = [FILE_VARIABLE, *(setting.variable for setting in SETTINGS)]
    for name in variables:
        if name.startswith(PREFIX) and name not in known:
            near = get_close_matches(name.removeprefix(PREFIX), [key.removeprefix(PREFIX) for key in known], 1, 0.75)
            hint = f"did you mean {PREFIX}{near[0]}?" if near else f"there are {', '.join(known)}"
            raise UsageError(f"{safe_text(name, 60)}: no such variable; {hint}")


def _closed_above(path: str) -> str | None:
    """The first folder above a file that this user can't enter, such as another user's home in HOME after sudo."""
    folder = os.path.dirname(path)
    try:
        os.lstat(path)
    except PermissionError:
        while (above := os.path.dirname(folder)) != folder and not os.access(above, os.X_OK):
            folder = above
        return folder
    except OSError:
        return None
    return None


def _read_file(path: str, *, required: bool) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        if required:
            raise UsageError(f"{FILE_VARIABLE}: {safe_text(path)}: no such file") from None
        return {}
    except OSError as error:
        raise UsageError(f"{safe_text(path)}: {error_reason(error)}") from None
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        values: dict[str, Any] = tomllib.loads(content.decode("utf-8"))
        return values
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{safe_text(path)}: {safe_text(str(error), 200)}") from None
