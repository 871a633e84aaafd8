"""The README says what the program does: its help page, its flags, its commands."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipcache_tui.cli.arguments import make_parser
from pipcache_tui.cli.config import SETTINGS, load_config
from pipcache_tui.cli.flag_conflicts import check
from pipcache_tui.report.table import PLAIN_FIELDS
from pipcache_tui.select.registry import RULES
from pipcache_tui.tui.keymap import check_keymap
from pipcache_tui.tui.themes import OWN

PROJECT = Path(__file__).resolve().parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
LINES = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
COMMANDS = [line for line in LINES if line.startswith("pipcache-tui")]


def test_the_help_page_is_the_programs_own() -> None:
    (page,) = [block for kind, block in BLOCKS if kind == "text"]
    assert page == make_parser().format_help()


@pytest.mark.parametrize("line", COMMANDS)
def test_each_command_is_one_the_program_takes(line: str) -> None:
    command, _, _ = line.partition(" | ")
    check(make_parser().parse(shlex.split(command)[1:]))


def test_flags_named_in_the_text_exist() -> None:
    text = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= set(make_parser().flags())


def test_the_settings_shown_are_all_there_are_and_are_understood(tmp_path: Path) -> None:
    (example,) = [block for kind, block in BLOCKS if kind == "toml"]
    file = tmp_path / "config.toml"
    file.write_text(example, encoding="utf-8")
    config = load_config({"PIPCACHE_TUI_CONFIG": str(file)})
    assert set(config.sources) == {setting.name for setting in SETTINGS}
    check_keymap(config.keys)
    assert config.theme in {theme.name for theme in OWN}


def test_the_table_of_rules_is_the_registrys() -> None:
    table = README.partition("| rule | what goes |")[2].partition("\n\n")[0]
    rows = [line.strip("| ") for line in table.splitlines()[2:]]
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", row).replace("`", "").replace("\\|", "|") for row in rows]
    assert plain == [
        " | ".join((f"{rule.flag} {rule.metavar or ''}".strip(), rule.about or rule.help, rule.cost)) for rule in RULES
    ]


def test_the_rules_that_depend_on_the_pythons_here_are_named_where_those_are_explained() -> None:
    section = README.partition("### Which Pythons are here\n")[2].partition("\n#")[0]
    rules = {rule.flag: rule.needs_pythons for rule in RULES}
    named = {flag for flag in re.findall(r"`(--[a-z-]+)`", section) if flag in rules}
    assert named == {flag for flag, needs_pythons in rules.items() if needs_pythons}


def test_the_columns_of_a_piped_list_are_named_in_order() -> None:
    (sentence,) = re.findall(r"tab-separated: (.*?)\.", README, re.DOTALL)
    named = [" ".join(name.split()) for name in sentence.split(",")]
    shown = {"size_on_disk": "size on disk", "pip_will": "what pip will do", "filename": "file name"}
    shown |= {"validated": "last validated", "used": "last used"}
    assert named == [shown.get(field, field) for field in PLAIN_FIELDS]


def test_one_line_tries_it_and_one_passes_the_tests_as_ci_does() -> None:
    tries, passes = [line for line in LINES if line.startswith("python3 -m venv .venv && ")]
    assert tries.endswith(".venv/bin/pipcache-tui --demo")
    assert "/pytest" in passes
    script = (PROJECT / ".ci" / "run").read_text(encoding="utf-8")
    assert "README.md" in script
    assert 'eval "$test_command"' in script


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed here")
@pytest.mark.parametrize("line", [line for line in COMMANDS if "| jq" in line])
def test_the_jq_examples_give_an_answer(line: str) -> None:
    command, _, filter_ = line.partition(" | ")
    ours = [sys.executable, "-m", "pipcache_tui", "--demo", "--python", sys.executable, *shlex.split(command)[1:]]
    ran = subprocess.run(ours, capture_output=True, timeout=120, check=True)
    answer = subprocess.run(shlex.split(filter_), input=ran.stdout, capture_output=True, timeout=60, check=True)
    assert answer.stdout.strip()
