"""The screen opens only where it can be used."""

from __future__ import annotations

import pytest

from pipcache_tui.cli.arguments import UsageError
from pipcache_tui.cli.screen import check_theme
from pipcache_tui.cli.session import Session
from tests.cli.conftest import Cache, Run


def test_the_screen_opens_only_where_all_three_streams_are_terminals(
    cache: Cache, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Session] = []

    def open_screen(session: Session) -> int:
        opened.append(session)
        return 0

    monkeypatch.setattr("pipcache_tui.cli.screen.open_screen", open_screen)
    cache.add("a", days=1)
    everything = ["in", "out", "err"]
    for missing in everything:
        assert run(cache.flag, terminals=[name for name in everything if name != missing]).out.startswith(
            "\x1b[1mRoots" if missing != "out" else "Roots"
        )
    for argv in (["--info"], ["--list"], ["--json"], ["-q"], ["--prune-older", "9y"]):
        run(cache.flag, *argv, terminals=everything)
    assert opened == []
    run(cache.flag, "--filter", "size>1B", terminals=everything)
    assert len(opened) == 1
    monkeypatch.setenv("TERM", "dumb")
    run(cache.flag, terminals=everything)
    assert len(opened) == 1


def test_an_unknown_theme_is_refused_with_its_source_and_a_near_name() -> None:
    check_theme("pipcache-dark", "--theme")
    with pytest.raises(UsageError, match=r"^--theme: 'gruvbux' is not a theme; did you mean gruvbox\?"):
        check_theme("gruvbux", "--theme")
    with pytest.raises(UsageError, match=r"^my\.toml: theme: 'zzz' is not a theme; there are pipcache-dark, "):
        check_theme("zzz", "my.toml: theme")
