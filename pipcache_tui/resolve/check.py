"""Would it be served from the cache? For each requirement and what it needs in turn: which file pip takes, and how.

Nothing is fetched and nothing guessed. The answer holds for an installation into an empty environment, as of the
cached index pages: pip asks for those again, and may then choose anew. The walk to what is needed in turn settles
where each project's newest fitting version also fits all others; where it does not, pip goes back and tries older
ones, and what it ends with is said to be unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from pipcache_tui.cache.model import Entry
from pipcache_tui.pythons.markers import marker_holds
from pipcache_tui.resolve.cache_view import CacheView, Request
from pipcache_tui.resolve.candidates import CandidateEvaluator
from pipcache_tui.resolve.evaluator import Need, Pick, Picker, Verdict
from pipcache_tui.resolve.requirements import InstallRequirement, Options, WantedError, parse_requirement
from pipcache_tui.text import safe_text

if TYPE_CHECKING:
    from pipcache_tui.pythons.interpreters import Python
    from pipcache_tui.resolve.lock_files import LockFile

#: the first pip whose way of choosing is the one told here
_TODAYS_RESOLVER = Version("20.3")
#: the first pip that installs from a lock file
_READS_LOCKS = Version("26.1")
_ROUNDS = 50

__all__ = ["Answer", "CheckInput", "Report", "Verdict", "check"]


@dataclass(slots=True)
class CheckInput:
    """All that is to be checked together, as one `pip install` would be given it."""

    options: Options
    wanted: list[InstallRequirement] = field(default_factory=list)
    constraints: list[InstallRequirement] = field(default_factory=list)
    locks: list[LockFile] = field(default_factory=list)
    #: also what the files themselves need
    dependencies: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of one requirement. `needed_by`: projects whose files ask for it; empty for one that was given."""

    wanted: InstallRequirement
    pick: Pick
    project: str | None
    needed_by: tuple[str, ...] = ()
    #: why it can't be told what the file needs in turn; None where it is told, or plays no part
    needs_unknown: str | None = None

    @property
    def verdict(self) -> Verdict:
        return self.pick.verdict


@dataclass(frozen=True, slots=True)
class Report:
    """The answers for one Python with its pip, in the order given, then what they need by name."""

    python: Python
    pip_version: str
    answers: tuple[Answer, ...]
    notes: tuple[str, ...] = ()

    @property
    def counted(self) -> tuple[Answer, ...]:
        """Those that count for this Python."""
        return tuple(answer for answer in self.answers if answer.verdict != "skipped")

    @property
    def ready(self) -> bool:
        """Whether every file is served from disk, and what they need is known."""
        return all(answer.verdict == "served" and answer.needs_unknown is None for answer in self.counted)

    @property
    def requests(self) -> tuple[Request, ...]:
        """Index pages and `.metadata` that pip asks for besides, each once."""
        asked = [request for answer in self.counted for request in answer.pick.pages]
        asked += [answer.pick.metadata for answer in self.counted if answer.pick.metadata]
        return tuple({request.url: request for request in asked}.values())

    def picks(self, *verdicts: Verdict) -> tuple[Pick, ...]:
        """The files with one of the verdicts, each once."""
        chosen = [answer.pick for answer in self.counted if answer.verdict in verdicts]
        return tuple({pick.url or id(pick): pick for pick in chosen}.values())

    @property
    def files(self) -> tuple[Entry, ...]:
        """The cached files for a wheelhouse, each once: what pip would take, else the best that would do."""
        picks = self.picks("served", "asks", "unknown")
        chosen = [entry for pick in picks for entry in ((pick.entry,) if pick.entry else pick.matches[:1])]
        return tuple({entry.key: entry for entry in chosen}.values())


def check(ask: CheckInput, entries: Iterable[Entry], root: str, python: Python, pip_version: str, now: float) -> Report:
    """Answer for one Python; `root` is the cache that its pip uses, `now` in seconds since 1970.

    Raises WantedError where a lock file holds nothing for it.
    """
    buyer = CandidateEvaluator(python, pip_version)
    given = [*ask.wanted, *(wanted for lock in ask.locks for wanted in lock.chosen_for(python))]
    constraints = [one for one in ask.constraints if marker_holds(one.marker, python) is not False]
    applying = [one for one in given if marker_holds(one.marker, python)]
    checked = ask.options.require_hashes or any(one.hash_checked for one in applying)
    picker = Picker(CacheView(entries, root, buyer, now), ask.options, constraints, checked=checked)
    walk = _Walk(picker, applying, dependencies=ask.dependencies)
    walk.settle()
    answers = [_answer(one, walk, python) for one in given]
    return Report(python, pip_version, (*answers, *walk.dependencies()), tuple(_notes(buyer, ask, walk)))


def _answer(wanted: InstallRequirement, walk: _Walk, python: Python) -> Answer:
    holds = marker_holds(wanted.marker, python)
    if holds is None:
        return Answer(wanted, Pick("unknown", "its marker asks for what is not known of this Python"), wanted.name)
    if not holds:
        return Answer(wanted, Pick("skipped", f"not for Python {python.name}: {wanted.marker}"), wanted.name)
    return walk.answer(wanted)


