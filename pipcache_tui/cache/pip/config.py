"""pip's settings, read from its environment variables and configuration files as pip reads them.

The rules are those of `Configuration` in pip's configuration.py and of the platformdirs in pip/_vendor (pip 26.3),
compared with real pips. Where older pips differ and it matters, `pipcache_tui.cache.roots` says so.
"""

from __future__ import annotations

import configparser
import io
import locale
import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipcache_tui.text import error_reason

#: pip's commands: each reads the section of its name after [global]; a section of another name is read by none
COMMANDS = (
    "install",
    "download",
    "wheel",
    "lock",
    "uninstall",
    "freeze",
    "inspect",
    "list",
    "show",
    "check",
    "config",
    "search",
    "cache",
    "index",
    "hash",
    "completion",
    "debug",
    "help",
)
ENVIRONMENT = ":env:"  # pip's own name for the section of its PIP_ variables
_FILE_LIMIT = 1 << 20
_ETC = "/etc"
_HOMEBREW_PREFIX = re.compile(r"(/.+?)/(?:opt|Cellar)/python@[^/]+/.*")


@dataclass(frozen=True, slots=True)
class Place:
    """Whose pip is meant: its environment variables, its system as `sys.platform` says it, its home and its prefix."""

    environ: Mapping[str, str]
    system: str
    home: str
    prefix: str

    @staticmethod
    def of(
        environ: Mapping[str, str] | None = None,
        system: str = sys.platform,
        home: str | None = None,
        prefix: str | None = None,
    ) -> Place:
        """Fill in what is not given: the pip that a person calls here is the active virtual environment's, if any."""
        environ = os.environ if environ is None else environ
        if home is None:
            home = environ.get("USERPROFILE" if system == "win32" else "HOME") or _home_of_user()
        return Place(environ, system, home, prefix or environ.get("VIRTUAL_ENV") or sys.prefix)

    def expand(self, path: str) -> str:
        """`path` with a leading "~" replaced as pip does."""
        if path == "~" or path.startswith(("~/", "~" + os.sep)):
            return self.home + path[1:]
        return os.path.expanduser(path)

    def shorten(self, path: str) -> str:
        """`path` with "~" for the home folder."""
        home = self.home.rstrip("/\\")
        return "~" + path[len(home) :] if home and path.startswith((home + "/", home + os.sep)) else path

    def xdg(self, variable: str) -> str | None:
        """An XDG base folder; the standard, and pip from 26.3, take only an absolute path."""
        path = self.environ.get(variable, "").strip()
        return path if os.path.isabs(path) else None

    def xdg_list(self, variable: str) -> list[str]:
        paths = (path.strip() for path in self.environ.get(variable, "").split(os.pathsep))
        return [path for path in paths if os.path.isabs(path)]

    def windows_folder(self, variable: str, default: str) -> str:
        """%LOCALAPPDATA% or %APPDATA%, where unset `default` in the home folder's AppData."""
        return self.environ.get(variable) or os.path.join(self.home, "AppData", default)


