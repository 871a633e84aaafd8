"""Finds the caches the way pip does, with notes on anything unusual."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from pipcache_tui.cache.model import STORES, Root
from pipcache_tui.cache.pip.cache_keys import without_credentials
from pipcache_tui.cache.pip.config import Place, Setting, Settings, read_settings
from pipcache_tui.cache.pip.default_index import pip_knowledge
from pipcache_tui.text import error_reason, safe_text

#: values of `cache-dir` that are meant to turn the cache off; pip takes them as names of folders
_MEANT_AS_OFF = frozenset({"0", "false", "f", "no", "n", "off", "none"})
_PIP_ACCEL_OF_ROOT = "/var/cache/pip-accel"


class RootError(Exception):
    """A `--cache-dir` can't be a root; the message is one line that says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Found:
    """The roots, each with its source, and other settings of pip.

    `notes` are single lines, safe to print. `index_urls` come from pip's settings and pip itself, without
    credentials and without a trailing slash; `file_hosts` ("https://<host>") from pip itself.
    """

    roots: tuple[Root, ...]
    notes: tuple[str, ...]
    index_urls: tuple[str, ...]
    file_hosts: tuple[str, ...]


def find_roots(
    cache_dirs: Sequence[str] = (),
    *,
    extra: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
    system: str = sys.platform,
    home: str | None = None,
    prefix: str | None = None,
) -> Found:
    """The given `cache_dirs`, else every folder that pip's settings or defaults name, old pips' and pip-accel's too.

    `extra`: further folders, each with what named it; left out where there are `cache_dirs`. A folder need not be
    there. Raises RootError for a given one that cannot be a cache; whatever is wrong with
    pip's settings becomes a note instead.
    """
    place = Place.of(environ, system, home, prefix)
    settings = read_settings(place)
    search = _Search(place, settings)
    if cache_dirs:
        search.take_named(cache_dirs)
    else:
        search.take_pips()
        search.take_older()
        for path, source in (extra or {}).items():
            search.take_extra(path, source)
    search.note_owners()
    search.note_sudo()
    knowledge = pip_knowledge(place.environ)
    indexes = dict.fromkeys([*_configured_indexes(settings), *knowledge.index_urls])
    return Found(
        roots=tuple(search.roots.values()),
        notes=tuple(dict.fromkeys(safe_text(note) for note in (*settings.notes, *search.notes))),
        index_urls=tuple(indexes),
        file_hosts=knowledge.file_hosts,
    )


class _Search:
    """One search for roots: those found so far, by real path, and the notes."""

    def __init__(self, place: Place, settings: Settings) -> None:
        self.place = place
        self.settings = settings
        self.roots: dict[str, Root] = {}
        self.notes: list[str] = []
        self._used_by_pip: list[str] = []

    def take_named(self, cache_dirs: Sequence[str]) -> None:
        for given in cache_dirs:
            if not given or "\0" in given:
                raise RootError(f"--cache-dir {safe_text(given)!r}: not a folder's name; give the path of a pip cache")
            path = _real_path(self.place.expand(given))
            if os.path.lexists(path) and not os.path.isdir(path):
                raise RootError(
                    f"--cache-dir {safe_text(given)}: not a folder; give the folder that holds http-v2, wheels, …"
                )
            self._take(path, "--cache-dir", by_pip=True)

    def take_pips(self) -> None:
        defaults = list(_default_folders(self.place))
        chosen = self.settings.overall("cache-dir")
        if chosen is None:
            for path, source in defaults:
                self._take(path, source, by_pip=True)
        elif self._take_setting(chosen, by_pip=True) and (left := self._left_behind(defaults)):
            self.notes.append(
                f"{self.place.shorten(left)} is there too, but pip uses it no more: {chosen.source} decides; "
                f"to see it: --cache-dir {self.place.shorten(left)}"
            )
        for command, setting in self.settings.by_command("cache-dir"):
            if chosen is None or setting.value != chosen.value:
                self.notes.append(f"pip {command} has its own cache: {setting.source} = {setting.value}")
                self._take_setting(setting, by_pip=True)
        self._note_no_cache()

    def take_older(self) -> None:
        """The caches of pip up to 1.5.6 and of pip-accel, if they exist."""
        downloads = [self.settings.overall("download-cache")]
        downloads += [setting for _, setting in self.settings.by_command("download-cache")]
        for setting in downloads:
            if setting is not None and os.path.isdir(self._path_of(setting)):
                self._take_setting(setting, by_pip=False)
        accel = [(os.path.join(self.place.home, ".pip-accel"), "pip-accel's default")]
        if variable := self.place.environ.get("PIP_ACCEL_CACHE"):
            accel.insert(0, (self.place.expand(variable), "PIP_ACCEL_CACHE"))
        if _effective_user() == 0:
            accel.append((_PIP_ACCEL_OF_ROOT, "pip-accel's default for root"))
        for path, source in accel:
            if os.path.isdir(path):
                self._take(path, source, by_pip=False)

    def take_extra(self, path: str, source: str) -> None:
        path = _real_path(self.place.expand(path))
        if os.path.lexists(path) and not os.path.isdir(path):
            self.notes.append(f"{source} names {self.place.shorten(path)}, which is not a folder")
        self._take(path, source, by_pip=False)

    def note_owners(self) -> None:
        """Note if pip turns its cache off because the folder belongs to another user (`check_path_owner`)."""
        user = _effective_user()
        if user is None or self.place.system != sys.platform:
            return
        for path in self._used_by_pip:
            nearest = path
            while not os.path.lexists(nearest) and nearest != os.path.dirname(nearest):
                nearest = os.path.dirname(nearest)
            shown = self.place.shorten(nearest)
            if user == 0 and (owner := _owner(nearest)) != 0:
                self.notes.append(
                    f"pip run by root keeps no cache in {self.place.shorten(path)}: {shown} belongs to user {owner}; "
                    "sudo -H makes pip use root's own"
                )
            elif user != 0 and not os.access(nearest, os.W_OK):
                self.notes.append(f"pip keeps no cache in {self.place.shorten(path)}: {shown} may not be written to")

    def note_sudo(self) -> None:
        caller = self.place.environ.get("SUDO_USER")
        if not caller or _effective_user() != 0 or self.place.system == "win32":
            return
        import pwd

        try:
            theirs = os.path.join(pwd.getpwnam(caller).pw_dir, *_caches_below_home(self.place.system), "pip")
        except (KeyError, ValueError):
            return
        if _real_path(theirs) not in self.roots:
            self.notes.append(
                f"run under sudo, so this is root's cache, not {caller}'s: leave sudo out, or give --cache-dir {theirs}"
            )

    def _note_no_cache(self) -> None:
        keys = [("pip", self.settings.overall("no-cache-dir"))]
        keys += [(f"pip {command}", setting) for command, setting in self.settings.by_command("no-cache-dir")]
        for who, setting in keys:
            if setting is not None:
                self.notes.append(
                    f"{who} keeps no cache: {setting.source} is set (any value turns the cache off, "
                    "even 0 or false); shown is what lies where it would be"
                )

    def _take_setting(self, setting: Setting, *, by_pip: bool) -> bool:
        if "\0" in setting.value:
            self.notes.append(f"{setting.source} is not a folder's name: left out")
            return False
        path = self._path_of(setting)
        if setting.value.lower() in _MEANT_AS_OFF:
            self.notes.append(
                f"{setting.source} = {setting.value} does not turn the cache off: pip makes a folder of that "
                "name where it is run (no-cache-dir turns it off)"
            )
        elif not os.path.isabs(self.place.expand(setting.value)):
            self.notes.append(
                f"{setting.source} = {setting.value} is relative: each pip takes it from the folder it is run in, "
                f"here {path}"
            )
        if os.path.lexists(path) and not os.path.isdir(path):
            self.notes.append(f"{setting.source} names {self.place.shorten(path)}, which is not a folder")
        self._take(path, setting.source, by_pip=by_pip)
        return True

    def _path_of(self, setting: Setting) -> str:
        return _real_path(self.place.expand(setting.value.replace("\0", "")))

    def _take(self, path: str, source: str, *, by_pip: bool) -> None:
        path = _real_path(path)
        self.roots.setdefault(os.path.normcase(path), Root(path, safe_text(source), os.path.isdir(path)))
        if by_pip and path not in self._used_by_pip:
            self._used_by_pip.append(path)

    def _left_behind(self, defaults: Sequence[tuple[str, str]]) -> str | None:
        for path, _source in defaults:
            path = _real_path(path)
            try:
                if os.path.normcase(path) not in self.roots and os.listdir(path):
                    return path
            except OSError:
                continue
        return None


