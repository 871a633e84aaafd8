"""Versions and Requires-Python, read once each: a cache holds the same few thousand texts again and again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

__all__ = ["Version", "compatible_release", "read_version", "requirement_covers"]

_LONGEST = 200
#: every minor version that was or may soon be, in its first and a late release
_MINORS = ((2, 6), (2, 7), *((3, minor) for minor in range(41)), (4, 0))


@lru_cache(maxsize=1 << 16)
def read_version(text: str | None) -> Version | None:
    """The version a text names (PEP 440), None where it names none."""
    if text is None or len(text) > _LONGEST:
        return None
    try:
        return Version(text)
    except InvalidVersion:
        return None


@lru_cache(maxsize=256)
def compatible_release(text: str) -> Specifier | None:
    """The specifier "~=text" or "==text" (a version ending in ".*"), None where PEP 440 allows no such."""
    if len(text) > _LONGEST:
        return None
    try:
        return Specifier(f"=={text}" if text.endswith(".*") else f"~={text}")
    except InvalidSpecifier:
        return None


@lru_cache(maxsize=1 << 14)
def requirement_covers(wider: str | None, narrower: str | None) -> bool:
    """Whether each Python that fulfils one Requires-Python fulfils the other too; None: every Python does.

    Tried with the first and a late release of every minor version, and around each version that either names. One
    that can't be read covers only what is spelled the same.
    """
    if not wider or wider == narrower:
        return True
    outer = _specifiers(wider)
    if outer is None:
        return False
    inner = _specifiers(narrower)
    tried = {(*minor, micro) for minor in _MINORS for micro in (0, 99)}
    for specifiers in (outer, inner):
        tried.update(_around(specifiers))
    for release in tried:
        python = ".".join(map(str, release))
        if (inner is None or inner.contains(python, prereleases=True)) and not outer.contains(python, prereleases=True):
            return False
    return True


@lru_cache(maxsize=1 << 12)
def _specifiers(text: str | None) -> SpecifierSet | None:
    if not text or len(text) > 4 * _LONGEST:
        return None
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return None


def _around(specifiers: SpecifierSet | None) -> Iterator[tuple[int, int, int]]:
    for specifier in specifiers or ():
        version = read_version(specifier.version.removesuffix(".*"))
        if version is not None:
            for micro in (version.micro - 1, version.micro, version.micro + 1):
                if micro >= 0:
                    yield version.major, version.minor, micro
            yield version.major, version.minor + 1, 0
