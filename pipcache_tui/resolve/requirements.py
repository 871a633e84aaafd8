"""What is wanted: a requirement as it was written, where it stands, and how pip is told to look for it."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from pipcache_tui.cache.formats.file_names import ARCHIVE_SUFFIXES, split_filename
from pipcache_tui.text import safe_text

#: (algorithm, lower-case hex digest)
Digest: TypeAlias = tuple[str, str]
ANY = ":all:"

_VCS = re.compile(r"(?:git|hg|bzr|svn)\+")
_URL = re.compile(r"(?:https?|file|ftp):", re.IGNORECASE)
_NAMED_URL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*@")
_EXTRAS_AT_END = re.compile(r"(.+)\[([A-Za-z0-9,._ -]*)\]\s*\Z")
_FRAGMENT_HASH = re.compile(r"(sha512|sha384|sha256|sha224|sha1|md5)=([0-9A-Fa-f]{32,128})")
_FRAGMENT_EGG = re.compile(r"(?:^|&)egg=([^&]*)")
_NO_VERSION = SpecifierSet()


class WantedError(ValueError):
    """What was given can't be read; one line that says where and why, safe to print."""


@dataclass(frozen=True, slots=True)
class InstallRequirement:
    """One requirement. `name` is normalised, None where only a URL or a path tells what it is.

    `url` is a direct address (http, https or file) without fragment; `refused` says why nothing in a cache can tell
    what pip will do about it. `locked`: a lock file chose this very file, so pip asks no index for it.
    """

    text: str
    where: str
    name: str | None = None
    specifier: SpecifierSet = _NO_VERSION
    extras: frozenset[str] = frozenset()
    marker: Marker | None = None
    url: str | None = None
    hashes: frozenset[Digest] = frozenset()
    refused: str | None = None
    locked: bool = False
    #: `--hash` was given, or a lock file tells one: then pip wants a hash for everything
    hash_checked: bool = False
    #: bytes, where a lock file tells it
    size: int | None = None

    @property
    def pinned(self) -> bool:
        """Whether it is what pip's hash-checking takes for pinned: one specifier, "==2.*" too."""
        return [each.operator for each in self.specifier] in (["=="], ["==="])


@dataclass(frozen=True, slots=True)
class Options:
    """How pip looks for files. URLs without credentials; `index_urls` None: pip's own default can't be told here."""

    index_urls: tuple[str, ...] | None = None
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    prefer_binary: bool = False
    require_hashes: bool = False
    #: names of projects, or ":all:"
    no_binary: frozenset[str] = frozenset()
    only_binary: frozenset[str] = frozenset()
    all_releases: frozenset[str] = frozenset()
    only_final: frozenset[str] = frozenset()

    def prereleases(self, project: str) -> bool | None:
        """Whether pre-releases of a project are let in (True), kept out (False), or as its requirement says."""
        for names, answer in ((self.only_final, False), (self.all_releases, True)):
            if project in names:
                return answer
        if ANY in self.all_releases:
            return True
        return False if ANY in self.only_final else None

    def formats(self, project: str) -> frozenset[str]:
        """Of "binary" and "source", those that pip may take for a project."""
        both = frozenset({"binary", "source"})
        for name in (project, ANY):
            if name in self.only_binary:
                return both - {"source"}
            if name in self.no_binary:
                return both - {"binary"}
        return both


def parse_requirement(
    text: str,
    where: str,
    *,
    hashes: Collection[Digest] = (),
    folder: str = ".",
    editable: bool = False,
) -> InstallRequirement:
    """Read what pip takes as a requirement: a name with specifiers, a URL, a path. Raises WantedError."""
    found = frozenset(hashes)
    wanted = _parsed(text, where, found, folder, editable=editable)
    return replace(wanted, hash_checked=True) if found else wanted


