from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from pipcache_tui.cache.model import KINDS
from pipcache_tui.cli.arguments import SHELLS, make_parser
from pipcache_tui.report.order import SORT_KEYS
from tests.cli.conftest import Run


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_a_script_with_every_flag(shell: str, run: Run) -> None:
    answer = run("--print-completion", shell)
    assert (answer.code, answer.err) == (0, "")
    for flag in make_parser().flags():
        assert re.search(rf"(?<![\w-]){flag[2:]}(?![\w-])|{flag}(?![\w-])", answer.out), flag


def test_an_unknown_shell_is_answered_with_those_there_are(run: Run) -> None:
    answer = run("--print-completion", "ksh")
    assert answer.code == 2
    assert all(shell in answer.err for shell in SHELLS)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed here")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("--prune-o", {"--prune-older", "--prune-orphans"}),
        ("--kind ", set(KINDS)),
        ("--store http", {"http", "http-v2"}),
        ("--sort ", set(SORT_KEYS)),
        ("--list --color ", {"auto", "always", "never"}),
        ("--theme pipcache-", {"pipcache-dark", "pipcache-light"}),
        ("--cache-dir ins", {"inside"}),
    ],
)
def test_bash_completes_flags_and_values(typed: str, offered: set[str], run: Run, tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    words = ["pipcache-tui", *typed.split(" ")]
    script = "\n".join(
        [
            run("--print-completion", "bash").out,
            f"COMP_WORDS=({' '.join(shlex.quote(word) for word in words)})",
            f"COMP_CWORD={len(words) - 1}",
            "_shtab_pipcache_tui",
            'printf "%s\\n" "${COMPREPLY[@]}"',
        ]
    )
    ran = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert set(ran.stdout.split()) == offered
