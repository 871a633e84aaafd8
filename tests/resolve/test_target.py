from __future__ import annotations

from pipcache_tui.resolve.target import TargetPython
from tests.support.index_cache import TAGS, make_python


def test_the_first_tag_ranks_highest_and_every_wheel_above_a_source_archive() -> None:
    target = TargetPython(make_python(), "25.3")
    ranks = [target.rank((tag,)) for tag in TAGS]
    assert ranks == [0, -1, -2, -3]
    assert target.rank_of_source < -3


def test_the_best_of_several_tags_counts_in_any_case_and_foreign_ones_do_not() -> None:
    target = TargetPython(make_python(), "25.3")
    assert target.rank(("cp27-none-win32", "PY3-none-any", "cp312-abi3-linux_x86_64")) == -1
    assert target.rank(("cp27-none-win32",)) is None


def test_the_rules_are_those_of_the_pip_version() -> None:
    assert TargetPython(make_python(), "25.3").row.strict_wheel_names
    assert not TargetPython(make_python(), "25.2").row.strict_wheel_names
