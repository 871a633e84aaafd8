"""All about an entry: whence, for whom, what pip will do next and why, when last used, what deleting it frees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from pipcache_tui.cache.model import Entry, IndexPage, Origin, SelfCheck, Snapshot, UrlProof
from pipcache_tui.remove.plan import Plan, plan_of
from pipcache_tui.report.download_reasons import twice_here, why_absent, why_again
from pipcache_tui.report.json_ import SCHEMA_VERSION, Record, entry_record, json_text
from pipcache_tui.report.terminal import TerminalStyle
from pipcache_tui.report.words import title
from pipcache_tui.text import format_age, format_count, format_day, format_size, safe_text

if TYPE_CHECKING:
    from pipcache_tui.pythons.environments import Environment
    from pipcache_tui.select.judge import Judge

_PROOFS: dict[UrlProof, str] = {
    "index-page": "an index page named it, and its hash is the entry's name",
    "content": "its content hashes to it",
    "origin": "an origin.json or a redirect named it",
    "file-name": "its file name is the URL",
}
_LABEL_WIDTH = 10


def write_explanations(
    out: TextIO, snapshot: Snapshot, entries: Sequence[Entry], judge: Judge, look: TerminalStyle
) -> None:
    """A paragraph for each entry."""
    for number, entry in enumerate(entries):
        if number:
            out.write("\n")
        out.write(look.paint(title(entry), "bold") + "\n")
        for label, text in explain_lines(snapshot, entry, judge):
            out.write(f"  {look.paint(label.ljust(_LABEL_WIDTH), 'dim')}  {text}\n")


def explain_record(snapshot: Snapshot, what: str, entries: Sequence[Entry], judge: Judge) -> Record:
    """The same as JSON."""
    return {
        "schema_version": SCHEMA_VERSION,
        "what": json_text(what),
        "pip_version": judge.pip_version,
        "entries": [
            {
                **entry_record(entry, judge),
                "pip_will_why": json_text(judge.forecast(entry).why),
                "again": [json_text(text) for text in why_again(entry, judge, snapshot.entries)],
                "frees": _plan(snapshot, entry, judge).frees,
            }
            for entry in entries
        ],
        "absent": [json_text(text) for text in (() if entries else why_absent(what, snapshot.entries))],
    }


def explain_lines(snapshot: Snapshot, entry: Entry, judge: Judge) -> Iterator[tuple[str, str]]:
    """(label, text) pairs, safe to show."""
    forecast = judge.forecast(entry)
    yield "what", _what(entry)
    yield "from", _whence(entry)
    for text in _details(entry):
        yield "", text
    yield "stored", _stored(entry, judge)
    yield "last use", _last_use(entry, judge)
    will = forecast.pip_will or "can't be said"
    yield f"pip {safe_text(judge.pip_version)}", f"{will}: {safe_text(forecast.why)}"
    for text in twice_here(entry, snapshot.entries):  # the rest of why_again stands in the line above
        yield "again", safe_text(text)
    accepted = judge.compatible_with(entry)
    if accepted is not None:
        incompatible = judge.incompatible(entry)
        yield "accepted", "by " + ", ".join(map(safe_text, accepted)) if accepted else safe_text(incompatible or "")
    environments = judge.installed_in(entry)
    if environments is not None:
        for environment in environments:
            yield "installed", _installed(environment, entry)
        if not environments:
            yield "installed", "in no environment here"
    newer = judge.superseded_by(entry)
    if newer is not None:
        yield "superseded", f"by {safe_text(newer)}, which is here too"
    if entry.yanked is not None:
        yield "yanked", safe_text(entry.yanked or "without a reason given")
    for problem in entry.problems:
        yield "problem", safe_text(problem)
    plan = _plan(snapshot, entry, judge)
    yield "deleting", _deleting(plan)
    yield "id", safe_text(entry.id)
    for file in entry.files:
        yield "file", f"{safe_text(entry.root)}/{safe_text(file.path)}  {format_size(file.size)}"


def _what(entry: Entry) -> str:
    named = " ".join(filter(None, (entry.project, entry.version)))
    parts = [entry.kind, named, entry.tag_label]
    if entry.requires_python:
        parts.append(f"requires Python {entry.requires_python}")
    return ", ".join(safe_text(part) for part in parts if part)


def _whence(entry: Entry) -> str:
    if entry.url is None or entry.url_proof is None:
        return f"not known: pip stores no URL, and nothing in the cache names one for it (store {entry.store})"
    return f"{safe_text(entry.url)} ({_PROOFS[entry.url_proof]})"


def _details(entry: Entry) -> Iterator[str]:
    match entry.detail:
        case Origin(url=url):
            yield f"built here from {safe_text(url)}"
        case IndexPage(files=files, form=form):
            yield form + (f", lists {format_count(files, 'file')}" if files is not None else "")
        case SelfCheck(prefix=prefix, pypi_version=version):
            yield f"pip's look for a newer pip, for {safe_text(prefix or '?')}: saw {safe_text(version or '?')}"


def _installed(environment: Environment, entry: Entry) -> str:
    """Which environment has it, and what its own records say: who installed it, and from where if from no index."""
    from pipcache_tui.pythons.installed import BrokenDistribution, read_files

    text = f"in {safe_text(environment.name)}"
    if environment.name != environment.prefix:
        text += f" ({safe_text(environment.prefix)})"
    for distribution in environment.distributions:
        if distribution.project == entry.project:
            try:
                files = read_files(distribution)
            except BrokenDistribution as why:
                return f"{text}; {why}"
            text += f" by {safe_text(files.installer, 40)}" if files.installer else ""
            return text + (f" from {safe_text(files.url, 200)}" if files.url else "")
    return text


def _stored(entry: Entry, judge: Judge) -> str:
    text = f"{format_day(entry.stored)}, {_ago(judge.now - entry.stored)}"
    if entry.validated - entry.stored >= 1:
        text += f"; last validated {format_day(entry.validated)}, {_ago(judge.age(entry))}"
    return text


def _last_use(entry: Entry, judge: Judge) -> str:
    keeping = judge.atimes(entry)
    if keeping.kept == "never":
        return f"not known: {safe_text(keeping.words)}"
    return f"{format_day(entry.used)}, {_ago(judge.unused(entry))} ({safe_text(keeping.words)})"


def _ago(seconds: float) -> str:
    return "in the future" if seconds < 0 else f"{format_age(seconds)} ago"


def _plan(snapshot: Snapshot, entry: Entry, judge: Judge) -> Plan:
    return plan_of(snapshot, [(entry, ())], judge=judge, now=judge.now)


def _deleting(plan: Plan) -> str:
    if plan.protected:
        return f"not now: {safe_text(plan.protected[0].why)}"
    text = f"frees {format_size(plan.frees)}"
    if plan.costs.built_wheels:
        return f"{text}; pip must compile it again"
    if plan.costs.download:
        return f"{text}; {format_size(plan.costs.download)} to download again if wanted"
    return text
