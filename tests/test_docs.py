"""The README and the pages in docs/ say what the program does: help, flags, commands, settings, rules, links."""

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
from pipcache_tui.tui.key_settings import check_keymap
from pipcache_tui.tui.themes import OWN

PROJECT = Path(__file__).resolve().parent.parent
PAGES = {page.relative_to(PROJECT).as_posix(): page.read_text("utf-8") for page in (
    PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))
)}  # fmt: skip
README = PAGES["README.md"]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")
LINES = [
    line
    for text in PAGES.values()
    for kind, block in _BLOCK.findall(text)
    if kind == "sh"
    for line in block.splitlines()
]
#: commands in shell blocks, and those in the README's table of wishes
COMMANDS = sorted(
    {line for line in LINES if line.startswith("pipcache-tui")}
    | {line for text in PAGES.values() for line in re.findall(r"\| `(pipcache-tui[^`]*)` \|$", text, re.MULTILINE)}
)


def blocks(page: str, kind: str) -> list[str]:
    return [block for name, block in _BLOCK.findall(PAGES[page]) if name == kind]


def test_the_page_of_flags_is_the_programs_help() -> None:
    (page,) = blocks("docs/flags.md", "text")
    assert page == make_parser().format_help()


@pytest.mark.parametrize("line", COMMANDS)
def test_each_command_is_one_the_program_takes(line: str) -> None:
    command, _, _ = line.partition(" | ")
    check(make_parser().parse(shlex.split(command)[1:]))


@pytest.mark.parametrize("page", PAGES)
def test_flags_named_in_the_text_exist(page: str) -> None:
    text = _BLOCK.sub("", PAGES[page])
    pips_own = {"--download-cache"}
    others = {"--cache-dir", "--no-index", "--find-links"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= set(make_parser().flags()) | pips_own | others


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_and_headings_that_exist(page: str) -> None:
    for link in _LINK.findall(PAGES[page]):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (PROJECT / page).parent / path if path else PROJECT / page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}, link


def test_the_settings_shown_are_all_there_are_and_are_understood(tmp_path: Path) -> None:
    (example,) = blocks("docs/settings.md", "toml")
    file = tmp_path / "config.toml"
    file.write_text(example, encoding="utf-8")
    config = load_config({"PIPCACHE_TUI_CONFIG": str(file)})
    assert set(config.sources) == {setting.name for setting in SETTINGS}
    check_keymap(config.keys)
    assert config.theme in {theme.name for theme in OWN}


def test_the_table_of_rules_is_the_registrys() -> None:
    table = PAGES["docs/rules.md"].partition("| rule | what goes |")[2].partition("\n\n")[0]
    rows = [line.strip("| ") for line in table.splitlines()[2:]]
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", row).replace("`", "").replace("\\|", "|") for row in rows]
    assert plain == [
        " | ".join((f"{rule.flag} {rule.metavar or ''}".strip(), rule.about or rule.help, rule.cost)) for rule in RULES
    ]


def test_the_rules_that_depend_on_the_pythons_here_are_named_where_those_are_explained() -> None:
    section = PAGES["docs/rules.md"].partition("## Which Pythons count\n")[2].partition("\n#")[0]
    rules = {rule.flag: rule.needs_pythons for rule in RULES}
    named = {flag for flag in re.findall(r"`(--[a-z-]+)`", section) if flag in rules}
    assert named == {flag for flag, needs_pythons in rules.items() if needs_pythons}


def test_the_columns_of_a_piped_list_are_named_in_order() -> None:
    (sentence,) = re.findall(r"tab-separated: (.*?)\.", PAGES["docs/scripting.md"], re.DOTALL)
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
