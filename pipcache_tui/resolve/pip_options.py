"""The options of `pip install` from its own settings: environment variables and configuration files."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from pipcache_tui.cache.pip.config import ENVIRONMENT, Place, Setting, Settings, read_settings
from pipcache_tui.cache.pip.default_index import pip_knowledge
from pipcache_tui.resolve.inputs.requirements import ANY, InstallOptions, RequirementError
from pipcache_tui.resolve.inputs.requirements_file import bare_url, with_formats, with_releases
from pipcache_tui.text import safe_text

#: what pip's option parser reads as no (`utils/misc.py`, `strtobool`)
_NO = frozenset({"0", "false", "f", "no", "n", "off"})
_COMMAND = "install"


#: options that change what pip installs and are not followed here: those for another target than a Python of this
#: machine, other sources of requirements, and other rules
_NOT_FOLLOWED = (
    *("platform", "python-version", "implementation", "abi", "python"),
    *("editable", "group", "requirements-from-script", "build-constraint"),
    *("use-deprecated", "no-require-hashes", "refresh-package"),
)
_DAYS = re.compile(r"P([0-9]+)D\Z")


@dataclass(frozen=True, slots=True)
class PipOptions:
    """What pip's settings say: options, the files of constraints and requirements they name, one line for each other
    setting that would change the answer and is not followed."""

    options: InstallOptions
    constraints: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    #: also install what the files need
    dependencies: bool = True
    notes: tuple[str, ...] = ()


def pip_options(place: Place | None = None, settings: Settings | None = None, now: float | None = None) -> PipOptions:
    """Read pip's environment variables and configuration files as `pip install` does.

    Args:
        place: whose pip; None: this user's.
        settings: what was read before; None: read them.
        now: in seconds since 1970, for `--uploaded-prior-to P7D`; None: the time of the call.

    Raises:
        RequirementError: pip would refuse a value.
    """
    place = place or Place.of()
    settings = settings or read_settings(place)
    options = InstallOptions(
        index_urls=_indexes(settings, place.environ),
        find_links=tuple(_words(settings, "find-links")),
        no_index=_is_on(settings, "no-index"),
        prefer_binary=_is_on(settings, "prefer-binary"),
        require_hashes=_is_on(settings, "require-hashes"),
        ignore_requires_python=_is_on(settings, "ignore-requires-python"),
        uploaded_prior_to=_uploaded_prior_to(settings, time.time() if now is None else now),
        pre=_is_on(settings, "pre"),
        all_releases=frozenset({ANY}) if _is_on(settings, "pre") else frozenset(),
    )
    for key, binary in (("no-binary", False), ("only-binary", True)):
        for value in _words(settings, key):
            options = with_formats(options, value, binary=binary)
    for key, final in (("all-releases", False), ("only-final", True)):
        for value in _words(settings, key):
            options = with_releases(options, value, final=final)
    return PipOptions(
        options,
        tuple(place.expand(path) for path in _words(settings, "constraint")),
        tuple(place.expand(path) for path in _words(settings, "requirement")),
        not _is_on(settings, "no-deps", "no-dependencies"),
        tuple(_notes(settings)),
    )


def _notes(settings: Settings) -> Iterator[str]:
    cache_off = _setting(settings, "no-cache-dir")
    if cache_off:  # any value turns the cache off, "false" too
        yield f"{cache_off.source} turns pip's cache off; this shows what pip does with --cache-dir"
    for key in _NOT_FOLLOWED:
        if (setting := _setting(settings, key)) and setting.value.strip().lower() not in _NO:
            yield f"{setting.source} is ignored here, and may change what pip does"


def _uploaded_prior_to(settings: Settings, now: float) -> datetime | None:
    """pip's `_handle_uploaded_prior_to`: a moment, or a number of days as "P7D"."""
    setting = _setting(settings, "uploaded-prior-to")
    if setting is None:
        return None
    text = setting.value
    if days := _DAYS.match(text):
        return datetime.fromtimestamp(now, timezone.utc) - timedelta(days=int(days[1]))
    try:
        moment = datetime.fromisoformat(f"{text[:-1]}+00:00" if text.endswith("Z") else text)
    except ValueError:
        given = f"{safe_text(setting.source)}: '{safe_text(text, 60)}'"
        raise RequirementError(f"{given}: write a date as 2026-01-31, or a number of days as P7D") from None
    return moment if moment.tzinfo else moment.astimezone()


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


def _is_on(settings: Settings, *keys: str) -> bool:
    setting = _setting(settings, *keys)
    return setting is not None and setting.value.strip().lower() not in _NO
