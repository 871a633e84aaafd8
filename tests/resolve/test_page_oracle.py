"""Pages are read as pip reads them: our strict reader and `LinkEvaluator` against this environment's own pip."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipcache_tui.resolve.target import TargetPython
from tests.support.generated_pages import CONTENT_TYPES, HTML_PAGES, JSON_PAGES, PAGE_URL
from tests.support.index_cache import make_python
from tests.support.pip_oracle import PipOracle, as_pip_reads, in_short

PAGES = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture(scope="module")
def oracle() -> Iterator[PipOracle]:
    pytest.importorskip("pip", reason="this environment has no pip to ask")
    with PipOracle() as oracle:
        yield oracle


@pytest.fixture(scope="module")
def target(oracle: PipOracle) -> TargetPython:
    return TargetPython(make_python(oracle.python_version, oracle.tags), importlib.metadata.version("pip"))


@PAGES
@given(page=HTML_PAGES)
def test_links_and_candidates_of_html_pages_are_those_of_pip(
    oracle: PipOracle, target: TargetPython, page: bytes
) -> None:
    assert as_pip_reads(target, page, "text/html", PAGE_URL) == in_short(oracle.ask(page, "text/html", PAGE_URL, "x"))


@PAGES
@given(page=JSON_PAGES)
def test_links_and_candidates_of_json_pages_are_those_of_pip(
    oracle: PipOracle, target: TargetPython, page: bytes
) -> None:
    kind = "application/vnd.pypi.simple.v1+json"
    assert as_pip_reads(target, page, kind, PAGE_URL) == in_short(oracle.ask(page, kind, PAGE_URL, "x"))


@PAGES
@given(page=st.one_of(HTML_PAGES, JSON_PAGES), content_type=CONTENT_TYPES)
def test_pages_of_any_content_type_are_read_or_ignored_as_by_pip(
    oracle: PipOracle, target: TargetPython, page: bytes, content_type: str
) -> None:
    found = as_pip_reads(target, page, content_type, PAGE_URL)
    assert found == in_short(oracle.ask(page, content_type, PAGE_URL, "x"))
