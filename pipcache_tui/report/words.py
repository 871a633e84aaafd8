"""How one entry is named to a person, the same in every report."""

from __future__ import annotations

from pipcache_tui.cache.model import Entry, IndexPage, SelfCheck
from pipcache_tui.text import format_count, safe_text


def label(entry: Entry) -> str:
    """What tells an entry from its neighbours of the same project and version, in one line, safe to show."""
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


def title(entry: Entry) -> str:
    """The entry's name in a sentence: its file name, else project and version, else its id."""
    if entry.filename:
        return safe_text(entry.filename)
    if entry.project:
        return safe_text(" ".join(filter(None, (entry.project, entry.version, f"({entry.kind})"))))
    return safe_text(entry.id)
