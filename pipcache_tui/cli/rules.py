"""The rule flags → rules, each value understood before anything is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from pipcache_tui.cli.arguments import Arguments, UsageError

if TYPE_CHECKING:
    from pipcache_tui.select.expression import Expression
    from pipcache_tui.select.rule import Rule

_Value = TypeVar("_Value")
#: a budget of fewer bytes is no one's wish
_FEWEST_BARE = 1_000_000


def rules_of(arguments: Arguments, now: float, narrowing: Expression | None) -> list[Rule]:
    """What was asked for; `now` in seconds since 1970, `narrowing` what the filters say. Raises UsageError."""
    return list(_rules(arguments, now, narrowing))


def wait_of(arguments: Arguments) -> float:
    """Seconds to wait for running pips. Raises UsageError."""
    from pipcache_tui.quantities import parse_duration
    from pipcache_tui.workspace import DEFAULT_WAIT

    return DEFAULT_WAIT if arguments.wait is None else _understood("--wait", parse_duration, arguments.wait)


def _rules(arguments: Arguments, now: float, narrowing: Expression | None) -> Iterator[Rule]:
    from pipcache_tui.quantities import parse_share, parse_size, parse_span
    from pipcache_tui.select import budgets, rules

    valued: tuple[tuple[str, str | None, Callable[[str], Rule]], ...] = (
        ("--prune-older", arguments.prune_older, lambda text: rules.older(parse_span(text, now))),
        ("--prune-unused", arguments.prune_unused, lambda text: rules.unused(parse_span(text, now))),
        ("--prune-larger", arguments.prune_larger, lambda text: rules.larger(parse_size(text))),
        ("--max-size", arguments.max_size, lambda text: budgets.max_size(parse_size(_with_unit(text)))),
        ("--min-free", arguments.min_free, lambda text: budgets.min_free(parse_share(_with_unit(text)))),
    )
    for flag, text, make in valued:
        if text is not None:
            yield _understood(flag, make, text)
    plain: tuple[tuple[bool, Callable[[], Rule]], ...] = (
        (arguments.prune_stale, rules.stale),
        (arguments.prune_superseded, rules.superseded),
        (arguments.prune_incompatible, rules.incompatible),
        (arguments.prune_orphans, rules.orphans),
        (arguments.purge, rules.everything),
    )
    yield from (make() for asked, make in plain if asked)
    if arguments.keep_latest is not None:
        yield rules.keep_latest(arguments.keep_latest)
    if arguments.prune and narrowing is not None:
        yield rules.matching(narrowing)


def _with_unit(text: str) -> str:
    """The text of a budget, unless it is a bare number too small to be meant as bytes. Raises QuantityError.

    In a crontab "%" ends the command, which leaves the 10 of `--min-free 10%`.
    """
    from pipcache_tui.quantities import QuantityError

    number = text.strip()
    if number.isascii() and number.isdigit() and 0 < int(number[:20]) < _FEWEST_BARE:
        raise QuantityError(
            f"{number} alone is bytes; write its unit: {number}GB, {number}MB, or {number}B if bytes are meant"
        )
    return text


def _understood(flag: str, read: Callable[[str], _Value], text: str) -> _Value:
    from pipcache_tui.quantities import QuantityError
    from pipcache_tui.select.rule import RuleError

    try:
        return read(text)
    except (QuantityError, RuleError) as error:
        raise UsageError(f"{flag}: {error}") from None
