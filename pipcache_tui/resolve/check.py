"""Would it be served from the cache? For each requirement and all it needs: which file pip takes, and how it gets it.

Nothing is fetched and nothing is guessed. The answer holds for an installation into an empty environment and for the
index pages as they are cached: pip asks for those again and may then choose other files. Dependencies are settled
where each project's newest fitting version fits all others too. Where it does not, pip backtracks to older versions,
and the result is reported as unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from pipcache_tui.cache.model import Entry
from pipcache_tui.pythons.markers import marker_holds
from pipcache_tui.resolve.cache_view import CacheView, Request
from pipcache_tui.resolve.check_input import CheckInput
from pipcache_tui.resolve.factory import Factory, RequirementInformation
from pipcache_tui.resolve.inputs.requirements import InstallRequirement, RequirementError, parse_requirement
from pipcache_tui.resolve.preparer import Outcome, Verdict, applies
from pipcache_tui.resolve.target import TargetPython
from pipcache_tui.text import safe_text

if TYPE_CHECKING:
    from pipcache_tui.pythons.interpreters import Python

#: the first pip with the resolver whose rules these are (resolvelib)
_NEW_RESOLVER = Version("20.3")
#: the first pip that installs from a lock file (PEP 751)
_READS_LOCK_FILES = Version("26.1")
_MOST_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Result:
    """What pip does for one requirement. `needed_by`: projects whose files need it; empty for one that was given."""

    requirement: InstallRequirement
    outcome: Outcome
    project: str | None
    needed_by: tuple[str, ...] = ()
    #: why the file's own needs are not known; None where they are, or don't matter
    needs_unknown: str | None = None

    @property
    def verdict(self) -> Verdict:
        return self.outcome.verdict


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The results for one Python with its pip: in the order given, then what they need, by name."""

    python: Python
    pip_version: str
    results: tuple[Result, ...]
    notes: tuple[str, ...] = ()

    @property
    def applicable(self) -> tuple[Result, ...]:
        """Those that apply to this Python."""
        return tuple(result for result in self.results if result.verdict != "skipped")

    @property
    def ready(self) -> bool:
        """Whether every file is served from disk, and all needs are known."""
        return all(result.verdict == "served" and result.needs_unknown is None for result in self.applicable)

    @property
    def requests(self) -> tuple[Request, ...]:
        """The index pages and `.metadata` files that pip also asks for, each once."""
        asked = [request for result in self.applicable for request in result.outcome.pages]
        asked += [request for result in self.applicable for request in result.outcome.rejected]
        asked += [result.outcome.metadata for result in self.applicable if result.outcome.metadata]
        return tuple({request.url: request for request in asked}.values())

    def outcomes(self, *verdicts: Verdict) -> tuple[Outcome, ...]:
        """The files with one of the verdicts, each once."""
        chosen = [result.outcome for result in self.applicable if result.verdict in verdicts]
        return tuple({outcome.url or id(outcome): outcome for outcome in chosen}.values())

    @property
    def files(self) -> tuple[Entry, ...]:
        """The cached files for a wheelhouse, each once: what pip would take, else the best that fits."""
        outcomes = self.outcomes("served", "asks", "unknown")
        chosen = [entry for each in outcomes for entry in ((each.entry,) if each.entry else each.matches[:1])]
        return tuple({entry.key: entry for entry in chosen}.values())


def check(
    check_input: CheckInput,
    entries: Iterable[Entry],
    root: str,
    python: Python,
    pip_version: str,
    now: float,
    *,
    cache_view: CacheView | None = None,
) -> CheckReport:
    """Check everything for one Python.

    Args:
        check_input: what is checked, and with which options.
        entries: all entries of the scan.
        root: the path of the cache that the Python's pip uses.
        python: the Python.
        pip_version: of its pip.
        now: the time of the check, in seconds since 1970.
        cache_view: what an earlier check of the same made of the cache; None: made here.

    Raises:
        RequirementError: a lock file has nothing for this Python.
    """
    target = TargetPython(python, pip_version)
    given = [*check_input.requirements, *(each for lock in check_input.locks for each in lock.chosen_for(python))]
    constraints = [each for each in check_input.constraints if marker_holds(each.marker, python) is not False]
    applicable = [each for each in given if marker_holds(each.marker, python)]
    # lines that a marker excludes count too (`get_requirements` of pip's `cli/req_command.py`)
    with_hashes = any(each.has_hash_options for each in (*given, *check_input.constraints))
    hash_mode = check_input.options.require_hashes or with_hashes
    cache_view = cache_view or CacheView(entries, root, target, now)
    factory = Factory(
        cache_view, check_input.options, constraints, hash_mode=hash_mode, stops=_constraint_problem(check_input)
    )
    resolution = _Resolution(factory, applicable, dependencies=check_input.dependencies)
    resolution.settle()
    results = [_result(each, resolution, python) for each in given]
    notes = tuple(_notes(target, check_input, resolution))
    return CheckReport(python, pip_version, (*results, *resolution.dependencies()), notes)


def _constraint_problem(check_input: CheckInput) -> str | None:
    """pip's `check_invalid_constraint_type`, which stops it whatever the constraint's marker says."""
    for each in check_input.constraints:
        problem = "an editable requirement" if each.editable else "extras" if each.extras else None
        if each.name is None and each.url is not None:
            problem = "a URL without a name"
        if problem:
            return f"{each.where}: {problem} in a constraint: pip stops"
    return None


