"""The guard: nothing is removed from a folder that is not laid out as pip's cache.

pip never wrote a CACHEDIR.TAG into its cache, so the layout is the only proof: at least one file at a path that only
pip would make. Each store in a root needs its own proof.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from pipcache_tui.cache import stores
from pipcache_tui.cache.disk.folders import Folder
from pipcache_tui.cache.model import Root, Store
from pipcache_tui.text import error_reason, safe_text


class GuardError(Exception):
    """Nothing may be removed from a root; one line says why and what to do."""


def check_root(root: Root) -> frozenset[Store]:
    """The stores that are proven to be in a root; entries of others must not be removed from it.

    A cache that exists but is empty has none, which is no error.

    Raises:
        GuardError: the folder is not laid out as pip's cache, is missing or cannot be read.
    """
    path = safe_text(root.path)
    try:
        with Folder.at(root.path) as top:
            names = frozenset(top.names())
            return _proven(top, names, path)
    except FileNotFoundError:
        raise GuardError(f"{path}: no such folder; nothing to delete") from None
    except OSError as error:
        raise GuardError(f"{path}: {error_reason(error)}; nothing can be deleted there") from None


def odd_folders(roots: Iterable[Root]) -> dict[str, str]:
    """Of the roots that hold something but no cache: by path, why nothing is removed there."""
    return refusals_of(root for root in roots if root.exists and _holds_something(root.path))


def refusals_of(roots: Iterable[Root]) -> dict[str, str]:
    """Of the roots that `check_root` refuses: by path, why."""
    refusals: dict[str, str] = {}
    for root in roots:
        try:
            check_root(root)
        except GuardError as refusal:
            refusals[root.path] = str(refusal)
    return refusals


def _holds_something(path: str) -> bool:
    try:
        return bool(os.listdir(path))
    except OSError:  # the scan reports it
        return False


def _proven(top: Folder, names: frozenset[str], path: str) -> frozenset[Store]:
    shown = {module.NAME: module.evidence(top, names) for module in stores.MODULES}
    proven = {store for store, evidence in shown.items() if evidence.proven}
    if proven:
        return frozenset(proven | {store for store, evidence in shown.items() if evidence.alongside & proven})
    if names and names == frozenset().union(*(evidence.bare for evidence in shown.values())):
        return frozenset(store for store, evidence in shown.items() if evidence.alongside)
    raise GuardError(
        f"{path}: not laid out as pip's cache, so nothing is deleted there; `pip cache dir` prints where pip's cache is"
    )


def is_empty(path: str) -> bool:
    """Whether a folder holds nothing, and so needs no guard: a cache that pip has yet to fill."""
    try:
        with os.scandir(path) as names:
            return next(names, None) is None
    except OSError:
        return False
