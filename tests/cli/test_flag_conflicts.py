"""Which flags make sense together."""

from __future__ import annotations

import pytest

from pipcache_tui.cli.arguments import UsageError, make_parser
from pipcache_tui.cli.flag_conflicts import check


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--info --list", "--info or --list: one at a time"),
        ("--list --prune-stale", "--prune-stale with -n shows what would go"),
        ("--purge --prune-older 1d", "--purge removes everything"),
        ("--purge --kind wheel", "use --prune"),
        ("--prune", "--prune needs a filter"),
        ("--prune-stale --no-delete", "--no-delete forbids it"),
        ("--purge --yes --no-delete", "--no-delete forbids it"),
        ("-n", "--dry-run goes with a rule"),
        ("--list --yes", "--yes goes with a rule"),
        ("--info --force", "--force goes with a rule"),
        ("--wait 5s", "--wait goes with a rule"),
        ("--sort size", "--sort goes with --list"),
        ("--prune-older 1d --limit 5", "--limit goes with --list"),
        ("--list --json --json-lines", "--json or --json-lines: one at a time"),
        ("--list --json -q", "--json or --quiet: one at a time"),
        ("--list --json -0", "--json or --null: one at a time"),
        ("--demo --cache-dir x", "leave out --cache-dir"),
    ],
)
def test_flags_that_contradict_each_other_are_refused(line: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        check(make_parser().parse(line.split()))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "--list -q -0",
        "--purge --yes",
        "--purge -n --no-delete",
        "--prune --project six",
        "--prune-stale --prune-orphans --max-size 5GB --project six -y --wait 5s --force",
        "--demo --info",
        "--filter size>1MB",
        "--list --sort size --limit 5",
    ],
)
def test_flags_that_go_together_pass(line: str) -> None:
    check(make_parser().parse(line.split()))
