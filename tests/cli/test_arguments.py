from __future__ import annotations

import re

import pytest

from pipcache_tui import __version__
from pipcache_tui.cli.arguments import Arguments, make_parser
from pipcache_tui.select.registry import RULES
from tests.cli.conftest import Run


def parsed(*argv: str) -> Arguments:
    return make_parser().parse(argv)


def test_the_short_help_fits_the_smallest_screen_and_names_flags_that_exist(run: Run) -> None:
    answer = run("-h")
    lines = answer.out.splitlines()
    assert (answer.code, answer.err) == (0, "")
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80
    assert set(re.findall(r"--[a-z-]+", answer.out)) < set(make_parser().flags())
    assert "\nexamples\n" in answer.out


def test_the_help_page_names_every_flag_on_a_line(run: Run) -> None:
    answer = run("--help")
    lines = answer.out.splitlines()
    assert answer.code == 0
    assert len(lines) <= 63 + len(RULES)
    flags = [line for line in lines[: lines.index("examples")] if line.startswith("  ")]
    assert all(re.fullmatch(r"  -(?:\S.*)?\S {2,}\S.*", line) for line in flags), (
        flags
    )  # one line each, none run together
    assert max(map(len, lines)) <= 80
    for flag in make_parser().flags():
        assert any(line.startswith("  ") and flag in line.split("  ")[1] for line in lines), flag
    assert "\nexamples\n" in answer.out


def test_the_version(run: Run) -> None:
    assert run("-V").out == f"pipcache-tui {__version__}\n"
    assert run("--version").code == 0


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--prune-oder", "30d"], "unknown flag '--prune-oder'; did you mean --prune-older?"),
        (["--prune-oder=30d"], "unknown flag '--prune-oder'; did you mean --prune-older?"),
        (["--lst"], "unknown flag '--lst'; did you mean --list?"),
        (["list"], "unknown argument 'list'; write: pipcache-tui --list"),
        (["--quite"], "unknown flag '--quite'; did you mean --quiet?"),
        (["-z"], "unknown flag '-z'; see pipcache-tui --help"),
        (["requests"], "unknown argument 'requests'; write: pipcache-tui --explain requests"),
        (["--x\x1b[31m"], "unknown flag '--x\\x1b[31m'; see pipcache-tui --help"),
        (["--prune-older"], "--prune-older needs a value: --prune-older AGE"),
        (["--prun"], "unknown flag '--prun'; did you mean --prune?"),
        (["--color", "blue"], "--color: invalid choice: 'blue'"),
        (["--keep-latest", "0"], "--keep-latest: '0' is not a whole number of one or more"),
        (["--keep-latest", "-1"], "--keep-latest: '-1' is not a whole number of one or more"),
        (["--limit", "²"], "--limit: '²' is not a whole number of one or more"),
        (["--json=1"], "--json: ignored explicit argument '1'"),
    ],
)
def test_a_wrong_flag_is_answered_in_one_line_with_the_nearest_one(argv: list[str], says: str, run: Run) -> None:
    answer = run(*argv)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith(f"pipcache-tui: {says}"), answer.err
    assert answer.err.count("\n") == 1


def test_values_that_begin_with_a_minus_reach_their_flag() -> None:
    assert parsed("--prune-older", "-5d").prune_older == "-5d"
    assert parsed("--max-size=-1").max_size == "-1"
    assert parsed("-n0", "--list").null
