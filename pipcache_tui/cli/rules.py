"""Turns rule flags into rules. Every value is parsed before anything is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from pipcache_tui.cli.arguments import Arguments, UsageError
from pipcache_tui.select.registry import RULES

if TYPE_CHECKING:
    from pipcache_tui.select.expression import Expression
    from pipcache_tui.select.rule import Rule

_Value = TypeVar("_Value")


def rules_of(arguments: Arguments, now: float, narrowing: Expression | None) -> list[Rule]:
    """The rules given, except `--prune-corrupt` and `--prune-unneeded`, which need the scan. Raises UsageError.

    Args:
        arguments: what was typed.
        now: in seconds since 1970; ages count back from it.
        narrowing: what the filters say; None without filters.
    """
    return list(_rules(arguments, now, narrowing))


def flags_of_rules(arguments: Arguments) -> list[str]:
    """The rules and filters as they were typed, for the record of upkeep."""
    flags = []
    for spec in RULES:
        typed: str | bool | None = getattr(arguments, spec.attribute)
        if typed is not None and typed is not False:
            flags.append(spec.flag if typed is True else f"{spec.flag} {typed}")
    for name in ("filter", "project", "store", "kind", "keep"):
        flags += [f"--{name} {value}" for value in getattr(arguments, name)]
    return flags


def wait_of(arguments: Arguments) -> float:
    """Seconds to wait for running pips. Raises UsageError."""
    from pipcache_tui.quantities import parse_duration
    from pipcache_tui.workspace import DEFAULT_WAIT

    return DEFAULT_WAIT if arguments.wait is None else _understood("--wait", parse_duration, arguments.wait)


def _rules(arguments: Arguments, now: float, narrowing: Expression | None) -> Iterator[Rule]:
    for spec in RULES:
        typed: str | bool | None = getattr(arguments, spec.attribute)
        if typed is None or typed is False or spec.value in ("needs", "verdicts"):
            continue
        if spec.value != "filter":
            yield _understood(spec.flag, partial(spec.parse, now=now), typed if isinstance(typed, str) else "")
        elif narrowing is not None:
            yield spec.make(narrowing)


def _understood(flag: str, read: Callable[[str], _Value], text: str) -> _Value:
    from pipcache_tui.quantities import QuantityError
    from pipcache_tui.select.rule import RuleError

    try:
        return read(text)
    except (QuantityError, RuleError) as error:
        raise UsageError(f"{flag}: {error}") from None
