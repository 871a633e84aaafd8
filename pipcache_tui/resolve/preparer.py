"""How pip gets a file it has chosen, and what the file needs: the part of pip's `operations/prepare.py`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from packaging.version import Version

from pipcache_tui.cache.formats.metadata import CoreMetadata
from pipcache_tui.cache.formats.pip_index_page import PipLink
from pipcache_tui.cache.model import LAYOUTS, Entry
from pipcache_tui.resolve.cache_view import CacheView, Request, origin_hashes
from pipcache_tui.resolve.candidates import Candidate
from pipcache_tui.resolve.requirements import InstallOptions

#: served: from disk, without a request. asks: the server must confirm the copy. nothing: pip finds no file, or stops.
#: skipped: not for this Python
Verdict: TypeAlias = Literal["served", "asks", "download", "nothing", "unknown", "skipped"]
_VERDICTS: dict[str | None, Verdict] = {
    "reuse": "served",
    "revalidate": "asks",
    "download": "download",
    None: "unknown",
}
#: from this pip on wheels built here are used in hash mode and with --no-binary
_BUILT_WHEELS_WITH_HASHES = Version("23.1")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What pip does for a project: which file it takes, and how it gets it. `size` in bytes, where known."""

    verdict: Verdict
    why: str
    version: str | None = None
    filename: str | None = None
    url: str | None = None
    size: int | None = None
    #: what serves it: a cached file, or a wheel built here (then `built`)
    entry: Entry | None = None
    built: bool = False
    #: pip has to build a wheel from it
    builds: bool = False
    pages: tuple[Request, ...] = ()
    metadata: Request | None = None
    core: CoreMetadata | None = None
    #: where the file is not known: cached files that would fit
    matches: tuple[Entry, ...] = ()
    #: no version meets all requirements
    conflict: bool = False


class Preparer:
    """Finds out how pip gets a file. `hash_mode`: pip wants a hash for everything it installs."""

    def __init__(self, cache_view: CacheView, options: InstallOptions, *, hash_mode: bool) -> None:
        self._cache_view = cache_view
        self._options = options
        self._hash_mode = hash_mode
        self._pip = cache_view.target.pip

    def prepare(self, candidate: Candidate, project: str | None, outcome: Outcome) -> Outcome:
        """Complete `outcome`, which names the file, with how pip gets it and what is in it.

        Args:
            candidate: the file.
            project: whose file it is, normalised; None where only the file shows it.
            outcome: what is known of it so far.
        """
        link = candidate.link
        built = None if candidate.is_wheel else self._built(link, project)
        if built is not None:
            core = self._cache_view.metadata(built)
            return replace(
                outcome, verdict="served", why="a wheel built from it here earlier", entry=built, built=True, core=core
            )
        if link.url.startswith("file:"):
            return replace(outcome, verdict="served", why="a file outside the cache", builds=not candidate.is_wheel)
        request = self._cache_view.request(link.url)
        metadata = self._cache_view.request(f"{link.url}.metadata") if self._asks_metadata(link) else None
        entry = request.entry if request.way != "download" else None
        core = self._cache_view.metadata(metadata.entry if metadata else None) or self._cache_view.metadata(entry)
        return replace(
            outcome,
            verdict=_VERDICTS[request.way],
            why=request.why,
            size=outcome.size if outcome.size is not None else _size(entry),
            entry=entry,
            builds=not candidate.is_wheel,
            metadata=metadata,
            core=core,
        )

    def _asks_metadata(self, link: PipLink) -> bool:
        """`_fetch_metadata_only`: never in hash mode."""
        return link.has_metadata and not self._hash_mode

    def _built(self, link: PipLink, project: str | None) -> Entry | None:
        """`Factory.get_wheel_cache_entry`, then the check of its origin in `_prepare_linked_requirement`."""
        old = self._pip < _BUILT_WHEELS_WITH_HASHES
        if old and (self._hash_mode or "binary" not in self._options.formats(project or "")):
            return None
        built = self._cache_view.built(link.url, link.hashes, project)
        if built is not None and self._hash_mode and origin_hashes(built).isdisjoint(link.hashes):
            return None
        return built


def _size(entry: Entry | None) -> int | None:
    """Bytes of the file, where its body is a file of its own."""
    return entry.body.size if entry and LAYOUTS[entry.store].response == "pair" else None
