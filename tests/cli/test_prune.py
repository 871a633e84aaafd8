from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipcache_tui.cache.formats import responses
from pipcache_tui.remove import execute, running_pip_policy, steps
from pipcache_tui.remove.running_pips import RunningPip
from tests.cli.conftest import Cache, Run
from tests.support.report_entries import NOW
from tests.support.schemas import validator

DAY = 86400.0


@pytest.fixture(autouse=True)
def _no_pip_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pips that happen to run on this machine are none of these tests' concern."""
    monkeypatch.setattr(running_pip_policy, "PipFinder", lambda *_args, **_named: lambda: ())


@pytest.fixture
def filled(cache: Cache) -> Cache:
    for number, days in enumerate((1, 20, 40, 400)):
        cache.add(f"{number}.bin", days=days, size=1000 * (number + 1))
    return cache


def test_a_dry_run_says_all_and_touches_nothing(filled: Cache, run: Run) -> None:
    before = filled.files()
    answer = run(filled.flag, "-n", "--prune-older", "30d")
    assert answer.code == 0
    assert len(answer.out.splitlines()) == 2
    assert answer.out.splitlines()[0].endswith("older than 30 days (stored 2026-12-06)")
    assert answer.err.splitlines()[0].startswith("2 entries in 4 files: frees ")
    assert answer.err.splitlines()[-1].startswith("2 entries stay, ")
    assert filled.files() == before


def test_a_rule_is_its_own_consent(filled: Cache, run: Run) -> None:
    answer = run(filled.flag, "--prune-older", "30d")
    assert answer.code == 0
    assert answer.out.startswith("Freed ")
    assert answer.out.endswith(": 2 entries, 4 files.\n")
    assert len(filled.files()) == 4
    again = run(filled.flag, "--prune-older", "30d")
    assert (again.code, again.out) == (0, "")
    assert again.err == "nothing to remove: the oldest was stored or last validated 2026-12-26\n"


