"""Commands that people guess (`list`, `prune --older 30d`, `rm torch`, `--top 10`) → the exact command that does it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipcache_tui.select.registry import RULES

_SAFEST = "--prune-stale"
_SAFEST_REMARK = "removes what pip won't use as it is; -n only shows it; --purge removes everything"
_DIGITS = re.compile(r"\d+\Z")
_COMPARISON = re.compile(r"[a-z-]+\s*(?:[<>]=?|~=|!=|=(?!=))")
_RULE_FLAGS = frozenset(rule.flag for rule in RULES)
#: names found in a pip cache; a folder with one of them is probably a cache
_STORES = frozenset({"http", "http-v2", "wheels", "selfcheck"})


@dataclass(frozen=True, slots=True)
class _Flag:
    """What to write instead of a guessed flag: the flags, and an example of the value the last one takes."""

    flags: tuple[str, ...]
    example: str | None = None
    #: what to write instead in a list, with the value in place of {}
    in_list: str | None = None
    #: what a bare number most likely means
    unit: str = ""


_OLDER = _Flag(("--prune-older",), "90d", "age>{}", "d")
_UNUSED = _Flag(("--prune-unused",), "90d", "unused>{}", "d")
_LARGER = _Flag(("--prune-larger",), "500MB", "size>{}", "MB")
_TOP = _Flag(("--list", "--sort=size", "--limit"), "10")
_REMOVE = _Flag(("--prune", "--project"), "")
_FLAGS: Mapping[str, _Flag] = {
    **dict.fromkeys(("older", "older-than", "age", "before", "days"), _OLDER),
    **dict.fromkeys(("unused", "unused-for", "not-used", "not-used-for"), _UNUSED),
    **dict.fromkeys(("larger", "larger-than", "bigger", "bigger-than", "min-size", "size"), _LARGER),
    **dict.fromkeys(("stale", "expired", "outdated"), _Flag(("--prune-stale",))),
    **dict.fromkeys(("superseded", "old-versions"), _Flag(("--prune-superseded",))),
    "incompatible": _Flag(("--prune-incompatible",)),
    **dict.fromkeys(("orphans", "orphaned", "leftovers"), _Flag(("--prune-orphans",))),
    **dict.fromkeys(("corrupt", "broken", "damaged"), _Flag(("--prune-corrupt",))),
    **dict.fromkeys(("shrink", "shrink-to", "max", "maxsize"), _Flag(("--max-size",), "5GB", unit="GB")),
    **dict.fromkeys(("delete", "remove", "rm", "uninstall", "del"), _REMOVE),
    **dict.fromkeys(("clean", "clear", "gc", "cleanup"), _Flag((_SAFEST,))),
    **dict.fromkeys(("free", "free-space", "free-up"), _Flag(("--free",), "1GB", unit="GB")),
    **dict.fromkeys(("top", "largest", "biggest"), _TOP),
    **dict.fromkeys(("tree", "ls"), _Flag(("--list",))),
    **dict.fromkeys(("summary", "stats", "status", "du"), _Flag(("--info",))),
    **dict.fromkeys(("show", "why", "what"), _Flag(("--explain",), "NAME")),
    **dict.fromkeys(("dry", "preview", "pretend", "simulate"), _Flag(("-n",))),
    **dict.fromkeys(("cache", "dir", "root", "path"), _Flag(("--cache-dir",), "DIR")),
    **dict.fromkeys(("package", "pkg", "name"), _Flag(("--project",), "NAME")),
    **dict.fromkeys(("order", "order-by", "sort-by"), _Flag(("--list", "--sort"), "size")),
    **dict.fromkeys(("exclude", "except", "ignore", "protect"), _Flag(("--keep",), "NAME")),
}
_LIST, _DELETE, _CLEAN, _EXPLAIN = "list", "delete", "clean", "explain"
#: commands of other programs; those without a matching flag are handled below
_VERBS: Mapping[str, str] = {
    **dict.fromkeys(("list", "ls", "tree", "search", "find", "grep"), _LIST),
    **dict.fromkeys(("rm", "remove", "delete", "del", "uninstall"), _DELETE),
    **dict.fromkeys(("clean", "clear", "prune", "gc", "cleanup"), _CLEAN),
    **dict.fromkeys(("explain", "show", "why"), _EXPLAIN),
    "purge": "--purge",
    **dict.fromkeys(("info", "dir", "status", "du", "stats", "summary"), "--info"),
    "verify": "--verify",
    "check": "--check",
    "freeze": "--freeze",
    "history": "--history",
    "demo": "--demo",
    "export": "--export",
    "forget": "--forget",
    "help": "--help",
    "version": "--version",
}


def guess(argv: Sequence[str], unknown: Sequence[str], program: str) -> str | None:
    """The command that was probably meant, with a remark if it needs one; None if it can't be guessed.

    Args:
        argv: All that was typed.
        unknown: The words that no flag takes, in their order.
        program: The name of the program.
    """
    known = _without(argv, unknown)
    verb: str | None = None
    names: list[str] = []
    flags: list[str] = []
    rest = list(unknown)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-"):
            if verb is None and not names and word.lower() in _VERBS:
                verb = _VERBS[word.lower()]
                continue
            if names or not _is_rule_word(word, rest):
                names.append(word)
                continue
        name, _, value = word.partition("=")
        instead = _FLAGS.get(name.lstrip("-").lower().replace("_", "-"))
        if instead is None:
            return None
        if instead.example is not None and not value and rest and not rest[0].startswith("-"):
            value = rest.pop(0)
        flags += _written(instead, value, in_list=verb == _LIST or "--list" in known)
    command = [*known, *flags]
    put = _verb_written(verb, names, command)
    if put is None:
        return None
    words = list(dict.fromkeys([*put, *command])) if set(put) & {"--list"} else [*put, *command]
    if not words:
        return None
    remark = f" ({_SAFEST_REMARK})" if _SAFEST in put or (_SAFEST in flags and _SAFEST not in unknown) else ""
    return shlex.join([program, *words]) + remark


def _is_rule_word(word: str, rest: Sequence[str]) -> bool:
    """Whether a word is a rule without its dashes: "stale", or "older" with a value after it."""
    rule = _FLAGS.get(word.lower())
    if rule is None or rule.flags[-1] not in _RULE_FLAGS:
        return False
    return rule.example is None or (bool(rest) and rest[0][:1].isdigit())


def _without(argv: Iterable[str], unknown: Sequence[str]) -> list[str]:
    """`argv` without the unknown words, each removed once."""
    left = list(unknown)
    known = []
    for word in argv:
        if word in left:
            left.remove(word)
        else:
            known.append(word)
    return known


def _written(instead: _Flag, value: str, *, in_list: bool) -> list[str]:
    if instead.example is None:
        return list(instead.flags)
    if instead is _REMOVE and not value:
        return [_SAFEST]
    value = value or instead.example
    if _DIGITS.match(value):
        value += instead.unit
    if in_list and instead.in_list is not None:
        return ["--filter", instead.in_list.format(value)]
    return [*instead.flags, value]


def _verb_written(verb: str | None, names: list[str], command: Sequence[str]) -> list[str] | None:
    """The flags for a verb and the names after it, before those of `command`."""
    projects = ["--project", ",".join(names)] if names else []
    chosen = any(word.partition("=")[0] in _RULE_FLAGS for word in command)
    if verb == _LIST:
        return ["--list", *projects]
    if verb in (_DELETE, _CLEAN):
        if names:
            return [*([] if chosen else ["--prune"]), *projects]
        return [] if chosen else [_SAFEST]
    if verb == _EXPLAIN:
        return ["--explain", names[0]] if len(names) == 1 else None
    if verb in ("--check", "--export"):
        return [verb, names[0]] if len(names) == 1 else None
    if verb is not None:
        return [verb, *projects]
    if not names:
        return []
    if not chosen and {"-n", "--dry-run", "-y", "--yes"} & set(command):
        return ["--prune", *projects]
    if _COMPARISON.match(" ".join(names)):
        return [*([] if chosen or "--list" in command else ["--list"]), "--filter", " ".join(names)]
    if chosen or "--list" in command or len(names) > 1:
        return [*([] if chosen or "--list" in command else ["--list"]), *projects]
    return _name_written(names[0])


def _name_written(name: str) -> list[str]:
    """One word alone: a folder, a file of requirements, or something in the cache."""
    if os.path.isdir(name) and (name in (".", "~") or os.sep in name or not _STORES.isdisjoint(os.listdir(name))):
        return ["--cache-dir", name]
    if os.path.isfile(name) and name.endswith((".txt", ".in", ".toml", ".lock")):
        return ["--check", name]
    return ["--explain", name]
