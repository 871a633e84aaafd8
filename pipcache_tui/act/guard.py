"""The guard: nothing goes from a folder that is not laid out as pip's cache.

pip never wrote a tag into its cache, so the layout is the only proof: at least one file at a path that pip alone
would make. What has no such proof in a root is left alone, even where another store there has it.
"""

from __future__ import annotations

import re
import stat

from pipcache_tui.cache import stores
from pipcache_tui.cache.folders import Folder
from pipcache_tui.cache.model import Root, Store
from pipcache_tui.text import safe_text

_FOLDER_STORES: tuple[Store, ...] = ("http-v2", "http", "wheels", "selfcheck")
_SELFCHECK_FILES = frozenset({"selfcheck.json", "selfcheck.json.lock"})
_SIDECAR = ".content-type"
#: below its stores pip names folders by 1, 2 or 50 hex digits; locks and builds in progress are folders too
_LAYOUT_FOLDER = re.compile(r"(?:[0-9a-f]{1,2}|[0-9a-f]{50}|[0-9a-f]{56}\.lock|\.?tmp-?[a-z0-9_]{8})\Z")
_ACCEL_FOLDERS = frozenset({"sources", "binaries", "eggs"})
_ACCEL_VERSION = re.compile(r"v\d+\Z")
#: a store whose first files lie behind more folders than this is taken for empty
_FOLDERS_LIMIT = 20_000


class GuardError(Exception):
    """A root from which nothing may be deleted: one line, why and what to do."""


def check_root(root: Root) -> frozenset[Store]:
    """The stores proven to be in a root; entries of others must not go from it.

    None at all, and no error, for a cache that is there but empty. Raises GuardError for any other folder.
    """
    path = safe_text(root.path)
    try:
        with Folder.at(root.path) as top:
            names = frozenset(top.names())
            return _proven(top, names, path)
    except FileNotFoundError:
        raise GuardError(f"{path}: no such folder; nothing to delete") from None
    except OSError as error:
        raise GuardError(
            f"{path}: {(error.strerror or 'cannot be read').lower()}; nothing can be deleted there"
        ) from None


def _proven(top: Folder, names: frozenset[str], path: str) -> frozenset[Store]:
    surveys = {store: _Survey(top, store) for store in _FOLDER_STORES if store in names}
    proven: set[Store] = {store for store, survey in surveys.items() if survey.proven}
    if any(name.endswith(_SIDECAR) and name.removesuffix(_SIDECAR) in names for name in names if _is_download(name)):
        proven.add("downloads")
    if _is_pip_accel(top, names):
        proven.add("pip-accel")
    if _SELFCHECK_FILES & names and proven & {"http", "http-v2", "wheels"}:
        proven.add("selfcheck")
    if proven:
        return frozenset(proven)
    known = frozenset(_FOLDER_STORES) | _SELFCHECK_FILES
    if names and names <= known and all(survey.empty for survey in surveys.values()):
        return frozenset({"selfcheck"}) if _SELFCHECK_FILES & names else frozenset()
    if {"sources", "binaries"} <= names <= _ACCEL_FOLDERS and all(_is_empty(top, name) for name in names):
        return frozenset()
    raise GuardError(
        f"{path}: not laid out as pip's cache, so nothing is deleted there; `pip cache dir` prints where pip's cache is"
    )


def _is_download(name: str) -> bool:
    return stores.recognises("downloads", name)


def _is_pip_accel(top: Folder, names: frozenset[str]) -> bool:
    if not {"sources", "binaries"} <= names:
        return False
    try:
        with top.folder("binaries") as binaries:
            for version in filter(_ACCEL_VERSION.match, binaries.names()):
                with binaries.folder(version) as folder:
                    if any(stores.recognises("pip-accel", f"binaries/{version}/{name}") for name in folder.names()):
                        return True
    except OSError:
        return False
    return False


def _is_empty(top: Folder, name: str) -> bool:
    try:
        with top.folder(name) as folder:
            return not folder.names()
    except OSError:
        return False


class _Survey:
    """What a store's folder shows at a glance: a file that only pip would write, or nothing at all."""

    def __init__(self, top: Folder, store: Store) -> None:
        self.proven = False
        self.empty = True
        self._store = store
        self._left = _FOLDERS_LIMIT
        self._look(top, store, store)

    def _look(self, parent: Folder, name: str, path: str) -> None:
        self._left -= 1
        try:
            with parent.folder(name) as folder:
                for child in folder.names():
                    below = f"{path}/{child}"
                    if stores.recognises(self._store, below) and stat.S_ISREG(folder.status(child).st_mode):
                        self.proven = True
                    elif _LAYOUT_FOLDER.match(child):
                        self._look(folder, child, below)
                    else:
                        self.empty = False
                    if self.proven or self._left <= 0:
                        return
        except OSError:  # a link, a file, or closed to us: proves nothing
            self.empty = False
