"""The flags, their help, and suggestions for unknown flags. Imports very little, so that the program starts fast."""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import NoReturn

from pipcache_tui import __version__
from pipcache_tui.select.registry import RULES

PROGRAM = "pipcache-tui"
HELP_WIDTH = 80
#: the shells that `--print-completion` supports
SHELLS = ("bash", "zsh", "fish", "tcsh")
_FLAG_WIDTH = 24
_NEGATIVE = re.compile(r"-[0-9.]")


class UsageError(Exception):
    """The command line can't be used; the message is one line that says what to type instead."""


class Arguments(argparse.Namespace):
    """The parsed command line, by flag; None and False: not given. The registry defines the flags of rules."""

    info: bool
    list: bool
    explain: str | None
    verify: bool
    check: Sequence[str]
    freeze: bool
    no_deps: bool

    export: str | None
    index: bool

    filter: Sequence[str]
    project: Sequence[str]
    store: Sequence[str]
    kind: Sequence[str]
    python: Sequence[str]
    pip_version: str | None
    environments: Sequence[str]
    needed_by: Sequence[str]

    keep: Sequence[str]
    theme: str | None

    cache_dir: Sequence[str]
    demo: bool
    dry_run: bool
    yes: bool
    no_delete: bool
    no_memory: bool
    history: bool
    forget: bool
    wait: str | None
    force: bool
    json: bool
    json_lines: bool
    quiet: bool
    null: bool
    sort: str | None
    limit: int | None
    color: str
    print_completion: str | None


_EXAMPLES = """\
examples
  pipcache-tui                             the screen: browse and clean
  pipcache-tui -n --prune-older 90d        what would go, and why
  pipcache-tui -q --prune-orphans --max-size 5GB           fit for cron
  pipcache-tui --list --project 'torch*' --sort size
exit codes
  0 done   1 failed, or corrupt   2 usage   3 no readable cache
  130 interrupted, 143 and 129 by SIGTERM and SIGHUP"""
_SHORT = f"""\
usage: {PROGRAM} [what to do] [narrow] [how]          --help: all flags

Alone in a terminal it opens the screen, else it prints --info.

look    --info  --list  --explain NAME  --verify  --check requirements.txt
prune   --prune-stale  --prune-orphans  --prune-superseded  --prune-corrupt
        --prune-older 90d  --prune-unused 90d  --prune-larger 500MB
        --max-size 5GB  --min-free 10%  --prune (with a filter)  --purge
keep    --export DIR  --freeze
narrow  --filter 'size>100MB'  --project 'num*'  --kind wheel,sdist
how     -n (only show it)  --json  -q  --cache-dir DIR  --demo

"""


