from __future__ import annotations

from pathlib import Path

import pytest

from pipcache_tui.pythons import interpreters
from tests.cli.conftest import Run
from tests.support.cache_root import INDEX
from tests.support.index_cache import NOW, PYTHON, Shop, make_shop
from tests.support.schemas import validator


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    shop = make_shop(tmp_path / "pip")
    shop.keep(shop.wheel("app", "1.0", requires=["lib"]), shop.wheel("lib", "1.0"))
    shop.wheel("lib", "2.0")
    shop.keep_pages()
    monkeypatch.setenv("PIP_INDEX_URL", INDEX)
    monkeypatch.setattr(interpreters, "find_pythons", lambda named=(), **_: (PYTHON,))
    return shop


def test_what_is_frozen_is_served(shop: Shop, run: Run, tmp_path: Path) -> None:
    flag = f"--cache-dir={shop.place.path}"
    frozen = run(flag, "--freeze", now=NOW)
    assert frozen.code == 0
    assert frozen.out.splitlines()[1::2] == ["app==1.0 \\", "lib==1.0 \\"]
    path = tmp_path / "frozen.txt"
    path.write_text(frozen.out)
    assert run(flag, "--check", str(path), now=NOW).code == 0


def test_as_json_and_as_ids(shop: Shop, run: Run) -> None:
    flag = f"--cache-dir={shop.place.path}"
    document = run(flag, "--freeze", "--json", now=NOW).json
    validator("freeze").validate(document)
    assert [each["requirement"] for each in document["requirements"]] == ["app==1.0", "lib==1.0"]
    assert len(run(flag, "--freeze", "-q", now=NOW).out.splitlines()) == 2


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--freeze", "--project", "lib"], "--freeze looks at the whole cache, as pip does; leave out --project"),
        (["--freeze", "--list"], "--list or --freeze: one at a time"),
        (["--freeze", "--python", "3.9", "--python", "3.12"], "--freeze writes one list, for one Python"),
    ],
)
def test_wrong_combinations_are_refused(shop: Shop, run: Run, argv: list[str], said: str) -> None:
    answer = run(f"--cache-dir={shop.place.path}", *argv, now=NOW)
    assert answer.code == 2
    assert answer.err.startswith(f"pipcache-tui: {said}")