def _result(requirement: InstallRequirement, resolution: _Resolution, python: Python) -> Result:
    holds = marker_holds(requirement.marker, python)
    if holds is None:
        why = "its marker depends on something not known of this Python"
        return Result(requirement, Outcome("unknown", why), requirement.name)
    if not holds:
        why = f"not for Python {python.name}: {requirement.marker}"
        return Result(requirement, Outcome("skipped", why), requirement.name)
    return resolution.result(requirement)


class _Resolution:
    """From the given requirements to everything needed, until each project's file meets all its requirements."""

    def __init__(self, factory: Factory, given: Sequence[InstallRequirement], *, dependencies: bool) -> None:
        self._factory = factory
        self._given = given
        self._follow = dependencies
        self._python = factory.target.python
        self._information: dict[str, dict[tuple[str, str | None], RequirementInformation]] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._nameless = {
            id(each): factory.choose("", [RequirementInformation(each)]) for each in given if each.name is None
        }
        self.settled = True

    def settle(self) -> None:
        """Choose files, see what they need, choose again, until nothing changes."""
        for _ in range(_MOST_ROUNDS):
            self._information = self._collect()
            outcomes = {
                name: self._factory.choose(name, list(information.values()))
                for name, information in self._information.items()
            }
            if outcomes == self._outcomes:
                break
            self._outcomes = outcomes
        else:
            self.settled = False
        self._mark_conflicts()

    def result(self, requirement: InstallRequirement) -> Result:
        name = requirement.name
        outcome = self._nameless[id(requirement)] if name is None else self._outcomes[name]
        needs_unknown = None if requirement.locked else self._needs_unknown(outcome)
        return Result(requirement, outcome, name, needs_unknown=needs_unknown)

    def dependencies(self) -> Iterator[Result]:
        """What was not given but is needed."""
        given = {each.name for each in self._given}
        for name in sorted(self._outcomes.keys() - given):
            information = list(self._information[name].values())
            specifiers = {str(each.requirement.specifier) for each in information} - {""}
            extras = sorted({extra for each in information for extra in each.requirement.extras})
            text = name + (f"[{','.join(extras)}]" if extras else "") + ",".join(sorted(specifiers))
            by = tuple(dict.fromkeys(each.parent for each in information if each.parent))
            requirement = InstallRequirement(text, f"needed by {', '.join(by)}", name=name)
            outcome = self._outcomes[name]
            yield Result(requirement, outcome, name, needed_by=by, needs_unknown=self._needs_unknown(outcome))

    def _collect(self) -> dict[str, dict[tuple[str, str | None], RequirementInformation]]:
        """By project, all its requirements if the files chosen last are taken."""
        found: dict[str, dict[tuple[str, str | None], RequirementInformation]] = {}
        followed: set[tuple[str, frozenset[str]]] = set()
        waiting = [RequirementInformation(each) for each in self._given if each.name is not None]
        for outcome in self._nameless.values():
            waiting.extend(self._requires(outcome, frozenset(), outcome.filename or ""))
        while waiting:
            information = waiting.pop(0)
            name = information.requirement.name or ""
            same = found.setdefault(name, {})
            same.setdefault((information.requirement.text, information.parent), information)
            extras = frozenset(extra for each in same.values() for extra in each.requirement.extras)
            if (name, extras) not in followed and name in self._outcomes:
                followed.add((name, extras))
                waiting.extend(self._requires(self._outcomes[name], extras, name))
        return found

    def _requires(self, outcome: Outcome, extras: frozenset[str], parent: str) -> Iterator[RequirementInformation]:
        if not self._follow or outcome.core is None:
            return
        for line in outcome.core.requires:
            try:
                marker = Requirement(line).marker
                requirement = parse_requirement(line, f"needed by {parent}")
            except (InvalidRequirement, RequirementError):
                if not applies(line, self._python):
                    continue
                invalid = InstallRequirement(line, f"needed by {parent}", not_checked="not a valid requirement")
                yield RequirementInformation(replace(invalid, name=safe_text(line, 60)), parent)
                continue
            if marker_holds(marker, self._python, extras & outcome.core.extras) is not False:
                yield RequirementInformation(requirement, parent)

    def _mark_conflicts(self) -> None:
        """Where a dependency can't be met, pip tries older versions of what needs it: both are then unknown."""
        doubtful: dict[str, str] = {}
        for name, outcome in self._outcomes.items():
            by = [each.parent for each in self._information[name].values() if each.parent]
            if by and (outcome.conflict or not self.settled):
                parents = ", ".join(dict.fromkeys(by))
                why = f"{outcome.why}, as {parents} needs it: pip tries older versions, and the result is not known"
                self._outcomes[name] = replace(outcome, verdict="unknown", why=why)
                doubtful.update(dict.fromkeys(by, f"what it needs of {name} can't be had"))
        for name, why in doubtful.items():
            if name in self._outcomes and self._outcomes[name].verdict not in ("unknown", "nothing"):
                why = f"{why}: pip may go back to an older version"
                self._outcomes[name] = replace(self._outcomes[name], verdict="unknown", why=why)

    def _needs_unknown(self, outcome: Outcome) -> str | None:
        if not self._follow or outcome.core is not None or outcome.verdict in ("nothing", "unknown"):
            return None
        if outcome.builds:
            return "only building it shows what it needs"
        return "what it needs is in a file that is not cached"


def _notes(target: TargetPython, check_input: CheckInput, resolution: _Resolution) -> Iterator[str]:
    yield from check_input.notes
    if target.pip < _NEW_RESOLVER:
        yield f"pip {target.pip_version} chooses by older rules; this shows what pip 20.3 and newer would do"
    if check_input.locks and target.pip < _READS_LOCK_FILES:
        yield f"pip {target.pip_version} reads no lock files; this shows what a pip that does would fetch"
    if not resolution.settled:
        yield "the dependencies do not settle"