def make_parser() -> Parser:
    """The parser of all flags."""
    parser = Parser(
        prog=PROGRAM,
        description="See what pip's cache holds, what pip will do with it, and get the space back. "
        "Alone in a terminal it opens the screen, else it prints --info.",
        epilog=_EXAMPLES,
        allow_abbrev=False,
        add_help=False,
    )
    look = parser.add_argument_group("look")
    look.add_argument("--info", action="store_true", help="where the caches are, why, and what is in them")
    look.add_argument("--list", action="store_true", help="the entries")
    look.add_argument("--explain", metavar="WHAT", help="all about a project, file name, URL, hash or entry id")
    look.add_argument("--verify", action="store_true", help="whether entries are still what was stored")
    look.add_argument(
        "--check",
        metavar="FILE|REQ",
        action="append",
        default=[],
        help="would it and all it needs come from the cache?",
    )
    look.add_argument("--no-deps", action="store_true", help="check only what is given, not its dependencies")
    look.add_argument("--freeze", action="store_true", help="the newest that pip could install from here")
    look.add_argument("--history", action="store_true", help="what was deleted when, and the size on each day")

    prune = parser.add_argument_group("prune: remove what any of these rules selects; -n only shows it")
    for rule in RULES:
        if rule.metavar is None:
            prune.add_argument(rule.flag, action="store_true", help=rule.help)
        else:
            prune.add_argument(rule.flag, metavar=rule.metavar, help=rule.help)
    prune.add_argument(
        "--needed-by",
        metavar="WHAT",
        action="append",
        default=[],
        help="requirements or lock file, environment, environments",
    )
    prune.add_argument(
        "--keep", metavar="GLOB", action="append", default=[], help="never remove anything of these projects"
    )

    keep = parser.add_argument_group("keep")
    keep.add_argument("--export", metavar="DIR", help="verified wheels and sdists under their real names")
    keep.add_argument("--index", action="store_true", help="with --export: also a simple index of DIR")

    narrow = parser.add_argument_group("narrow: all must hold")
    narrow.add_argument(
        "--filter", metavar="EXPR", action="append", default=[], help="'size>100MB', 'age>30d', 'kind=wheel,sdist'"
    )
    narrow.add_argument("--project", metavar="GLOB", action="append", default=[], help="name, or 'num*'")
    narrow.add_argument("--store", metavar="NAME", action="append", default=[], help="http, http-v2, wheels, ...")
    narrow.add_argument("--kind", metavar="NAME", action="append", default=[], help="wheel,sdist,index-page,...")
    narrow.add_argument(
        "--python", metavar="PY", action="append", default=[], help="path or version; instead of all found here"
    )
    narrow.add_argument("--pip-version", metavar="V", help="predict what this pip does; default: newest found")
    narrow.add_argument(
        "--environments",
        metavar="DIR",
        action="append",
        default=[],
        help="look for environments in it too: 'installed=no'",
    )

    how = parser.add_argument_group("how")
    how.add_argument("--cache-dir", metavar="DIR", action="append", default=[], help="instead of pip's own")
    how.add_argument("--demo", action="store_true", help="use a made-up cache in a temporary folder")
    how.add_argument("-n", "--dry-run", action="store_true", help="show the plan, touch nothing")
    how.add_argument("-y", "--yes", action="store_true", help="don't ask")
    how.add_argument("--no-delete", action="store_true", help="make every deletion impossible")
    how.add_argument("--wait", metavar="TIME", help="how long to wait for running pips; default: 60s")
    how.add_argument("--force", action="store_true", help="ignore running pips")
    how.add_argument("--no-memory", action="store_true", help="don't read or keep results of past runs")
    how.add_argument("--forget", action="store_true", help="delete the kept results of past runs")
    how.add_argument("--json", action="store_true", help="one JSON document")
    how.add_argument("--json-lines", action="store_true", help="one JSON object per line")
    how.add_argument("-q", "--quiet", action="store_true", help="ids only, one per line")
    how.add_argument("-0", "--null", action="store_true", help="ids only, each ended by NUL")
    how.add_argument("--sort", metavar="KEY", help="size, age, unused, project, ...; size:asc")
    how.add_argument("--limit", metavar="N", type=_count, help="list at most N")
    how.add_argument(
        "--color", metavar="WHEN", choices=("auto", "always", "never"), default="auto", help="auto, always, never"
    )
    how.add_argument("--theme", metavar="NAME", help="the screen's colours, for this run")
    how.add_argument("--print-completion", metavar="SH", choices=SHELLS, help="for bash, zsh, fish or tcsh")
    how.add_argument("-V", "--version", action="version", version=f"{PROGRAM} {__version__}", help="print the version")
    how.add_argument("-h", action=_ShortHelp, help="print the most used of these")
    how.add_argument("--help", action="help", help="print this")
    return parser


