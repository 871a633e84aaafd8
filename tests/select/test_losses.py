"""Which Pythons lose the last version they could install: made cases, and the definition written again naively."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from pipcache_tui.cache.model import Entry
from pipcache_tui.select.judge import Judge
from pipcache_tui.select.losses import Loss, losses
from tests.support.entries import PYTHONS, judges_of, make_entry, make_judge, rivals, wheel

CP311, CP312 = ("cp311-cp311-manylinux_2_17_x86_64",), ("cp312-cp312-manylinux_2_17_x86_64",)


def lost(entries: Sequence[Entry], going: Sequence[Entry]) -> tuple[Loss, ...]:
    return losses(entries, going, make_judge(entries, pythons=PYTHONS))


def test_a_python_loses_what_no_other_file_gives_it() -> None:
    old, new = wheel(1, "p", "1.0", CP311), wheel(2, "p", "2.0", CP312)
    assert lost([old, new], [old]) == (Loss("3.11", ("p",)),)
    assert lost([old, new], [old, new]) == (Loss("3.11", ("p",)), Loss("3.12", ("p",)))
    assert lost([old, new, wheel(3, "p", "0.9")], [old]) == ()
    assert lost([old, new], []) == ()


def test_an_older_requires_python_is_lost_too() -> None:
    old = make_entry(1, "sdist", project="p", version="1.0")
    new = make_entry(2, "sdist", project="p", version="2.0", requires_python=">=3.12")
    assert lost([old, new], [old]) == (Loss("2.7", ("p",)), Loss("3.11", ("p",)))


def test_what_can_not_be_used_is_no_loss() -> None:
    for useless in (
        wheel(1, "p", "1.0", problems=("truncated",)),
        wheel(1, "p", "1.0", store="http"),
        wheel(1, "p", "1.0", ("cp36-cp36m-win32",)),
        make_entry(1, "metadata", project="p", version="1.0", tags=CP311),
    ):
        assert lost([useless], [useless]) == ()


def test_without_pythons_nothing_is_said() -> None:
    entry = wheel(1, "p", "1.0")
    assert losses([entry], [entry], make_judge([entry])) == ()


def naive(entries: Sequence[Entry], going: Sequence[Entry], judge: Judge) -> dict[str, set[str]]:
    def usable(python: str, project: str, among: Sequence[Entry]) -> bool:
        return any(
            entry.project == project
            and entry.kind in ("wheel", "built-wheel", "sdist")
            and (bool(entry.tags) or entry.kind == "sdist")
            and not entry.problems
            and judge.usable(entry)
            and any(one.name == python and one.accepts(entry.tags, entry.requires_python) for one in judge.pythons)
            for entry in among
        )

    left = [entry for entry in entries if entry not in going]
    found: dict[str, set[str]] = {}
    for python in {python.name for python in judge.pythons}:
        for project in {entry.project or "" for entry in entries}:
            if usable(python, project, entries) and not usable(python, project, left):
                found.setdefault(python, set()).add(project)
    return found


@given(st.data())
def test_losses_are_their_definition(data: st.DataObject) -> None:
    entries = data.draw(rivals(10))
    judge = data.draw(judges_of(entries))
    going = [entry for entry in entries if data.draw(st.booleans())]
    assert {loss.python: set(loss.projects) for loss in losses(entries, going, judge)} == naive(entries, going, judge)