@dataclass(frozen=True, slots=True)
class Setting:
    """A value, and what set it: "PIP_CACHE_DIR", "~/.config/pip/pip.conf [global] cache-dir"."""

    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, by section and key ("cache-dir"); `notes` has a line for each file that could not be used."""

    sections: Mapping[str, Mapping[str, Setting]]
    notes: tuple[str, ...] = ()

    def in_section(self, section: str, *keys: str) -> Setting | None:
        """The setting of one section alone. pip ignores an empty value, though it hides those read before it."""
        settings = self.sections.get(section, {})
        return next((settings[key] for key in keys if key in settings and settings[key].value), None)

    def overall(self, *keys: str) -> Setting | None:
        """What holds for every command that has no section of its own: the environment, then [global]."""
        return self.in_section(ENVIRONMENT, *keys) or self.in_section("global", *keys)

    def by_command(self, *keys: str) -> Iterator[tuple[str, Setting]]:
        """The commands whose own section sets it; none if the environment overrides them."""
        if self.in_section(ENVIRONMENT, *keys) is None:
            for command in COMMANDS:
                if setting := self.in_section(command, *keys):
                    yield command, setting

    def everywhere(self, *keys: str) -> Iterator[Setting]:
        """Every value set anywhere, whether or not another overrides it."""
        for section in (ENVIRONMENT, "global", *COMMANDS):
            for key in keys:
                if setting := self.in_section(section, key):
                    yield setting


def config_files(place: Place) -> Iterator[str]:
    """The files that pip reads, whether they exist or not, in its order: a later one overrides an earlier one."""
    override = place.environ.get("PIP_CONFIG_FILE")
    if override == ("nul" if place.system == "win32" else "/dev/null"):
        return
    name = "pip.ini" if place.system == "win32" else "pip.conf"
    yield from (os.path.join(folder, name) for folder in _global_folders(place))
    if not override or not os.path.exists(override):
        yield from (os.path.join(folder, name) for folder in _user_folders(place))
    yield os.path.join(place.prefix, name)
    if override:
        yield override


def read_settings(place: Place) -> Settings:
    """Read all that pip would read. What cannot be read becomes a note, never an error."""
    sections: dict[str, dict[str, Setting]] = {}
    notes: list[str] = []
    for path in config_files(place):
        try:
            parser = _parse(path)
        except _Unusable as error:
            notes.append(f"{place.shorten(path)}: {error}")
            continue
        for section in parser.sections():
            for key, value in parser.items(section):
                source = f"{place.shorten(path)} [{section}] {key}"
                sections.setdefault(section, {})[key] = Setting(value, source)
    for variable, value in place.environ.items():
        if variable.startswith("PIP_"):
            sections.setdefault(ENVIRONMENT, {})[_normalised(variable[4:])] = Setting(value, variable)
    override = place.environ.get("PIP_CONFIG_FILE")
    if override and not os.path.exists(override):
        notes.append(f"PIP_CONFIG_FILE names {override}, which is not there: pip goes on without it")
    return Settings(sections, tuple(notes))


class _Unusable(Exception):
    """Why a configuration file could not be used, in words."""


class _Parser(configparser.RawConfigParser):
    def optionxform(self, optionstr: str) -> str:
        return _normalised(optionstr)


def _parse(path: str) -> configparser.RawConfigParser:
    parser = _Parser()
    try:
        status = os.stat(path)
    except OSError:
        return parser  # pip too reads nothing where os.path.exists is False
    encoding = locale.getpreferredencoding(False)
    try:
        if not stat.S_ISREG(status.st_mode):  # reading a pipe would wait, or take what its reader should get
            raise _Unusable("not a regular file, left out")
        with open(path, encoding=encoding) as file:
            text = file.read(_FILE_LIMIT + 1)
        if len(text) > _FILE_LIMIT:
            raise _Unusable("over 1 MiB, left out")
        parser.read_file(io.StringIO(text), source=path)
    except UnicodeDecodeError:
        raise _Unusable(f"not text in {encoding}; pip stops with an error until it is corrected") from None
    except configparser.Error as error:
        reason = " ".join(str(error).split())
        raise _Unusable(f"{reason}; pip stops with an error until it is corrected") from None
    except OSError as error:
        raise _Unusable(f"{error_reason(error)}; left out, as pip does") from None
    return parser


def _normalised(key: str) -> str:
    return key.lower().replace("_", "-").removeprefix("--")


def _global_folders(place: Place) -> list[str]:
    if place.system == "win32":
        shared = place.environ.get("PROGRAMDATA") or place.environ.get("ALLUSERSPROFILE") or r"C:\ProgramData"
        return [os.path.join(shared, "pip")]
    if place.system == "darwin":
        folders = place.xdg_list("XDG_DATA_DIRS")
        if not folders:
            homebrew = _HOMEBREW_PREFIX.fullmatch(sys.base_prefix)
            folders = [f"{homebrew[1]}/share"] if homebrew else []
            folders.append("/Library/Application Support")
        return [os.path.join(folder, "pip") for folder in folders]
    folders = place.xdg_list("XDG_CONFIG_DIRS") or [os.path.join(_ETC, "xdg")]
    return [*(os.path.join(folder, "pip") for folder in folders), _ETC]


def _user_folders(place: Place) -> list[str]:
    if place.system == "win32":
        return [os.path.join(folder, "pip") for folder in (place.home, place.windows_folder("APPDATA", "Roaming"))]
    legacy = os.path.join(place.home, ".pip")
    if place.system == "darwin":
        data = place.xdg("XDG_DATA_HOME") or os.path.join(place.home, "Library", "Application Support")
        folder = os.path.join(data, "pip")
        return [legacy, folder if os.path.isdir(folder) else os.path.join(place.home, ".config", "pip")]
    config = place.xdg("XDG_CONFIG_HOME") or os.path.join(place.home, ".config")
    return [legacy, os.path.join(config, "pip")]


def _home_of_user() -> str:
    if sys.platform != "win32":
        import pwd

        try:
            return pwd.getpwuid(os.getuid()).pw_dir
        except KeyError:
            return "/"
    return os.path.expanduser("~")
