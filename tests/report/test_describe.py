from __future__ import annotations

from collections.abc import Iterable

import pytest

from pipcache_tui.cache.model import Entry, IndexPage, Origin, SelfCheck
from pipcache_tui.remove.plan import Plan, plan_of
from pipcache_tui.remove.steps import RemovalResult, Skipped
from pipcache_tui.report.describe import (
    Sentence,
    conclusion,
    distinction,
    entry_facts,
    entry_name,
    failed_lines,
    left_alone_lines,
    losses_sentence,
    plan_sentences,
    result_sentence,
    unused_age,
    verdict_reason,
    verdict_sentences,
)
from pipcache_tui.report.plan import Pruning, plan_record
from pipcache_tui.select.losses import Loss
from pipcache_tui.verify.examine import Verdict
from tests.report.test_plan import BUILT, WHEELS, plan_for, result_for
from tests.support.report_entries import (
    DAILY,
    NEVER,
    NOW,
    fresh,
    make_entry,
    make_judge,
    make_python,
    make_snapshot,
    owned,
    wheel,
)

SIX = wheel(1, "six", "1.16.0", url="https://index.example/six-1.16.0.whl", url_proof="index-page")
NOTE = SelfCheck("/venv\x1b", "2027-01-01T00:00:00Z", "26.1")
ORIGIN = Origin("https://index.example/lxml-5.0.tar.gz", (("sha256", "ab" * 32),))


def texts(sentences: Iterable[Sentence]) -> list[str]:
    return [sentence.text for sentence in sentences]


def facts_of(entry: Entry, *others: Entry, verdict: Verdict | None = None) -> dict[str, str]:
    """Facts by label, those that continue one joined to it."""
    judge = make_judge([entry, *others], pythons=[make_python("3.11"), make_python("3.12")])
    found: dict[str, str] = {}
    label = ""
    for fact in entry_facts(entry, judge, NOW, verdict=verdict):
        label = fact.label or label
        found[label] = " ".join(filter(None, (found.get(label), fact.text)))
    return found


def conclusion_of(entry: Entry, copies: Iterable[str] = ()) -> list[str]:
    judge = make_judge([entry])
    plan = plan_of(make_snapshot([entry]), [(entry, ())], judge=judge, now=NOW)
    return texts(conclusion(entry, judge, plan, copies))


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        (SIX, "six-1.16.0-py3-none-any.whl"),
        (make_entry(2, "index-page", project="six", detail=IndexPage(7, "json")), "index page of six, 7 files"),
        (make_entry(3, "selfcheck", "selfcheck", detail=NOTE), "self-check of /venv\\x1b"),
        (
            make_entry(4, "metadata", project="six", filename="six-1-py3-none-any.whl"),
            "six-1-py3-none-any.whl.metadata",
        ),
        (make_entry(5, "built-wheel", "wheels", detail=ORIGIN), "https://index.example/lxml-5.0.tar.gz"),
        (make_entry(6, "sdist", project="six", version="1.0"), "six 1.0 sdist"),
        (make_entry(7, "orphan"), f"orphan http-v2:{7:056x}"),
    ],
)
def test_an_entry_is_named_by_its_file_or_by_what_it_is(entry: Entry, name: str) -> None:
    assert entry_name(entry) == name


def test_entries_of_one_version_differ_by_tags_files_or_problem() -> None:
    assert distinction(SIX) == "py3-none-any"
    assert distinction(make_entry(2, "index-page", detail=IndexPage(None, "html"))) == "html, many files"
    assert distinction(make_entry(3, "orphan", problems=("no body",))) == "no body"


def test_last_use_is_unknown_where_the_mount_keeps_none() -> None:
    assert unused_age(NEVER, 5.0) == "?"
    assert unused_age(DAILY, 3 * 86400.0) == "3d"


def test_a_conclusion_says_what_pip_will_do_and_what_deleting_costs() -> None:
    assert conclusion_of(SIX) == [
        "pip 25.3 will use it without asking the server: fresh until 2029-10-11.",
        "Deleting it frees 57.3 kB; if it is wanted, pip downloads 50.0 kB again.",
    ]