class _ShortHelp(argparse.Action):
    """Prints help that fits on a small terminal, then exits like `--help`."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:  # noqa: A002 - argparse names it
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        parser._print_message(_SHORT + _EXAMPLES + "\n", sys.stdout)
        parser.exit()


class Parser(argparse.ArgumentParser):
    """argparse with its own help page, one-line errors, and a suggestion for an unknown flag or word."""

    def parse(self, argv: Sequence[str]) -> Arguments:
        """Raises UsageError; `--help` and `--version` print and raise SystemExit(0)."""
        arguments, unknown = self.parse_known_args(_join_negatives(self, argv), namespace=Arguments())
        if unknown:
            raise UsageError(self._about_unknown(argv, unknown))
        return arguments

    def error(self, message: str) -> NoReturn:
        flag = re.match(r"argument (\S+?)(?:/\S+)?: (.*)", message, re.DOTALL)
        if flag is None:
            raise UsageError(message)
        if flag[2].startswith("expected one argument"):
            action = self._option_string_actions[flag[1]]
            raise UsageError(f"{flag[1]} needs a value: {flag[1]} {action.metavar} ({action.help})")
        raise UsageError(f"{flag[1]}: {flag[2]}")

    def flags(self) -> list[str]:
        """All long flags."""
        return [flag for flag in self._option_string_actions if flag.startswith("--")]

    def format_help(self) -> str:
        return "\n".join(self._help_lines()) + "\n"

    def _help_lines(self) -> Iterator[str]:
        yield f"usage: {self.prog} [what to do] [narrow] [how]"
        yield ""
        yield from textwrap.wrap(self.description or "", HELP_WIDTH)
        for group in self._action_groups:
            if group._group_actions:
                yield ""
                yield f"{group.title}"
                for action in group._group_actions:
                    yield from _help_of(action)
        yield ""
        yield self.epilog or ""

    def _about_unknown(self, argv: Sequence[str], unknown: Sequence[str]) -> str:
        from pipcache_tui.cli.guesses import guess

        flag, _, _ = unknown[0].partition("=")
        noun = "flag" if flag.startswith("-") else "argument"
        command = guess(argv, unknown, self.prog)
        if command is not None:
            hint = f"write: {_printable(command, 400)}"
        elif near := get_close_matches(flag, self.flags(), 1):
            hint = f"did you mean {near[0]}?"
        else:
            hint = f"see {self.prog} --help"
        return f"unknown {noun} '{_printable(flag, 60)}'; {hint}"


def _help_of(action: argparse.Action) -> Iterator[str]:
    flags = ", ".join(action.option_strings) + (f" {action.metavar}" if action.metavar else "")
    first, *more = textwrap.wrap(action.help or "", HELP_WIDTH - _FLAG_WIDTH - 2)
    yield f"  {flags:<{_FLAG_WIDTH}}{first}"
    for line in more:
        yield " " * (_FLAG_WIDTH + 2) + line


def _join_negatives(parser: argparse.ArgumentParser, argv: Sequence[str]) -> list[str]:
    """`--prune-older -5d` as one word, so that the message is about "-5d" and not about a missing value."""
    joined: list[str] = []
    for text in argv:
        action = parser._option_string_actions.get(joined[-1]) if joined else None
        if action is not None and action.metavar is not None and _is_value(parser, action, text):
            joined[-1] += f"={text}"
        else:
            joined.append(text)
    return joined


def _is_value(parser: argparse.ArgumentParser, action: argparse.Action, text: str) -> bool:
    """Whether a word that begins with "-" is the value of the flag before it: "-5d", or "-size" to sort by."""
    by_name = action.dest == "sort" and text[:1] == "-" and text not in parser._option_string_actions
    return by_name or _NEGATIVE.match(text) is not None


def _printable(text: str, limit: int) -> str:
    """`text` made safe to show; the module for that is only imported if needed."""
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text
    from pipcache_tui.text import safe_text

    return safe_text(text, limit)


def _count(text: str) -> int:
    from pipcache_tui.quantities import QuantityError, parse_count

    try:
        return parse_count(text)
    except QuantityError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
