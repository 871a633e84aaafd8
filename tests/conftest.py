"""What all tests share: figures that a run prints at its end, and how Hypothesis draws.

Hypothesis draws the same examples each time, so that a run that passed passes again; and no example fails for being
slow, which says more of the machine than of the program.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("project", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")

# started in the background of a shell, or under nohup, a run and all it starts would be deaf to these
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

Figure = Callable[[str], None]
_NAME = "figure"


@pytest.fixture
def figure(record_property: Callable[[str, Any], None]) -> Figure:
    """Takes a line such as "1,090 answers compared, all as said"; it is printed at the end, whichever process ran."""

    def keep(line: str) -> None:
        record_property(_NAME, line)

    return keep


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = list(_figures(terminalreporter))
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)


def _figures(reporter: pytest.TerminalReporter) -> Iterator[str]:
    for report in reporter.stats.get("passed", []):
        for name, value in getattr(report, "user_properties", ()):
            if name == _NAME:
                yield f"{report.nodeid.rpartition('/')[2]}: {value}"
