"""Versions and Requires-Python: what can be read, and when one requirement lets in all that another does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from pipcache_tui.pep440 import compatible_release, read_version, requirement_covers


def test_what_is_a_version() -> None:
    assert read_version("1.0.0") == Version("1.0")
    for text in (None, "", "2004d", "1." * 300 + "1", "9" * 5000, "\u0661.0"):
        assert read_version(text) is None


def test_compatible_releases() -> None:
    assert str(compatible_release("1.2")) == "~=1.2"
    assert str(compatible_release("1.2.*")) == "==1.2.*"
    for text in ("1", "", "x", "1.2+local", "1" * 300, "*"):
        assert compatible_release(text) is None


def test_a_requirement_covers_another() -> None:
    assert requirement_covers(None, ">=3.8")
    assert requirement_covers("", None)
    assert requirement_covers(">=3.8", ">=3.9")
    assert requirement_covers(">=3.8,<4", ">=3.9,<3.13")
    assert not requirement_covers(">=3.9", ">=3.8")
    assert not requirement_covers(">=3.9", None)
    assert not requirement_covers(">=3.8.2", ">=3.8.1")
    assert not requirement_covers("!=3.9.1", None)
    assert requirement_covers("!=3.9.1", ">=3.9.2")
    assert requirement_covers("what?", "what?")
    assert not requirement_covers("what?", ">=3.8")
    assert not requirement_covers(">=3.8", "what?")
    assert not requirement_covers("===3.8.x", ">=3.8")


clauses = st.builds(
    lambda sign, minor, micro: f"{sign}3.{minor}" + (f".{micro}" if micro is not None else ""),
    st.sampled_from([">=", "<", ">", "<=", "!=", "~=", "=="]),
    st.integers(0, 14),
    st.none() | st.integers(0, 20),
)
requirements = st.lists(clauses, min_size=1, max_size=3).map(",".join)
MINORS = [(2, minor) for minor in range(6, 8)] + [(3, minor) for minor in range(41)] + [(4, 0)]
EVERY_PYTHON = [f"{major}.{minor}.{micro}" for major, minor in MINORS for micro in range(25)]


@given(requirements, requirements)
def test_covering_is_what_every_python_says(wider: str, narrower: str) -> None:
    outer, inner = SpecifierSet(wider), SpecifierSet(narrower)
    let_in = [python for python in EVERY_PYTHON if inner.contains(python)]
    assert requirement_covers(wider, narrower) == all(outer.contains(python) for python in let_in)
