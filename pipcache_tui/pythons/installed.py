"""What is installed in a site-packages folder, read from the names in it; files are opened only when asked.

The names are those of the specification "Recording installed projects" (`{name}-{version}.dist-info`; PEP 376 and 627)
and of setuptools (`{name}-{version}[-pyX.Y].egg-info` and `.egg`).
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from packaging.utils import canonicalize_name

from pipcache_tui.cache.disk.folders import Folder
from pipcache_tui.cache.formats.metadata import METADATA_LIMIT, CoreMetadata, parse_core_metadata
from pipcache_tui.pep440 import read_version
from pipcache_tui.text import error_reason, safe_text

_INFO_SUFFIXES = (".dist-info", ".egg-info", ".egg")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
_PYTHON_OF_EGG = re.compile(r"-py\d[\d.]*(?:-[\w.-]+)?\Z", re.ASCII)
#: bytes; what pip and others write there is far shorter
_NOTE_LIMIT = 1 << 16


class Distribution(NamedTuple):
    """One installed distribution. `info` is the path of what records it: its `.dist-info`, `.egg-info` or `.egg`."""

    project: str
    version: str
    info: str


@dataclass(frozen=True, slots=True)
class DistributionFiles:
    """What the files of a distribution say. `url` is where it was installed from, where that was no index (PEP 610)."""

    metadata: CoreMetadata
    installer: str | None
    url: str | None
    is_editable: bool


class BrokenDistribution(Exception):
    """Why it is not known what is installed, in words."""


def read_site(folder: str) -> tuple[list[Distribution], list[str]]:
    """What is installed in a folder, in the order of its names, and a line for each record that can't be read.

    Raises OSError where the folder can't be opened.
    """
    found: list[Distribution] = []
    broken: list[str] = []
    for name in sorted(name for name in os.listdir(folder) if name.endswith(_INFO_SUFFIXES)):
        named = _named(name)
        if named is None:
            if name.startswith("~"):  # pip renames what it uninstalls so; one that was stopped leaves it
                broken.append(f"{safe_text(name)} is left over from an uninstall")
                continue
            try:
                named = _read_name(os.path.join(folder, name))
            except BrokenDistribution as why:
                broken.append(f"{safe_text(name)}: {why}")
                continue
            except _NoRecord:
                continue
        found.append(Distribution(*named, f"{folder}{os.sep}{name}"))
    return found, broken


def read_files(distribution: Distribution) -> DistributionFiles:
    """METADATA, INSTALLER and `direct_url.json` of a distribution. Raises BrokenDistribution."""
    metadata = parse_core_metadata(_metadata_file(distribution.info))
    installer = _text_file(distribution.info, "INSTALLER")
    url, is_editable = None, False
    if direct := _text_file(distribution.info, "direct_url.json"):
        try:
            origin = json.loads(direct)
            url = origin["url"] if isinstance(origin["url"], str) else None
            is_editable = bool(origin.get("dir_info", {}).get("editable"))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise BrokenDistribution("its direct_url.json can't be read") from None
    return DistributionFiles(metadata, installer.strip() if installer else None, url, is_editable)


class _NoRecord(Exception):
    """The name belongs to no record of a distribution."""


@lru_cache(maxsize=1 << 14)
def _named(name: str) -> tuple[str, str] | None:
    """Project and version in the name of a record; None where it doesn't hold both."""
    stem, _, suffix = name.rpartition(".")
    if suffix != "dist-info":
        stem = _PYTHON_OF_EGG.sub("", stem)
    project, dash, version = stem.partition("-") if suffix != "dist-info" else stem.rpartition("-")
    if not dash or not _NAME.fullmatch(project):
        return None
    # wheels escape "-" of a version as "_", and some did so with the "+" before a local version
    for spelling in (version.replace("_", "+", 1), version.replace("_", "-")) if "_" in version else ():
        if read_version(spelling) is not None:
            return canonicalize_name(project), spelling
    return (canonicalize_name(project), version) if version else None


def _read_name(info: str) -> tuple[str, str]:
    """Project and version from the metadata of a record whose name lacks them: an `.egg-info` of `setup.py develop`."""
    if info.endswith(".egg"):
        raise _NoRecord
    name = version = None
    for line in _metadata_file(info).splitlines():
        key, _, value = line.partition(b":")
        if not line:
            break
        if key.lower() == b"name":
            name = value.strip().decode("utf-8", "replace")
        elif key.lower() == b"version":
            version = value.strip().decode("utf-8", "replace")
    if not name or not version or not _NAME.fullmatch(name):
        raise BrokenDistribution("neither its name nor its metadata says project and version")
    return canonicalize_name(name), version


def _metadata_file(info: str) -> bytes:
    """The core metadata of a record; an `.egg-info` may be that file itself."""
    folder, name = os.path.split(info)
    try:
        if info.endswith(".egg-info") and os.path.isfile(info):
            with Folder.at(folder) as site:
                _, data = site.content(name, METADATA_LIMIT)
        else:
            inner = "METADATA" if info.endswith(".dist-info") else "PKG-INFO"
            with Folder.at(os.path.join(info, "EGG-INFO") if info.endswith(".egg") else info) as record:
                _, data = record.content(inner, METADATA_LIMIT)
    except FileNotFoundError:
        raise BrokenDistribution("it has no metadata") from None
    except OSError as error:
        raise BrokenDistribution(f"its metadata can't be read ({error_reason(error, 'no reason given')})") from None
    if data is None:
        raise BrokenDistribution(f"its metadata is larger than {METADATA_LIMIT >> 20} MiB")
    return data


def _text_file(info: str, name: str) -> str | None:
    try:
        with Folder.at(info) as record:
            _, data = record.content(name, _NOTE_LIMIT)
    except OSError:
        return None
    return None if data is None else data.decode("utf-8", "replace")
