"""Entries, proofs, verdicts, plans and results in words: written once, used by the command line and the screen.

Everything given back is safe to show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipcache_tui.cache.model import Entry, IndexPage, Origin, PipWill, Response, SelfCheck, UrlProof
from pipcache_tui.text import format_age, format_count, format_day, format_size, safe_text

if TYPE_CHECKING:
    from pipcache_tui.cache.disk.access_times import AtimeKeeping
    from pipcache_tui.pythons.environments import Environment
    from pipcache_tui.remove.plan import Plan
    from pipcache_tui.remove.steps import Failed, RemovalResult
    from pipcache_tui.select.judge import Judge
    from pipcache_tui.select.losses import Loss
    from pipcache_tui.verify.examine import State, Verdict
    from pipcache_tui.verify.known_hashes import Means

Tone = Literal["plain", "good", "warning"]

#: how the URL of an entry is known
PROOFS: Mapping[UrlProof, str] = {
    "index-page": "an index page lists it, and its hash is the entry's name",
    "content": "proven by the hash of its content",
    "origin": "an origin.json or a redirect names it",
    "file-name": "its file name is the URL",
}
#: what agrees with an entry's content
MEANS: Mapping[Means, str] = {
    "content-address": "the hash in its URL",
    "index-page": "its hash on an index page",
    "origin": "its hash in an origin.json",
    "header": "its hash in a header",
    "etag": "its ETag",
    "wheel": "METADATA in its wheel",
    "record": "RECORD",
    "crc": "CRC-32",
    "compression": "its checksum",
    "content-length": "Content-Length",
    "json": "whole JSON",
    "html": "its end tag",
    "name": "its file's name",
}
STATES: Mapping[State, str] = {
    "proven": "proven by a witness outside",
    "consistent": "consistent: no fault, and no witness",
    "corrupt": "corrupt",
    "unchecked": "not checked",
}
_WILL: Mapping[PipWill, str] = {
    "reuse": "will use it without asking the server",
    "revalidate": "will ask the server, and download it again only if it has changed",
    "download-again": "will download it again",
    "never-read": "never reads it",
}
#: up to this many entries are named; more are only counted, by reason
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, and whether it is good news or a warning."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing known about an entry. An empty label continues the fact before."""

    label: str
    text: str
    warns: bool = False


# --- entries ----------------------------------------------------------------------------------------------------


def entry_name(entry: Entry) -> str:
    """What to call an entry: its file name, else what it is and of which project, else its URL or its id."""
    return safe_text(_name(entry), 512)


def _name(entry: Entry) -> str:
    detail = entry.detail
    if isinstance(detail, IndexPage) or entry.kind == "index-page":
        files = detail.files if isinstance(detail, IndexPage) else None
        listed = "" if files is None else f", {format_count(files, 'file')}"
        return f"index page of {entry.project or entry.url or entry.id}{listed}"
    if entry.kind == "selfcheck":
        prefix = detail.prefix if isinstance(detail, SelfCheck) else None
        return f"self-check of {prefix or entry.id}"
    if entry.filename:
        suffix = ".metadata" if entry.kind == "metadata" and not entry.filename.endswith(".metadata") else ""
        return entry.filename + suffix
    if entry.kind == "built-wheel" and isinstance(detail, Origin):
        return detail.url
    if entry.project and entry.kind in ("wheel", "sdist", "metadata"):
        return " ".join(filter(None, (entry.project, entry.version, entry.kind)))
    return entry.url or f"{entry.kind} {entry.id}"


def distinction(entry: Entry) -> str:
    """What distinguishes an entry from others of the same project and version, in one line."""
    if entry.tags:
        return safe_text(entry.tag_label)
    match entry.detail:
        case IndexPage(files=files, form=form):
            return f"{form}, {'many files' if files is None else format_count(files, 'file')}"
        case SelfCheck(prefix=prefix) if prefix:
            return safe_text(prefix)
    if entry.kind in ("orphan", "leftover", "unreadable") and entry.problems:
        return safe_text(entry.problems[0])
    return safe_text(entry.filename or entry.url or entry.id)


def unused_age(keeping: AtimeKeeping, seconds: float) -> str:
    """How long ago something was read, in a table: "3d"; "?" where the mount keeps no times of last use."""
    return "?" if keeping.kept == "never" else format_age(max(0.0, seconds))


