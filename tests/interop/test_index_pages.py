"""Pages are read as each of several pips reads them: the strict reader and `LinkEvaluator` on generated pages."""

from __future__ import annotations

import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipcache_tui.resolve.target import TargetPython
from tests.conftest import Figure
from tests.interop.conftest import PipOf
from tests.interop.pips import NEWEST, Generation
from tests.support.generated_pages import CONTENT_TYPES, HTML_PAGES, JSON_PAGES, PAGE_URL
from tests.support.index_cache import make_python
from tests.support.pip_oracle import PipOracle, as_pip_reads, in_short

EXAMPLES = 700
TYPES = st.one_of(CONTENT_TYPES, st.sampled_from(["text/html", "application/vnd.pypi.simple.v1+json"]))


@pytest.mark.parametrize("version", [NEWEST, "25.3", "23.2.1", "22.3.1"])
def test_links_and_candidates_are_those_of_pip(version: str, pip_of: PipOf, figure: Figure) -> None:
    pip = pip_of(Generation(version, {NEWEST: "3.13", "25.3": "3.12", "23.2.1": "3.8", "22.3.1": "3.7"}[version]))
    # on this Python, as what html.parser and urllib make of odd pages depends on it
    with PipOracle(sys.executable, pip.path[:1]) as oracle:
        target = TargetPython(make_python(oracle.python_version, oracle.tags), pip.version)

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
        @given(page=st.one_of(HTML_PAGES, JSON_PAGES), content_type=TYPES)
        def compare(page: bytes, content_type: str) -> None:
            found = as_pip_reads(target, page, content_type, PAGE_URL)
            assert found == in_short(oracle.ask(page, content_type, PAGE_URL, "x"))

        compare()
    figure(f"{EXAMPLES} generated pages as pip {pip.version} reads them")
