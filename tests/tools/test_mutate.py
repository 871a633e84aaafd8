"""Mutants: the same seed gives the same ones, each is valid Python, and the listed ones still exist."""

from __future__ import annotations

import ast
from pathlib import Path

from tools.mutate import PACKAGE, REPOSITORY, Copy, mirroring_tests, modules, mutants_of, pick, read_equivalent

SOURCE = '''
"""A docstring with 1 and True."""

LIMIT: int = 3


def small(number: int, *, strict: bool = False) -> bool:
    """Whether it is at most 3."""
    if number < 0 and strict:
        return False
    return number <= LIMIT
'''
TEST = """
from pipcache_tui.select.made import small


def test_small() -> None:
    assert small(3)
    assert not small(4)
"""


def _repository(folder: Path) -> Path:
    for name, text in (
        (f"{PACKAGE}/__init__.py", ""),
        (f"{PACKAGE}/select/__init__.py", ""),
        (f"{PACKAGE}/select/made.py", SOURCE),
        ("tests/__init__.py", ""),
        ("tests/select/__init__.py", ""),
        ("tests/select/test_made.py", TEST),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_the_same_seed_gives_the_same_mutants() -> None:
    names = modules()
    assert pick(300, 1, names) == pick(300, 1, names)
    assert pick(300, 1, names) != pick(300, 2, names)


def test_every_mutant_is_python_and_another_program() -> None:
    for mutant in pick(100, 1, modules()):
        source = (REPOSITORY / PACKAGE / mutant.module).read_text(encoding="utf-8")
        assert ast.dump(ast.parse(mutant.applied(source))) != ast.dump(ast.parse(source)), mutant


def test_docstrings_and_annotations_are_left_alone() -> None:
    changed = {(mutant.before, mutant.after) for mutant in mutants_of("select/made.py", SOURCE)}
    assert ("number < 0", "number <= 0") in changed
    assert ("number < 0 and strict", "(strict)") in changed
    assert ("3", "4") in changed
    assert all("docstring" not in before for before, _ in changed)


def test_a_mutant_is_noticed_by_the_test_that_mirrors_its_module(tmp_path: Path) -> None:
    repository = _repository(tmp_path / "made")
    found = {mutant.after: mutant for mutant in mutants_of("select/made.py", SOURCE)}
    copy = Copy(tmp_path / "copy", repository)
    assert copy.passes(["tests/select"]), "unchanged"
    assert copy.notices(found["number < LIMIT"])
    assert not copy.notices(found["(strict)"]), "no test is strict"
    assert (tmp_path / "copy" / PACKAGE / "select" / "made.py").read_text(encoding="utf-8") == SOURCE


def test_every_changed_module_has_tests() -> None:
    assert [name for name in modules() if not mirroring_tests(name)] == []


def test_equivalent_mutants_are_still_in_the_source_and_have_a_reason() -> None:
    every = {mutant.name for mutant in pick(1_000_000, 0, modules())}
    listed = read_equivalent()
    assert [name for name in listed if name not in every] == []
    assert all(len(why) > 20 for why in listed.values())
