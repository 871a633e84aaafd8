"""Combinations of flags that make no sense are refused before anything is read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from pipcache_tui.cli.arguments import PROGRAM, Arguments, UsageError
from pipcache_tui.select.registry import RULES

#: each selects entries to remove
RULE_FLAGS = tuple(rule.attribute for rule in RULES)
LOOK_FLAGS = ("info", "list", "explain", "verify", "check", "freeze", "export", "history", "forget", "print_completion")
_NARROWING = ("filter", "project", "store", "kind")
_OUTPUTS = ("json", "json_lines", "quiet", "null")
#: flags that only mean something with a rule
_OF_RULES = ("dry_run", "yes", "wait", "force")
_A_RULE = "--prune-older 90d"


def check(arguments: Arguments) -> None:
    """Raises UsageError if flags contradict each other, or if one would have no effect."""
    for objection in chain(_clashes(arguments), _removals(arguments), _idle(arguments)):
        raise UsageError(objection)


def _clashes(arguments: Arguments) -> Iterator[str]:
    """Flags that exclude each other."""
    looks, outputs = given(arguments, LOOK_FLAGS), given(arguments, _OUTPUTS)
    if len(looks) > 1 and looks != ["--check", "--export"]:
        yield f"{looks[0]} or {looks[1]}: one at a time"
    if arguments.check and (narrowing := given(arguments, _NARROWING)):
        yield f"--check looks at the whole cache, as pip does; leave out {narrowing[0]}"
    if arguments.freeze and (narrowing := given(arguments, _NARROWING)):
        yield f"--freeze looks at the whole cache, as pip does; leave out {narrowing[0]}"
    if arguments.freeze and len(arguments.python) > 1:
        yield "--freeze writes one list, for one Python; give --python once"
    if len(set(outputs) - {"--quiet"}) > 1 or ("--quiet" in outputs and {"--json", "--json-lines"} & set(outputs)):
        yield f"{outputs[0]} or {outputs[1]}: one at a time"
    if arguments.demo and arguments.cache_dir:
        yield "--demo makes a cache of its own; leave out --cache-dir"


def _removals(arguments: Arguments) -> Iterator[str]:
    """Combinations that would remove less or more than they seem to."""
    rules, narrowing = given(arguments, RULE_FLAGS), given(arguments, _NARROWING)
    if not rules:
        return
    if looks := given(arguments, LOOK_FLAGS):
        yield f"{looks[0]} removes nothing and {rules[0]} does; {rules[0]} with -n shows what would go"
    if "--purge" in rules and len(rules) > 1:
        yield f"--purge removes everything; leave it out to remove by {rules[0]}"
    if "--purge" in rules and narrowing:
        yield f"--purge removes everything; to remove what {narrowing[0]} lets through, use --prune"
    if rules == ["--prune"] and not narrowing:
        yield "--prune needs a filter, such as --project 'torch*'; --purge removes everything"
    if arguments.no_delete and not arguments.dry_run:
        yield f"{rules[0]} would delete, and --no-delete forbids it; -n shows what would go"


def _idle(arguments: Arguments) -> Iterator[str]:
    """Flags that have no effect without another."""
    rules, screen = given(arguments, RULE_FLAGS), wants_screen(arguments)
    if not rules:
        for flag in given(arguments, _OF_RULES):
            typed = f"{flag} {arguments.wait}" if flag == "--wait" else flag
            yield f"{flag} goes with a rule; write for example: {PROGRAM} {typed} {_A_RULE}"
    if arguments.keep and not rules and not screen:
        yield f"--keep goes with a rule, such as {_A_RULE}, or with the screen"
    if arguments.needed_by and "--prune-unneeded" not in rules and arguments.explain is None:
        yield "--needed-by goes with --prune-unneeded, or with --explain"
    if arguments.theme is not None and not screen:
        yield "--theme is the screen's, which does not open here"
    if not arguments.list:
        for name in ("sort", "limit"):
            if (value := getattr(arguments, name)) is not None:
                yield f"--{name} goes with --list; write: {PROGRAM} --list --{name} {value}"
    if arguments.no_deps and not arguments.check:
        yield "--no-deps goes with --check FILE"
    if arguments.index and arguments.export is None:
        yield "--index goes with --export DIR"


def given(arguments: Arguments, names: tuple[str, ...]) -> list[str]:
    """Those of these flags that were given."""
    values = ((name, getattr(arguments, name)) for name in names)
    return [flag_of(name) for name, value in values if value not in (None, False, [])]


def flag_of(name: str) -> str:
    """`--prune-older` for `prune_older`."""
    return "--" + name.replace("_", "-")


def wants_screen(arguments: Arguments) -> bool:
    """Whether no flag asks for text output, so that the screen would open."""
    return not given(arguments, (*LOOK_FLAGS, *RULE_FLAGS, *_OUTPUTS))
