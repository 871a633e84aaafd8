"""pip's own default: the URL and the file hosts of the public index, read from a pip's source as text.

No pip is imported or run. Any pip will do, so the search stops at the first that has them: the running environment's,
the wheel in ensurepip, the active virtual environment's, those next to a `pip` command on PATH.
"""

from __future__ import annotations

import glob
import importlib.util
import os
import re
import sys
import sysconfig
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

#: where pips have it: `PackageIndex` since 10 and in 9 (index only), up to 8 the default of --index-url
_SOURCES = ("pip/_internal/models/index.py", "pip/models/index.py", "pip/cmdoptions.py")
_SOURCE_LIMIT = 1 << 20
_INDEX = re.compile(
    r"""^\w+\s*=\s*\w+\(\s*["'](?P<url>https?://[\w.:-]+/)["']"""
    r"""(?:\s*,\s*file_storage_domain\s*=\s*["'](?P<host>[\w.:-]+)["'])?""",
    re.MULTILINE,
)
_OPTION = re.compile(r"""["']--index-url["'][^)]*?default\s*=\s*["'](?P<url>https?://[\w.:/-]+)["']""")
_SYSTEM_WHEELS = "/usr/share/python-wheels"  # where Debian and Fedora keep what ensurepip installs


@dataclass(frozen=True, slots=True)
class DefaultIndex:
    """`index_urls` without a trailing slash, pip's default first; `file_hosts` as "https://<host>"."""

    index_urls: tuple[str, ...] = ()
    file_hosts: tuple[str, ...] = ()


def pip_knowledge(environ: Mapping[str, str], places: Iterable[str] | None = None) -> DefaultIndex:
    """The defaults of the first pip that has them; `places` are folders with a `pip` folder, or wheels of pip."""
    for place in _places(environ) if places is None else places:
        for text in _sources(place):
            if knowledge := _understand(text):
                return knowledge
    return DefaultIndex()


def _understand(source: str) -> DefaultIndex | None:
    matches = list(_INDEX.finditer(source))
    if matches:
        indexes = (urljoin(match["url"], "simple") for match in matches)
        hosts = (f"https://{match['host']}" for match in matches if match["host"])
        return DefaultIndex(tuple(dict.fromkeys(indexes)), tuple(dict.fromkeys(hosts)))
    option = _OPTION.search(source)
    return DefaultIndex((option["url"].rstrip("/"),)) if option else None


def _sources(place: str) -> Iterator[str]:
    try:
        if os.path.isdir(place):
            for name in _SOURCES:
                path = os.path.join(place, *name.split("/"))
                if os.path.isfile(path):
                    with open(path, encoding="utf-8", errors="replace") as file:
                        yield file.read(_SOURCE_LIMIT)
        elif place.endswith(".whl"):
            with zipfile.ZipFile(place) as wheel:
                for name in set(_SOURCES).intersection(wheel.namelist()):
                    with wheel.open(name) as member:
                        yield member.read(_SOURCE_LIMIT).decode("utf-8", "replace")
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        return  # damaged or not readable: the next pip may do


def _places(environ: Mapping[str, str]) -> Iterator[str]:
    yield from (folder for folder in sys.path if folder)
    ensurepip = importlib.util.find_spec("ensurepip")
    bundles = [
        os.path.join(folder, "_bundled") for folder in (ensurepip and ensurepip.submodule_search_locations) or ()
    ]
    for folder in (*bundles, sysconfig.get_config_var("WHEEL_PKG_DIR") or _SYSTEM_WHEELS):
        yield from sorted(glob.glob(os.path.join(glob.escape(folder), "pip-*.whl")), reverse=True)
    prefixes = [environ["VIRTUAL_ENV"]] if environ.get("VIRTUAL_ENV") else []
    for folder in environ.get("PATH", "").split(os.pathsep):
        if os.path.isabs(folder) and any(
            os.path.exists(os.path.join(folder, pip)) for pip in ("pip", "pip3", "pip.exe")
        ):
            prefixes.append(os.path.dirname(os.path.realpath(folder)))
    for prefix in prefixes:
        for pattern in ("lib/python*/site-packages", "lib/python*/dist-packages", "Lib/site-packages"):
            yield from sorted(glob.glob(os.path.join(glob.escape(prefix), *pattern.split("/"))), reverse=True)
