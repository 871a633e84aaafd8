"""Each decoder given anything: bytes of no kind, and whole inputs broken in all ways."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Figure
from tests.hostile.decoders import DECODERS, examples
from tests.hostile.mutate import MUTATIONS, break_inside

settings.register_profile("bounded", deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def tried(figure: Figure) -> Iterator[list[None]]:
    """Takes an item for each input; their number is told at the end."""
    inputs: list[None] = []
    yield inputs
    figure(f"{len(inputs):,} inputs, no crash")


@pytest.mark.parametrize("name", DECODERS)
def test_whole_inputs(name: str) -> None:
    for data in examples(name):
        DECODERS[name](data)


@pytest.mark.parametrize("name", DECODERS)
@settings(settings.get_profile("bounded"), max_examples=150)
@given(data=st.data())
def test_any_bytes(name: str, tried: list[None], data: st.DataObject) -> None:
    tried.append(None)
    start = data.draw(st.sampled_from([b"", *(example[:6] for example in examples(name))]))
    DECODERS[name](start + data.draw(st.binary(max_size=600)))


@pytest.mark.parametrize("name", DECODERS)
@settings(settings.get_profile("bounded"), max_examples=150)
@given(data=st.data())
def test_broken_inputs(name: str, tried: list[None], data: st.DataObject) -> None:
    tried.append(None)
    broken = data.draw(st.sampled_from(examples(name)))
    chance = random.Random(data.draw(st.integers(0, 1 << 32)))
    for mutation in data.draw(st.lists(st.sampled_from(MUTATIONS), min_size=1, max_size=4)):
        broken = break_inside(broken, mutation, chance)
    DECODERS[name](broken)


@settings(settings.get_profile("bounded"), max_examples=300)
@given(text=st.text(max_size=60))
def test_any_text(tried: list[None], text: str) -> None:
    tried.append(None)
    for name in ("expression", "quantity", "names"):
        DECODERS[name](text.encode("utf-8", "surrogatepass"))
