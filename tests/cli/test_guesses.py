from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from pipcache_tui.cli.arguments import UsageError, make_parser
from pipcache_tui.cli.flag_conflicts import check
from tests.cli.conftest import Run

STALE = "removes what pip won't use as it is"


def instead_of(line: str) -> str:
    """The command that the answer to a guess names."""
    with pytest.raises(UsageError) as caught:
        make_parser().parse(shlex.split(line))
    said = str(caught.value)
    assert "; write: pipcache-tui " in said, said
    return said.partition("; write: pipcache-tui ")[2]


@pytest.mark.parametrize(
    ("guess", "command"),
    [
        ("--older 30d", "--prune-older 30d"),
        ("--older=30d", "--prune-older 30d"),
        ("--older 30", "--prune-older 30d"),
        ("--older", "--prune-older 90d"),
        ("--older-than 2w -n", "-n --prune-older 2w"),
        ("--list --older 30d", "--list --filter 'age>30d'"),
        ("list --larger 1GB", "--list --filter 'size>1GB'"),
        ("--delete torch", "--prune --project torch"),
        ("--top 10", "--list --sort=size --limit 10"),
        ("--top", "--list --sort=size --limit 10"),
        ("--tree", "--list"),
        ("torch", "--explain torch"),
        ("torch numpy", "--list --project torch,numpy"),
        ("six==1.16.0", "--explain six==1.16.0"),
        ("list", "--list"),
        ("list torch --json", "--list --project torch --json"),
        ("prune --older 30d", "--prune-older 30d"),
        ("prune --prune-older 30d", "--prune-older 30d"),
        ("prune torch", "--prune --project torch"),
        ("rm torch", "--prune --project torch"),
        ("rm torch --older 30d", "--project torch --prune-older 30d"),
        ("purge", "--purge"),
        ("superseded", "--prune-superseded"),
        ("older 30d", "--prune-older 30d"),
        ("prune older 30d", "--prune-older 30d"),
        ("free 1GB", "--free 1GB"),
        ("free", "--explain free"),
        ("history", "--history"),
        ("search torch", "--list --project torch"),
        ("-n torch", "--prune --project torch -n"),
        ("info", "--info"),
        ("explain torch", "--explain torch"),
        ("'size>10MB'", "--list --filter 'size>10MB'"),
        ("'size > 10 MB'", "--list --filter 'size > 10 MB'"),
        ("size '>10MB'", "--list --filter 'size >10MB'"),
        ("--list 'age>30d'", "--filter 'age>30d' --list"),
    ],
)
def test_a_guess_is_answered_with_the_command_that_does_it(guess: str, command: str) -> None:
    assert instead_of(guess) == command
    check(make_parser().parse(shlex.split(command)))  # one that can be typed as it stands


@pytest.mark.parametrize("guess", ["clean", "rm", "prune", "--delete", "--clean"])
def test_a_wish_to_clean_gets_the_rule_that_costs_least(guess: str) -> None:
    command, _, remark = instead_of(guess).partition(" (")
    assert command == "--prune-stale"
    assert remark.startswith(STALE)


def test_no_guess_that_deletes_is_answered_with_the_opposite() -> None:
    for guess in ("--delete torch", "--remove", "rm", "delete torch"):
        assert "--no-delete" not in instead_of(guess)


def test_a_folder_is_a_cache_and_a_requirements_file_is_checked(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("six")
    assert instead_of(str(tmp_path)) == f"--cache-dir {tmp_path}"
    assert instead_of(f"{tmp_path}/requirements.txt") == f"--check {tmp_path}/requirements.txt"


@pytest.mark.parametrize("line", ["--unheard-of", "explain", "check", "--unheard torch"])
def test_what_nobody_can_guess_is_only_refused(line: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_parser().parse(line.split())
    assert "write:" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("-n", "--dry-run goes with a rule; write for example: pipcache-tui --dry-run --prune-older 90d"),
        ("--sort size", "--sort goes with --list; write: pipcache-tui --list --sort size"),
        ("--demo --list --sort -size", "--sort: can't sort by '-size'; write size:desc"),
    ],
)
def test_a_flag_that_lacks_another_is_answered_with_both(line: str, says: str, run: Run) -> None:
    answer = run(*line.split())
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f"pipcache-tui: {says}\n"
