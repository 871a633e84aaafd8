"""The caches of a run: where they are, whether they can be read, and what is in them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pipcache_tui.progress import Meter, Watch
from pipcache_tui.text import safe_text

if TYPE_CHECKING:
    from pipcache_tui.cache.memory.upkeep import Upkeep
    from pipcache_tui.cache.model import Entry, Root, Snapshot
    from pipcache_tui.cache.roots import Found
    from pipcache_tui.cache.scan import ScanEvent
    from pipcache_tui.memories import Memories
    from pipcache_tui.select.judge import Judge


class NoCacheError(Exception):
    """There is no cache, or none that can be read; the message is one line."""


class OptionError(Exception):
    """An option can't be used here; the message is one line that names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a run, already checked.

    Attributes:
        cache_dirs: Roots to use instead of those that pip's settings and defaults name.
        extra_roots: More roots, each with its source, such as a file and key of our settings.
        demo: Use a made-up cache in a temporary folder.
        pythons: Paths or versions of Pythons to use instead of all found here.
        pip_version: The pip to predict for; None: the newest found here, else the newest known.
        keep: Globs of projects that are never deleted.
        remember: Use and keep past scans, verdicts and answers of Pythons.
        no_delete: Refuse every deletion.
        names_only: Read only names, sizes and times of files while no pip runs; plans then have no costs.
        environments: More folders to search for environments, in addition to those of known tools.
    """

    cache_dirs: Sequence[str] = ()
    extra_roots: Mapping[str, str] = field(default_factory=dict)
    demo: bool = False
    pythons: Sequence[str] = ()
    pip_version: str | None = None
    keep: tuple[str, ...] = ()
    remember: bool = True
    no_delete: bool = False
    environments: Sequence[str] = ()
    names_only: bool = False


class Caches:
    """The roots of one run and their entries. Everything is computed when first needed, and kept.

    `pipcache_tui.workspace.Workspace` adds the operations.
    """

    def __init__(
        self,
        options: Options | None = None,
        *,
        clock: Callable[[], float] = time.time,
        watch: Watch | None = None,
    ) -> None:
        """`clock` gives seconds since 1970; for `watch` see the attribute."""
        self.options = options or Options()
        self._clock = clock
        #: called with the progress of all that takes long; may be set at any time
        self.watch = watch
        #: the moment all ages refer to, in seconds since 1970
        self.now = clock()
        self._snapshot: Snapshot | None = None
        self._judge: Judge | None = None
        self._temporary = ExitStack()

    def close(self) -> None:
        """Remove the demo cache, if this run made one."""
        self._temporary.close()

    # --- roots --------------------------------------------------------------------------------------------

    @cached_property
    def found(self) -> Found:
        """The roots, and other settings of pip.

        Raises:
            NoCacheError: A root in `cache_dirs` is missing or can't be a cache.
        """
        from pipcache_tui.cache.roots import RootError, find_roots

        if self.options.demo:
            return self._make_demo()
        named = self.options.cache_dirs
        try:
            found = find_roots(named, extra=self.options.extra_roots)
        except RootError as error:
            raise NoCacheError(str(error)) from None
        for root in found.roots if named else ():
            if not root.exists:
                raise NoCacheError(f"--cache-dir {safe_text(root.path)}: no such folder")
        return found

    @property
    def roots(self) -> tuple[Root, ...]:
        """The roots, existing or not, in the order pip's settings name them. Raises NoCacheError."""
        return self.found.roots

    def _make_demo(self) -> Found:
        from pipcache_tui.cache.model import Root
        from pipcache_tui.cache.roots import Found
        from pipcache_tui.demo.folder import demo_folder
        from pipcache_tui.demo.http import FILES, INDEX
        from pipcache_tui.demo.make import make_demo_cache

        folder = self._temporary.enter_context(demo_folder())
        demo = make_demo_cache(folder, now=self.now)
        roots = tuple(Root(path, "--demo", exists=True) for path in demo.cache_dirs)
        return Found(roots, notes=(), index_urls=(f"{INDEX}/simple/",), file_hosts=(FILES,))

    @property
    def no_cache_here(self) -> str:
        """One line that says there is no cache, and which places were searched."""
        return f"no pip cache here (looked at {', '.join(safe_text(root.path) for root in self.roots)})"

    def require_readable(self) -> None:
        """Raises NoCacheError if there are roots but none of them can be read."""
        from pipcache_tui.cache.roots import why_closed

        reasons = [why_closed(root.path) for root in self.roots if root.exists]
        if reasons and all(reasons):
            raise NoCacheError(f"no cache that can be read: {'; '.join(filter(None, reasons))}")

    def require_cache(self) -> None:
        """Raises NoCacheError if there is no root to read, or a named one isn't laid out as pip's cache.

        A typo in a path must not look like an empty cache.
        """
        self.require_readable()
        if not any(root.exists for root in self.roots):
            raise NoCacheError(f"{self.no_cache_here}; --cache-dir DIR names another")
        if self.options.cache_dirs and (odd := self.odd_folders()):
            raise NoCacheError(
                f"--cache-dir {safe_text(next(iter(odd)))}: not laid out as pip's cache; "
                "`pip cache dir` prints where pip's cache is"
            )

    def odd_folders(self) -> dict[str, str]:
        """By path, one line on each root that has files but is not laid out as pip's cache."""
        from pipcache_tui.remove.guard import odd_folders

        with_entries = {entry.root for entry in self.snapshot.entries}
        return odd_folders(root for root in self.roots if root.path not in with_entries)

    def check_roots(self) -> list[str]:
        """Check the guard before anything is read for a deletion: one line on each root that it refuses.

        Raises:
            NoCacheError: It refuses a named root, or all roots.
        """
        from pipcache_tui.remove.guard import is_empty, refusals_of

        roots = [root for root in self.roots if root.exists and not is_empty(root.path)]
        refusals = list(refusals_of(roots).values())
        if refusals and (self.options.cache_dirs or len(refusals) == len(roots)):
            raise NoCacheError(refusals[0])
        return refusals

    @cached_property
    def memories(self) -> Memories:
        """The folders where results of past runs are kept."""
        from pipcache_tui.memories import Memories

        return Memories.of_user(allowed=self.options.remember, demo=self.options.demo)

    # --- reading ---------------------------------------------------------------------------------------------

    def scan(self) -> Iterator[ScanEvent]:
        """Read all roots, entries in batches as they are found; keeps nothing here. Raises NoCacheError."""
        from pipcache_tui.cache.scan import scan_roots

        found = self.found
        return scan_roots(
            found.roots,
            index_urls=found.index_urls,
            file_hosts=found.file_hosts,
            memory=self.memories.scans,
            names_only=self.names_suffice,
        )

    @cached_property
    def names_suffice(self) -> bool:
        """Whether to read only names and stats. Not while a pip runs: content shows what it may need."""
        from pipcache_tui.remove.running_pip_policy import PipMonitor, RunningPipPolicy

        if not self.options.names_only:
            return False
        return not PipMonitor(RunningPipPolicy(), [root.path for root in self.roots if root.exists]).pips()

    @property
    def snapshot(self) -> Snapshot:
        """All entries of all roots, read when first needed. Its warnings say what could not be read."""
        if self._snapshot is None:
            from pipcache_tui.cache.scan import fold_events

            with Meter(self.watch, "scan") as meter:
                self._snapshot = fold_events(self.roots, _metered(self.scan(), meter))
            self.record_sizes()
        return self._snapshot

    @snapshot.setter
    def snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot, self._judge = snapshot, None

    def drop(self, gone: Iterable[Entry]) -> None:
        """Take entries that were deleted out of `snapshot`."""
        keys = {entry.key for entry in gone}
        kept = tuple(entry for entry in self.snapshot.entries if entry.key not in keys)
        self.snapshot = replace(self.snapshot, entries=kept)

    def record_sizes(self) -> None:
        """Record the size of each store today, unless already recorded. Call after a scan, from any thread."""
        from pipcache_tui.cache.memory import upkeep

        folder, snapshot = self.memories.upkeep, self._snapshot
        if folder is None or snapshot is None or self.names_suffice:
            return
        for root in snapshot.roots:
            if root.exists:
                entries = (entry for entry in snapshot.entries if entry.root == root.path)
                upkeep.record_sizes(folder, root.path, entries, self.now)

    def upkeep(self) -> dict[str, Upkeep]:
        """By path of each root: what was deleted from it, and how large its stores were."""
        from pipcache_tui.cache.memory.upkeep import read_upkeep

        folder = self.memories.upkeep
        return {} if folder is None else {root.path: read_upkeep(folder, root.path) for root in self.roots}

    def refresh(self) -> None:
        """Forget the entries and everything derived from them, for a new scan as of now."""
        self._snapshot = self._judge = None
        self.now = self._clock()


def _metered(events: Iterator[ScanEvent], meter: Meter) -> Iterator[ScanEvent]:
    from pipcache_tui.cache.scan import Found

    for event in events:
        if isinstance(event, Found):
            meter.add(len(event.entries))
        yield event
