"""Lock files (`pylock.toml`, PEP 751): which file they name for a Python."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.pylock import (
    Package,
    PackageArchive,
    PackageDirectory,
    PackageVcs,
    Pylock,
    PylockSelectError,
    PylockValidationError,
)
from packaging.specifiers import SpecifierSet
from packaging.tags import parse_tag
from packaging.utils import InvalidWheelFilename

from pipcache_tui.pythons.markers import environment_of
from pipcache_tui.resolve.inputs.requirements import InstallRequirement, RequirementError
from pipcache_tui.resolve.inputs.requirements_file import read_bounded
from pipcache_tui.text import safe_text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from pipcache_tui.pythons.interpreters import Python


@dataclass(frozen=True, slots=True)
class LockFile:
    """A lock file that was read. `path` as it was given."""

    path: str
    lock: Pylock

    def chosen_for(self, python: Python) -> Iterator[InstallRequirement]:
        """What this Python installs from it, in its order. Raises RequirementError where it has nothing for it."""
        tags = [tag for text in python.ranked_tags for tag in parse_tag(text)]
        shown = safe_text(self.path)
        try:
            for package, source in self.lock.select(environment=environment_of(python), tags=tags):
                yield self._requirement(package, source)
        except (PylockSelectError, InvalidWheelFilename) as error:
            raise RequirementError(f"{shown}: not for Python {python.version}: {safe_text(str(error), 300)}") from None

    def _requirement(self, package: Package, source: object) -> InstallRequirement:
        text = f"{package.name}=={package.version}" if package.version else package.name
        where = f"{safe_text(self.path)}, {package.name}"
        specifier = SpecifierSet(f"=={package.version}") if package.version else SpecifierSet()
        if isinstance(source, PackageVcs):
            not_checked = "from version control: pip asks the repository"
            return InstallRequirement(
                text, where, name=package.name, specifier=specifier, not_checked=not_checked, locked=True
            )
        if isinstance(source, PackageDirectory):
            return InstallRequirement(
                text, where, name=package.name, not_checked="a folder: pip builds it each time", locked=True
            )
        url, path = getattr(source, "url", None), getattr(source, "path", None)
        hashes = frozenset((name.lower(), digest.lower()) for name, digest in getattr(source, "hashes", {}).items())
        is_local = path is not None or (url or "").lower().startswith("file:")
        if is_local:
            local = os.path.join(os.path.dirname(os.path.abspath(self.path)), path or "")
            url = url if path is None else f"file://{os.path.normpath(local)}"
        return InstallRequirement(
            text,
            where,
            name=package.name,
            specifier=SpecifierSet() if isinstance(source, PackageArchive) else specifier,
            url=url,
            hashes=hashes,
            locked=True,
            has_hash_options=bool(hashes),
            size=getattr(source, "size", None),
        )


def read_lock(path: str) -> LockFile:
    """Read a lock file. Raises RequirementError, with the line where it is not TOML."""
    shown = safe_text(path)
    try:
        return LockFile(path, Pylock.from_dict(tomllib.loads(read_bounded(path).decode("utf-8"))))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequirementError(f"{shown}: not TOML: {safe_text(str(error), 200)}") from None
    except PylockValidationError as error:
        raise RequirementError(f"{shown}: not a lock file: {safe_text(str(error), 200)}") from None
