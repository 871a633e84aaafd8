"""Writes the manual page from the parser and the settings: `python -m tools.man`.

The page has no date, so that the same program gives the same page.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from pipcache_tui import __version__
from pipcache_tui.cli.arguments import PROGRAM, Parser, make_parser
from pipcache_tui.cli.config import FILE_VARIABLE, SETTINGS
from pipcache_tui.select.registry import RULES

PAGE = Path(__file__).resolve().parent.parent / "man" / f"{PROGRAM}.1"
_NOTES = (
    (
        "Pythons",
        "Counted as here: those on PATH, the active environment's, the one this program runs on, and those of pyenv, "
        "asdf, mise, uv, rye and conda in their usual folders. cron and services have a short PATH: a wheel built by a "
        "Python that is not found counts as stale there, and costs a compile.",
    ),
    (
        "Unused",
        "A disk mounted noatime keeps no times of use: --prune-unused then refuses the whole run. A cache that was "
        "saved and restored, as CI does, seems to have been read when it was restored; use --prune-older there.",
    ),
    (
        "Budgets",
        "--max-size is one budget for all caches together and counts what they take on disk. In a crontab write "
        "10\\% for 10%.",
    ),
)
_ENVIRONMENT = (
    (FILE_VARIABLE, "the file of settings, instead of the one named below; empty: none"),
    *((setting.variable, f"{setting.help}; overrides {setting.name} in the file") for setting in SETTINGS),
    ("NO_COLOR", "no colours, on the screen and off it"),
    ("PIP_CACHE_DIR, PIP_CONFIG_FILE, XDG_CACHE_HOME", "and the others that pip reads decide where the caches are"),
)


def man_page(parser: Parser) -> str:
    """The page, in the man macros."""
    return "\n".join(_lines(parser)) + "\n"


def _lines(parser: Parser) -> Iterator[str]:
    summary, _, more = (parser.description or "").partition(". ")
    yield f'.TH {PROGRAM.upper()} 1 "" "{PROGRAM} {__version__}" "User Commands"'
    yield ".SH NAME"
    yield f"{_escaped(PROGRAM)} \\- {_escaped(summary[0].lower() + summary[1:])}"
    yield ".SH SYNOPSIS"
    yield f".B {_escaped(PROGRAM)}"
    yield "[\\fIwhat to do\\fR] [\\fInarrow\\fR] [\\fIhow\\fR]"
    yield ".SH DESCRIPTION"
    yield _escaped(more)
    rules = {rule.flag: _sentences(rule.help, rule.about, f"cost: {rule.cost}") for rule in RULES}
    yield ".SH OPTIONS"
    for group in parser._action_groups:
        if group._group_actions:
            yield f".SS {_escaped(group.title or '')}"
            for action in group._group_actions:
                yield ".TP"
                yield _flags(action)
                yield _escaped(rules.get(action.option_strings[-1]) or action.help or "")
    examples, _, codes = (parser.epilog or "").partition("exit codes\n")
    yield ".SH EXIT STATUS"
    yield from _as_is(codes)
    yield ".SH NOTES"
    for name, about in _NOTES:
        yield ".TP"
        yield f".B {_escaped(name)}"
        yield _escaped(about)
    yield ".SH ENVIRONMENT"
    for name, about in _ENVIRONMENT:
        yield ".TP"
        yield f".B {_escaped(name)}"
        yield _escaped(about)
    yield ".SH FILES"
    yield ".TP"
    yield ".I config.toml"
    yield f"in the configuration folder for {_escaped(PROGRAM)} (on Linux \\fI~/.config/{_escaped(PROGRAM)}/\\fR): "
    yield _escaped(", ".join(setting.name for setting in SETTINGS) + ".")
    yield ".SH EXAMPLES"
    yield from _as_is(examples.partition("\n")[2])
    yield ".SH SEE ALSO"
    yield ".BR pip (1)"


def _flags(action: argparse.Action) -> str:
    value = f" \\fI{_escaped(str(action.metavar))}\\fR" if action.metavar else ""
    return ", ".join(f"\\fB{_escaped(flag)}\\fR" for flag in action.option_strings) + value


def _sentences(*texts: str) -> str:
    return " ".join(f"{text[0].upper()}{text[1:]}." for text in texts if text)


def _as_is(text: str) -> Iterator[str]:
    yield ".EX"
    yield from (_escaped(line) for line in text.rstrip("\n").split("\n"))
    yield ".EE"


def _escaped(text: str) -> str:
    """Escape backslashes and hyphens, and a dot that would start a macro."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return f"\\&{escaped}" if escaped.startswith(".") else escaped


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(man_page(make_parser()), encoding="utf-8")
