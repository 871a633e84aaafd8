"""Versions and Requires-Python, each parsed once: a cache repeats the same few thousand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

__all__ = ["Version", "compatible_release", "is_release", "public_version", "read_version", "requirement_covers"]

_LONGEST = 200
#: every Python that exists or may soon exist, in order
_PYTHONS: tuple[tuple[int, ...], ...] = tuple(
    (*minor, micro) for minor in ((2, 6), (2, 7), *((3, minor) for minor in range(41)), (4, 0)) for micro in range(30)
)
_ALL = (1 << len(_PYTHONS)) - 1


@lru_cache(maxsize=1 << 16)
def read_version(text: str | None) -> Version | None:
    """The version in a text (PEP 440); None if it is not one."""
    if text is None or len(text) > _LONGEST:
        return None
    try:
        return Version(text)
    except InvalidVersion:
        return None


@lru_cache(maxsize=1 << 14)
def public_version(version: Version) -> Version:
    """The version without its local label: 2.0 for 2.0+cu118."""
    return version if version.local is None else Version(version.public)


@lru_cache(maxsize=256)
def compatible_release(text: str) -> Specifier | None:
    """The specifier "~=text" or "==text" (a version ending in ".*"); None if PEP 440 doesn't allow it."""
    if len(text) > _LONGEST:
        return None
    try:
        return Specifier(f"=={text}" if text.endswith(".*") else f"~={text}")
    except InvalidSpecifier:
        return None


def is_release(version: str | None, wanted: str) -> bool:
    """Whether "==wanted" takes a version as pip compares them (PEP 440): "2.31" is 2.31.0, "2.6.0" also 2.6.0+cu124.

    A text that is not a version equals only itself.
    """
    if version is None or version == wanted:
        return version is not None
    specifier, read = _exactly(wanted), read_version(version)
    return specifier is not None and read is not None and specifier.contains(read, prereleases=True)


@lru_cache(maxsize=256)
def _exactly(wanted: str) -> Specifier | None:
    try:
        return Specifier(f"=={wanted}") if len(wanted) <= _LONGEST else None
    except InvalidSpecifier:
        return None


def requirement_covers(wider: str | None, narrower: str | None) -> bool:
    """Whether each Python that `narrower` allows is allowed by `wider` too; None allows every Python.

    A Requires-Python that can't be read, or names more than plain releases, covers only the same text.
    """
    if not wider or wider == narrower:
        return True
    outer = _pythons_let_in(wider)
    if outer is None:
        return False
    inner = _pythons_let_in(narrower) if narrower else None
    return not (_ALL if inner is None else inner) & ~outer


@lru_cache(maxsize=1 << 14)
def _pythons_let_in(requires_python: str) -> int | None:
    """One bit for each of `_PYTHONS` that it allows; None if that is not known."""
    if len(requires_python) > 4 * _LONGEST:
        return None
    try:
        specifiers = SpecifierSet(requires_python)
    except InvalidSpecifier:
        return None
    let_in = _ALL
    for specifier in specifiers:
        bits = _bits(specifier.operator, specifier.version)
        if bits is None:
            return None
        let_in &= bits
    return let_in


def _bits(operator: str, text: str) -> int | None:
    """The bits of one clause, as PEP 440 compares plain releases."""
    version = read_version(text.removesuffix(".*"))
    if version is None or str(version) != version.base_version or version.epoch or len(version.release) > 3:
        return None
    release = version.release
    exact = (*release, 0, 0)[:3]
    first, after = bisect_left(_PYTHONS, exact), bisect_right(_PYTHONS, exact)
    if text.endswith(".*"):
        after = _end_of_series(release)
    if operator in ("==", "!="):
        same = _below(after) & ~_below(first)
        return same if operator == "==" else _ALL & ~same
    if operator == "~=":
        return _below(_end_of_series(release[:-1])) & ~_below(first)
    return {"<": _below(first), "<=": _below(after), ">": _ALL & ~_below(after), ">=": _ALL & ~_below(first)}.get(
        operator
    )


def _end_of_series(release: tuple[int, ...]) -> int:
    """The first place in `_PYTHONS` after all that begin so: for (3, 8) that of 3.9.0."""
    return bisect_left(_PYTHONS, (*release[:-1], release[-1] + 1))


def _below(place: int) -> int:
    return (1 << place) - 1
