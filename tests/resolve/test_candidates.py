"""How pips read the file name of a wheel: strictly (25.3 and newer) or loosely."""

from __future__ import annotations

import pytest

from pipcache_tui.resolve.candidates import parse_wheel


@pytest.mark.parametrize("strict", [True, False])
def test_a_name_that_follows_the_specification(strict: bool) -> None:
    parsed = parse_wheel("My.Lib-1.0-2b-py2.py3-none-any.whl", strict)
    assert parsed is not None
    assert (parsed.project, parsed.version, parsed.build) == ("my-lib", "1.0", (2, "b"))
    assert set(parsed.tags) == {"py2-none-any", "py3-none-any"}


@pytest.mark.parametrize(
    ("name", "loose"),
    [
        ("lib-1.0_1-py3-none-any.whl", ("lib", "1.0-1")),
        ("a__b-1.0-py3-none-any.whl", ("a-b", "1.0")),
    ],
)
def test_a_name_that_only_older_pips_accept(name: str, loose: tuple[str, str]) -> None:
    assert parse_wheel(name, True) is None
    parsed = parse_wheel(name, False)
    assert parsed is not None
    assert (parsed.project, parsed.version) == loose
    assert parsed.tags == ("py3-none-any",)


@pytest.mark.parametrize("name", ["lib-py3-none-any.whl", "lib-1.0-x-py3-none-any.whl", "a-b-c-d-e-f-g-h.whl", ".whl"])
@pytest.mark.parametrize("strict", [True, False])
def test_a_name_that_no_pip_accepts(name: str, strict: bool) -> None:
    assert parse_wheel(name, strict) is None
