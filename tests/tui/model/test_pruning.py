"""What the prune dialog offers, understands and counts, without a screen."""

from __future__ import annotations

import pytest

from pipcache_tui.cli.arguments import UsageError, make_parser
from pipcache_tui.cli.rules import rules_of
from pipcache_tui.select.registry import RULES, RuleSpec
from pipcache_tui.tui.model.pruning import FIELDS, Takes, chosen_rules
from tests.support.entries import NOW, make_judge, wheel

ENTRIES = [wheel(number, "p", f"1.{number}", size=10**number, root="/") for number in range(1, 5)]
WITH_A_VALUE = [field for field in FIELDS if field.metavar]


def takes() -> Takes:
    return Takes(ENTRIES, make_judge(ENTRIES))


def test_the_dialog_offers_the_rows_that_have_a_title() -> None:
    assert [spec.name for spec in RULES if spec not in FIELDS] == ["corrupt", "unneeded", "prune", "purge"]


@pytest.mark.parametrize("field", WITH_A_VALUE, ids=lambda field: field.name)
@pytest.mark.parametrize("text", ["", "5", "500", "1.5", "-1", "0", "soon", "10%", "1M", "²"])
def test_both_faces_refuse_the_same_values_in_the_same_words(field: RuleSpec, text: str) -> None:
    on_screen = takes().of(field, text).error
    try:
        rules_of(make_parser().parse([f"{field.flag}={text}"]), NOW, None)
        in_shell = None
    except UsageError as error:
        in_shell = str(error).removeprefix(f"{field.flag}: ")
    assert on_screen == in_shell


def test_a_size_without_a_unit_is_refused_in_the_dialog() -> None:
    """ "Shrink to 5" once meant five bytes, which would have emptied the cache."""
    for field in FIELDS:
        if field.value == "size":
            take = takes().of(field, "5")
            assert (take.count, take.error) == (0, "'5' has no unit: write 5MB or 5GB, or 5B for bytes")
            assert chosen_rules({field.name: "5"}, [field.name], {field.name: take}, NOW) == []


def test_a_field_counts_what_its_rule_takes_of_what_may_go() -> None:
    larger = next(field for field in FIELDS if field.name == "larger")
    assert (takes().of(larger, "500B").count, takes().of(larger, " 500B ").size) == (2, 11000)
    kept = Takes(ENTRIES, make_judge(ENTRIES), lambda entry: entry is not ENTRIES[3])
    assert (kept.of(larger, "500B").count, kept.of(larger, "500B").size) == (1, 1000)


def test_a_rule_that_takes_nothing_says_why() -> None:
    by_name = {field.name: field for field in FIELDS}
    assert takes().of(by_name["larger"], "1GB").why_nothing == "the largest has 10.0 kB"
    assert takes().of(by_name["larger"], "1kB").why_nothing is None
    assert takes().of(by_name["keep-latest"], "4").why_nothing == "no project has more than 4 versions here"


def test_a_budget_in_the_dialog_does_not_count_on_what_may_not_go() -> None:
    """The largest would do alone; as it is protected, the next ones go in its place."""
    budget = next(field for field in FIELDS if field.name == "max-size")
    room = f"{sum(entry.size_on_disk for entry in ENTRIES) - ENTRIES[3].size_on_disk}B"
    free, kept = takes(), Takes(ENTRIES, make_judge(ENTRIES), lambda entry: entry is not ENTRIES[3])
    assert (free.of(budget, room).count, free.of(budget, room).size) == (1, 10_000)
    assert (kept.of(budget, room).count, kept.of(budget, room).size) == (3, 1110)