class _Walk:
    """From what is given to all that is needed, until each project's file fits all that is asked of it."""

    def __init__(self, picker: Picker, given: Sequence[InstallRequirement], *, dependencies: bool) -> None:
        self._picker = picker
        self._given = given
        self._follow = dependencies
        self._python = picker.buyer.python
        self._needs: dict[str, dict[tuple[str, str | None], Need]] = {}
        self._picks: dict[str, Pick] = {}
        self._nameless = {id(one): picker.pick("", [Need(one)]) for one in given if one.name is None}
        self.settled = True

    def settle(self) -> None:
        """Pick, see what that needs, pick again: until nothing changes any more."""
        for _ in range(_ROUNDS):
            self._needs = self._collect()
            picks = {name: self._picker.pick(name, list(needs.values())) for name, needs in self._needs.items()}
            if picks == self._picks:
                break
            self._picks = picks
        else:
            self.settled = False
        self._mark_conflicts()

    def answer(self, wanted: InstallRequirement) -> Answer:
        pick = self._nameless[id(wanted)] if wanted.name is None else self._picks[wanted.name]
        return Answer(wanted, pick, wanted.name, needs_unknown=None if wanted.locked else self._needs_unknown(pick))

    def dependencies(self) -> Iterator[Answer]:
        """What was not given but is needed."""
        given = {one.name for one in self._given}
        for name in sorted(self._picks.keys() - given):
            needs = list(self._needs[name].values())
            specifiers = {str(need.wanted.specifier) for need in needs} - {""}
            extras = sorted({extra for need in needs for extra in need.wanted.extras})
            text = name + (f"[{','.join(extras)}]" if extras else "") + ",".join(sorted(specifiers))
            by = tuple(dict.fromkeys(need.by for need in needs if need.by))
            wanted = InstallRequirement(text, f"needed by {', '.join(by)}", name=name)
            pick = self._picks[name]
            yield Answer(wanted, pick, name, needed_by=by, needs_unknown=self._needs_unknown(pick))

    def _collect(self) -> dict[str, dict[tuple[str, str | None], Need]]:
        """By project, all that is asked of it when the files picked last are taken."""
        found: dict[str, dict[tuple[str, str | None], Need]] = {}
        followed: set[tuple[str, frozenset[str]]] = set()
        open_needs = [Need(one) for one in self._given if one.name is not None]
        for pick in self._nameless.values():
            open_needs.extend(self._requires(pick, frozenset(), pick.filename or ""))
        while open_needs:
            need = open_needs.pop(0)
            name = need.wanted.name or ""
            mine = found.setdefault(name, {})
            mine.setdefault((need.wanted.text, need.by), need)
            extras = frozenset(extra for each in mine.values() for extra in each.wanted.extras)
            if (name, extras) not in followed and name in self._picks:
                followed.add((name, extras))
                open_needs.extend(self._requires(self._picks[name], extras, name))
        return found

    def _requires(self, pick: Pick, extras: frozenset[str], by: str) -> Iterator[Need]:
        if not self._follow or pick.core is None:
            return
        for line in pick.core.requires:
            try:
                marker = Requirement(line).marker
                wanted = parse_requirement(line, f"needed by {by}")
            except (InvalidRequirement, WantedError):
                unread = InstallRequirement(line, f"needed by {by}", refused="not to be understood as a requirement")
                yield Need(replace(unread, name=safe_text(line, 60)), by)
                continue
            if marker_holds(marker, self._python, extras & pick.core.extras) is not False:
                yield Need(wanted, by)

    def _mark_conflicts(self) -> None:
        """Where what is needed can't be had, pip tries older files of those that need it; so those are in doubt."""
        doubtful: dict[str, str] = {}
        for name, pick in self._picks.items():
            by = [need.by for need in self._needs[name].values() if need.by]
            if by and (pick.conflict or not self.settled):
                why = f"{', '.join(dict.fromkeys(by))}: pip tries older versions, and which it ends with is not known"
                self._picks[name] = replace(pick, verdict="unknown", why=f"{pick.why}, as asked for by {why}")
                doubtful.update(dict.fromkeys(by, f"what it needs of {name} can't be had"))
        for name, why in doubtful.items():
            if name in self._picks and self._picks[name].verdict not in ("unknown", "nothing"):
                why = f"{why}: pip may go back to an older version"
                self._picks[name] = replace(self._picks[name], verdict="unknown", why=why)

    def _needs_unknown(self, pick: Pick) -> str | None:
        if not self._follow or pick.core is not None or pick.verdict in ("nothing", "unknown"):
            return None
        if pick.builds:
            return "only building it tells what it needs"
        return "what it needs stands in a file that is not in the cache"


def _notes(buyer: CandidateEvaluator, ask: CheckInput, walk: _Walk) -> Iterator[str]:
    if buyer.pip < _TODAYS_RESOLVER:
        yield f"pip {buyer.pip_version} chooses by older rules than those told here, which are those of 20.3 and newer"
    if ask.locks and buyer.pip < _READS_LOCKS:
        yield f"pip {buyer.pip_version} reads no lock files; told is what one that does would fetch"
    if not walk.settled:
        yield "what the files need of each other does not settle"