def test_what_pip_will_not_use_costs_nothing_to_delete() -> None:
    first, last = conclusion_of(SIX._replace(response=fresh(-1)))
    assert first.startswith("pip 25.3 will download it again: ")
    assert last == "Deleting it frees 57.3 kB; nothing has to be downloaded or built again."


def test_a_built_wheel_must_be_built_again() -> None:
    assert conclusion_of(BUILT)[-1].endswith("; if it is wanted, pip must build it again.")


def test_a_second_copy_is_explained() -> None:
    said = conclusion_of(SIX, ["twice here: another cache holds it too, /other: http:1"])
    assert said[1] == "Twice here: another cache holds it too, /other: http:1."


def test_facts_run_from_what_it_is_to_its_files() -> None:
    facts = facts_of(SIX)
    assert facts["what"] == "wheel, six 1.16.0, py3-none-any, in http-v2"
    assert facts["from"] == (
        "https://index.example/six-1.16.0.whl (an index page lists it, and its hash is the entry's name)"
    )
    assert facts["stored"] == "2027-01-14, 1d ago"
    assert facts["last use"] == "2027-01-14, 1d ago (/ is mounted relatime: kept to the day)"
    assert facts["accepted"] == "by 3.11, 3.12"
    assert list(facts)[-3:] == ["id", "root", "file"]


def test_facts_warn_of_what_is_wrong() -> None:
    old = wheel(2, "six", "1.15.0", tags=["cp27-none-win32"], yanked="broken", problems=("cut short",))
    facts = facts_of(old, SIX)
    assert facts["from"].startswith("not known")
    assert facts["accepted"].startswith("none of the Pythons here (3.11, 3.12) accepts cp27-none-win32")
    assert facts["yanked"] == "broken"
    assert facts["problem"] == "cut short"
    assert facts_of(SIX._replace(version="1.15.0"), SIX)["superseded"] == "by 1.16.0, which is here too"


def test_facts_of_pages_selfchecks_and_built_wheels_say_what_they_hold() -> None:
    assert facts_of(make_entry(5, "index-page", detail=IndexPage(7, "json")))["lists"] == "7 files, as JSON"
    selfcheck = facts_of(make_entry(6, "selfcheck", "selfcheck", files=(owned("selfcheck/" + "6" * 56),), detail=NOTE))
    assert selfcheck["for"].startswith("/venv\\x1b")
    assert selfcheck["saw"] == "pip 26.1 on 2027-01-01T00:00:00Z"
    built = facts_of(make_entry(5, "built-wheel", "wheels", detail=ORIGIN))
    assert built["built from"] == f"https://index.example/lxml-5.0.tar.gz sha256: {'ab' * 32}"


def test_validating_and_storing_have_different_times() -> None:
    day = 86400.0
    path = "http-v2/0/0/0/0/0/" + "8" * 56
    entry = make_entry(8, files=(owned(path, age=day), owned(path + ".body", age=30 * day)))
    facts = facts_of(entry)
    assert (facts["stored"], facts["validated"]) == ("2026-12-16, 1mo ago", "2027-01-14, 1d ago")


def test_without_a_judge_only_what_the_files_say_is_known() -> None:
    labels = [fact.label for fact in entry_facts(SIX, None, NOW)]
    assert "accepted" not in labels
    assert not any(label.startswith("pip ") for label in labels)


def test_a_verdict_says_what_agrees_or_what_is_wrong() -> None:
    proven = Verdict(SIX, "proven", ("content-address", "content-length"), sha256="ab")
    corrupt = Verdict(SIX, "corrupt", (), ("1 byte is missing",))
    assert verdict_reason(proven) == "the hash in its URL"
    assert verdict_reason(corrupt) == "1 byte is missing"
    assert facts_of(SIX, verdict=corrupt)["verified"] == "corrupt: 1 byte is missing"
    assert list(verdict_sentences([proven, corrupt])) == [
        Sentence("1 entry proven by a witness outside, 51.0 kB"),
        Sentence("1 entry corrupt, 51.0 kB", "warning"),
    ]