def conclusion(entry: Entry, judge: Judge, plan: Plan, copies: Iterable[str] = ()) -> Iterator[Sentence]:
    """What pip will do with an entry, why it was downloaded more than once, and whether deleting it matters.

    Args:
        entry: The entry.
        judge: Knows what pip will do.
        plan: The plan of deleting this entry alone.
        copies: Why the same content is here more than once; see `download_reasons.twice_here`.
    """
    forecast = judge.forecast(entry)
    pip = f"pip {safe_text(judge.pip_version)}"
    if forecast.pip_will is None:
        yield Sentence(f"It is not known what {pip} will do with it: {safe_text(forecast.why)}.")
    else:
        useless = forecast.pip_will in ("download-again", "never-read")
        tone: Tone = "warning" if useless else "good"
        why = safe_text(forecast.why)
        said = why.startswith(f"{pip} never reads")  # the reason is the whole sentence then
        yield Sentence(f"{why}." if said else f"{pip} {_WILL[forecast.pip_will]}: {why}.", tone)
    for text in copies:
        yield Sentence(f"{text[:1].upper()}{safe_text(text[1:])}.")
    frees = f"Deleting it frees {format_size(plan.frees)}"
    if plan.protected:
        yield Sentence(f"It can't be deleted now: {safe_text(plan.protected[0].why)}.")
    elif plan.costs.built_wheels:
        yield Sentence(f"{frees}; if it is wanted, pip must build it again.", "warning")
    elif plan.costs.download:
        yield Sentence(f"{frees}; if it is wanted, pip downloads {format_size(plan.costs.download)} again.")
    else:
        yield Sentence(f"{frees}; nothing has to be downloaded or built again.", "good")


def entry_facts(
    entry: Entry, judge: Judge | None, now: float, *, verdict: Verdict | None = None, summary: str | None = None
) -> Iterator[Fact]:
    """All that is known about an entry.

    Args:
        entry: The entry.
        judge: None if it is not ready; facts that depend on it are then left out.
        now: Seconds since 1970.
        verdict: What verifying it found.
        summary: The line about the project in its METADATA.
    """
    for fact in _facts(entry, judge, now, verdict, summary):
        yield Fact(safe_text(fact.label, 24), safe_text(fact.text), fact.warns)


def _facts(
    entry: Entry, judge: Judge | None, now: float, verdict: Verdict | None, summary: str | None
) -> Iterator[Fact]:
    named = " ".join(filter(None, (entry.project, entry.version)))
    yield Fact("what", ", ".join(filter(None, (entry.kind, named, entry.tag_label, f"in {entry.store}"))))
    if summary:
        yield Fact("about", summary)
    yield from (Fact("problem", problem, warns=True) for problem in entry.problems)
    if entry.yanked is not None:
        yield Fact("yanked", entry.yanked or "without a reason given", warns=True)
    if entry.url is None or entry.url_proof is None:
        yield Fact("from", "not known: pip stores no URL, and nothing in the cache names one for it")
    else:
        yield Fact("from", entry.url)
        yield Fact("", f"({PROOFS[entry.url_proof]})")
    yield from _detail(entry)
    if verdict is not None:
        yield Fact("verified", f"{verdict.state}: {verdict_reason(verdict)}", warns=verdict.state == "corrupt")
        if verdict.sha256:
            yield Fact("sha256", verdict.sha256)
    yield Fact("stored", _when(entry.stored, now))
    if entry.validated - entry.stored >= 1:
        yield Fact("validated", _when(entry.validated, now))
    yield Fact("last use", _last_use(entry, judge, now))
    if judge is not None:
        yield from _judged(entry, judge)
    if entry.response is not None:
        yield Fact("response", ", ".join(_headers(entry.response)))
    on_disk = f", {format_size(entry.size_on_disk)} on disk" if entry.size_on_disk != entry.size else ""
    yield Fact("size", f"{format_size(entry.size)}{on_disk}")
    yield Fact("id", entry.id)
    yield Fact("root", entry.root)
    yield from (Fact("file", f"{file.path}  {format_size(file.size)}") for file in entry.files)


