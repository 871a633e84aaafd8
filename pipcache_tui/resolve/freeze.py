"""The newest versions that one Python could install from the cache, as a requirements file with hashes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from pipcache_tui.cache.model import Entry
from pipcache_tui.pep440 import read_version
from pipcache_tui.pythons.interpreters import Python
from pipcache_tui.resolve.cache_view import CacheView, origin_hashes
from pipcache_tui.resolve.check import Result, check
from pipcache_tui.resolve.check_input import CheckInput
from pipcache_tui.resolve.factory import Factory, RequirementInformation
from pipcache_tui.resolve.inputs.requirements import Digest, InstallOptions, InstallRequirement
from pipcache_tui.resolve.preparer import Outcome
from pipcache_tui.resolve.target import TargetPython

_HASH = "sha256"


@dataclass(frozen=True, slots=True)
class FrozenRequirement:
    """One version that pip could install, with the file it takes and that file's hash."""

    project: str
    version: str
    filename: str
    digest: Digest
    entry: Entry

    @property
    def requirement(self) -> InstallRequirement:
        """It as `--freeze` writes it and `--check` reads it."""
        return InstallRequirement(
            f"{self.project}=={self.version}",
            "--freeze",
            name=self.project,
            specifier=SpecifierSet(f"=={self.version}"),
            hashes=frozenset({self.digest}),
            has_hash_options=True,
        )


@dataclass(frozen=True, slots=True)
class FreezeReport:
    """What one Python with its pip could install, by project."""

    python: Python
    pip_version: str
    frozen: tuple[FrozenRequirement, ...]


def freeze(
    entries: Iterable[Entry], root: str, python: Python, pip_version: str, now: float, options: InstallOptions
) -> FreezeReport:
    """The newest version of each project in the cache, so that all of them fit together and every file is served.

    A version that needs something the cache has not, or whose needs are not known, gives way to an older one.

    Args:
        entries: all entries of the scan.
        root: the path of the cache that the Python's pip uses.
        python: the Python.
        pip_version: of its pip.
        now: in seconds since 1970.
        options: pip's options.
    """
    cache_view = CacheView(entries, root, TargetPython(python, pip_version), now)
    selection = _Selection(cache_view, options)
    while selection.step_back(_results(selection.frozen, cache_view, options)):
        pass
    return FreezeReport(python, pip_version, tuple(selection.frozen))


def _results(frozen: Sequence[FrozenRequirement], cache_view: CacheView, options: InstallOptions) -> Sequence[Result]:
    check_input = CheckInput(options, [each.requirement for each in frozen])
    target = cache_view.target
    report = check(
        check_input,
        cache_view.entries,
        cache_view.root,
        target.python,
        target.pip_version,
        cache_view.now,
        cache_view=cache_view,
    )
    return report.applicable


class _Selection:
    """For each project a version, the newest at first; each step goes back where something is not served."""

    def __init__(self, cache_view: CacheView, options: InstallOptions) -> None:
        self._versions = {
            project: list(_servable(project, versions, cache_view, options))
            for project, versions in sorted(_cached_versions(cache_view).items())
        }

    @property
    def frozen(self) -> list[FrozenRequirement]:
        return [versions[0] for versions in self._versions.values() if versions]

    def step_back(self, results: Sequence[Result]) -> bool:
        """Leave out the versions that these results rule out; False where all are served."""
        failing = [each for each in results if each.verdict != "served" or each.needs_unknown]
        conflicts = [each for each in failing if each.outcome.conflict and each.project in self._versions]
        for each in conflicts or failing:
            project = each.project or ""
            parents = [parent for parent in _parents(project, results) if self._versions.get(parent)]
            alone = not parents or (each.verdict == "served" and each.needs_unknown)
            older = [one for one in self._versions.get(project, ())[1:] if _fits(one, project, results)]
            if each.outcome.conflict and older:  # an older version that all who need it accept
                self._versions[project] = older
            elif alone and self._versions.get(project):
                del self._versions[project][0]
            else:
                for parent in parents:
                    del self._versions[parent][0]
        return bool(failing)


def _servable(
    project: str, versions: Sequence[Version], cache_view: CacheView, options: InstallOptions
) -> Iterator[FrozenRequirement]:
    """The versions whose file pip takes from disk, each with its hash."""
    factory = Factory(cache_view, options, (), hash_mode=False)
    for version in versions:
        pinned = InstallRequirement(
            f"{project}=={version}", "--freeze", name=project, specifier=SpecifierSet(f"=={version}")
        )
        outcome = factory.choose(project, [RequirementInformation(pinned)])
        digest = _digest(outcome, cache_view) if outcome.verdict == "served" else None
        if digest and outcome.entry and outcome.filename:
            yield FrozenRequirement(project, str(version), outcome.filename, digest, outcome.entry)


def _digest(outcome: Outcome, cache_view: CacheView) -> Digest | None:
    """The sha256 of the file that pip downloads; of the source archive where the wheel was built here."""
    if outcome.entry is None:
        return None
    if outcome.built:
        return next((digest for digest in origin_hashes(outcome.entry) if digest[0] == _HASH), None)
    digests = cache_view.digests(outcome.entry, (_HASH,))
    return (_HASH, digests[_HASH]) if digests else None


def _cached_versions(cache_view: CacheView) -> dict[str, list[Version]]:
    """By project, the versions in the cache: final ones first, each newest first."""
    found: dict[str, set[Version]] = {}
    for entry in cache_view.entries:
        version = read_version(entry.version)
        is_file = entry.kind in ("wheel", "built-wheel", "sdist") and entry.store in cache_view.target.row.stores
        if is_file and entry.project and version and entry.root == cache_view.root:
            found.setdefault(canonicalize_name(entry.project), set()).add(version)
    return {
        project: sorted(versions, key=lambda version: (not version.is_prerelease, version), reverse=True)
        for project, versions in found.items()
    }


def _parents(project: str, results: Sequence[Result]) -> list[str]:
    """The projects whose files need this one."""
    return [each.project for each in results if each.project and list(_needs(each, project))]


def _fits(frozen: FrozenRequirement, project: str, results: Sequence[Result]) -> bool:
    specifiers = [each.specifier for result in results for each in _needs(result, project)]
    return all(specifier.contains(frozen.version, prereleases=True) for specifier in specifiers)


def _needs(result: Result, project: str) -> Iterator[Requirement]:
    for line in result.outcome.core.requires if result.outcome.core else ():
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if canonicalize_name(requirement.name) == project and result.project != project:
            yield requirement
