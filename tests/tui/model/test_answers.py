"""What the columns ask of the judge."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipcache_tui.cache.disk.access_times import AtimeKeeping
from pipcache_tui.cache.model import Entry, PipWill
from pipcache_tui.tui.model.answers import Answers
from pipcache_tui.tui.model.catalog import Batch, Catalog
from tests.support.report_entries import NEVER
from tests.support.screen import entry


@dataclass
class Word:
    pip_will: PipWill | None


@dataclass
class Python:
    name: str


@dataclass
class Judge:
    """Answers from tables by project, and counts how often it is asked."""

    words: dict[str, PipWill | None]
    accepted: dict[str, tuple[str, ...] | None]
    pythons: tuple[Python, ...] = (Python("3.11"), Python("3.12"), Python("3.13"))
    asked: list[str] = field(default_factory=list)

    def forecast(self, entry: Entry) -> Word:
        self.asked.append(entry.project or "")
        return Word(self.words.get(entry.project or ""))

    def stale(self, entry: Entry) -> str | None:
        return "pip never reads it" if entry.project == "old" else None

    def compatible_with(self, entry: Entry) -> tuple[str, ...] | None:
        return self.accepted.get(entry.project or "")

    def atimes(self, entry: Entry) -> AtimeKeeping:
        return NEVER


def catalog_of(*entries: Entry) -> Catalog:
    catalog = Catalog()
    catalog.add(Batch.of(entries))
    return catalog


CATALOG = catalog_of(entry(1, "small", size=10), entry(2, "big", size=1000), entry(3, "old", size=20), entry(4, "none"))


def test_without_a_judge_nothing_is_known() -> None:
    answers = Answers()
    assert answers.pip_will(CATALOG, [0, 1]) == ("", 0)
    assert answers.accepting(CATALOG, [0]) is None
    assert answers.pythons(CATALOG, [0]) == ""
    assert answers.unused(CATALOG, [0], 5.0) == ""


def test_the_answer_for_a_group_is_that_of_most_of_its_bytes() -> None:
    answers = Answers(Judge({"small": "reuse", "big": "download-again", "old": "never-read"}, {}))
    assert answers.pip_will(CATALOG, [0, 1, 2, 3]) == ("download-again", 1)
    assert answers.pip_will(CATALOG, [0, 2]) == ("never-read", 1)
    assert answers.pip_will(CATALOG, [3]) == ("", 0)


def test_each_entry_is_judged_once() -> None:
    judge = Judge({"small": "reuse", "big": "reuse"}, {})
    answers = Answers(judge)
    for _ in range(3):
        answers.pip_will(CATALOG, [0, 1])
    assert judge.asked == ["small", "big"]


def test_a_group_is_accepted_by_every_python_that_accepts_any_of_it() -> None:
    answers = Answers(Judge({}, {"small": ("3.13", "3.11"), "big": ("3.12",), "old": (), "none": None}))
    assert answers.accepting(CATALOG, [0]) == ("3.11", "3.13"), "in the judge's order"
    assert answers.accepting(CATALOG, [0, 1]) == ("3.11", "3.12", "3.13")
    assert answers.pythons(CATALOG, [2]) == "none"
    assert answers.pythons(CATALOG, [3]) == "", "not known is not none"


def test_reasons_that_differ_are_shortened_to_what_they_begin_with() -> None:
    answers = Answers(reasons=(("stale: pip never reads it",), ("stale: gone",), ("older than 30 days (stored)",)))
    assert answers.reasons_of([0]) == "stale: pip never reads it"
    assert answers.reasons_of([0, 1]) == "stale"
    assert set(answers.reasons_of([0, 2]).split(", ")) == {"stale", "older than 30 days"}
    assert Answers().reasons_of([0]) == ""
