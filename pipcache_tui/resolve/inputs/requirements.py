"""Requirements as pip reads them (`req/constructors.py`), and pip's options for finding files."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from pipcache_tui.cache.formats.file_names import ARCHIVE_SUFFIXES, split_filename
from pipcache_tui.cache.pip.cache_keys import without_credentials
from pipcache_tui.text import safe_text

#: (algorithm, hexadecimal digest as written)
Digest: TypeAlias = tuple[str, str]
ANY = ":all:"

_VCS = re.compile(r"(?:git|hg|bzr|svn)\+")
_URL = re.compile(r"(?:https?|file|ftp):", re.IGNORECASE)
_NAMED_URL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*@")
_EXTRAS_AT_END = re.compile(r"(.+)\[([A-Za-z0-9,._ -]*)\]\s*\Z")
_FRAGMENT_HASH = re.compile(r"(?:^|&)(sha512|sha384|sha256|sha224|sha1|md5)=([^&]*)")
_FRAGMENT_EGG = re.compile(r"(?:^|&)egg=([^&]*)")
_NO_VERSION = SpecifierSet()
#: the first pip with --all-releases and --only-final
_RELEASE_CONTROL = Version("26.0")


class RequirementError(ValueError):
    """A requirement or its file can't be read: one line that says where and why, safe to print."""


@dataclass(frozen=True, slots=True)
class InstallRequirement:
    """One requirement, as pip's class of this name.

    `text` is the requirement as written, `where` its file and line. `name` is normalised; None where only the file
    behind a URL or a path shows it. `url` is a direct URL (http, https or file) without its `fragment`. `not_checked`
    says why nothing in a cache shows what pip will do. `locked`: a lock file chose this file, so pip asks no index.
    """

    text: str
    where: str
    name: str | None = None
    specifier: SpecifierSet = _NO_VERSION
    extras: frozenset[str] = frozenset()
    marker: Marker | None = None
    url: str | None = None
    fragment: str = ""
    #: of `--hash` options and of the fragment
    hashes: frozenset[Digest] = frozenset()
    not_checked: str | None = None
    locked: bool = False
    #: it has `--hash`, or a lock file has a hash for it: then pip wants a hash for everything (hash mode)
    has_hash_options: bool = False
    editable: bool = False
    #: bytes, where a lock file has it
    size: int | None = None

    @property
    def is_pinned(self) -> bool:
        """pip's `is_pinned`, for hash mode: it has one specifier, with == or ===; "==2.*" counts too."""
        return [each.operator for each in self.specifier] in (["=="], ["==="])


@dataclass(frozen=True, slots=True)
class InstallOptions:
    """How pip looks for files. URLs are without credentials; `index_urls` None: pip's own default is not known."""

    index_urls: tuple[str, ...] | None = None
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    prefer_binary: bool = False
    pre: bool = False
    require_hashes: bool = False
    ignore_requires_python: bool = False
    #: only files that an index got before that moment, which has a time zone (pip 26.0 and newer)
    uploaded_prior_to: datetime | None = None
    #: names of projects, or ":all:"
    no_binary: frozenset[str] = frozenset()
    only_binary: frozenset[str] = frozenset()
    all_releases: frozenset[str] = frozenset()
    only_final: frozenset[str] = frozenset()

    def prereleases(self, project: str, pip: Version) -> bool | None:
        """`ReleaseControl.allows_prereleases`: True, False, or None for what the requirement says.

        pips before 26.0 know `--pre` alone.
        """
        if pip < _RELEASE_CONTROL:
            return True if self.pre else None
        for names, answer in ((self.only_final, False), (self.all_releases, True)):
            if project in names:
                return answer
        if ANY in self.all_releases:
            return True
        return False if ANY in self.only_final else None

    def formats(self, project: str) -> frozenset[str]:
        """`FormatControl.get_allowed_formats`: of "binary" and "source", those that pip may take for a project."""
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
    """Read what pip accepts as a requirement (`install_req_from_line`): a name with specifiers, a URL, a path.

    Args:
        text: the requirement.
        where: its file and line, for messages.
        hashes: its `--hash` options.
        folder: relative paths start here.
        editable: it was given with `-e`.

    Raises:
        RequirementError: pip would refuse it, or its file does not exist.
    """
    options = frozenset(hashes)
    requirement = _parsed(text, where, options, folder, editable=editable)
    return replace(requirement, has_hash_options=True) if options else requirement


