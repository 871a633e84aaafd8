"""Each row of the registry: what it parses, what it makes, and that it loads nothing before it has to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipcache_tui.quantities import QuantityError
from pipcache_tui.select.expression import parse_filter
from pipcache_tui.select.registry import RULES, RuleSpec
from tests.support.entries import NOW, PYTHONS, make_entry, make_judge

TYPED = {"none": "", "age": "30d", "size": "500MB", "size-or-percent": "10%", "count": "2"}
BY_NAME = {rule.name: rule for rule in RULES}


@pytest.mark.parametrize("spec", RULES, ids=lambda spec: spec.name)
def test_every_row_makes_a_rule_that_selects(spec: RuleSpec, tmp_path: Path) -> None:
    entry = make_entry(1, stored=NOW - 400 * 86400, root=str(tmp_path))
    judge = make_judge([entry], pythons=PYTHONS)
    if spec.value == "filter":
        rule = spec.make(parse_filter("kind=wheel"))
    elif spec.value == "verdicts":
        rule = spec.make({entry.key: "corrupt"})
    elif spec.value == "needs":
        rule = spec.make({}, ["requirements.txt"])
    else:
        rule = spec.parse(TYPED[spec.value], NOW)
    going = {entry.id for entry, _ in rule.choose([entry], judge)}
    if spec.name in ("older", "unused", "prune", "corrupt", "unneeded", "free", "purge"):
        assert going == {entry.id}
    elif spec.name != "min-free":  # which asks how full this machine's disk is
        assert not going


@pytest.mark.parametrize("spec", [spec for spec in RULES if spec.title], ids=lambda spec: spec.name)
def test_what_the_dialog_starts_with_is_a_value_of_the_rule(spec: RuleSpec) -> None:
    assert bool(spec.start) == (spec.metavar is not None)
    assert spec.parse(spec.start, NOW)


@pytest.mark.parametrize("spec", [spec for spec in RULES if spec.metavar], ids=lambda spec: spec.name)
@pytest.mark.parametrize("text", ["", "much", "-1", "0.5.2MB", "\x1b[31m"])
def test_a_value_that_is_none_is_one_line(spec: RuleSpec, text: str) -> None:
    with pytest.raises(QuantityError) as caught:
        spec.parse(text, NOW)
    assert str(caught.value).isprintable()


def test_names_flags_and_attributes_are_distinct() -> None:
    for names in ([s.name for s in RULES], [s.flag for s in RULES], [s.attribute for s in RULES]):
        assert len(set(names)) == len(names)
    assert (BY_NAME["older"].flag, BY_NAME["older"].attribute) == ("--prune-older", "prune_older")
    assert (BY_NAME["keep-latest"].flag, BY_NAME["keep-latest"].attribute) == ("--keep-latest", "keep_latest")


def test_it_loads_no_other_module_of_the_program() -> None:
    code = "import sys, pipcache_tui.select.registry; print(*sorted(m for m in sys.modules if 'pipcache' in m))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.split() == ["pipcache_tui", "pipcache_tui.select", "pipcache_tui.select.registry"]
