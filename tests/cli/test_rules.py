"""Rules as flags give them."""

from __future__ import annotations

import pytest

from pipcache_tui.cli.arguments import UsageError, make_parser
from pipcache_tui.cli.rules import flags_of_rules, rules_of, wait_of
from pipcache_tui.select.expression import parse_filter
from pipcache_tui.workspace import DEFAULT_WAIT

NOW = 1_800_000_000.0


def test_each_rule_flag_gives_one_rule() -> None:
    arguments = make_parser().parse(["--prune-stale", "--prune-older", "90d", "--max-size", "5GB"])
    assert len(rules_of(arguments, NOW, None)) == 3


def test_prune_takes_its_rule_from_the_filter() -> None:
    arguments = make_parser().parse(["--prune", "--project", "six"])
    assert rules_of(arguments, NOW, None) == []
    assert len(rules_of(arguments, NOW, parse_filter("project=six"))) == 1


def test_rules_that_need_the_scan_are_left_to_others() -> None:
    assert rules_of(make_parser().parse(["--prune-corrupt", "--prune-unneeded"]), NOW, None) == []


@pytest.mark.parametrize("argv", [["--prune-older", "soon"], ["--max-size", "5"], ["--prune-larger", "-1MB"]])
def test_a_value_that_cannot_be_read_is_refused_with_its_flag(argv: list[str]) -> None:
    with pytest.raises(UsageError, match=f"^{argv[0]}: "):
        rules_of(make_parser().parse(argv), NOW, None)


def test_the_record_has_the_rules_and_filters_as_typed() -> None:
    arguments = make_parser().parse(["--prune-older", "90d", "--prune-stale", "--project", "six", "--keep", "torch*"])
    assert sorted(flags_of_rules(arguments)) == [
        "--keep torch*",
        "--project six",
        "--prune-older 90d",
        "--prune-stale",
    ]


def test_the_wait_is_in_seconds_and_has_a_default() -> None:
    assert wait_of(make_parser().parse([])) == DEFAULT_WAIT
    assert wait_of(make_parser().parse(["--wait", "2m"])) == 120
    with pytest.raises(UsageError, match=r"^--wait: "):
        wait_of(make_parser().parse(["--wait", "long"]))
