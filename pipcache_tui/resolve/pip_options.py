"""The options of `pip install` from its own settings: environment variables and configuration files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipcache_tui.cache.pip.config import ENVIRONMENT, Place, Setting, Settings, read_settings
from pipcache_tui.cache.pip.default_index import pip_knowledge
from pipcache_tui.resolve.requirements import ANY, InstallOptions
from pipcache_tui.resolve.requirements_file import bare_url, with_formats, with_releases

#: what pip's option parser reads as no (`utils/misc.py`, `strtobool`)
_NO = frozenset({"0", "false", "f", "no", "n", "off"})
_COMMAND = "install"


@dataclass(frozen=True, slots=True)
class PipOptions:
    """What pip's settings say: options, and the constraints files they name."""

    options: InstallOptions
    constraints: tuple[str, ...] = ()


def pip_options(place: Place | None = None, settings: Settings | None = None) -> PipOptions:
    """Read pip's environment variables and configuration files as `pip install` does."""
    place = place or Place.of()
    settings = settings or read_settings(place)
    options = InstallOptions(
        index_urls=_indexes(settings, place.environ),
        find_links=tuple(_words(settings, "find-links")),
        no_index=_is_on(settings, "no-index"),
        prefer_binary=_is_on(settings, "prefer-binary"),
        require_hashes=_is_on(settings, "require-hashes"),
        all_releases=frozenset({ANY}) if _is_on(settings, "pre") else frozenset(),
    )
    for key, binary in (("no-binary", False), ("only-binary", True)):
        for value in _words(settings, key):
            options = with_formats(options, value, binary=binary)
    for key, final in (("all-releases", False), ("only-final", True)):
        for value in _words(settings, key):
            options = with_releases(options, value, final=final)
    return PipOptions(options, tuple(os.path.expanduser(path) for path in _words(settings, "constraint")))


def _indexes(settings: Settings, environ: Mapping[str, str]) -> tuple[str, ...] | None:
    if _is_on(settings, "no-index"):
        return ()
    chosen = _setting(settings, "index-url", "pypi-url")
    first = chosen.value if chosen else next(iter(pip_knowledge(environ).index_urls), None)
    if first is None:
        return None
    return tuple(dict.fromkeys(map(bare_url, (first, *_words(settings, "extra-index-url")))))


def _setting(settings: Settings, *keys: str) -> Setting | None:
    found = (settings.in_section(section, *keys) for section in (ENVIRONMENT, _COMMAND, "global"))
    return next((setting for setting in found if setting), None)


def _words(settings: Settings, key: str) -> Iterator[str]:
    setting = _setting(settings, key)
    yield from setting.value.split() if setting else ()


def _is_on(settings: Settings, key: str) -> bool:
    setting = _setting(settings, key)
    return setting is not None and setting.value.strip().lower() not in _NO
