"""`--prune-unneeded --needed-by`: what is kept, what goes, what is said, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipcache_tui.pythons import interpreters
from tests.cli.conftest import Run
from tests.support.cache_root import INDEX
from tests.support.index_cache import NOW, PYTHON, Shop, make_shop
from tests.support.schemas import validator


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """App needs lib, of which two versions are cached; nothing needs other."""
    shop = make_shop(tmp_path / "pip")
    shop.keep(shop.wheel("app", "1.0", requires=["lib<2"]), shop.wheel("lib", "1.0"), shop.wheel("lib", "2.0"))
    shop.keep(shop.wheel("other", "1.0"))
    shop.keep_pages()
    monkeypatch.setenv("PIP_INDEX_URL", INDEX)
    monkeypatch.setattr(interpreters, "find_pythons", lambda named=(), **_: (PYTHON,))
    return shop


@pytest.fixture
def flag(shop: Shop) -> str:
    return f"--cache-dir={shop.place.path}"


@pytest.fixture
def requirements(tmp_path: Path) -> str:
    path = tmp_path / "requirements.txt"
    path.write_text("app\n")
    return str(path)


def left(shop: Shop) -> set[str]:
    return {entry.filename or f"page of {entry.project}" for entry in shop.entries()}


def test_what_the_file_needs_stays_and_the_rest_goes(flag: str, shop: Shop, run: Run, requirements: str) -> None:
    answer = run(flag, "--prune-unneeded", "--needed-by", requirements, "--force", now=NOW)
    assert answer.code == 0
    assert left(shop) == {"app-1.0-py3-none-any.whl", "lib-1.0-py3-none-any.whl", "page of app", "page of lib"}


def test_the_plan_says_what_did_not_need_it(flag: str, run: Run, requirements: str) -> None:
    plan = run(flag, "-n", "--prune-unneeded", "--needed-by", requirements, "--json", now=NOW).json
    validator("prune").validate(plan)
    assert {tuple(chosen["reasons"]) for chosen in plan["selected"]} == {(f"not needed by {requirements}",)}
    assert len(plan["selected"]) == 3


def test_what_is_not_known_is_reported_and_kept(flag: str, shop: Shop, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "r.txt"
    path.write_text("app\nunheard-of\nlib\n--index-url https://elsewhere.example/simple\n")
    answer = run(flag, "-n", "--prune-unneeded", "--needed-by", str(path), "--json", now=NOW)
    assert "lib: which version pip takes is not known" in answer.err
    assert any("lib: which version pip takes is not known" in line for line in answer.json["warnings"])
    kept = left(shop) - {chosen["filename"] for chosen in answer.json["selected"]}
    assert {"app-1.0-py3-none-any.whl", "lib-1.0-py3-none-any.whl", "lib-2.0-py3-none-any.whl"} <= kept


def test_keep_and_filters_hold_as_for_any_rule(flag: str, shop: Shop, run: Run, requirements: str) -> None:
    run(flag, "--prune-unneeded", "--needed-by", requirements, "--keep", "lib", "--kind", "wheel", "--force", now=NOW)
    assert left(shop) == {
        "app-1.0-py3-none-any.whl",
        "lib-1.0-py3-none-any.whl",
        "lib-2.0-py3-none-any.whl",
        "page of app",
        "page of lib",
        "page of other",
    }


def test_explain_gives_the_way_to_what_was_named(flag: str, run: Run, requirements: str) -> None:
    told = run(flag, "--explain", "lib", "--kind", "wheel", "--needed-by", requirements, now=NOW).out
    assert f"needed      by {requirements} → app 1.0 → lib 1.0\n" in told
    assert "needed      by nothing that was named\n" in told
    document = run(flag, "--explain", "lib==1.0", "--needed-by", requirements, "--json", now=NOW).json
    validator("explain").validate(document)
    assert document["entries"][0]["needed"] == f"needed by {requirements} → app 1.0 → lib 1.0"


def test_the_setting_counts_with_the_flag(
    flag: str, shop: Shop, run: Run, requirements: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "more.txt").write_text("other\n")
    monkeypatch.setenv("PIPCACHE_TUI_NEEDED_BY", os.fspath(tmp_path / "more.txt"))
    run(flag, "--prune-unneeded", "--needed-by", requirements, "--force", now=NOW)
    assert "other-1.0-py3-none-any.whl" in left(shop)
    assert "lib-2.0-py3-none-any.whl" not in left(shop)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--prune-unneeded"], "--prune-unneeded needs --needed-by FILE"),
        (["--needed-by", "x", "--prune-stale"], "--needed-by goes with --prune-unneeded"),
        (["--prune-unneeded", "--needed-by", "gone.txt"], "gone.txt: no such file or folder; name a requirements"),
        (["--prune-unneeded", "--needed-by", "uv.lock"], "uv.lock: lock file format 9 is not known"),
        (["--prune-unneeded", "--needed-by", "."], "not an environment"),
    ],
)
def test_an_unreadable_file_stops_the_run(
    flag: str, shop: Shop, run: Run, argv: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    Path("uv.lock").write_text("version = 9\n")
    before = left(shop)
    answer = run(flag, *argv, now=NOW)
    assert answer.code == 2
    assert says in answer.err
    assert len(answer.err.splitlines()) == 1
    assert left(shop) == before


def test_without_a_python_the_run_is_refused(
    flag: str, run: Run, requirements: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interpreters, "find_pythons", lambda named=(), **_: ())
    answer = run(flag, "--prune-unneeded", "--needed-by", requirements, now=NOW)
    assert answer.code == 2
    assert "--needed-by: no Python was found; name one with --python PATH" in answer.err
