"""The lines of the review about a plan: what it does, what it costs and what stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pipcache_tui.remove.plan import Plan
from pipcache_tui.report.describe import plan_sentences
from pipcache_tui.text import format_count, safe_text

_SIGNS = {"good": "✓", "warning": "⚠", "plain": "·"}
#: reasons for protecting entries that are named
_MOST_REASONS = 3


def plan_lines(plan: Plan) -> Iterator[tuple[str, str]]:
    """(sign, line): what it frees and costs, what stays, and what is left alone and why."""
    for sentence in plan_sentences(plan):
        yield _SIGNS[sentence.tone], sentence.text
    for why, count in Counter(protected.why for protected in plan.protected).most_common(_MOST_REASONS):
        yield "·", f"{format_count(count, 'entry')} left alone: {safe_text(why, 200)}"