def _judged(entry: Entry, judge: Judge) -> Iterator[Fact]:
    forecast = judge.forecast(entry)
    yield Fact(f"pip {judge.pip_version}", f"{forecast.pip_will or 'not known'}: {forecast.why}")
    stale = judge.stale(entry)
    if stale and stale != forecast.why:
        yield Fact("stale", stale, warns=True)
    if entry.requires_python:
        yield Fact("requires", f"Python {entry.requires_python}")
    accepted = judge.compatible_with(entry)
    if accepted:
        yield Fact("accepted", "by " + ", ".join(accepted))
    elif incompatible := judge.incompatible(entry):
        yield Fact("accepted", incompatible, warns=True)
    environments = judge.installed_in(entry)
    if environments is not None:
        yield from (Fact("installed", _installed(environment, entry)) for environment in environments)
        if not environments:
            yield Fact("installed", "in no environment here")
    newer = judge.superseded_by(entry)
    if newer is not None:
        yield Fact("superseded", f"by {newer}, which is here too", warns=True)


def _installed(environment: Environment, entry: Entry) -> str:
    """Which environment has it, what installed it, and from where if not from an index."""
    from pipcache_tui.pythons.installed import BrokenDistribution, read_files

    text = f"in {environment.name}"
    if environment.name != environment.prefix:
        text += f" ({environment.prefix})"
    for distribution in environment.distributions:
        if distribution.project == entry.project:
            try:
                files = read_files(distribution)
            except BrokenDistribution as why:
                return f"{text}; {why}"
            text += f" by {safe_text(files.installer, 40)}" if files.installer else ""
            return text + (f" from {safe_text(files.url, 200)}" if files.url else "")
    return text


def _detail(entry: Entry) -> Iterator[Fact]:
    match entry.detail:
        case Origin(url=url, hashes=hashes, commit=commit):
            yield Fact("built from", f"{url} at {commit}" if commit else url)
            yield from (Fact("", f"{algorithm}: {digest}") for algorithm, digest in hashes)
        case IndexPage(files=files, form=form):
            yield Fact("lists", ("" if files is None else f"{format_count(files, 'file')}, ") + f"as {form.upper()}")
        case SelfCheck(prefix=prefix, pypi_version=version, last_check=date):
            yield Fact("for", f"{prefix or 'not known'}: pip's check for a newer pip")
            yield Fact("saw", f"pip {version or '?'} on {date or '?'}")


def _headers(response: Response) -> Iterator[str]:
    yield f"HTTP {response.status}{', resumed' if response.resumed else ''}"
    for name in ("date", "cache_control", "expires"):
        value = getattr(response, name)
        if value is not None:
            yield f"{name.replace('_', '-')}: {value}"
    if response.has_etag:
        yield "has an ETag"
    for name, value in response.vary:
        yield f"varies on {name} ({'not sent' if value is None else value})"


def _when(seconds: float, now: float) -> str:
    ago = "in the future" if seconds > now else f"{format_age(now - seconds)} ago"
    return f"{format_day(seconds)}, {ago}"


def _last_use(entry: Entry, judge: Judge | None, now: float) -> str:
    if judge is None:
        return _when(entry.used, now)
    keeping = judge.atimes(entry)
    return f"not known: {keeping.words}" if keeping.kept == "never" else f"{_when(entry.used, now)} ({keeping.words})"


# --- verdicts ---------------------------------------------------------------------------------------------------


def verdict_reason(verdict: Verdict) -> str:
    """What agrees, or what is wrong, in one line."""
    # where more is known, the length adds nothing
    telling = [means for means in verdict.means if means != "content-length"] or verdict.means
    agrees = ", ".join(MEANS[means] for means in telling) or "there is nothing to compare it with"
    wrong = "; ".join(verdict.why)
    if verdict.state in ("corrupt", "unchecked") or not wrong:
        return safe_text(wrong or agrees)
    return safe_text(f"{agrees}; but {wrong}")


def verdict_sentences(verdicts: Sequence[Verdict]) -> Iterator[Sentence]:
    """How many of each state, and their bytes; how many of the verdicts were remembered."""
    for state, words in STATES.items():
        found = [verdict for verdict in verdicts if verdict.state == state]
        if found:
            size = format_size(sum(verdict.entry.size for verdict in found))
            tone: Tone = "warning" if state == "corrupt" else "plain"
            yield Sentence(f"{format_count(len(found), 'entry')} {words}, {size}", tone)
    remembered = sum(verdict.remembered for verdict in verdicts)
    if remembered:
        yield Sentence(f"{remembered:,} of these as an earlier run found them, their files unchanged since")