def _parsed(text: str, where: str, hashes: frozenset[Digest], folder: str, *, editable: bool) -> InstallRequirement:
    if editable:
        return InstallRequirement(
            f"-e {text}", where, not_checked="editable: pip builds it from its folder each time", editable=True
        )
    if _VCS.match(text):
        return InstallRequirement(text, where, not_checked="from version control: pip asks the repository")
    if _NAMED_URL.match(text):
        return _named_url(text, where, hashes, folder)
    if _URL.match(text):
        bare, marker = _split_marker(text, where, " ;")
        return _direct(InstallRequirement(text, where, marker=marker, hashes=hashes), bare, folder)
    bare, marker = _split_marker(text, where, ";") if _like_a_path(text) else (text, None)
    if _like_a_path(bare):
        with_extras = _EXTRAS_AT_END.match(bare)
        path = with_extras[1] if with_extras else bare
        extras = (
            frozenset(map(_name, filter(None, re.split(r"[,\s]+", with_extras[2])))) if with_extras else frozenset()
        )
        return _direct(
            InstallRequirement(text, where, extras=extras, marker=marker, hashes=hashes), path.strip(), folder
        )
    requirement = _requirement(text, where)
    return InstallRequirement(
        text,
        where,
        name=_name(requirement.name),
        specifier=requirement.specifier,
        extras=frozenset(map(_name, requirement.extras)),
        marker=requirement.marker,
        hashes=hashes,
    )


def file_name(requirement: InstallRequirement) -> str:
    """The last part of a direct URL, unquoted."""
    return unquote(urlsplit(requirement.url or "").path.rstrip("/").rpartition("/")[2])


def _requirement(text: str, where: str) -> Requirement:
    try:
        return Requirement(text)
    except InvalidRequirement as error:
        first_line = str(error).splitlines()[0]
        raise RequirementError(
            f"{where}: '{safe_text(text, 80)}' is not a requirement: {safe_text(first_line, 200)}"
        ) from None


def _named_url(text: str, where: str, hashes: frozenset[Digest], folder: str) -> InstallRequirement:
    parsed = _requirement(text, where)
    requirement = InstallRequirement(
        text,
        where,
        name=_name(parsed.name),
        extras=frozenset(map(_name, parsed.extras)),
        marker=parsed.marker,
        hashes=hashes,
    )
    if _VCS.match(parsed.url or ""):
        return replace(requirement, not_checked="from version control: pip asks the repository")
    return _direct(requirement, parsed.url or "", folder)


def _direct(requirement: InstallRequirement, url: str, folder: str) -> InstallRequirement:
    """`requirement` completed with the URL or path it names."""
    if _URL.match(url):
        url, _, fragment = url.partition("#")
        digest, egg = _FRAGMENT_HASH.search(fragment), _FRAGMENT_EGG.search(fragment)
        requirement = replace(requirement, fragment=fragment)
        if digest:
            requirement = replace(requirement, hashes=requirement.hashes | {(digest[1], digest[2])})
        if requirement.name is None and egg and (name := _EXTRAS_AT_END.sub(r"\1", unquote(egg[1]))):
            requirement = replace(requirement, name=_name(name))
        if not url.lower().startswith("file:"):
            requirement = replace(requirement, url=without_credentials(url))
            named = split_filename(file_name(requirement))
            return replace(requirement, name=_name(named[0])) if requirement.name is None and named else requirement
        url = unquote(urlsplit(url).path)
    path = os.path.normpath(os.path.join(folder, os.path.expanduser(url)))
    if os.path.isdir(path):
        return replace(requirement, not_checked="a folder: pip builds it each time")
    if not os.path.isfile(path):
        raise RequirementError(f"{requirement.where}: {safe_text(url, 200)}: no such file or folder")
    named = split_filename(os.path.basename(path))
    project = requirement.name or (_name(named[0]) if named else None)
    return replace(requirement, name=project, url=f"file://{path}")


def _split_marker(text: str, where: str, sign: str) -> tuple[str, Marker | None]:
    """Split off the marker at `sign`: a URL may contain ";", so its marker starts at " ;", as in pip."""
    bare, found, after = text.partition(sign)
    if not found:
        return text.strip(), None
    parsed = _requirement(f"x;{after}", where)
    return bare.strip(), parsed.marker


def _like_a_path(text: str) -> bool:
    """Whether pip takes it as a path: it has a separator or starts with ".", or it names an archive."""
    bare = text.partition(";")[0].strip()
    return os.sep in bare or "/" in bare or bare.startswith(".") or bare.lower().endswith(ARCHIVE_SUFFIXES)


def _name(text: str) -> str:
    return canonicalize_name(text)
