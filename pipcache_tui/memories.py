"""Where this program keeps results of past runs, if it may: scans, verdicts, answers of Pythons."""

from __future__ import annotations

import os
from dataclasses import dataclass

from pipcache_tui.cache.disk.own_files import is_anothers


@dataclass(frozen=True, slots=True)
class Memories:
    """The folder or file of each memory. If None ("" for that of Pythons), nothing is used or kept."""

    scans: str | None = None
    verdicts: str | None = None
    #: None: the usual one
    pythons: str | None = ""
    #: what was deleted, and how large the stores were
    upkeep: str | None = None

    @classmethod
    def of_user(cls, *, allowed: bool = True, demo: bool = False) -> Memories:
        """Those of this user; none unless `allowed`.

        None either as root in another user's home (sudo may keep HOME): that user could not use or delete the files.
        On the demo cache only answers of Pythons are kept.
        """
        from pipcache_tui.cache.memory import scans
        from pipcache_tui.cache.memory.upkeep import upkeep_folder
        from pipcache_tui.verify.verdict_memory import verdicts_folder

        try:
            if not allowed or is_anothers(scans.default_folder()):
                return cls()
        except RuntimeError:  # a user with no home folder and no entry among the users, as in some containers
            return cls()
        return cls(pythons=None) if demo else cls(scans.default_folder(), verdicts_folder(), None, upkeep_folder())


def forget_memories() -> tuple[str, int] | None:
    """Delete what is kept about past runs; returns its folder, and for how many roots something was kept.

    None if this user has no home folder, so nothing was ever kept. Raises OSError.
    """
    from pipcache_tui.cache.memory import scans
    from pipcache_tui.cache.memory.upkeep import forget_upkeep, upkeep_folder
    from pipcache_tui.pythons import interpreters, queries
    from pipcache_tui.verify.verdict_memory import forget_verdicts, verdicts_folder

    try:
        folder = os.path.dirname(scans.default_folder())
    except RuntimeError:  # see `Memories.of_user`
        return None
    roots = max(
        scans.forget(scans.default_folder()), forget_verdicts(verdicts_folder()), forget_upkeep(upkeep_folder())
    )
    queries.forget(interpreters.default_memory())
    return folder, roots