@pytest.mark.parametrize(
    "rule", [("--prune-older", "30d"), ("--prune-unused", "30d"), ("--prune-larger", "2kB"), ("--purge",)]
)
def test_ids_selected_by_names_and_stats_are_those_of_the_full_plan(
    filled: Cache, run: Run, rule: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = run(filled.flag, "-n", *rule, "--json").json
    ids = sorted(entry["id"] for entry in planned["selected"])
    assert ids

    def refuse(*_: object) -> None:
        raise AssertionError("opened a stored response")

    for module in ("http.read_envelope", "http_v2.parse_metadata"):
        monkeypatch.setattr(f"pipcache_tui.cache.stores.{module}", refuse)
    assert sorted(run(filled.flag, "-n", *rule, "-q").out.split()) == ids
    with pytest.raises(AssertionError, match="opened"):  # a project is known by content alone
        run(filled.flag, "-n", "--no-memory", "--keep", "torch", *rule, "-q")
    assert sorted(run(filled.flag, *rule, "-q", *(("--yes",) if rule == ("--purge",) else ())).out.split()) == ids
    left = {os.path.basename(path).removesuffix(".body") for path in filled.files()}
    assert left.isdisjoint(entry.partition(":")[2] for entry in ids)


def test_content_is_read_while_a_pip_runs_since_it_says_what_that_may_need(
    filled: Cache, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    pips = (RunningPip(4711, "pip install six"),)
    monkeypatch.setattr(running_pip_policy, "PipFinder", lambda *_args, **_named: lambda: pips)
    read: list[bytes | None] = []
    real = responses.parse_metadata

    def watched(data: bytes | None) -> responses.Envelope:
        read.append(data)
        return real(data)

    monkeypatch.setattr("pipcache_tui.cache.stores.http_v2.parse_metadata", watched)
    assert run(filled.flag, "-n", "--prune-older", "30d", "-q").code == 0
    assert len(read) >= 2


def test_what_goes_is_what_the_dry_run_said(filled: Cache, run: Run) -> None:
    planned = run(filled.flag, "-n", "--prune-older", "30d", "--json").json
    done = run(filled.flag, "--prune-older", "30d", "--json").json
    for document in (planned, done):
        validator("prune").validate(document)
    assert done["selected"] == planned["selected"]
    assert [entry["id"] for entry in done["removed"]] == [entry["id"] for entry in planned["selected"]]
    assert (planned["dry_run"], done["dry_run"]) == (True, False)
    assert done["freed"] == planned["plan"]["frees"] > 0
    assert done["files_removed"] == 4


def test_quiet_gives_the_ids_and_nothing_where_nothing_is_done(filled: Cache, run: Run) -> None:
    planned = run(filled.flag, "-n", "-q", "--prune-older", "30d")
    done = run(filled.flag, "-q", "--prune-older", "30d")
    assert len(done.out.splitlines()) == 2
    assert done.out == planned.out
    assert (done.err, planned.err) == ("", "")
    again = run(filled.flag, "-q", "--prune-older", "30d")
    assert (again.code, again.out, again.err) == (0, "", "")
    assert run(filled.flag, "-0", "--prune-larger", "1500B").raw.count(b"\0") == 1


def test_rules_add_up_and_filters_narrow_them(filled: Cache, run: Run) -> None:
    def chosen(*argv: str) -> int:
        return len(run(filled.flag, "-n", "-q", *argv).out.splitlines())

    assert chosen("--prune-older", "30d") == 2
    assert chosen("--prune-larger", "3500B") == 1
    assert chosen("--prune-older", "300d", "--prune-larger", "2500B") == 2
    assert chosen("--prune-older", "30d", "--filter", "size<3500B") == 1
    assert chosen("--prune", "--store", "http-v2") == 4
    assert chosen("--prune", "--kind", "wheel") == 0
    assert chosen("--max-size", "1B") == 4
    assert chosen("--keep-latest", "1") == 0
    assert chosen("--prune-unused", "30d") == 2
    assert chosen("--min-free", "1B") == 0
    for rule in ("--prune-stale", "--prune-superseded", "--prune-incompatible", "--prune-orphans"):
        assert chosen(rule) == 0


def test_rules_that_select_nothing_say_why_in_one_line(filled: Cache, run: Run) -> None:
    answer = run(filled.flag, "-n", "--prune-superseded", "--prune-larger", "1GB", "--keep-latest", "1")
    assert answer.err == (
        "nothing to remove: no project has two versions here; the largest has 4.2 kB; "
        "no entry has a project and a version\n"
    )
    assert run(filled.flag, "-n", "--prune-older", "1y", "--kind", "wheel").err == "nothing to remove\n"
    assert run(filled.flag, "-q", "--prune-superseded").err == ""


def test_a_terminal_sees_the_plan_then_what_was_freed(filled: Cache, run: Run) -> None:
    answer = run(filled.flag, "--prune-older", "30d", "--color", "never", terminals=["out"])
    heading, total, *rows, freed = answer.out.splitlines()
    assert heading.endswith("WHY")
    assert total.split() == ["(no", "project)", "2", "entries", "7.4", "kB"]
    assert [row.split()[-2:] for row in rows] == [["(stored", "2025-12-11)"], ["(stored", "2026-12-06)"]]
    assert freed.startswith("Freed ")


def test_a_rule_typed_on_a_terminal_asks_once(filled: Cache, run: Run) -> None:
    everything = ["in", "out", "err"]
    for typed in ("n\n", "\n", "", "what\n"):
        answer = run(filled.flag, "--prune-older", "30d", terminals=everything, typed=typed)
        assert answer.code == 0
        assert "2 entries in 4 files: frees " in answer.err
        assert answer.err.endswith("Remove 2 entries? [y/N] nothing removed\n")
        assert len(filled.files()) == 8
    answer = run(filled.flag, "--prune-older", "30d", terminals=everything, typed="y\n")
    assert answer.err.count("[y/N]") == 1
    assert answer.out.endswith("2 entries, 4 files.\n")
    assert len(filled.files()) == 4


@pytest.mark.parametrize(
    ("flags", "terminals"),
    [
        (["-y"], ["in", "out", "err"]),
        (["--quiet"], ["in", "out", "err"]),
        (["--json"], ["in", "out", "err"]),
        ([], ["out", "err"]),
        ([], ["in", "err"]),
        ([], ["in", "out"]),
    ],
)
def test_a_rule_does_not_ask_in_a_script(
    filled: Cache, run: Run, flags: list[str], terminals: list[Literal["in", "out", "err"]]
) -> None:
    answer = run(filled.flag, "--prune-older", "30d", *flags, terminals=terminals)
    assert answer.code == 0
    assert "[y/N]" not in answer.err
    assert len(filled.files()) == 4


def test_nothing_to_remove_asks_nothing(filled: Cache, run: Run) -> None:
    answer = run(filled.flag, "--prune-older", "9y", terminals=["in", "out", "err"])
    assert answer.err.startswith("nothing to remove")
    assert "[y/N]" not in answer.err


def test_purge_asks_in_a_terminal(filled: Cache, run: Run) -> None:
    for typed in ("n\n", "\n", "", "what\n"):
        answer = run(filled.flag, "--purge", terminals=["in", "out", "err"], typed=typed)
        assert answer.code == 0
        assert "Remove everything? [y/N]" in answer.err
        assert answer.err.endswith("nothing removed\n")
        assert len(filled.files()) == 8
    assert run(filled.flag, "--purge", terminals=["in", "out", "err"], typed="y\n").out.endswith(
        "4 entries, 8 files.\n"
    )
    assert filled.files() == []


def test_purge_needs_yes_where_nobody_can_be_asked(filled: Cache, run: Run) -> None:
    answer = run(filled.flag, "--purge", typed="y\n")
    assert answer.code == 2
    assert answer.err == "pipcache-tui: --purge asks first, and stdin is not a terminal: add --yes\n"
    assert len(filled.files()) == 8
    assert run(filled.flag, "--purge", "-n").code == 0
    assert run(filled.flag, "--purge", "--yes").code == 0
    assert filled.files() == []
    assert filled.path.is_dir()


def test_no_delete_makes_every_deletion_impossible(filled: Cache, run: Run) -> None:
    for argv in (["--purge", "-y"], ["--prune-older", "1h"], ["--prune", "--kind", "other"]):
        assert run(filled.flag, "--no-delete", *argv).code == 2
    assert len(filled.files()) == 8
    assert run(filled.flag, "--no-delete", "-n", "--prune-older", "1h").code == 0


@pytest.mark.parametrize("argv", [["--prune-older", "1h"], ["--purge", "-y"], ["-n", "--prune-larger", "1B"]])
def test_a_folder_that_is_not_laid_out_as_pips_cache_loses_nothing(argv: list[str], tmp_path: Path, run: Run) -> None:
    home = tmp_path / "someone"
    for name in ("http/api.py", "wheels/numpy-1.0-py3-none-any.whl", "notes.txt"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("mine")
    answer = run("--cache-dir", os.fspath(home), *argv)
    assert answer.code == 3
    assert "not laid out as pip's cache" in answer.err
    assert answer.err.count("\n") == 1
    assert len([file for file in home.rglob("*") if file.is_file()]) == 3


def test_one_wrong_root_among_those_named_refuses_all(filled: Cache, tmp_path: Path, run: Run) -> None:
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    (wrong / "notes.txt").write_text("mine")
    assert run(filled.flag, "--cache-dir", os.fspath(wrong), "--prune-older", "1h").code == 3
    assert len(filled.files()) == 8


def test_a_wrong_folder_in_a_setting_does_not_stop_the_pruning_of_the_cache(
    filled: Cache, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    (downloads / "thesis.txt").write_text("mine")
    monkeypatch.setenv("PIP_CACHE_DIR", os.fspath(filled.path))
    monkeypatch.setenv("PIP_DOWNLOAD_CACHE", os.fspath(downloads))
    answer = run("--prune-older", "30d")
    assert answer.code == 0
    assert answer.out.endswith("2 entries, 4 files.\n")
    assert answer.err.count("not laid out as pip's cache") == 1
    assert (downloads / "thesis.txt").exists()


def test_what_fails_is_named_and_the_exit_code_says_so(
    filled: Cache, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(plan: Any, policy: Any, *, stop: Any) -> Iterator[steps.RemovalStep]:
        yield steps.Removed(plan.entries[0], 2, 4096)
        yield steps.Failed(plan.entries[1], "the file system is read-only")

    monkeypatch.setattr(execute, "carry_out", refuse)
    answer = run(filled.flag, "--prune-older", "30d")
    assert answer.code == 1
    assert answer.out == "Freed 4.1 kB: 1 entry, 2 files.\n"
    assert answer.err.splitlines()[-1].startswith("pipcache-tui: not removed: other http-v2:")
    assert run(filled.flag, "-q", "--prune-older", "30d").err.endswith("the file system is read-only\n")


def test_a_folder_that_could_not_be_removed_is_a_warning(
    filled: Cache, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def remark(plan: Any, policy: Any, *, stop: Any) -> Iterator[steps.RemovalStep]:
        yield steps.Removed(plan.entries[0], 2, 4096)
        yield steps.Remark("http-v2/a: not removed: in use by the system")

    monkeypatch.setattr(execute, "carry_out", remark)
    answer = run(filled.flag, "--prune-older", "30d")
    assert answer.code == 0
    assert answer.err.splitlines()[-1] == "pipcache-tui: http-v2/a: not removed: in use by the system"
    document = json.loads(run(filled.flag, "--json", "--prune-older", "30d").out)
    assert "http-v2/a: not removed: in use by the system" in document["warnings"]


def test_without_wait_a_run_waits_a_minute_for_pip(filled: Cache, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    policies = []

    def keep(plan: Any, policy: Any, *, stop: Any) -> Iterator[steps.RemovalStep]:
        policies.append(policy)
        return iter(())

    monkeypatch.setattr(execute, "carry_out", keep)
    run(filled.flag, "--prune-older", "30d")
    run(filled.flag, "--prune-older", "30d", "--wait", "5s")
    run(filled.flag, "--prune-older", "30d", "--force")
    assert [(policy.wait, policy.force) for policy in policies] == [(60.0, False), (5.0, False), (60.0, True)]


@pytest.mark.skipif(os.name == "nt", reason="Windows ends processes without a signal they could answer")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_stops_between_entries_and_says_what_went(
    name: str, code: int, filled: Cache, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    carry_out, number = execute.carry_out, getattr(signal, name)

    def interrupted(*args: Any, **named: Any) -> Iterator[steps.RemovalStep]:
        for step in carry_out(*args, **named):
            yield step
            signal.raise_signal(number)

    monkeypatch.setattr(execute, "carry_out", interrupted)
    before = signal.getsignal(number)
    answer = run(filled.flag, "--prune-older", "1h", "--json")
    assert answer.code == code
    assert answer.json["interrupted"] is True
    assert len(answer.json["removed"]) == 1
    assert len(answer.json["selected"]) == 4
    assert answer.err == "interrupted; 3 planned entries not reached\n"
    assert len(filled.files()) == 6
    assert signal.getsignal(number) is before


def test_under_nohup_a_closed_terminal_is_ignored(filled: Cache, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    carry_out = execute.carry_out

    def hung_up(*args: Any, **named: Any) -> Iterator[steps.RemovalStep]:
        for step in carry_out(*args, **named):
            signal.raise_signal(signal.SIGHUP)
            yield step

    monkeypatch.setattr(execute, "carry_out", hung_up)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert run(filled.flag, "--prune-older", "1h").code == 0
    finally:
        signal.signal(signal.SIGHUP, before)
    assert filled.files() == []


def test_what_is_left_to_a_pip_is_one_line_under_quiet_too(
    filled: Cache, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a budget would be missed, hour after hour, and nobody be told."""
    pips = (RunningPip(4711, "pip install six"),)
    monkeypatch.setattr(running_pip_policy, "PipFinder", lambda *_args, **_named: lambda: pips)
    monkeypatch.setattr(
        execute, "why_left_to_pips", lambda *_: "pip may need it; left alone for the running pip (pid 1)"
    )
    answer = run(filled.flag, "-q", "--max-size", "1kB", "--wait", "0.01s")
    assert (answer.code, answer.out, len(filled.files())) == (0, "", 8)
    assert answer.err.startswith("pipcache-tui: 4 entries, ")
    assert answer.err.endswith(" kB: pip may need it; left alone for the running pip (pid 1)\n")
    assert answer.err.count("\n") == 1
    planned = run(filled.flag, "-n", "--max-size", "1kB", "--wait", "9s")
    words = (
        "pip is at work (pid 4711: pip install six): a run waits up to 9 s for it, then leaves alone what it may need"
    )
    assert words in planned.err.splitlines()
    assert run(filled.flag, "-n", "--max-size", "1kB", "--wait", "9s", "--json").json["warnings"] == [words]
    assert "at work" not in run(filled.flag, "-n", "--max-size", "1kB", "--force").err
    assert run(filled.flag, "-n", "-q", "--max-size", "1kB").err == ""


def test_many_that_fail_alike_are_one_line(filled: Cache, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(10, 16):
        filled.add(f"{number}.bin", days=50)

    def refuse(plan: Any, policy: Any, *, stop: Any) -> Iterator[steps.RemovalStep]:
        for planned in plan.entries:
            yield steps.Failed(planned, f"{planned.entry.root}/{planned.files[0].path}: permission denied")

    monkeypatch.setattr(execute, "carry_out", refuse)
    answer = run(filled.flag, "-q", "--prune-older", "30d")
    assert answer.code == 1
    assert answer.err == f"pipcache-tui: not removed: 8 entries in {filled.path}: permission denied\n"


def test_a_missing_folder_of_the_settings_is_reported(
    filled: Cache, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CACHE_DIR", os.fspath(filled.path))
    monkeypatch.setenv("PIPCACHE_TUI_EXTRA_ROOTS", os.fspath(tmp_path / "unmounted"))
    answer = run("--prune-older", "30d")
    assert answer.code == 0
    assert f"PIPCACHE_TUI_EXTRA_ROOTS: {tmp_path / 'unmounted'}: no such folder" in answer.err
    assert run("-q", "--prune-older", "10d").err == ""


def test_running_pips_are_waited_for_and_then_gone_around(
    filled: Cache, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    pips = (RunningPip(4711, "pip install six"),)
    monkeypatch.setattr(running_pip_policy, "PipFinder", lambda *_args, **_named: lambda: pips)
    answer = run(filled.flag, "--prune-older", "300d", "--wait", "50ms")
    assert (answer.code, len(filled.files())) == (2, 8)  # there is no unit of that name
    answer = run(filled.flag, "--prune-older", "300d", "--wait", "0.01s")
    assert answer.code == 0
    assert "waiting up to 0 s for pip to end (pid 4711: pip install six)" in answer.err
    assert answer.out.endswith("1 entry, 2 files.\n")
    assert "waiting" not in run(filled.flag, "--prune-older", "30d", "--force").err


def test_a_rule_that_cannot_decide_refuses(filled: Cache, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipcache_tui.pythons.interpreters.find_pythons", lambda *_args, **_named: ())
    answer = run(filled.flag, "--prune-incompatible")
    assert answer.code == 2
    assert answer.err == (
        "pipcache-tui: no Python is known here, so nothing can be called incompatible; name one: --python PATH\n"
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    entries=st.lists(
        st.tuples(
            st.floats(0, 80) | st.sampled_from([30.0, 30.0 + 1 / 86400, 30.0 - 1 / 86400]),
            st.integers(0, 20_000),
            st.sampled_from(["v1", "v2"]),
        ),
        max_size=12,
    )
)
def test_prune_older_removes_exactly_what_the_dry_run_said(
    entries: list[tuple[float, int, Any]], tmp_path: Path, run: Run
) -> None:
    """The rule written again naively: of every entry stored more than 30 days ago all files go, of the others none."""
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    cache = Cache(tmp_path / "cache")
    ids = {
        cache.add(f"{number}", days=days, size=size, store=store): days
        for number, (days, size, store) in enumerate(entries)
    }
    contents = {file: (file.read_bytes(), file.stat().st_mtime) for file in cache.files()}
    old = {
        id_
        for id_ in ids
        if any(id_.split(":")[1] in file.name and stamp < NOW - 30 * DAY for file, (_, stamp) in contents.items())
    }
    planned = run(cache.flag, "--prune-older", "30d", "--dry-run", "--json").json
    assert {entry["id"] for entry in planned["selected"]} == old
    done = run(cache.flag, "--prune-older", "30d", "--json").json
    assert {entry["id"] for entry in done["removed"]} == old
    assert done["freed"] == planned["plan"]["frees"]
    hashes = {id_.split(":")[1]: id_ for id_ in ids}
    left = {file: value for file, value in contents.items() if hashes[file.name.removesuffix(".body")] not in old}
    assert {file: (file.read_bytes(), file.stat().st_mtime) for file in cache.files()} == left
