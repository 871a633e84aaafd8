"""Which flags make sense together; what does not is refused before anything is read."""

from __future__ import annotations

from pipcache_tui.cli.arguments import Arguments, UsageError

#: each chooses entries to remove; by the name of its attribute
RULE_FLAGS = (
    "prune_older",
    "prune_unused",
    "prune_larger",
    "prune_stale",
    "prune_superseded",
    "keep_latest",
    "prune_incompatible",
    "prune_orphans",
    "prune_corrupt",
    "max_size",
    "min_free",
    "prune",
    "purge",
)
LOOK_FLAGS = ("info", "list", "explain", "verify", "check", "export", "forget", "print_completion")
_NARROWING = ("filter", "project", "store", "kind")
_OUTPUTS = ("json", "json_lines", "quiet", "null")


def check(arguments: Arguments) -> None:
    """Raises UsageError where flags contradict each other, or one would do nothing."""
    looks, rules = given(arguments, LOOK_FLAGS), given(arguments, RULE_FLAGS)
    narrowing = given(arguments, _NARROWING)
    outputs = given(arguments, _OUTPUTS)
    if len(looks) > 1 and looks != ["--check", "--export"]:
        raise UsageError(f"{looks[0]} or {looks[1]}: one at a time")
    if looks and rules:
        raise UsageError(f"{looks[0]} removes nothing and {rules[0]} does; {rules[0]} with -n shows what would go")
    if "--purge" in rules and len(rules) > 1:
        raise UsageError(f"--purge removes everything; leave it out to remove by {rules[0]}")
    if "--purge" in rules and narrowing:
        raise UsageError(f"--purge removes everything; to remove what {narrowing[0]} lets through, use --prune")
    if rules == ["--prune"] and not narrowing:
        raise UsageError("--prune needs a filter, such as --project 'torch*'; --purge removes everything")
    if rules and arguments.no_delete and not arguments.dry_run:
        raise UsageError(f"{rules[0]} would delete, and --no-delete forbids it; -n shows what would go")
    for flag in given(arguments, ("dry_run", "yes", "wait", "force")):
        if not rules:
            raise UsageError(f"{flag} goes with a rule, such as --prune-older 90d")
    if arguments.keep and not rules and not wants_screen(arguments):
        raise UsageError("--keep goes with a rule, such as --prune-older 90d, or with the screen")
    if arguments.theme is not None and not wants_screen(arguments):
        raise UsageError("--theme is the screen's, which does not open here")
    for flag in given(arguments, ("sort", "limit")):
        if not arguments.list:
            raise UsageError(f"{flag} goes with --list")
    if arguments.check and narrowing:
        raise UsageError(f"--check looks at the whole cache, as pip does; leave out {narrowing[0]}")
    if arguments.no_deps and not arguments.check:
        raise UsageError("--no-deps goes with --check FILE")
    if arguments.index and arguments.export is None:
        raise UsageError("--index goes with --export DIR")
    if len(set(outputs) - {"--quiet"}) > 1 or ("--quiet" in outputs and {"--json", "--json-lines"} & set(outputs)):
        raise UsageError(f"{outputs[0]} or {outputs[1]}: one at a time")
    if arguments.demo and arguments.cache_dir:
        raise UsageError("--demo makes a cache of its own; leave out --cache-dir")


def given(arguments: Arguments, names: tuple[str, ...]) -> list[str]:
    """The flags among these that were typed."""
    values = ((name, getattr(arguments, name)) for name in names)
    return [flag_of(name) for name, value in values if value not in (None, False, [])]


def flag_of(name: str) -> str:
    """`--prune-older` for `prune_older`."""
    return "--" + name.replace("_", "-")


def wants_screen(arguments: Arguments) -> bool:
    """Whether nothing was asked for that is an answer in text."""
    return not given(arguments, (*LOOK_FLAGS, *RULE_FLAGS, *_OUTPUTS))
