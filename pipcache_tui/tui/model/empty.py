"""The text shown in place of an empty table: why it is empty, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rich.text import Text

from pipcache_tui.cache.model import Root
from pipcache_tui.text import safe_text


class FoundRoots(Protocol):
    """The part of `pipcache_tui.cache.roots.Found` that matters here."""

    @property
    def roots(self) -> tuple[Root, ...]: ...
    @property
    def notes(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Advice:
    title: str
    lines: tuple[str, ...]

    def text(self) -> Text:
        text = Text(justify="center")
        text.append(f"\n{safe_text(self.title)}\n", "bold")
        for line in self.lines:
            text.append(f"\n{safe_text(line, 400)}")
        return text


def advise(found: FoundRoots, *, warnings: Sequence[str], filtered: bool, odd: Sequence[str] = ()) -> Advice:
    """Why there is nothing to show; `odd` are folders with files that are not a cache."""
    if filtered:
        return Advice("Nothing matches the filter", ("Press esc to show everything again, / to change it.",))
    if warnings:
        shown = tuple(warnings[:5]) + ((f"… and {len(warnings) - 5} more",) if len(warnings) > 5 else ())
        return Advice(
            "The cache could not be read",
            (*shown, "", "Run this program as the user who owns the cache."),
        )
    places = tuple(f"{root.path}  ({root.source})" for root in found.roots)
    if not any(root.exists for root in found.roots):
        return Advice(
            "There is no pip cache here",
            (
                *places,
                *found.notes,
                "",
                "pip makes it with its first download. Another place: --cache-dir DIR, q quits.",
            ),
        )
    if odd:
        return Advice(
            "This is not a pip cache",
            (
                *odd,
                "",
                "What it holds is not laid out as pip lays out its cache: nothing is shown, nothing can be deleted.",
                "`pip cache dir` prints where pip's cache is. Another place: --cache-dir DIR, q quits.",
            ),
        )
    return Advice("The cache is empty", (*places, *found.notes, "", "Nothing to free. r looks again, q quits."))
