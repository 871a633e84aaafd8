"""What a plan costs, frees and leaves, said in lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pipcache_tui.remove.plan import Plan
from pipcache_tui.report.describe import losses_sentence
from pipcache_tui.text import format_count, format_size, safe_text

Sign = str


def costs_of(plan: Plan) -> Iterator[tuple[Sign, str]]:
    """(sign, line): what it takes to have it all back, what stays, what is protected and why."""
    costs = plan.costs
    if costs.built_wheels:
        wheels = format_count(costs.built_wheels, "wheel")
        yield "⚠", f"{wheels} built on this machine ({format_size(costs.built_size)}): pip would have to build again"
    if costs.download:
        yield "·", f"{format_size(costs.download)} to download again, should it all be wanted again"
    if not costs.built_wheels and not costs.download and plan.entries:
        yield "✓", "nothing that pip would use again"
    if plan.losses:
        yield "⚠", losses_sentence(plan.losses)
    if plan.frees < plan.size // 2:
        yield (
            "·",
            f"files hold {format_size(plan.size)}, the disk gives back {format_size(plan.frees)} (holes or links)",
        )
    stay = "stays" if plan.remaining.entries == 1 else "stay"
    yield "·", f"{format_count(plan.remaining.entries, 'entry')} {stay}, {format_size(plan.remaining.size)}"
    for why, count in Counter(protected.why for protected in plan.protected).most_common(3):
        yield "·", f"{format_count(count, 'entry')} left alone: {safe_text(why, 200)}"
