"""Copies cached wheels and sdists under their real names into a folder that pip can install from.

First every entry is verified, which also finds names; corrupt ones are refused. Among entries with the same name a
proven one wins. Each is hashed again while it is copied, and gets its name only when it is complete.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pipcache_tui.cache.content import open_content
from pipcache_tui.cache.disk.folders import NotPlainFile
from pipcache_tui.cache.formats.responses import EnvelopeError
from pipcache_tui.cache.model import Entry
from pipcache_tui.export.file_names import export_name
from pipcache_tui.export.new_files import DestinationError, make_folder, new_file, read_existing
from pipcache_tui.export.simple_index import Indexed, write_index
from pipcache_tui.text import error_reason, format_count, safe_text
from pipcache_tui.verify.batch import verify_entries
from pipcache_tui.verify.examine import Verdict
from pipcache_tui.verify.known_hashes import KnownHashes

KINDS = frozenset({"wheel", "built-wheel", "sdist"})


class ExportError(Exception):
    """The folder can't be used, or is full; one line says which."""


@dataclass(frozen=True, slots=True)
class Exported:
    """An entry was copied to the folder. `note`: why its name is not proven, "" if it is."""

    entry: Entry
    name: str
    size: int
    how: Literal["reflink", "copy"]
    proven: bool
    sha256: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """Nothing to do: the folder already has the same content, or a better file of this name."""

    entry: Entry
    name: str
    why: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The entry is not exported and leaves no file. `name` is None if none is known."""

    entry: Entry
    name: str | None
    why: str


ExportStep: TypeAlias = Exported | AlreadyThere | Refused | Indexed


@dataclass(frozen=True, slots=True)
class _Candidate:
    verdict: Verdict
    name: str
    note: str
    sha256: str

    @property
    def entry(self) -> Entry:
        return self.verdict.entry

    @property
    def proven(self) -> bool:
        return self.verdict.state == "proven"


@dataclass(slots=True)
class _Done:
    """What was exported so far, for the index and for the message on a full disk."""

    written: int = 0
    hashes: dict[str, str] = field(default_factory=dict)
    yanked: dict[str, str] = field(default_factory=dict)


def export_entries(
    entries: Iterable[Entry],
    folder: str,
    known_hashes: KnownHashes,
    *,
    index: bool = False,
    stop: Callable[[], bool] = lambda: False,
    watch: Callable[[int], None] | None = None,
    workers: int | None = None,
    memory: str | None = None,
) -> Iterator[ExportStep]:
    """Export the wheels and sdists among some entries.

    Args:
        entries: what to export; other kinds are ignored.
        folder: where to; made if it is missing.
        known_hashes: from `gather_known_hashes`.
        index: also write a simple index.
        stop: as for `verify_entries`.
        watch: as for `verify_entries`; counts bytes verified and bytes copied.
        workers: as for `verify_entries`.
        memory: as for `verify_entries`.

    Returns:
        A step for each entry, and one for the index.

    Raises:
        ExportError: the folder can't be used, or is full.
    """
    chosen = [entry for entry in entries if entry.kind in KINDS]
    done = _Done()
    _check_folder(folder, {entry.root for entry in chosen})
    try:
        make_folder(folder)
        candidates: dict[str, list[_Candidate]] = {}
        verdicts = verify_entries(chosen, known_hashes, stop=stop, watch=watch, workers=workers, memory=memory)
        for verdict in verdicts:
            judged = _candidate(verdict)
            if isinstance(judged, Refused):
                yield judged
            else:
                candidates.setdefault(judged.name, []).append(judged)
        for name in sorted(candidates):
            if stop():
                return
            winner, others = _best_of(candidates[name])
            yield from others
            if winner is not None:
                yield from _export(winner, folder, done, watch or (lambda _: None), stop)
        if index and not stop():
            yield write_index(folder, done.hashes, done.yanked)
    except DestinationError as error:
        raise ExportError(f"{error}; {format_count(done.written, 'file')} written before, whole") from None


def _check_folder(folder: str, roots: Iterable[str]) -> None:
    target = os.path.realpath(folder)
    for root in roots:
        inside = os.path.realpath(root)
        if target == inside or target.startswith(inside + os.sep):
            raise ExportError(f"{safe_text(folder)} is inside the cache {safe_text(root)}; name a folder elsewhere")
    try:
        if not stat.S_ISDIR(os.stat(folder).st_mode):
            raise ExportError(f"{safe_text(folder)} is not a folder")
    except FileNotFoundError:
        if os.path.islink(folder):
            raise ExportError(f"{safe_text(folder)} is a link to nothing") from None
    except OSError as error:
        raise ExportError(f"{safe_text(folder)}: {error_reason(error)}") from None


def _candidate(verdict: Verdict) -> _Candidate | Refused:
    name, note = export_name(verdict.entry)
    if verdict.state in ("corrupt", "unchecked") or verdict.sha256 is None:
        what = "corrupt: " if verdict.state == "corrupt" else ""
        return Refused(verdict.entry, name, what + "; ".join(verdict.why))
    if name is None:
        return Refused(verdict.entry, None, "its file name is not known")
    return _Candidate(verdict, name, note, verdict.sha256)


def _best_of(same_name: Sequence[_Candidate]) -> tuple[_Candidate | None, list[ExportStep]]:
    """Choose among entries with the same name: the one to export, and steps for the others.

    Equal bytes are one file. Of different files the only proven one wins. If none is proven, the latest of wheels built
    here wins, as all were built from the same source. Otherwise all are refused.
    """
    ranked = sorted(same_name, key=lambda each: (not each.proven, each.entry.kind == "built-wheel", -each.entry.stored))
    first = ranked[0]
    proven = {each.sha256 for each in ranked if each.proven}
    different = {each.sha256 for each in ranked}
    others: list[ExportStep] = []
    if len(different) > 1 and (len(proven) > 1 or not (proven or _all_built(ranked))):
        sort = f"{len(proven)} of them proven" if proven else "none proven"
        why = f"{len(different)} different files have this name, {sort}; choose one with a filter, such as id=…"
        return None, [Refused(each.entry, each.name, why) for each in same_name]
    for each in ranked[1:]:
        if each.sha256 == first.sha256:
            others.append(AlreadyThere(each.entry, each.name, f"the same file as {first.entry.id}", each.sha256))
        elif each.entry.kind == "built-wheel":
            better = "which is proven" if first.proven else "which was built later"
            others.append(AlreadyThere(each.entry, each.name, f"{first.entry.id} is exported, {better}"))
        else:
            why = f"{first.entry.id} has this name too and is proven; this one is not"
            others.append(Refused(each.entry, each.name, why))
    return first, others


def _all_built(candidates: Iterable[_Candidate]) -> bool:
    return all(each.entry.kind == "built-wheel" for each in candidates)


def _export(
    candidate: _Candidate, folder: str, done: _Done, watch: Callable[[int], None], stop: Callable[[], bool]
) -> Iterator[Exported | AlreadyThere | Refused]:
    entry, name = candidate.entry, candidate.name
    step: Exported | AlreadyThere | Refused | None
    try:
        there = _existing(folder, name, candidate.sha256)
    except OSError as error:
        yield Refused(entry, name, f"the file there with its name can't be read: {error_reason(error)}")
        return
    if there is None:
        step = _write(candidate, folder, watch, stop)
        if step is None:
            return
    else:
        step = AlreadyThere(entry, name, "already there", candidate.sha256) if there else Refused(entry, name, _ANOTHER)
    if not isinstance(step, Refused):
        done.written += isinstance(step, Exported)
        done.hashes[name] = candidate.sha256
        if entry.yanked is not None:
            done.yanked[name] = entry.yanked
    yield step


_ANOTHER = "another file of this name is there already; it stays"


def _existing(folder: str, name: str, sha256: str) -> bool | None:
    """Whether the folder has the same file already; None if it has no such name. Raises OSError."""
    digest = hashlib.sha256()
    try:
        for piece in read_existing(folder, name):
            digest.update(piece)
    except FileNotFoundError:
        return None
    except NotPlainFile:
        return False
    return digest.hexdigest() == sha256


class _Stopped(Exception):
    pass


def _write(
    candidate: _Candidate, folder: str, watch: Callable[[int], None], stop: Callable[[], bool]
) -> Exported | Refused | None:
    """Copy one body; None if it was stopped. Raises DestinationError."""
    entry, name = candidate.entry, candidate.name
    digest, size = hashlib.sha256(), 0

    def hashed(pieces: Iterable[bytes]) -> Iterator[bytes]:
        nonlocal size
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            watch(len(piece))
            if stop():
                raise _Stopped
            yield piece

    exported: Exported | None = None
    try:
        with open_content(entry) as content, new_file(folder) as new:
            how: Literal["reflink", "copy"] = "reflink" if new.clone(content) else "copy"
            if how == "reflink":
                for _ in hashed(new.pieces()):
                    pass
            else:
                new.write(hashed(content.stream()))
            if digest.hexdigest() != candidate.sha256:
                return Refused(entry, name, "corrupt: it changed after it was verified")
            new.place(name)
            exported = Exported(entry, name, size, how, candidate.proven, candidate.sha256, candidate.note)
    except _Stopped:
        return None
    except FileExistsError:
        return Refused(entry, name, _ANOTHER)
    except OSError as error:
        if exported is None:  # else it was read completely, and only closing it failed
            return Refused(entry, name, f"can't be read: {error_reason(error)}")
    except EnvelopeError as error:
        return Refused(entry, name, f"corrupt: {error}")
    return exported


@dataclass(frozen=True, slots=True)
class ExportResult:
    """The result of an export."""

    exported: tuple[Exported, ...]
    left: tuple[AlreadyThere, ...]
    refused: tuple[Refused, ...]
    indexed: Indexed | None

    @classmethod
    def of(cls, steps: Iterable[ExportStep]) -> ExportResult:
        """Sum up the steps."""
        sorts: Mapping[type, list[ExportStep]] = {Exported: [], AlreadyThere: [], Refused: [], Indexed: []}
        for step in steps:
            sorts[type(step)].append(step)
        return cls(
            exported=tuple(step for step in sorts[Exported] if isinstance(step, Exported)),
            left=tuple(step for step in sorts[AlreadyThere] if isinstance(step, AlreadyThere)),
            refused=tuple(step for step in sorts[Refused] if isinstance(step, Refused)),
            indexed=next((step for step in sorts[Indexed] if isinstance(step, Indexed)), None),
        )
