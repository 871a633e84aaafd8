from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.caches import make_big_cache
from benchmarks.delete import Copies, age_leftovers


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("benchmark") / "template"
    made = make_big_cache(str(folder), 300, processes=1)
    assert age_leftovers(str(folder)) == made.files
    return folder


def test_a_turn_removes_the_copy_and_not_the_template(tmp_path: Path, template: Path) -> None:
    before = sorted(template.rglob("*"))
    copies = Copies(str(template), str(tmp_path))
    for _ in range(2):
        copies.renew_and_plan()
        copies.checked(copies.carry_out)()
    assert sorted(template.rglob("*")) == before
    left = {path.name for path in Path(copies.path).rglob("*") if path.is_file()}
    assert left == {"README.txt"}


def test_a_turn_that_removed_nothing_is_no_turn(tmp_path: Path, template: Path) -> None:
    copies = Copies(str(template), str(tmp_path))
    copies.renew()
    with pytest.raises(AssertionError, match="still has"):
        copies.checked(lambda: None)()