# --- plans and results --------------------------------------------------------------------------------------------


def plan_sentences(plan: Plan) -> Iterator[Sentence]:
    """What a plan does, what having it back costs, and what stays."""
    entries = format_count(len(plan.entries), "entry")
    yield Sentence(f"{entries} in {format_count(plan.files, 'file')}: {_freeing(plan)}.")
    costs = plan.costs
    if costs.built_wheels:
        wheels = format_count(costs.built_wheels, "built wheel")
        verb, pronoun = ("goes", "it") if costs.built_wheels == 1 else ("go", "them")
        text = f"{wheels} {verb} ({format_size(costs.built_size)}): pip must compile {pronoun} again if wanted."
        yield Sentence(text, "warning")
    if costs.download:
        yield Sentence(f"{format_size(costs.download)} must be downloaded again if wanted.")
    if plan.entries and not costs.built_wheels and not costs.download:
        yield Sentence("pip would use none of it again.", "good")
    if plan.losses:
        yield Sentence(losses_sentence(plan.losses), "warning")
    stay = "stays" if plan.remaining.entries == 1 else "stay"
    yield Sentence(f"{format_count(plan.remaining.entries, 'entry')} {stay}, {format_size(plan.remaining.size)}.")


def losses_sentence(losses: Sequence[Loss]) -> str:
    """Which Pythons lose the last version they could install of a project, and of how many projects."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for loss in losses:
        alike.setdefault(loss.projects, []).append(loss.python)
    groups = sorted(alike.items(), key=lambda group: -len(group[0]))
    each = [f"{', '.join(pythons)} of {_some_projects(projects)}" for projects, pythons in groups[:_NAMED]]
    if len(groups) > _NAMED:
        each.append("others of fewer")
    count = format_count(len(losses), "Python")
    return f"{count} lose{'s' if len(losses) == 1 else ''} the last version of a project here: {'; '.join(each)}."


def _some_projects(projects: Sequence[str]) -> str:
    named = ", ".join(safe_text(project, 60) for project in projects[:_NAMED])
    return named if len(projects) <= _NAMED else f"{len(projects)} projects ({named}, ...)"


def _freeing(plan: Plan) -> str:
    if plan.frees == plan.size_on_disk:
        return f"frees {format_size(plan.frees)}"
    return f"frees {format_size(plan.frees)} of {format_size(plan.size_on_disk)}, the rest has links elsewhere"


def result_sentence(result: RemovalResult) -> str:
    """ "Freed 1.2 GB: 12 entries, 19 files." """
    entries, files = format_count(len(result.removed), "entry"), format_count(result.files_removed, "file")
    return f"Freed {format_size(result.freed)}: {entries}, {files}."


def left_alone_lines(left: Iterable[tuple[Entry, str]]) -> Iterator[str]:
    """A line for each entry that was selected but stays; one for all if many share the reason.

    `left`: the entries, each with the reason.
    """
    pairs = list(left)
    for why, count in Counter(why for _, why in pairs).items():
        if count > _NAMED:
            yield f"left alone: {format_count(count, 'entry')}: {safe_text(why)}"
        else:
            yield from (f"left alone: {entry_name(entry)}: {safe_text(why)}" for entry, other in pairs if other == why)


def failed_lines(result: RemovalResult) -> Iterator[str]:
    """A line for each entry that could not be removed; one for all if many in a root share the reason."""
    alike: dict[tuple[str, str], list[Failed]] = {}
    for failed in result.failed:
        alike.setdefault((failed.planned.entry.root, failed.error.rpartition(": ")[2]), []).append(failed)
    for (root, why), some in alike.items():
        if len(some) > _NAMED:
            yield f"not removed: {format_count(len(some), 'entry')} in {safe_text(root)}: {safe_text(why)}"
        else:
            yield from (
                f"not removed: {entry_name(failed.planned.entry)}: {safe_text(failed.error)}" for failed in some
            )