def _default_folders(place: Place) -> Iterator[tuple[str, str]]:
    """The default of the newest pip, then those of older pips, if they exist."""
    if place.system == "win32":
        yield os.path.join(place.windows_folder("LOCALAPPDATA", "Local"), "pip", "Cache"), "default"
        return
    usual = os.path.join(place.home, *_caches_below_home(place.system), "pip")
    given = place.environ.get("XDG_CACHE_HOME", "")
    if base := place.xdg("XDG_CACHE_HOME"):
        yield os.path.join(base, "pip"), "XDG_CACHE_HOME"
        if place.system == "darwin" and os.path.isdir(usual):
            yield usual, "default of pip before 26.2, which does not read XDG_CACHE_HOME"
        return
    yield usual, "default"
    if given.strip() and place.system != "darwin" and os.path.isdir(os.path.join(given, "pip")):
        yield os.path.join(given, "pip"), "XDG_CACHE_HOME, relative: used by pip before 26.3, from where it is run"


def _caches_below_home(system: str) -> tuple[str, ...]:
    return ("Library", "Caches") if system == "darwin" else (".cache",)


def _configured_indexes(settings: Settings) -> Iterator[str]:
    for setting in settings.everywhere("index-url", "pypi-url", "extra-index-url"):
        for url in setting.value.split():
            if _is_cached(url):
                yield without_credentials(url).partition("#")[0].rstrip("/")


def _is_cached(url: str) -> bool:
    """Whether pip caches responses of an index; it doesn't for a folder or an invalid URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)


def _real_path(path: str) -> str:
    """Absolute and without links, as pip normalises it."""
    try:
        return os.path.realpath(path)
    except OSError:  # relative, in a current folder that is gone
        return os.path.normpath(path)


def _effective_user() -> int | None:
    return os.geteuid() if hasattr(os, "geteuid") else None


def _owner(path: str) -> int | None:
    try:
        return os.lstat(path).st_uid
    except OSError:
        return None


def why_closed(path: str) -> str | None:
    """Why nothing in a root can be read: no permission for it, or for every store in it; else None."""

    closed: str | None = None
    try:
        stores = [os.path.join(path, name) for name in os.listdir(path) if name in STORES]
    except OSError as error:
        return f"{safe_text(path)}: {error_reason(error)}"
    for store in stores:
        try:
            if os.listdir(store):
                return None
        except PermissionError as error:
            closed = closed or f"{safe_text(store)}: {error_reason(error)}"
        except OSError:  # not a folder
            continue
    return closed
