"""Which cached files are needed, and why; what is not known to be unneeded counts as needed.

For requirements that is what pip takes for them and all they need, by the rules of `check`, with the index pages and
metadata it asks for, and with what it needs to build a source archive. For lock files and environments it is the very
versions they hold. Where pip's choice is not known, every file of the project that it may choose is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urljoin

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet

from pipcache_tui.cache.content import read_core_metadata
from pipcache_tui.cache.formats.metadata import CoreMetadata
from pipcache_tui.cache.model import Entry
from pipcache_tui.cache.pip.releases import generation_of
from pipcache_tui.pep440 import read_version
from pipcache_tui.pythons.markers import marker_holds
from pipcache_tui.resolve.build_requirements import SourceNeeds, read_source_needs
from pipcache_tui.resolve.check import CheckReport, Result, check
from pipcache_tui.resolve.check_input import CheckInput
from pipcache_tui.resolve.inputs.requirements import (
    InstallOptions,
    InstallRequirement,
    RequirementError,
    parse_requirement,
)
from pipcache_tui.resolve.needs import Need
from pipcache_tui.text import safe_text

if TYPE_CHECKING:
    from pipcache_tui.pythons.interpreters import Python

Key: TypeAlias = "tuple[str, str]"

#: kinds that can be called unneeded; of the others it is not known what they are for
JUDGED = frozenset({"wheel", "built-wheel", "sdist", "metadata", "index-page", "redirect"})
#: and the stores: those that pip looks up by URL, or by the URL of a source
_STORES = frozenset({"http", "http-v2", "wheels"})
_VERSIONED = frozenset({"wheel", "built-wheel", "sdist", "metadata"})
_MOST_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Needed:
    """What is needed. `why`: by the key of an entry, a line such as "needed by a.txt → httpx 0.28.1 → anyio 4.6".

    `notes`: what could not be judged and is kept for that, a line each. `labels`: the things that were asked about.
    """

    why: Mapping[Key, str]
    notes: tuple[str, ...]
    labels: tuple[str, ...]


def find_needed(
    needs: Sequence[Need],
    entries: Sequence[Entry],
    roots: Iterable[str],
    pips: Sequence[tuple[Python, str]],
    options: InstallOptions,
    now: float,
) -> Needed:
    """Work out what is needed.

    Args:
        needs: what to keep files for.
        entries: all entries of the scan.
        roots: the paths of the caches they are in; each pip may use any of them.
        pips: the Pythons that may install it, each with the version of its pip.
        options: how pip looks for files to build with.
        now: the time, in seconds since 1970.
    """
    search = _Search(tuple(entries), tuple(roots), tuple(pips), options, now)
    for need in needs:
        if need.check_input is not None:
            search.resolve(need.check_input, need.label)
        if need.pins:
            search.keep_pins(need)
    search.keep_unjudged()
    search.keep_redirects()
    return Needed(search.why, tuple(search.notes), tuple(dict.fromkeys(need.label for need in needs)))


@dataclass(slots=True)
class _Search:
    entries: tuple[Entry, ...]
    roots: tuple[str, ...]
    pips: tuple[tuple[Python, str], ...]
    options: InstallOptions
    now: float
    why: dict[Key, str] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    _by_project: dict[str, list[Entry]] = field(default_factory=dict)
    _sources: dict[Key, SourceNeeds | None] = field(default_factory=dict)
    _builds: set[tuple[str, str, str, tuple[str, ...]]] = field(default_factory=set)
    _keeps_all: bool = False

    def __post_init__(self) -> None:
        for entry in self.entries:
            if entry.project is not None:
                self._by_project.setdefault(entry.project, []).append(entry)

    def keep(self, entry: Entry | None, reason: str) -> None:
        if entry is not None:
            self.why.setdefault(entry.key, reason)

    # --- versions that are pinned ---------------------------------------------------------------------------

    def keep_pins(self, need: Need) -> None:
        """Every file of the pinned versions, as any Python may install it, and the index pages of their projects."""
        pythons = [python for python, _ in self.pips]
        for pin in need.pins:
            here = [python for python in pythons if _holds_for(pin.markers, python)]
            if pythons and not here and not need.on_any_python:
                continue
            version = read_version(pin.version) or pin.version
            reason = f"needed by {need.label} → {pin.project} {safe_text(pin.version, 60)}"
            kept = []
            for entry in self._by_project.get(pin.project, ()):
                if entry.kind == "index-page":
                    self.keep(entry, reason)
                elif entry.kind in _VERSIONED and (read_version(entry.version) or entry.version) == version:
                    accepting = (python.accepts(entry.tags, entry.requires_python) for python in here)
                    if need.on_any_python or not here or any(accepting):
                        self.keep(entry, reason)
                        kept.append(entry)
            if any(entry.kind in ("wheel", "built-wheel") for entry in kept):
                continue
            for source in (entry for entry in kept if entry.kind == "sdist"):
                for python, pip_version in self.pips:
                    self._keep_build(source, source.root, python, pip_version, reason, self.options)

    # --- what pip chooses -----------------------------------------------------------------------------------

    def resolve(self, check_input: CheckInput, label: str) -> None:
        """What each pip takes for the requirements, from each cache."""
        for root in self.roots:
            for python, pip_version in self.pips:
                self._resolve(check_input, f"needed by {label}", root, python, pip_version)

    def _resolve(self, check_input: CheckInput, start: str, root: str, python: Python, pip_version: str) -> None:
        """Keep what a pip takes, and what cached files need that it may take."""
        parents: dict[str, Result] = {}
        for _ in range(_MOST_ROUNDS):
            try:
                report = check(check_input, self.entries, root, python, pip_version, self.now)
            except RequirementError as error:
                self.notes[f"{error}; nothing is kept for that Python"] = None
                return
            added = self._unseen_needs(report, check_input, root, parents)
            if not added:
                break
            check_input = replace(check_input, requirements=[*check_input.requirements, *added])
        chains = _Chains(report, start, parents)
        for result in report.applicable:
            reason = chains.to(result)
            self._keep_result(result, report, reason, root, is_asked=result.requirement.text not in parents)
            source = result.outcome.entry
            if result.outcome.builds and source is not None:
                self._keep_build(source, root, python, pip_version, reason, check_input.options)

    def _keep_result(self, result: Result, report: CheckReport, reason: str, root: str, *, is_asked: bool) -> None:
        """Keep the file, its index pages and its metadata; where the file is not known or not here, all that fit."""
        outcome = result.outcome
        self.keep(outcome.entry, reason)
        for request in (*outcome.pages, *([outcome.metadata] if outcome.metadata else [])):
            if request.way != "download":
                self.keep(request.entry, reason)
        if result.project is None:
            if outcome.entry is None:
                self.notes[f"{safe_text(result.requirement.text, 200)}: which project it is can't be told"] = None
            return
        fitting = self._fitting(result, report, root, is_asked=is_asked)
        if outcome.verdict == "download" and outcome.core is None and not fitting and not result.requirement.locked:
            name = f"{result.project} {outcome.version or ''}".rstrip()
            self.notes[f"{name} is not in the cache, so what it needs is not known and not kept for it"] = None
        if fitting:
            for entry in fitting:
                self.keep(entry, f"{reason}, in a version that is not known")
            which = "pip would download another" if outcome.verdict == "download" else outcome.why
            why = f"{result.project}: which version pip takes is not known ({which})"
            self.notes[f"{why}, so all its files that fit are kept"] = None

    def _fitting(self, result: Result, report: CheckReport, root: str, *, is_asked: bool) -> list[Entry]:
        """The files of a project that this pip may take, where it is not known which; what was asked narrows them."""
        if result.verdict not in ("unknown", "nothing", "download"):
            return []
        asked = result.requirement.specifier if is_asked and not result.needed_by else SpecifierSet()
        stores = generation_of(report.pip_version).stores
        fitting = []
        for entry in self._by_project.get(result.project or "", ()):
            if entry.root != root or entry.store not in stores or entry.kind not in _VERSIONED:
                continue
            version = read_version(entry.version)
            is_allowed = version is None or asked.contains(version, prereleases=True)
            if is_allowed and report.python.accepts(entry.tags, entry.requires_python):
                fitting.append(entry)
        return fitting

    # --- what files need in turn ----------------------------------------------------------------------------

    def _unseen_needs(
        self, report: CheckReport, check_input: CheckInput, root: str, parents: dict[str, Result]
    ) -> list[InstallRequirement]:
        """What cached files need that `check` did not follow: those pip must build, or may take instead of others."""
        if not check_input.dependencies:
            return []
        known = {each.text for each in check_input.requirements}
        added: list[InstallRequirement] = []
        for result in report.applicable:
            outcome = result.outcome
            if result.requirement.locked or outcome.core is not None:
                continue
            is_asked = result.requirement.text not in parents
            files = [outcome.entry] if outcome.entry else self._fitting(result, report, root, is_asked=is_asked)
            for entry in files:
                core = self._core_of(entry)
                if core is None:
                    self._keep_everything(
                        f"{entry.project} {entry.version}: what it needs is known only by building it"
                    )
                    continue
                for line in core.requires:
                    requirement = _read_need(line, report.python, core.extras)
                    if requirement is not None and requirement.text not in known:
                        known.add(requirement.text)
                        parents[requirement.text] = result
                        added.append(requirement)
        return added

    def _core_of(self, file: Entry) -> CoreMetadata | None:
        """The core metadata of a file's version: its own, that of any wheel of it here, or the source archive's."""
        same = [entry for entry in self._by_project.get(file.project or "", ()) if entry.version == file.version]
        for entry in (file, *same):
            if core := read_core_metadata(entry):
                return core
        sources = [needs for entry in same if entry.kind == "sdist" and (needs := self._source(entry))]
        return next((needs.core for needs in sources if needs.core), None)

    def _keep_build(
        self, source: Entry, root: str, python: Python, pip_version: str, reason: str, options: InstallOptions
    ) -> None:
        """Keep what pip puts into the environment in which it builds a source archive."""
        needs = self._source(source)
        if needs is None:
            self._keep_everything(f"{source.project} {source.version}: what building it needs can't be read")
            return
        key = (root, python.executable, pip_version, needs.build)
        if key not in self._builds:
            self._builds.add(key)
            requirements = [_read_need(line, python, frozenset()) for line in needs.build]
            # pip checks no hashes of what it builds with (`BuildEnvironment.install_requirements`)
            build_input = CheckInput(replace(options, require_hashes=False), [each for each in requirements if each])
            self._resolve(build_input, f"{reason} → its build", root, python, pip_version)

    def _source(self, source: Entry) -> SourceNeeds | None:
        if source.key not in self._sources:
            self._sources[source.key] = read_source_needs(source)
        return self._sources[source.key]

    # --- what can't be judged ---------------------------------------------------------------------------------

    def _keep_everything(self, why: str) -> None:
        if not self._keeps_all:
            self._keeps_all = True
            self.notes[f"{why}, so nothing is called unneeded"] = None
            for entry in self.entries:
                self.keep(entry, f"kept: {why}")

    def keep_unjudged(self) -> None:
        """Keep what is of no known project or version, or whose use is not known."""
        for entry in self.entries:
            if entry.kind not in JUDGED or entry.store not in _STORES:
                self.keep(entry, "kept: not a file that pip installs from")
            elif entry.kind == "redirect":
                if entry.url is None or entry.response is None or entry.response.location is None:
                    self.keep(entry, "kept: where it leads is not known")
            elif entry.project is None or (entry.version is None and entry.kind in _VERSIONED):
                self.keep(entry, "kept: its project or version is not known")

    def keep_redirects(self) -> None:
        """Keep the redirects that lead to what is kept."""
        reasons = {entry.url or "": why for entry in self.entries if (why := self.why.get(entry.key))}
        redirects = [entry for entry in self.entries if entry.kind == "redirect" and entry.key not in self.why]
        for _ in redirects:
            found = False
            for entry in redirects:
                target = urljoin(entry.url or "", (entry.response.location or "") if entry.response else "")
                if entry.key not in self.why and target in reasons:
                    self.keep(entry, reasons[target])
                    reasons.setdefault(entry.url or "", reasons[target])
                    found = True
            if not found:
                break


class _Chains:
    """How each project in a report came to be needed, from what was named to it."""

    def __init__(self, report: CheckReport, start: str, parents: Mapping[str, Result]) -> None:
        self._start = start
        self._parents = parents
        self._by_project: dict[str, Result] = {}
        for result in report.applicable:
            self._by_project.setdefault(result.project or "", result)

    def to(self, result: Result) -> str:
        names: list[str] = []
        seen: set[str | None] = set()
        current: Result | None = result
        while current is not None and current.project not in seen:
            seen.add(current.project)
            outcome = current.outcome
            name = current.project or outcome.filename or current.requirement.text
            names.insert(0, safe_text(f"{name} {outcome.version}" if outcome.version else name, 100))
            if current.requirement.text in self._parents:
                current = self._parents[current.requirement.text]
            else:
                above = [self._by_project.get(parent) for parent in current.needed_by]
                current = next((each for each in above if each and each.project not in seen), None)
        return " → ".join((self._start, *names))


def _read_need(line: str, python: Python, extras: frozenset[str]) -> InstallRequirement | None:
    """A requirement in a file's metadata; None where it is not for this Python, or pip would refuse it."""
    try:
        requirement = parse_requirement(line, "metadata")
    except RequirementError:
        return None
    return None if marker_holds(requirement.marker, python, extras) is False else replace(requirement, marker=None)


def _holds_for(markers: Sequence[Marker], python: Python) -> bool:
    return not markers or any(marker_holds(marker, python) is not False for marker in markers)