def _parsed(text: str, where: str, found: frozenset[Digest], folder: str, *, editable: bool) -> InstallRequirement:
    if editable:
        return InstallRequirement(f"-e {text}", where, refused="editable: pip builds it from its folder each time")
    if _VCS.match(text):
        return InstallRequirement(text, where, refused="from version control: pip asks the repository")
    if _NAMED_URL.match(text):
        return _named_url(text, where, found, folder)
    if _URL.match(text):
        bare, marker = _split_marker(text, where, " ;")
        return _direct(InstallRequirement(text, where, marker=marker, hashes=found), bare, folder)
    bare, marker = _split_marker(text, where, ";") if _like_a_path(text) else (text, None)
    if _like_a_path(bare):
        with_extras = _EXTRAS_AT_END.match(bare)
        path = with_extras[1] if with_extras else bare
        extras = (
            frozenset(map(_name, filter(None, re.split(r"[,\s]+", with_extras[2])))) if with_extras else frozenset()
        )
        return _direct(
            InstallRequirement(text, where, extras=extras, marker=marker, hashes=found), path.strip(), folder
        )
    requirement = _requirement(text, where)
    return InstallRequirement(
        text,
        where,
        name=_name(requirement.name),
        specifier=requirement.specifier,
        extras=frozenset(map(_name, requirement.extras)),
        marker=requirement.marker,
        hashes=found,
    )


def file_name(wanted: InstallRequirement) -> str:
    """The last part of a direct address, unquoted."""
    return unquote(urlsplit(wanted.url or "").path.rstrip("/").rpartition("/")[2])


def _requirement(text: str, where: str) -> Requirement:
    try:
        return Requirement(text)
    except InvalidRequirement as error:
        first_line = str(error).splitlines()[0]
        raise WantedError(f"{where}: '{safe_text(text, 80)}' is no requirement: {safe_text(first_line, 200)}") from None


def _named_url(text: str, where: str, hashes: frozenset[Digest], folder: str) -> InstallRequirement:
    requirement = _requirement(text, where)
    wanted = InstallRequirement(
        text,
        where,
        name=_name(requirement.name),
        extras=frozenset(map(_name, requirement.extras)),
        marker=requirement.marker,
        hashes=hashes,
    )
    if _VCS.match(requirement.url or ""):
        return replace(wanted, refused="from version control: pip asks the repository")
    return _direct(wanted, requirement.url or "", folder)


def _direct(wanted: InstallRequirement, address: str, folder: str) -> InstallRequirement:
    """`wanted` with the address it names taken apart."""
    if _URL.match(address):
        address, _, fragment = address.partition("#")
        digest, egg = _FRAGMENT_HASH.search(fragment), _FRAGMENT_EGG.search(fragment)
        if digest:
            wanted = replace(wanted, hashes=wanted.hashes | {(digest[1], digest[2].lower())})
        if wanted.name is None and egg and (name := _EXTRAS_AT_END.sub(r"\1", unquote(egg[1]))):
            wanted = replace(wanted, name=_name(name))
        if not address.lower().startswith("file:"):
            wanted = replace(wanted, url=_without_credentials(address))
            named = split_filename(file_name(wanted))
            return replace(wanted, name=_name(named[0])) if wanted.name is None and named else wanted
        address = unquote(urlsplit(address).path)
    path = os.path.normpath(os.path.join(folder, os.path.expanduser(address)))
    if os.path.isdir(path):
        return replace(wanted, refused="a folder: pip builds it each time")
    if not os.path.isfile(path):
        raise WantedError(f"{wanted.where}: {safe_text(address, 200)}: no such file or folder")
    named = split_filename(os.path.basename(path))
    project = wanted.name or (_name(named[0]) if named else None)
    return replace(wanted, name=project, url=f"file://{path}")


def _without_credentials(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


def _split_marker(text: str, where: str, sign: str) -> tuple[str, Marker | None]:
    """A URL may hold ";" itself, so that only one behind a space begins its marker; pip says so too."""
    bare, found, after = text.partition(sign)
    if not found:
        return text.strip(), None
    parsed = _requirement(f"x;{after}", where)
    return bare.strip(), parsed.marker


def _like_a_path(text: str) -> bool:
    """Whether pip takes it for a path: it has a separator or begins with ".", or it names an archive."""
    bare = text.partition(";")[0].strip()
    return os.sep in bare or "/" in bare or bare.startswith(".") or bare.lower().endswith(ARCHIVE_SUFFIXES)


def _name(text: str) -> str:
    return canonicalize_name(text)
