"""The manual page is the parser's own, and is installed where `man` looks."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from pipcache_tui.cli.arguments import make_parser
from pipcache_tui.cli.config import SETTINGS
from pipcache_tui.select.registry import RULES
from tools.man import PAGE, man_page


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == man_page(make_parser()), "write it anew: python -m tools.man"


def test_every_flag_and_variable_is_in_it() -> None:
    text = re.sub(r"\\f[BIR]", "", man_page(make_parser())).replace("\\-", "-")
    for name in (*make_parser().flags(), *(setting.variable for setting in SETTINGS)):
        assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text), name


def test_it_says_of_each_rule_what_it_costs() -> None:
    text = man_page(make_parser()).replace("\\-", "-").replace("\\(aq", "'")
    for rule in RULES:
        assert f"Cost: {rule.cost}." in text, rule.flag


def test_no_line_of_text_is_read_as_a_roff_request() -> None:
    requests = {line.split()[0] for line in man_page(make_parser()).splitlines() if line.startswith((".", "'"))}
    assert requests == {".TH", ".SH", ".SS", ".TP", ".B", ".BR", ".I", ".EX", ".EE"}


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed here")
def test_groff_has_nothing_to_say_about_it() -> None:
    command = ["groff", "-man", "-Tascii", "-ww", str(PAGE)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert ran.stderr == ""
    plain = re.sub(".\b", "", ran.stdout)  # bold is struck twice
    assert "--prune-superseded" in plain
    assert max(map(len, plain.splitlines())) <= 80