def test_a_plan_says_what_goes_what_it_costs_and_what_stays() -> None:
    plan = plan_for([*WHEELS[:2], BUILT], [WHEELS[2]], judged=False)
    assert texts(plan_sentences(plan)) == [
        "3 entries in 5 files: frees 815.1 kB.",
        "1 built wheel goes (700.0 kB): pip must compile it again if wanted.",
        "100.0 kB must be downloaded again if wanted.",
        "1 entry stays, 51.0 kB.",
    ]


def test_a_plan_without_costs_says_so() -> None:
    leftover = make_entry(1, "orphan", response=None, files=(owned("http-v2/0/0/0/0/0/" + "0" * 56 + ".body", 10),))
    assert texts(plan_sentences(plan_for([leftover]))) == [
        "1 entry in 1 file: frees 4.1 kB.",
        "pip would use none of it again.",
        "0 entries stay, 0 B.",
    ]


def test_a_plan_says_which_pythons_lose_the_last_version_of_how_many_projects() -> None:
    projects = [f"p{number}" for number in range(7)]
    entries = [wheel(number, name, "1.0") for number, name in enumerate(projects)]
    snapshot, judge = make_snapshot(entries), make_judge(entries, pythons=[make_python("3.12")])

    def plan_without(*going: Entry) -> Plan:
        return plan_of(snapshot, [(entry, ("old",)) for entry in going], judge=judge, now=NOW)

    plan = plan_without(*entries[:6])
    assert texts(plan_sentences(plan))[-2] == (
        "1 Python loses the last version of a project here: 3.12 of 6 projects (p0, p1, p2, p3, p4, ...)."
    )
    assert texts(plan_sentences(plan_without(entries[0])))[-2].endswith(": 3.12 of p0.")
    alike = [Loss("3.11", ("p",)), Loss("3.12", ("p",)), Loss("3.13", ("p", "q"))]
    assert losses_sentence(alike).endswith(": 3.13 of p, q; 3.11, 3.12 of p.")
    many = [Loss(f"3.{number}", tuple("pqrstuvw"[: number + 1])) for number in range(8)]
    assert losses_sentence(many).endswith("; 3.3 of p, q, r, s; others of fewer.")
    assert plan_record(plan)["last_versions_lost"] == [{"python": "3.12", "projects": projects[:6]}]
    assert plan_record(plan_without())["last_versions_lost"] == []


def test_a_file_with_links_elsewhere_frees_nothing_and_the_plan_says_so() -> None:
    path = "http-v2/0/0/0/0/0/" + "0" * 56
    entry = wheel(0, "six", "1", files=(owned(path), owned(path + ".body", 50_000, links=2)))
    assert next(plan_sentences(plan_for([entry]))).text == (
        "1 entry in 2 files: frees 4.1 kB of 57.3 kB, the rest has links elsewhere."
    )


def test_what_came_of_a_plan_in_words() -> None:
    plan = plan_for(WHEELS)
    result = result_for(plan)
    assert result_sentence(result) == "Freed 57.3 kB: 1 entry, 2 files."
    assert list(left_alone_lines(Pruning(plan, result).left_alone)) == [
        "left alone: six-1.2-py3-none-any.whl: changed since"
    ]
    assert list(failed_lines(result)) == ["not removed: six-1.3-py3-none-any.whl: permission denied"]


def test_many_left_alone_for_one_reason_are_counted() -> None:
    entries = [wheel(number, "six", f"1.{number}") for number in range(9)]
    plan = plan_for(entries)
    steps = [Skipped(planned, "changed since") for planned in plan.entries[:8]] + [Skipped(plan.entries[8], "young")]
    assert sorted(left_alone_lines(Pruning(plan, RemovalResult.of(steps)).left_alone)) == [
        "left alone: 8 entries: changed since",
        "left alone: six-1.8-py3-none-any.whl: young",
    ]
